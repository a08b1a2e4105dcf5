"""The widgets that all panels use: thin doors to Dear ImGui that keep a log of what was drawn where.

Every widget has a stable id behind `###`, so that tests and every language find it. The log of a frame (id, role,
label, rectangle, value) is what tests click by, and what a screen reader's tree will be made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, isfinite, radians, sin
from typing import Any

import numpy as np
from imgui_bundle import icons_fontawesome_6 as fa
from imgui_bundle import imgui
from numpy.typing import NDArray

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


@dataclass(frozen=True, slots=True)
class WidgetRecord:
    """One widget of the last frame."""

    id: str
    role: str
    label: str
    rect: tuple[float, float, float, float]
    """x0, y0, x1, y1. [px]"""
    value: Any = None
    enabled: bool = True
    visible: bool = True
    """False where it is scrolled or cut out of sight."""

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of it."""
        x0, y0, x1, y1 = self.rect
        return (x0 + x1) / 2.0, (y0 + y1) / 2.0


class Widgets:
    """Draws widgets and logs them."""

    def __init__(self) -> None:
        self.log: dict[str, WidgetRecord] = {}
        self._texts: dict[str, str] = {}
        """What is being typed, by field."""
        self._before: dict[str, str] = {}
        """What a field held when typing began."""

    def begin_frame(self) -> None:
        """Forget the last frame's log."""
        self.log = {}

    def _record(self, widget_id: str, role: str, label: str, value: Any = None, enabled: bool = True) -> None:
        lo, hi = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        rect, seen = (lo.x, lo.y, hi.x, hi.y), bool(imgui.is_item_visible())
        self.log[widget_id] = WidgetRecord(widget_id, role, label, rect, value, enabled, seen)

    def _tooltip(self, text: str) -> None:
        if text:
            imgui.set_item_tooltip(text)

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

    # -- drawn by hand ---------------------------------------------------------------------------------------------

    def colour_bar(self, colours: NDArray[np.uint8], widget_id: str, ticks: Sequence[str]) -> None:
        """A legend's colours from low to high, with figures below."""
        width, height = imgui.get_content_region_avail().x, 16.0
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
        self._record(widget_id, "img", " ".join(ticks))
        for number, tick in enumerate(ticks):
            share = number / max(len(ticks) - 1, 1)
            place = share * (width - imgui.calc_text_size(tick).x)
            if number:
                imgui.same_line()
            imgui.set_cursor_pos_x(imgui.get_style().window_padding.x + place)
            imgui.text_unformatted(tick)

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
        centre, radius = (origin.x + size / 2.0, origin.y + size / 2.0), size / 2.0
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
        draw.add_text(
            (centre[0] - words.x / 2.0, origin.y + size - words.y - 4.0), imgui.get_color_u32(imgui.Col_.text), label
        )
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
