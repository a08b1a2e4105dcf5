"""Words and figures that are read, not pressed: lines, paragraphs, tables, how far something is."""

from __future__ import annotations

from collections.abc import Sequence

from imgui_bundle import imgui

from explorer.ui.drawn_widgets import DrawnWidgets
from explorer.ui.legend_widgets import LegendWidgets

_MOST_FOR_NAMES = 0.6
"""Share of a table that the names in it may take."""


class WordWidgets(DrawnWidgets, LegendWidgets):
    """Draws them, and logs those that hold figures."""

    def text(self, words: str) -> None:
        """A line."""
        imgui.text_unformatted(words)

    def muted(self, words: str) -> None:
        """A quieter line, wrapped."""
        imgui.push_style_color(imgui.Col_.text, imgui.get_style_color_vec4(imgui.Col_.text_disabled))
        imgui.push_text_wrap_pos(0.0)
        imgui.text_unformatted(words)
        imgui.pop_text_wrap_pos()
        imgui.pop_style_color()

    def text_wrapped(self, words: str) -> None:
        """A paragraph."""
        imgui.push_text_wrap_pos(0.0)
        imgui.text_unformatted(words)
        imgui.pop_text_wrap_pos()

    def key_values(self, widget_id: str, rows: Sequence[tuple[str, str]], copy_hint: str = "") -> str | None:
        """Names and values in two columns; with a hint, a click on a value gives that value back, to be copied."""
        flags = imgui.TableFlags_.row_bg
        clicked = None
        if rows and imgui.begin_table(widget_id, 2, flags):
            # as wide as the longest name: names of data have no spaces to break them at
            widest = max(imgui.calc_text_size(name).x for name, _value in rows)
            most = _MOST_FOR_NAMES * imgui.get_content_region_avail().x
            imgui.table_setup_column("name", imgui.TableColumnFlags_.width_fixed, min(widest + 1.0, most))
            imgui.table_setup_column("value", imgui.TableColumnFlags_.width_stretch)
            for name, value in rows:
                imgui.table_next_row()
                imgui.table_next_column()
                self.muted(name)
                imgui.table_next_column()
                self.text_wrapped(value)
                if copy_hint:
                    clicked = value if imgui.is_item_clicked() else clicked
                    self._tooltip(copy_hint)
            imgui.end_table()
            self._record(widget_id, "table", "", tuple(rows))
        return clicked

    def progress_bar(self, widget_id: str, fraction: float, words: str) -> None:
        """How far something is."""
        imgui.progress_bar(fraction, imgui.ImVec2(-1.0, imgui.get_font_size() * 0.6), "")
        self.muted(words or f"{fraction:.0%}")  # below it: on the bar's own end no colour can be read
        self._record(widget_id, "progressbar", words, fraction)
