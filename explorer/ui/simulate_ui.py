"""Simulations: ask, see, compare, export."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _
from explorer.ui.host import Host
from explorer.ui.widgets import Widgets
from explorer.ui.words import duration_words


class SimulatePanel:
    """Keeps the path that is typed for an export, and whether the method is explained."""

    def __init__(self) -> None:
        self._path = "sun_hours.tif"
        self._explains = False

    def draw(self, host: Host, w: Widgets) -> None:
        """Draw into the panel of now."""
        o = host.view.overlay
        w.heading(_("Simulate"))
        kinds = ("sun_hours", "shadow")
        o.kind = kinds[w.combo(_("What"), "sim_kind", [_("Sun hours"), _("Shadow now")], kinds.index(o.kind))]
        receivers = ("ground", "facades")
        words = [_("On the ground"), _("On facades")]
        o.receivers = receivers[w.combo(_("Where"), "sim_receivers", words, receivers.index(o.receivers))]
        areas = ("view", "all", "proposal")
        words = [_("What is in view"), _("The whole city"), _("Around the proposal")]
        o.area = areas[w.combo(_("Area"), "sim_area", words, areas.index(o.area))]
        steps = (1.0, 5.0, 10.0, 30.0)
        step = min(range(len(steps)), key=lambda i: abs(steps[i] - o.step_minutes))
        o.step_minutes = steps[w.combo(_("Every"), "sim_step", [f"{s:g} min" for s in steps], step)]
        cells = (0.5, 1.0, 2.0, 4.0, 8.0)
        cell = min(range(len(cells)), key=lambda i: abs(cells[i] - o.resolution))
        o.resolution = cells[w.combo(_("Cells of"), "sim_resolution", [f"{c:g} m" for c in cells], cell)]
        if o.fraction is None:
            if w.button(_("Work it out"), "sim_run", icon="play", primary=True):
                host.simulate()
        else:
            w.progress_bar("sim_progress", o.fraction, "")
            w.muted(_("The rest of the program goes on meanwhile."))
            if w.button(_("Cancel"), "sim_cancel", icon="close"):
                host.cancel_simulation()
        if o.has_result:
            imgui.separator()
            self._result(host, w)

    def _result(self, host: Host, w: Widgets) -> None:
        o, legend = host.view.overlay, host.legend
        if o.is_stale:
            w.warning(_("Out of date: the scene has changed since. Work it out again."))
        views = (("with", _("With the proposal")), ("without", _("As it is")), ("difference", _("Difference")))
        for number, (which, words) in enumerate(views):
            if number:
                w.flow(words)
            if w.button(words, f"sim_show_{which}", primary=o.show == which):
                host.show_simulation(which)
        if legend is not None:
            w.text(f"{legend.title} [{legend.unit}]")
            w.colour_bar(legend.colours, "sim_legend", [f"{tick:g}" for tick in legend.ticks])
        if o.probe is not None:
            value = duration_words(o.probe) if o.kind == "sun_hours" else f"{o.probe:.2f}"
            w.text(_("Under the pointer: {value}").format(value=value))
        else:
            w.muted(_("Point at the ground to read a value."))
        w.key_values("sim_figures", list(o.figures))
        if w.button(_("How it was worked out"), "sim_help", icon="help"):
            self._explains = not self._explains
        w.flow(_("Clear"), "close")
        if w.button(_("Clear"), "sim_clear", icon="close"):
            host.clear_simulation()
        if self._explains:
            w.text_wrapped(
                _(
                    "Worked out with exact rays to the sun (NREL SPA positions) against the whole city, "
                    "proposals included. Geometry alone: no clouds, no reflected light; trees block like walls. "
                    "The same figures come from “citiverse simulate”."
                )
            )
        _committed, self._path = w.input_text(_("File"), "sim_path", self._path)
        if w.button(_("Export"), "sim_export", icon="save", tooltip=_("GeoTIFF (.tif), .csv or .geojson")):
            host.export_simulation(self._path)
