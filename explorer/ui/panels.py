"""One frame of the whole interface."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _
from explorer.ui.bottom_ui import BottomBar
from explorer.ui.dialogs_ui import Dialogs
from explorer.ui.gizmo_ui import Gizmo
from explorer.ui.host import Host
from explorer.ui.layers_ui import draw_layers
from explorer.ui.layout import Layout, panel
from explorer.ui.propose_ui import draw_propose
from explorer.ui.selection_ui import draw_selection
from explorer.ui.simulate_ui import SimulatePanel
from explorer.ui.top_ui import TopBar
from explorer.ui.touch_ui import draw_pads
from explorer.ui.widgets import Widgets


class Ui:
    """Draws all panels for a host into the current Dear ImGui frame."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.widgets = Widgets()
        self.top = TopBar()
        self.bottom = BottomBar()
        self.dialogs = Dialogs()
        self.gizmo = Gizmo()
        self.simulate = SimulatePanel()
        self.gizmo_has_mouse = False

    def draw(self, width: float, height: float) -> None:
        """Draw one frame of this size. [px]"""
        host, w = self.host, self.widgets
        w.begin_frame()
        layout = Layout(width, height, host.settings.scale)
        present = host.view.mode == "present"
        self.gizmo_has_mouse = self.gizmo.draw(host, layout)
        if host.view.panels_visible:
            self.top.draw(host, w, layout)
            self.bottom.draw(host, w, layout)
            if host.scenario is not None:
                if not present:
                    draw_layers(host, w, layout)
                self._right(layout)
        if host.settings.touch and host.scenario is not None:
            draw_pads(host, w, layout)
        self.dialogs.draw(host, w, layout)

    def _right(self, layout: Layout) -> None:
        host, w, mode = self.host, self.widgets, self.host.view.mode
        with panel("right", layout.right, grows=True):
            if mode == "simulate":
                self.simulate.draw(host, w)
            elif mode == "propose":
                draw_propose(host, w)
                draw_selection(host, w)
            elif mode == "compare":
                _compare(host, w, self.simulate)
            elif mode == "present":
                _present(host, w)
            else:
                draw_selection(host, w)


def _compare(host: Host, w: Widgets, simulate: SimulatePanel) -> None:
    w.heading(_("Compare"))
    w.text_wrapped(_("Switch variants with the keys 0 to 9. The difference of a simulation shows what they change."))
    if host.view.overlay.has_result:
        simulate.draw(host, w)
    elif w.button(_("Work out the difference"), "compare_run", icon="play", primary=True):
        host.show_simulation("difference")
        host.simulate()


def _present(host: Host, w: Widgets) -> None:
    assert host.scenario is not None
    w.heading(_("Present"))
    w.muted(_("Saved viewpoints of this scene. Tab hides the panels."))
    for viewpoint in host.scenario.viewpoints:
        if w.selectable(viewpoint.name, f"viewpoint_{viewpoint.id}", False):
            host.go_to_viewpoint(viewpoint.id)
    imgui.spacing()
    if w.button(_("Save this view"), "viewpoint_save", icon="plus"):
        host.save_viewpoint()
