"""The keyboard in the panels: Tab or F6 goes from the city into one, F6 to the next, Esc back to the city."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.ui.host import Host
from explorer.ui.widgets import Widgets

_PANELS = ("top", "left", "left_show_panel", "right", "right_show_panel", "bottom")
_SETTLES = 3
"""Frames until Dear ImGui's focus has come to where it was sent."""


class PanelFocus:
    """Keeps which panel the keyboard is in."""

    def __init__(self) -> None:
        self.panel: str | None = None
        self.has_keyboard = False
        self.took_escape = False
        """Esc has left a panel or closed a menu in this frame: it means nothing else."""
        self._settling = 0
        self._was_busy = False

    def follow(self, host: Host, w: Widgets) -> None:
        """Go where a key asked to go; learn from Dear ImGui whether the keyboard is in a panel at all."""
        io = imgui.get_io()
        self._settling = max(self._settling - 1, 0)
        is_inside = bool(io.nav_visible and imgui.is_window_focused(imgui.FocusedFlags_.any_window))
        self.has_keyboard = is_inside or self._settling > 0
        popup = imgui.is_popup_open("", imgui.PopupFlags_.any_popup_id | imgui.PopupFlags_.any_popup_level)
        view = host.view
        in_window = view.show_help or view.show_settings or view.show_problems
        self.took_escape = self._was_busy and imgui.is_key_pressed(imgui.Key.escape, False)
        # a window is closed by Esc, not only left
        self._was_busy = popup or (self.has_keyboard and not in_window)
        if not self.has_keyboard and not io.want_text_input:
            self.panel = None
        if host.view.wants_panel:
            host.view.wants_panel = False
            self._next(w)

    def _next(self, w: Widgets) -> None:
        shown = [name for name in _PANELS if _is_shown(name)]
        if not shown:
            return
        at = shown.index(self.panel) + 1 if self.panel in shown else 0
        self.panel = shown[at % len(shown)]
        w.focus_in = self.panel
        self.has_keyboard, self._settling = True, _SETTLES


def _is_shown(name: str) -> bool:
    window = imgui.internal.find_window_by_name(f"###{name}")
    return window is not None and bool(window.active)
