"""Widgets of colours by attribute: a line of a legend, a field of several lines."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.ui.widget_log import WidgetLog


class LegendWidgets(WidgetLog):
    """Draws them by hand, and logs them like all others."""

    def legend_line(
        self,
        label: str,
        widget_id: str,
        colour: tuple[int, int, int] | None,
        *,
        opacity: float = 1.0,
        is_hidden: bool = False,
        aside: str = "",
        tooltip: str = "",
    ) -> bool:
        """A colour (None: several), what it means, `aside` at the right end; returns whether it was clicked."""
        style, line = imgui.get_style(), imgui.get_text_line_height()
        height = max(imgui.get_frame_height() - style.item_spacing.y * 0.5, line * 1.5)
        wide = line * 1.2
        corner = imgui.get_cursor_screen_pos()
        pressed, _now = imgui.selectable(f"###{widget_id}", False, 0, imgui.ImVec2(0.0, height))
        self._record(widget_id, "checkbox", label, not is_hidden)
        self._tooltip(tooltip)
        lo, hi = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        middle, draw = (lo.y + hi.y) / 2.0, imgui.get_window_draw_list()
        quiet = imgui.get_color_u32(imgui.Col_.text_disabled)
        box = (corner.x + 1.0, middle - line * 0.42), (corner.x + 1.0 + wide, middle + line * 0.42)
        if colour is not None and not is_hidden:
            r, g, b = (part / 255.0 for part in colour)
            draw.add_rect_filled(*box, imgui.get_color_u32(imgui.ImVec4(r, g, b, max(opacity, 0.2))), 2.0)
        elif not is_hidden:
            draw.add_line(*box, quiet)
        draw.add_rect(*box, quiet, 2.0)
        end = hi.x - 6.0 - imgui.calc_text_size(aside).x
        start = box[1][0] + 0.5 * line
        words = _fitting(label, end - line * 0.6 - start)
        ink = quiet if is_hidden else imgui.get_color_u32(imgui.Col_.text)
        draw.add_text((start, middle - line / 2.0), ink, words)
        draw.add_text((end, middle - line / 2.0), quiet, aside)
        if is_hidden:
            draw.add_line((start, middle), (start + imgui.calc_text_size(words).x, middle), quiet, 1.5)
        return bool(pressed)

    def input_lines(self, label: str, widget_id: str, value: str, lines: int) -> str:
        """Several lines to type; returns what they hold now."""
        height = lines * imgui.get_text_line_height() + 2.0 * imgui.get_style().frame_padding.y
        _changed, now = imgui.input_text_multiline(f"###{widget_id}", value, imgui.ImVec2(-1.0, height))
        self._record(widget_id, "textbox", label, now)
        return str(now)


def _fitting(words: str, room: float) -> str:
    """The words, shortened to a width. [px]"""
    if imgui.calc_text_size(words).x <= room:
        return words
    while len(words) > 3 and imgui.calc_text_size(words + "…").x > room:
        words = words[:-1]
    return words.rstrip() + "…"
