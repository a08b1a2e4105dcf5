"""The widgets that all panels use: thin doors to Dear ImGui that keep a log of what was drawn where.

Every widget has a stable id behind `###`, so that tests and every language find it. The log of a frame (id, role,
label, rectangle, value) is what tests click by, and what a screen reader's tree will be made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from imgui_bundle import imgui

from explorer.i18n import decimal
from explorer.ui.icons import ICONS
from explorer.ui.widget_log import WidgetRecord
from explorer.ui.word_widgets import WordWidgets

__all__ = ["WidgetRecord", "Widgets"]
_LABEL_SHARE = 0.44
"""Width of the column of words before fields, as a share of what a panel has."""


class Widgets(WordWidgets):
    """Draws widgets and logs them."""

    def __init__(self) -> None:
        super().__init__()
        self._texts: dict[str, str] = {}
        """What is being typed, by field."""
        self._before: dict[str, str] = {}
        """What a field held when typing began."""
        self.was_entered = False
        """Whether Enter, and nothing else, has just left the line of text that was drawn last."""
        self._explained: set[str] = set()
        """Question marks that are open."""
        self._corner = (0.0, 0.0)
        """Width and lower end of a corner button that the next heading keeps clear of. [px]"""

    # -- placing ---------------------------------------------------------------------------------------------------

    def flow(self, label: str = "", icon: str = "", *, width: float = 0.0, gap: float = -1.0) -> None:
        """Go on beside the last widget where a button of these words (or `width` px) has room, else below it."""
        needed = width or self._width_of(label, icon)
        imgui.same_line(0.0, gap)
        if imgui.get_content_region_avail().x < needed:
            imgui.new_line()

    def corner_button(self, widget_id: str, icon: str, tooltip: str) -> bool:
        """A button in the upper right corner of a panel; the heading that follows keeps clear of it."""
        start, style = imgui.get_cursor_pos(), imgui.get_style()
        width = self._width_of("", icon)
        imgui.set_cursor_pos((start.x + imgui.get_content_region_avail().x - width, style.item_spacing.y))
        pressed = self.button("", widget_id, icon=icon, tooltip=tooltip)
        self._corner = (width + style.item_spacing.x, imgui.get_cursor_pos().y)
        imgui.set_cursor_pos(start)
        return pressed

    def _width_of(self, label: str, icon: str) -> float:
        """Width of a button with these words: at least as wide as high, so that a finger finds it. [px]"""
        words = "  ".join(part for part in (ICONS.get(icon, ""), label) if part)
        return max(imgui.calc_text_size(words).x + 2.0 * imgui.get_style().frame_padding.x, imgui.get_frame_height())

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
        words = "  ".join(part for part in (ICONS.get(icon, ""), label) if part)
        imgui.begin_disabled(not enabled)
        if primary:
            accent = imgui.get_style_color_vec4(imgui.Col_.check_mark)
            for slot in (imgui.Col_.button, imgui.Col_.button_hovered, imgui.Col_.button_active):
                imgui.push_style_color(slot, accent)
            imgui.push_style_color(imgui.Col_.text, imgui.get_style_color_vec4(imgui.Col_.plot_lines_hovered))
        pressed = imgui.button(f"{words}###{widget_id}", imgui.ImVec2(self._width_of(label, icon), 0.0))
        if primary:
            imgui.pop_style_color(4)
        imgui.end_disabled()
        self._record(widget_id, "button", label or tooltip, primary, enabled)
        self._tooltip(tooltip)
        return bool(pressed)

    def menu_item(self, label: str, widget_id: str, *, shortcut: str = "", enabled: bool = True) -> bool:
        """A line of a menu."""
        style, scale = imgui.get_style(), imgui.get_style().font_scale_main
        needed = imgui.calc_text_size(label).x + imgui.calc_text_size(shortcut).x + 40.0 * scale
        width = max(imgui.get_content_region_avail().x, needed, 220.0 * scale)
        flags = 0 if enabled else imgui.SelectableFlags_.disabled
        imgui.push_style_var(imgui.StyleVar_.selectable_text_align, (0.0, 0.5))
        # as high as a button less the space between lines, which a list does without
        height = imgui.get_frame_height() - style.item_spacing.y * 0.5
        pressed, _selected = imgui.selectable(f"{label}###{widget_id}", False, flags, imgui.ImVec2(width, height))
        imgui.pop_style_var()
        self._record(widget_id, "menuitem", label, None, enabled)
        if shortcut:
            lo, hi = imgui.get_item_rect_min(), imgui.get_item_rect_max()
            place = (hi.x - imgui.calc_text_size(shortcut).x - 4.0, (lo.y + hi.y - imgui.get_text_line_height()) / 2.0)
            imgui.get_window_draw_list().add_text(place, imgui.get_color_u32(imgui.Col_.text_disabled), shortcut)
        return bool(pressed)

    def selectable(
        self,
        label: str,
        widget_id: str,
        is_selected: bool,
        *,
        icon: str = "",
        detail: str = "",
        aside: str = "",
        height: float = 0.0,
    ) -> bool:
        """A line that can be chosen; `detail` is a quieter second line, `aside` stands at its right end."""
        words = "  ".join(part for part in (ICONS.get(icon, ""), label) if part)
        line = imgui.get_text_line_height()
        least = imgui.get_frame_height() - imgui.get_style().item_spacing.y * 0.5
        height = max(height, line * (2.2 if detail else 1.5), least)
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
        imgui.push_style_color(imgui.Col_.text, imgui.get_style_color_vec4(imgui.Col_.plot_lines))
        pressed = imgui.button(f"{ICONS['warning']}  {label}###{widget_id}")
        imgui.pop_style_color()
        self._record(widget_id, "link", label)
        return bool(pressed)

    # -- values ----------------------------------------------------------------------------------------------------

    def checkbox(self, label: str, widget_id: str, value: bool) -> bool:
        """On or off; returns what it is now."""
        imgui.begin_group()
        _changed, now = imgui.checkbox(f"###{widget_id}", value)
        is_focused = imgui.is_item_focused()
        imgui.same_line()
        start, line = imgui.get_cursor_pos(), imgui.get_text_line_height()
        room = max(imgui.get_content_region_avail().x, 40.0)
        high = imgui.calc_text_size(label, wrap_width=room).y
        # one line stands in the middle of the box, more begin higher; Dear ImGui adds the padding of the box itself
        padding = imgui.get_style().frame_padding.y
        imgui.set_cursor_pos_y(start.y - padding + max((imgui.get_frame_height() - max(high, line)) / 2.0, 0.0))
        imgui.push_text_wrap_pos(start.x + room)
        imgui.text_unformatted(label)
        imgui.pop_text_wrap_pos()
        if imgui.is_item_clicked():
            now = not now
        imgui.end_group()
        self._record(widget_id, "checkbox", label, now)
        self.focused = widget_id if is_focused else self.focused
        return bool(now)

    def combo(self, label: str, widget_id: str, items: Sequence[str], index: int) -> int:
        """One of several; returns the index of now."""
        widest = max(imgui.calc_text_size(item).x for item in items)
        self._label(label, widest + 2.0 * imgui.get_style().frame_padding.x + imgui.get_frame_height())
        now = index
        is_open = imgui.begin_combo(f"###{widget_id}", items[index])
        self._record(widget_id, "combobox", label, items[index])
        if is_open:
            for number, item in enumerate(items):
                if self.selectable(item, f"{widget_id}_{number}", number == index):
                    now = number
                if number == index and imgui.is_window_appearing():
                    imgui.set_item_default_focus()
            imgui.end_combo()
        return now

    def choice(self, widget_id: str, items: Sequence[str], index: int) -> int:
        """One of several, as wide as the widest, beside the last widget where there is room."""
        style = imgui.get_style()
        width = max(imgui.calc_text_size(item).x for item in items) + 3.0 * style.frame_padding.x
        width += imgui.get_frame_height()
        self.flow(width=width)
        imgui.set_next_item_width(width)
        return self.combo("", widget_id, items, index)

    def input_float(self, label: str, widget_id: str, value: float, spec: str = ".2f") -> tuple[bool, float]:
        """A number to type; (committed, value), committed when Enter is pressed or the field is left."""
        committed, text = self.input_text(label, widget_id, decimal(value, spec))
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
        enter = imgui.is_key_pressed(imgui.Key.enter, False) or imgui.is_key_pressed(imgui.Key.keypad_enter, False)
        self.was_entered = bool(imgui.is_item_deactivated() and enter)
        self._record(widget_id, "textbox", label, now)
        return bool(committed), str(now)

    def input_secret(self, label: str, widget_id: str, value: str) -> tuple[bool, str]:
        """A line to type that shows dots; (Enter was pressed, text). What it holds is written down nowhere."""
        self._label(label)
        flags = imgui.InputTextFlags_.password | imgui.InputTextFlags_.enter_returns_true
        committed, now = imgui.input_text(f"###{widget_id}", value, flags)
        self._record(widget_id, "textbox", label, "•" * len(now))
        return bool(committed), str(now)

    def search_box(self, hint: str, widget_id: str, value: str) -> str:
        """A line to search with; returns what it holds now."""
        _changed, now = imgui.input_text_with_hint(f"###{widget_id}", f"{ICONS['search']}  {hint}", value)
        self._record(widget_id, "searchbox", hint, now)
        return str(now)

    def _label(self, label: str, needed: float = 0.0) -> None:
        """Words before a field, in a column of their own; above it where they or what it holds would be cut off."""
        if not label:
            return
        start, room = imgui.get_cursor_pos().x, imgui.get_content_region_avail().x
        column = room * _LABEL_SHARE
        if imgui.calc_text_size(label).x + imgui.get_style().item_spacing.x <= column and needed <= room - column:
            imgui.align_text_to_frame_padding()
            imgui.text_unformatted(label)
            imgui.same_line(start + column)
        else:
            self.text_wrapped(label)
        imgui.set_next_item_width(-1.0)

    # -- words -----------------------------------------------------------------------------------------------------

    def heading(self, words: str) -> None:
        """What a group of widgets is about."""
        (corner, lower), self._corner = self._corner, (0.0, 0.0)
        imgui.push_font(None, imgui.get_style().font_size_base * 1.18)
        imgui.push_text_wrap_pos(imgui.get_cursor_pos().x + imgui.get_content_region_avail().x - corner)
        imgui.text_unformatted(words)
        imgui.pop_text_wrap_pos()
        imgui.pop_font()
        if imgui.get_cursor_pos().y < lower:
            imgui.set_cursor_pos_y(lower)
            imgui.dummy(imgui.ImVec2(0.0, 0.0))

    def warning(self, words: str) -> None:
        """A paragraph that warns, by an icon and a colour."""
        imgui.push_style_color(imgui.Col_.text, imgui.get_style_color_vec4(imgui.Col_.plot_lines))
        self.text_wrapped(f"{ICONS['warning']}  {words}")
        imgui.pop_style_color()

    def explained(self, label: str, widget_id: str, words: str) -> None:
        """A question mark that opens and closes a paragraph: by mouse, finger and key alike."""
        is_open = widget_id in self._explained
        if self.button(label, widget_id, icon="help", primary=is_open):
            self._explained ^= {widget_id}
        if is_open:
            self.text_wrapped(words)
