"""Presenting: saved viewpoints, one after the other."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _
from explorer.scenario import DeleteViewpoint
from explorer.ui.host import Host
from explorer.ui.widgets import Widgets


class PresentPanel:
    """Keeps which viewpoint was gone to last."""

    def __init__(self) -> None:
        self.current: str | None = None

    def draw(self, host: Host, w: Widgets) -> None:
        """Draw into the panel of now."""
        assert host.scenario is not None
        viewpoints = host.scenario.viewpoints
        ids = [viewpoint.id for viewpoint in viewpoints]
        w.heading(_("Present"))
        words = _("Saved viewpoints of this scene.")
        w.muted(words if host.settings.touch else words + " " + _("H hides the panels."))
        if not viewpoints:
            w.text_wrapped(_("There is none yet. Go where you want to begin, and save this view."))
        for viewpoint in viewpoints:
            if w.selectable(viewpoint.name, f"viewpoint_{viewpoint.id}", viewpoint.id == self.current):
                self._go(host, viewpoint.id)
        imgui.spacing()
        if w.button("", "viewpoint_before", icon="left", enabled=bool(ids), tooltip=_("Viewpoint before")):
            self._step(host, ids, -1)
        w.flow(icon="right")
        if w.button("", "viewpoint_next", icon="right", enabled=bool(ids), tooltip=_("Next viewpoint")):
            self._step(host, ids, 1)
        w.flow(_("Save this view"), "camera")
        if w.button(_("Save this view"), "viewpoint_save", icon="camera"):
            host.save_viewpoint()
        w.flow(icon="trash")
        known = self.current in ids
        if w.button("", "viewpoint_delete", icon="trash", enabled=known, tooltip=_("Delete this viewpoint")):
            assert self.current is not None
            host.execute(DeleteViewpoint(self.current))
            self.current = None

    def _step(self, host: Host, ids: list[str], step: int) -> None:
        at = ids.index(self.current) if self.current in ids else (-1 if step > 0 else 0)
        self._go(host, ids[(at + step) % len(ids)])

    def _go(self, host: Host, viewpoint_id: str) -> None:
        self.current = viewpoint_id
        host.go_to_viewpoint(viewpoint_id)
