"""What a right click offers: what fits the thing, and nothing else."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _
from explorer.ui.host import Host
from explorer.ui.widgets import Widgets

_TURN_DEG = 15.0


class ContextMenu:
    """Keeps whether its popup has been opened."""

    def draw(self, host: Host, w: Widgets) -> None:
        """Open where it was asked for, and draw while it is open."""
        view = host.view
        if view.menu_at is not None:
            imgui.set_next_window_pos(view.menu_at)
            imgui.open_popup("context")
            view.menu_at = None
        if not imgui.begin_popup("context"):
            return
        if view.selected is not None and view.selected.proposal_id is not None:
            _proposal(host, w, view.selected.proposal_id)
        elif view.selected is not None and view.selected.feature_id is not None:
            _feature(host, w, view.selected.feature_id)
        if view.menu_map is not None:
            _ground(host, w)
        imgui.end_popup()


def _proposal(host: Host, w: Widgets, proposal_id: str) -> None:
    assert host.scenario is not None
    proposal = host.scenario.proposal(proposal_id)
    if w.menu_item(_("Copy beside it"), "context_copy", shortcut="Ctrl+D"):
        host.copy_selected()
    if w.menu_item(_("Delete"), "context_delete", shortcut="Del"):
        host.delete_selected()
        return
    if w.menu_item(_("Turn 15° to the left"), "context_turn_left", shortcut=","):
        host.change_proposal(proposal_id, rotation_deg=(proposal.rotation_deg + _TURN_DEG) % 360.0)
    if w.menu_item(_("Turn 15° to the right"), "context_turn_right", shortcut="."):
        host.change_proposal(proposal_id, rotation_deg=(proposal.rotation_deg - _TURN_DEG) % 360.0)
    if w.menu_item(_("One storey more"), "context_more", shortcut="+"):
        host.change_proposal(proposal_id, storeys=proposal.storeys + 1)
    if w.menu_item(_("One storey less"), "context_less", shortcut="-", enabled=proposal.storeys > 1):
        host.change_proposal(proposal_id, storeys=proposal.storeys - 1)
    if w.menu_item(_("Sun hours around it"), "context_sun"):
        host.view.overlay.area, host.view.overlay.kind = "proposal", "sun_hours"
        host.set_mode("simulate")
        host.simulate()
    if w.menu_item(_("Go there"), "context_frame", shortcut="F"):
        host.frame_selection()
    imgui.separator()


def _feature(host: Host, w: Widgets, feature_id: str) -> None:
    if w.menu_item(_("Go there"), "context_frame", shortcut="F"):
        host.frame_selection()
    if w.menu_item(_("Copy id"), "context_copy_id"):
        host.copy_text(feature_id)
    if w.menu_item(_("Deselect"), "context_none", shortcut="Esc"):
        host.select_none()
    imgui.separator()


def _ground(host: Host, w: Widgets) -> None:
    assert host.view.menu_map is not None
    if w.menu_item(_("Put a block here"), "context_block"):
        host.place_block(host.view.menu_map)
    if w.menu_item(_("Walk here"), "context_walk"):
        host.walk_at(host.view.menu_map)
    if w.menu_item(_("Copy the coordinates"), "context_copy_place"):
        e, n, h = host.view.menu_map
        host.copy_text(f"{e:.2f} {n:.2f} {h:.2f} {host.crs_name}")
