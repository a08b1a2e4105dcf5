"""The keyboard in the panels: Tab or F6 goes from the city into one, F6 to the next, Esc back to the city.

A window in the middle takes the keyboard when it opens, at its main choice, and Tab and F6 do not leave it.
"""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.ui.host import Host
from explorer.ui.widgets import Widgets

_PANELS = ("top", "left", "left_show_panel", "right", "right_show_panel", "bottom", "notice", "warnings")
_SETTLES = 3
"""Frames until Dear ImGui's focus has come to where it was sent."""

_MAIN_CHOICE = {
    "files": "",
    "unsaved": "unsaved_save",
    "crs": "crs_open",
    "server": "",
    "recovery": "recovery_yes_0",
    "settings": "",
    "help": "help_close",
    "problem_list": "problems_close",
    "welcome": "welcome_town",
}
"""What Enter does in a window that has just opened; "": its first widget."""


def pressing(host: Host) -> str | None:
    """Name of the one window in the middle that is shown, the most pressing of all that are open."""
    view = host.view
    is_open = {
        "help": view.show_help,
        "files": view.files is not None,
        "unsaved": bool(view.asks_unsaved),
        "crs": view.crs_question is not None,
        "server": view.server_question is not None,
        "recovery": bool(host.left_work) and view.show_recovery,
        "settings": view.show_settings,
        "problem_list": view.show_problems,
        "welcome": view.show_welcome,
    }
    return next((name for name, is_it in is_open.items() if is_it), None)


class PanelFocus:
    """Keeps which panel the keyboard is in."""

    def __init__(self) -> None:
        self.panel: str | None = None
        self.has_keyboard = False
        self.took_escape = False
        """Esc has left a panel or closed a menu in this frame: it means nothing else."""
        self._settling = 0
        self._was_busy = False
        self._window: str | None = None

    def follow(self, host: Host, w: Widgets) -> None:
        """Go where a key asked to go; learn from Dear ImGui whether the keyboard is in a panel at all."""
        io = imgui.get_io()
        self._settling = max(self._settling - 1, 0)
        is_inside = bool(io.nav_visible and imgui.is_window_focused(imgui.FocusedFlags_.any_window))
        self.has_keyboard = is_inside or self._settling > 0
        popup = imgui.is_popup_open("", imgui.PopupFlags_.any_popup_id | imgui.PopupFlags_.any_popup_level)
        window = pressing(host)
        self.took_escape = self._was_busy and imgui.is_key_pressed(imgui.Key.escape, False)
        # a window is closed by Esc, not only left
        self._was_busy = popup or (self.has_keyboard and window is None)
        if not self.has_keyboard and not io.want_text_input:
            self.panel = None
        has_opened = window is not None and window != self._window
        self._window = window
        if host.view.wants_city and window is None:
            imgui.set_window_focus(None)
            imgui.set_nav_cursor_visible(False)
            self.panel, self.has_keyboard, self._settling = None, False, 0
        host.view.wants_city = False
        wanted, host.view.wants_panel = host.view.wants_panel, False
        if window is not None and (has_opened or wanted):
            is_saving = host.view.files is not None and host.view.files.is_saving
            w.focus_on = "files_name" if window == "files" and is_saving else _MAIN_CHOICE[window]
            self._go(window, w)
        elif wanted:
            self._next(w)

    def _next(self, w: Widgets) -> None:
        shown = [name for name in _PANELS if _is_shown(name)]
        if not shown:
            return
        at = shown.index(self.panel) + 1 if self.panel in shown else 0
        self._go(shown[at % len(shown)], w)

    def _go(self, panel: str, w: Widgets) -> None:
        self.panel = panel
        w.focus_in = "" if w.focus_on else panel
        self.has_keyboard, self._settling = True, _SETTLES


def _is_shown(name: str) -> bool:
    window = imgui.internal.find_window_by_name(f"###{name}")
    return window is not None and bool(window.active or window.was_active)  # some are drawn later in the frame
