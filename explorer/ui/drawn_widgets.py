"""Widgets that Dear ImGui does not have: a day's slider, a legend, a compass, a pad for a thumb."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, radians, sin

import numpy as np
from imgui_bundle import imgui
from numpy.typing import NDArray

from explorer.ui.widget_log import WidgetLog


class DrawnWidgets(WidgetLog):
    """Draws them by hand, and logs them like all others."""

    def slider_minutes(
        self, widget_id: str, value: float, shown: str, sunrise: float | None, sunset: float | None, tooltip: str = ""
    ) -> tuple[float, bool]:
        """The hour of the day over a band of daylight; (value, is being dragged)."""
        corner, width = imgui.get_cursor_screen_pos(), imgui.calc_item_width()
        _draw_day((corner.x, corner.y), width, imgui.get_frame_height(), sunrise, sunset)
        for slot in (imgui.Col_.frame_bg, imgui.Col_.frame_bg_hovered, imgui.Col_.frame_bg_active):
            imgui.push_style_color(slot, imgui.ImVec4(0.0, 0.0, 0.0, 0.0))
        _changed, now = imgui.slider_float(f"###{widget_id}", value, 0.0, 1439.0, "", imgui.SliderFlags_.no_input)
        imgui.pop_style_color(3)
        active = imgui.is_item_active()
        self._record(widget_id, "slider", shown, now)
        self._tooltip(tooltip)
        return float(now), bool(active)

    def slider_share(self, label: str, widget_id: str, value: float) -> tuple[float, bool]:
        """A share from none to all; (value from 0 to 1, is being dragged)."""
        imgui.set_next_item_width(-1.0)
        shown = f"{label}  {round(100.0 * value)} %".replace("%", "%%")
        _changed, now = imgui.slider_float(f"###{widget_id}", value, 0.0, 1.0, shown, imgui.SliderFlags_.no_input)
        active = imgui.is_item_active()
        self._record(widget_id, "slider", label, now)
        return float(now), bool(active)

    def colour_bar(self, colours: NDArray[np.uint8], widget_id: str, ticks: Sequence[tuple[float, str]]) -> None:
        """A legend's colours from low to high, with figures below, each at its share of the width from 0 to 1."""
        width, height = imgui.get_content_region_avail().x, imgui.get_text_line_height()
        origin = imgui.get_cursor_screen_pos()
        draw = imgui.get_window_draw_list()
        steps = 64
        for i in range(steps):
            r, g, b = (float(v) / 255.0 for v in colours[int(i * (len(colours) - 1) / (steps - 1))])
            x0, x1 = origin.x + width * i / steps, origin.x + width * (i + 1) / steps + 1.0
            draw.add_rect_filled(
                (x0, origin.y), (x1, origin.y + height), imgui.get_color_u32(imgui.ImVec4(r, g, b, 1.0))
            )
        imgui.dummy(imgui.ImVec2(width, height))
        self._record(widget_id, "img", " ".join(words for _share, words in ticks), tuple(ticks))
        for number, (share, words) in enumerate(ticks):
            size = imgui.calc_text_size(words).x
            if number:
                imgui.same_line()
            place = min(max(share * width - size / 2.0, 0.0), width - size)  # below its colour, but inside
            imgui.set_cursor_pos_x(imgui.get_style().window_padding.x + place)
            imgui.text_unformatted(words)

    def compass(self, widget_id: str, heading_deg: float, tooltip: str) -> bool:
        """A needle that points north; a click turns there."""
        size = imgui.get_frame_height()
        origin = imgui.get_cursor_screen_pos()
        pressed = imgui.button(f"###{widget_id}", imgui.ImVec2(size, size))
        self._record(widget_id, "button", tooltip, heading_deg)
        self._tooltip(tooltip)
        centre = (origin.x + size / 2.0, origin.y + size / 2.0)
        angle, reach = radians(-heading_deg), size * 0.38
        tip = (centre[0] + sin(angle) * reach, centre[1] - cos(angle) * reach)
        side = (cos(angle) * size * 0.12, sin(angle) * size * 0.12)
        tail = (2 * centre[0] - tip[0], 2 * centre[1] - tip[1])
        draw = imgui.get_window_draw_list()
        left, right = (centre[0] - side[0], centre[1] - side[1]), (centre[0] + side[0], centre[1] + side[1])
        draw.add_triangle_filled(tip, right, left, imgui.get_color_u32(imgui.ImVec4(0.82, 0.22, 0.16, 1.0)))
        draw.add_triangle_filled(tail, left, right, imgui.get_color_u32(imgui.Col_.text_disabled))
        return bool(pressed)

    def thumb_pad(self, widget_id: str, label: str, size: float) -> tuple[float, float]:
        """A round pad for a thumb; returns how far it is pushed, right and down, each in [-1, 1]."""
        origin = imgui.get_cursor_screen_pos()
        imgui.invisible_button(f"###{widget_id}", imgui.ImVec2(size, size))
        self._record(widget_id, "slider", label)
        centre, radius = (origin.x + size / 2.0, origin.y + size / 2.0), size / 2.0 - 3.0
        push = (0.0, 0.0)
        if imgui.is_item_active():
            mouse = imgui.get_mouse_pos()
            dx, dy = (mouse.x - centre[0]) / radius, (mouse.y - centre[1]) / radius
            length = max((dx * dx + dy * dy) ** 0.5, 1.0)
            push = (dx / length, dy / length)
        draw = imgui.get_window_draw_list()
        draw.add_circle_filled(centre, radius, imgui.get_color_u32(imgui.Col_.window_bg, 0.55))
        draw.add_circle(centre, radius, imgui.get_color_u32(imgui.Col_.border), 0, 2.0)
        knob = (centre[0] + push[0] * radius * 0.6, centre[1] + push[1] * radius * 0.6)
        draw.add_circle_filled(knob, radius * 0.36, imgui.get_color_u32(imgui.Col_.check_mark))
        words = imgui.calc_text_size(label)
        top = min(centre[1] + radius * 0.62, origin.y + size - words.y)  # large letters in a small pad
        draw.add_text((centre[0] - words.x / 2.0, top), imgui.get_color_u32(imgui.Col_.text), label)
        return push


def _draw_day(
    corner: tuple[float, float], width: float, height: float, sunrise: float | None, sunset: float | None
) -> None:
    """A bar of 24 hours: night, daylight between sunrise and sunset, a mark every three hours."""
    draw, (x, y), rounding = imgui.get_window_draw_list(), corner, imgui.get_style().frame_rounding
    # where the middle of the slider's grab can be: Dear ImGui keeps 2 px and half a grab free at both ends
    grab = imgui.get_style().grab_min_size
    start, reach = x + 2.0 + grab / 2.0, width - 4.0 - grab
    draw.add_rect_filled((x, y), (x + width, y + height), imgui.get_color_u32(imgui.Col_.frame_bg), rounding)
    if sunrise is not None and sunset is not None:
        x0, x1 = (start + reach * minute / 1439.0 for minute in (sunrise, sunset))
        daylight = imgui.get_color_u32(imgui.ImVec4(0.96, 0.72, 0.22, 0.55))
        draw.add_rect_filled((x0, y + 1.0), (x1, y + height - 1.0), daylight, 3.0)
    mark = imgui.get_color_u32(imgui.Col_.text_disabled)
    for hour in range(3, 24, 3):
        at = start + reach * hour * 60.0 / 1439.0
        draw.add_line((at, y + height * (0.62 if hour % 6 == 0 else 0.78)), (at, y + height - 2.0), mark)
    if imgui.get_style().frame_border_size > 0.0:
        draw.add_rect((x, y), (x + width, y + height), imgui.get_color_u32(imgui.Col_.border), rounding)
