"""What was drawn where in the last frame: what tests click by, and what a screen reader's tree will be made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from imgui_bundle import imgui

_RESTED_SECS = 0.4
"""A finger that rests so long on something wants to know what it is."""


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


class WidgetLog:
    """Keeps a record of every widget of the frame, by its id."""

    def __init__(self) -> None:
        self.log: dict[str, WidgetRecord] = {}
        self.focused = ""
        """Id of the widget that the keyboard is at; "": none."""
        self.focus_in = ""
        """Name of the panel whose first widget gets the keyboard."""
        self._focus_next = ""
        self.focus_on = ""
        """Id of the widget that gets the keyboard; the first of its panel instead, if it cannot be used."""
        self.is_touched = False
        """Fingers are at work: they hover nowhere, and hints would stay where one tapped, over what lies beside it."""

    def begin_frame(self) -> None:
        """Forget the last frame's log."""
        self.log = {}
        self.focused = ""
        self.focus_in, self._focus_next = self.focus_in or self._focus_next, ""

    def _record(self, widget_id: str, role: str, label: str, value: Any = None, enabled: bool = True) -> None:
        lo, hi = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        rect, seen = (lo.x, lo.y, hi.x, hi.y), bool(imgui.is_item_visible())
        self.log[widget_id] = WidgetRecord(widget_id, role, label, rect, value, enabled, seen)
        if imgui.is_item_focused():
            self.focused = widget_id
        panel = imgui.internal.get_current_window().name.rpartition("###")[2]
        if enabled and (widget_id == self.focus_on or (self.focus_in and panel == self.focus_in)):
            if role == "textbox" and widget_id == self.focus_on:
                imgui.set_keyboard_focus_here(-1)  # who is sent to a field types at once, over what it holds
            else:
                imgui.internal.focus_item()
            imgui.set_nav_cursor_visible(True)
            self.focus_in = self.focus_on = ""
        elif widget_id == self.focus_on:
            self.focus_on, self._focus_next = "", panel

    def _tooltip(self, text: str) -> None:
        if text and not self.is_touched:
            imgui.set_item_tooltip(text)
        elif text and imgui.is_item_active() and imgui.get_io().mouse_down_duration[0] > _RESTED_SECS:
            imgui.set_tooltip(text)
