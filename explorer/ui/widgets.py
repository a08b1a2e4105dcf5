"""The widgets that all panels use: thin doors to Dear ImGui that keep a log of what was drawn where.

Every widget has a stable id behind `###`, so that tests and every language find it. The log of a frame (id, role,
label, rectangle, value) is what tests click by, and what a screen reader's tree will be made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from imgui_bundle import icons_fontawesome_6 as fa
from imgui_bundle import imgui

from explorer.ui.drawn_widgets import DrawnWidgets
from explorer.ui.widget_log import WidgetRecord

__all__ = ["WidgetRecord", "Widgets"]

_ICONS = {
    "menu": fa.ICON_FA_BARS,
    "undo": fa.ICON_FA_ROTATE_LEFT,
    "redo": fa.ICON_FA_ROTATE_RIGHT,
    "search": fa.ICON_FA_MAGNIFYING_GLASS,
    "copy": fa.ICON_FA_COPY,
    "close": fa.ICON_FA_XMARK,
    "trash": fa.ICON_FA_TRASH_CAN,
    "plus": fa.ICON_FA_PLUS,
    "pencil": fa.ICON_FA_PEN,
    "building": fa.ICON_FA_BUILDING,
    "check": fa.ICON_FA_CHECK,
    "play": fa.ICON_FA_PLAY,
    "pause": fa.ICON_FA_PAUSE,
    "save": fa.ICON_FA_FLOPPY_DISK,
    "left": fa.ICON_FA_CHEVRON_LEFT,
    "right": fa.ICON_FA_CHEVRON_RIGHT,
    "home": fa.ICON_FA_HOUSE,
    "warning": fa.ICON_FA_TRIANGLE_EXCLAMATION,
    "go": fa.ICON_FA_LOCATION_CROSSHAIRS,
    "hide_left": fa.ICON_FA_ANGLES_LEFT,
    "hide_right": fa.ICON_FA_ANGLES_RIGHT,
    "settings": fa.ICON_FA_GEAR,
    "help": fa.ICON_FA_CIRCLE_QUESTION,
    "camera": fa.ICON_FA_CAMERA,
    "key": fa.ICON_FA_KEYBOARD,
}
_LIGHT_TEXT = imgui.ImVec4(1.0, 1.0, 1.0, 1.0)


class Widgets(DrawnWidgets):
    """Draws widgets and logs them."""

    def __init__(self) -> None:
        super().__init__()
        self._texts: dict[str, str] = {}
        """What is being typed, by field."""
        self._before: dict[str, str] = {}
        """What a field held when typing began."""

    # -- placing ---------------------------------------------------------------------------------------------------

    def flow(self, label: str = "", icon: str = "", *, width: float = 0.0, gap: float = -1.0) -> None:
        """Go on beside the last widget where a button of these words (or `width` px) has room, else below it."""
        words = "  ".join(part for part in (_ICONS.get(icon, ""), label) if part)
        needed = width or imgui.calc_text_size(words).x + 2.0 * imgui.get_style().frame_padding.x
        imgui.same_line(0.0, gap)
        if imgui.get_content_region_avail().x < needed:
            imgui.new_line()

    def corner_button(self, widget_id: str, icon: str, tooltip: str) -> bool:
        """A button in the upper right corner of a panel; what follows is placed as if it were not there."""
        start, style = imgui.get_cursor_pos(), imgui.get_style()
        width = imgui.calc_text_size(_ICONS[icon]).x + 2.0 * style.frame_padding.x
        imgui.set_cursor_pos((imgui.get_window_width() - width - style.window_padding.x * 0.5, style.item_spacing.y))
        pressed = self.button("", widget_id, icon=icon, tooltip=tooltip)
        imgui.set_cursor_pos(start)
        return pressed

    # -- buttons ---------------------------------------------------------------------------------------------------

    def button(
        self,
        label: str,
        widget_id: str,
        *,
        icon: str = "",
        enabled: bool = True,
        primary: bool = False,
        tooltip: str = "",
    ) -> bool:
        """A button; `primary` is the one to press, or the one that is on."""
        words = "  ".join(part for part in (_ICONS.get(icon, ""), label) if part)
        imgui.begin_disabled(not enabled)
        if primary:
            accent = imgui.get_style_color_vec4(imgui.Col_.check_mark)
            for slot in (imgui.Col_.button, imgui.Col_.button_hovered, imgui.Col_.button_active):
                imgui.push_style_color(slot, accent)
            light = accent.x * 0.3 + accent.y * 0.59 + accent.z * 0.11 > 0.55
            imgui.push_style_color(imgui.Col_.text, imgui.ImVec4(0.0, 0.0, 0.0, 1.0) if light else _LIGHT_TEXT)
        pressed = imgui.button(f"{words}###{widget_id}")
        if primary:
            imgui.pop_style_color(4)
        imgui.end_disabled()
        self._record(widget_id, "button", label or tooltip, primary, enabled)
        self._tooltip(tooltip)
        return bool(pressed)

    def menu_item(self, label: str, widget_id: str, *, shortcut: str = "", enabled: bool = True) -> bool:
        """A line of a menu."""
        pressed, _selected = imgui.menu_item(f"{label}###{widget_id}", shortcut, False, enabled)
        self._record(widget_id, "menuitem", label, None, enabled)
        return bool(pressed)

    def selectable(
        self, label: str, widget_id: str, is_selected: bool, *, icon: str = "", detail: str = "", aside: str = ""
    ) -> bool:
        """A line that can be chosen; `detail` is a quieter second line, `aside` stands at its right end."""
        words = "  ".join(part for part in (_ICONS.get(icon, ""), label) if part)
        line = imgui.get_text_line_height()
        height = line * (2.2 if detail else 1.5)
        corner = imgui.get_cursor_screen_pos()
        imgui.push_style_var(imgui.StyleVar_.selectable_text_align, (0.0, 0.0 if detail else 0.5))
        pressed, _now = imgui.selectable(f"{words}###{widget_id}", is_selected, 0, imgui.ImVec2(0.0, height))
        imgui.pop_style_var()
        self._record(widget_id, "option", label, is_selected)
        quiet, draw = imgui.get_color_u32(imgui.Col_.text_disabled), imgui.get_window_draw_list()
        if detail:
            draw.add_text((corner.x, corner.y + line * 1.1), quiet, detail)
        if aside:
            lo, hi = imgui.get_item_rect_min(), imgui.get_item_rect_max()
            place = (hi.x - imgui.calc_text_size(aside).x - 6.0, (lo.y + hi.y - line) / 2.0)
            draw.add_text(place, quiet, aside)
        return bool(pressed)

    def link(self, label: str, widget_id: str) -> bool:
        """Words that lead somewhere."""
        pressed = imgui.text_link(f"{_ICONS['warning']}  {label}###{widget_id}")
        self._record(widget_id, "link", label)
        return bool(pressed)

    # -- values ----------------------------------------------------------------------------------------------------

    def checkbox(self, label: str, widget_id: str, value: bool) -> bool:
        """On or off; returns what it is now."""
        _changed, now = imgui.checkbox(f"{label}###{widget_id}", value)
        self._record(widget_id, "checkbox", label, now)
        return bool(now)

    def combo(self, label: str, widget_id: str, items: Sequence[str], index: int) -> int:
        """One of several; returns the index of now."""
        self._label(label)
        _changed, now = imgui.combo(f"###{widget_id}", index, list(items))
        self._record(widget_id, "combobox", label, items[now])
        return int(now)

    def input_float(self, label: str, widget_id: str, value: float, fmt: str = "%.2f") -> tuple[bool, float]:
        """A number to type; (committed, value), committed when Enter is pressed or the field is left."""
        committed, text = self.input_text(label, widget_id, fmt % value)
        try:
            number = float(text.replace(",", ".")) if committed else value
        except ValueError:
            return False, value
        return (committed, number) if isfinite(number) else (False, value)

    def input_int(self, label: str, widget_id: str, value: int) -> tuple[bool, int]:
        """A whole number to type, or to step with − and +."""
        self._label(label)
        changed, now = imgui.input_int(f"###{widget_id}", value)
        self._record(widget_id, "spinbutton", label, now)
        return bool(changed), int(now)

    def input_text(self, label: str, widget_id: str, value: str) -> tuple[bool, str]:
        """A line to type; (committed, text), committed when Enter is pressed or the field is left after a change."""
        self._label(label)
        shown = self._texts.get(widget_id, value)
        _changed, now = imgui.input_text(f"###{widget_id}", shown)
        if imgui.is_item_active():
            self._texts[widget_id] = now
        else:
            self._texts.pop(widget_id, None)
        if imgui.is_item_activated():
            self._before[widget_id] = value
        # Esc puts the old text back, and that is no commitment
        committed = imgui.is_item_deactivated_after_edit() and now != self._before.get(widget_id)
        self._record(widget_id, "textbox", label, now)
        return bool(committed), str(now)

    def search_box(self, hint: str, widget_id: str, value: str) -> str:
        """A line to search with; returns what it holds now."""
        _changed, now = imgui.input_text_with_hint(f"###{widget_id}", f"{_ICONS['search']}  {hint}", value)
        self._record(widget_id, "searchbox", hint, now)
        return str(now)

    def _label(self, label: str) -> None:
        """Words before a field, in a column of their own."""
        if label:
            imgui.align_text_to_frame_padding()
            imgui.text(label)
            imgui.same_line(imgui.get_window_width() * 0.5)
            imgui.set_next_item_width(-1.0)

    # -- words -----------------------------------------------------------------------------------------------------

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

    def heading(self, words: str) -> None:
        """What a group of widgets is about."""
        imgui.push_font(None, imgui.get_style().font_size_base * 1.18)
        imgui.push_text_wrap_pos(0.0)
        imgui.text_unformatted(words)
        imgui.pop_text_wrap_pos()
        imgui.pop_font()

    def text_wrapped(self, words: str) -> None:
        """A paragraph."""
        imgui.push_text_wrap_pos(0.0)
        imgui.text_unformatted(words)
        imgui.pop_text_wrap_pos()

    def warning(self, words: str) -> None:
        """A paragraph that warns, by an icon and a colour."""
        is_dark = imgui.get_style_color_vec4(imgui.Col_.window_bg).x < 0.5
        red = imgui.ImVec4(1.0, 0.62, 0.36, 1.0) if is_dark else imgui.ImVec4(0.70, 0.24, 0.03, 1.0)
        imgui.push_style_color(imgui.Col_.text, red)
        self.text_wrapped(f"{_ICONS['warning']}  {words}")
        imgui.pop_style_color()

    def help_marker(self, widget_id: str, words: str) -> None:
        """A question mark that explains."""
        imgui.text_disabled("(?)")
        self._record(widget_id, "note", words)
        self._tooltip(words)

    def key_values(self, widget_id: str, rows: Sequence[tuple[str, str]], copy_hint: str = "") -> str | None:
        """Names and values in two columns; with a hint, a click on a value gives that value back, to be copied."""
        flags = imgui.TableFlags_.row_bg | imgui.TableFlags_.sizing_stretch_prop
        clicked = None
        if rows and imgui.begin_table(widget_id, 2, flags):
            imgui.table_setup_column("name", imgui.TableColumnFlags_.width_stretch, 0.45)
            imgui.table_setup_column("value", imgui.TableColumnFlags_.width_stretch, 0.55)
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
        imgui.progress_bar(fraction, imgui.ImVec2(-1.0, 0.0), words or f"{fraction:.0%}")
        self._record(widget_id, "progressbar", words, fraction)
