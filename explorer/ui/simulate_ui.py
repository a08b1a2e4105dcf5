"""Simulations: ask, see, compare, export."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _, decimal
from explorer.ui.host import Host
from explorer.ui.shown import LegendView
from explorer.ui.widgets import Widgets
from explorer.ui.words import clock_words, date_words, value_in_words

_KINDS = ("sun_hours", "shadow")
_RECEIVERS = ("ground", "facades")
_AREAS = ("view", "all", "proposal", "drawn")
_STEPS = (1.0, 5.0, 10.0, 30.0)
_CELLS = (0.5, 1.0, 2.0, 4.0, 8.0)
_TICKS_APART = 0.1
"""Share of a legend's width that its last round figure must leave for the end to be written, too. [-]"""


class SimulatePanel:
    """Keeps the path that is typed for an export, and whether the method is explained."""

    def __init__(self) -> None:
        self._path = ""
        """"" is the name that fits the result."""
        self._explains = False
        self._asks = False
        """The question is shown although there is an answer."""

    def draw(self, host: Host, w: Widgets) -> None:
        """Draw into the panel of now: the question, or the answer with the question below it."""
        o = host.view.overlay
        w.heading(_("Simulate"))
        if not o.has_result or o.fraction is not None:
            if o.fraction is None:
                w.muted(_("See how much sun each place gets on the day below, with the proposal and without."))
            self._question(host, w)
            return
        self._result(host, w, host.settings.profile == "planner")
        imgui.separator()
        if w.button(_("Ask something else"), "sim_ask", icon="pencil", primary=self._asks):
            self._asks = not self._asks
        if self._asks:
            self._question(host, w)

    def _question(self, host: Host, w: Widgets) -> None:
        o, is_planner = host.view.overlay, host.settings.profile == "planner"
        o.kind = _KINDS[w.combo(_("What"), "sim_kind", [_("Sun hours"), _("Shadow now")], _KINDS.index(o.kind))]
        if is_planner:
            words = [_("On the ground"), _("On facades")]
            o.receivers = _RECEIVERS[w.combo(_("Where"), "sim_receivers", words, _RECEIVERS.index(o.receivers))]
        _area(host, w)
        if is_planner:
            _how_fine(host, w)
        _run(host, w)

    def _result(self, host: Host, w: Widgets, is_planner: bool) -> None:
        o, legend = host.view.overlay, host.legend
        if o.is_stale:
            w.warning(_("Out of date: the scene has changed since. Work it out again."))
            if w.button(_("Work it out again"), "sim_again", icon="play", primary=True, tooltip="U"):
                host.simulate()
        views = (("with", _("With the proposal")), ("without", _("As it is")), ("difference", _("Difference")))
        for number, (which, words) in enumerate(views):
            if number:
                w.flow(words)
            if w.button(words, f"sim_show_{which}", primary=o.show == which):
                host.show_simulation(which)
        if legend is not None:
            draw_legend(w, legend)
        answered = o.answered
        if o.probe is not None:
            value = value_in_words(answered.kind, o.probe)
            w.text_wrapped(_("Under the pointer: {value}").format(value=value))
        else:
            on_wall, on_ground = _("Point at a facade to read a value."), _("Point at the ground to read a value.")
            w.muted(on_wall if answered.is_on_facades else on_ground)
        w.key_values("sim_figures", list(o.figures))
        if w.button(_("How sure is this?"), "sim_help", icon="help"):
            self._explains = not self._explains
        w.flow(_("Clear"), "close")
        if w.button(_("Clear"), "sim_clear", icon="close"):
            host.clear_simulation()
        if self._explains:
            w.text_wrapped(method_words(answered.kind, answered.step_minutes, answered.resolution))
        if is_planner:
            self._export(host, w)

    def _export(self, host: Host, w: Widgets) -> None:
        """A line for the name, and a question where such a file is already."""
        o = host.view.overlay
        # points on walls do not fit into a GeoTIFF
        fitting = o.answered.kind + (".csv" if o.answered.is_on_facades else ".tif")
        path = self._path or fitting
        _committed, typed = w.input_text(_("File"), "sim_path", path)
        self._path = "" if typed == fitting else typed
        path = typed or fitting
        replaces = o.export_replaces == path
        if replaces:
            w.warning(_("There is a file of this name already. Replace it?"))
        words = _("Replace it") if replaces else _("Export")
        if w.button(words, "sim_export", icon="save", tooltip=_("GeoTIFF (.tif), .csv or .geojson")):
            host.export_simulation(path, replaces=replaces)


def draw_legend(w: Widgets, legend: LegendView) -> None:
    """What the colours mean: a title with its unit, the bar, its figures, its ends in words."""
    w.text_wrapped(legend_title(legend))
    w.colour_bar(legend.colours, "sim_legend", legend_ticks(legend))


def legend_title(legend: LegendView) -> str:
    """What its values are, and in which unit."""
    return f"{legend.title} ({legend.unit})"


def legend_ticks(legend: LegendView) -> list[tuple[float, str]]:
    """Figures to write below its colours, each with its share of the way from low to high."""
    span = max(legend.high - legend.low, 1e-9)
    ticks = [
        ((tick - legend.low) / span, decimal(tick, "+g" if legend.low < 0.0 and tick else "g")) for tick in legend.ticks
    ]
    if legend.ticks and (legend.high - legend.ticks[-1]) / span > _TICKS_APART:
        ticks.append((1.0, decimal(legend.high, "+g" if legend.low < 0.0 else "g")))
    return ticks


def method_words(kind: str, step_minutes: float, cell: float) -> str:
    """How a figure was worked out, and how sure it is."""
    words = _(
        "Worked out with exact rays to the sun (NREL SPA positions) against the whole city, "
        "proposals included. Geometry alone: no clouds, no reflected light; trees block like walls. "
        "The same figures come from “citiverse simulate”."
    )
    if kind == "sun_hours":
        words += " " + _(
            "One look at the sun every {step:g} minutes, so a place may be wrong by up to that at each edge of a "
            "shadow; places are {cell:g} m apart."
        ).format(step=step_minutes, cell=cell)
    return words


def _area(host: Host, w: Widgets) -> None:
    o = host.view.overlay
    words = [_("What is in view"), _("The whole city"), _("Around the proposal"), _("A drawn rectangle")]
    chosen = _AREAS[w.combo(_("Area"), "sim_area", words, _AREAS.index(o.area))]
    if chosen != o.area:
        o.area = chosen
        if chosen == "drawn" and o.rectangle is None:
            host.set_tool("area")
    if o.area != "drawn" and host.view.tool != "area":
        return
    if host.view.tool == "area":
        tap = _("Tap two opposite corners on the ground.")
        w.text_wrapped(tap if host.settings.touch else _("Click two opposite corners on the ground. Esc gives up."))
    elif o.rectangle is not None:
        e0, n0, e1, n1 = o.rectangle
        w.muted(_("{wide:.0f} × {deep:.0f} m").format(wide=e1 - e0, deep=n1 - n0))
    words_draw = _("Draw it") if o.rectangle is None else _("Draw it anew")
    if w.button(words_draw, "sim_area_draw", icon="area", primary=host.view.tool == "area"):
        host.set_tool("select" if host.view.tool == "area" else "area")
    if o.rectangle is not None:
        w.flow(_("Clear the area"), "close")
        if w.button(_("Clear the area"), "sim_area_clear", icon="close"):
            host.clear_area()


def _how_fine(host: Host, w: Widgets) -> None:
    o = host.view.overlay
    step = min(range(len(_STEPS)), key=lambda i: abs(_STEPS[i] - o.step_minutes))
    o.step_minutes = _STEPS[w.combo(_("Every"), "sim_step", [f"{decimal(s)} min" for s in _STEPS], step)]
    cell = min(range(len(_CELLS)), key=lambda i: abs(_CELLS[i] - o.resolution))
    o.resolution = _CELLS[w.combo(_("Cells of"), "sim_resolution", [f"{decimal(c)} m" for c in _CELLS], cell)]


def _run(host: Host, w: Widgets) -> None:
    o, scenario = host.view.overlay, host.scenario
    if scenario is not None:
        moment = date_words(scenario.scene.date)
        if o.kind == "shadow":
            moment += " " + clock_words(scenario.scene.minute)
        w.muted(_("For {moment}, set below.").format(moment=moment))
    if o.fraction is None:
        is_ready = o.area != "drawn" or o.rectangle is not None
        if w.button(_("Work it out"), "sim_run", icon="play", primary=is_ready, enabled=is_ready, tooltip="U"):
            host.simulate()
        return
    w.progress_bar("sim_progress", o.fraction, "")
    w.muted(_("The rest of the program goes on meanwhile."))
    if w.button(_("Cancel"), "sim_cancel", icon="close"):
        host.cancel_simulation()
