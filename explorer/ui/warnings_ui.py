"""What stays on screen until it is no longer so, such as a backup that cannot be written."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _
from explorer.ui.host import Host
from explorer.ui.layout import Layout, bring_to_front
from explorer.ui.widgets import Widgets

_FLAGS = (
    imgui.WindowFlags_.always_auto_resize
    | imgui.WindowFlags_.no_title_bar
    | imgui.WindowFlags_.no_move
    | imgui.WindowFlags_.no_saved_settings
    | imgui.WindowFlags_.no_focus_on_appearing
)


def draw_warnings(host: Host, w: Widgets, layout: Layout) -> None:
    """One card above the bar at the bottom; it cannot be closed, for it is still so."""
    warnings = host.status.warnings
    if not warnings:
        return
    width = min(560.0 * layout.scale, layout.width * 0.5)
    imgui.set_next_window_pos((layout.width / 2.0, layout.bottom[1] - 10.0), imgui.Cond_.always, (0.5, 1.0))
    imgui.set_next_window_size_constraints((width, 0.0), (width, layout.height * 0.4))
    imgui.begin("###warnings", None, _FLAGS)
    bring_to_front()
    for words in warnings:
        w.warning(words)
    if host.scenario is not None and w.button(_("Save as…"), "warning_save", icon="save"):
        host.choose_save()
    imgui.end()
