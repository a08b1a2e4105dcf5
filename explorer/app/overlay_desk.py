"""Simulations of the window: what is asked, what is being worked out, what is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.app.figures import figures_of, legend_of
from explorer.app.picture import drape_of, facade_points_of
from explorer.app.places import footprint_on_map
from explorer.app.simulation import Question, answer, whole_area
from explorer.errors import ExplorerError, SimulationError
from explorer.i18n import _
from explorer.jobs import Cancelled, Job, Progress
from explorer.overlays import OverlayRequest, OverlayResult, difference, write_overlay
from explorer.scenario import Scenario, ScenarioChanged
from explorer.ui import LegendView
from explorer.viewstate import Answered

if TYPE_CHECKING:
    from explorer.app.application import Application

_VIEW_METRES = 150.0
_AROUND_METRES = 80.0


@dataclass(frozen=True)
class _Results:
    with_proposals: OverlayResult
    without: OverlayResult

    def one(self, which: str) -> OverlayResult:
        if which == "with":
            return self.with_proposals
        return self.without if which == "without" else difference(self.with_proposals, self.without)


class OverlayDesk:
    """Asks on a worker, drapes on the main thread."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self._job: Job[_Results] | None = None
        self._results: _Results | None = None
        self._shown: OverlayResult | None = None
        self._asked_of: Scenario | None = None
        self._basis: tuple[Any, ...] = ()
        """What the scenario said when the results were asked for."""
        self.legend: LegendView | None = None

    def start(self) -> None:
        """Work out what the panel asks for, with and without the proposals."""
        app = self._app
        if app.place is None or app.scenario is None or self._job is not None:
            return
        try:
            request = self._request()
        except ExplorerError as error:
            app.report(error)
            return
        place, scenario, base = app.place, app.scenario, app.base_surface
        assert base is not None

        def work(progress: Progress) -> _Results:
            first = answer(Question(request), place, scenario, base, _half(progress, 0.0))
            if request.variant_id is None:
                return _Results(first, first)
            existing = replace(request, variant_id=None)
            return _Results(first, answer(Question(existing), place, scenario, base, _half(progress, 0.5)))

        self._asked_of = scenario
        self._job = app.jobs.submit(work, name="simulation", when_done=self._done)

    def _request(self) -> OverlayRequest:
        app, o = self._app, self._app.view.overlay
        assert app.scenario is not None
        scene = app.scenario.scene
        return OverlayRequest(
            kind=o.kind,  # type: ignore[arg-type]
            area=self._area(o.area),
            date=date.fromisoformat(scene.date),
            step_minutes=o.step_minutes,
            resolution=o.resolution,
            variant_id=scene.active_variant,
            receivers=o.receivers,  # type: ignore[arg-type]
            minute_of_day=float(scene.minute),
        )

    def _area(self, which: str) -> tuple[float, float, float, float]:
        app = self._app
        assert app.place is not None and app.scenario is not None
        if which == "all":
            return whole_area(app.place)
        if which == "proposal":
            proposals = app.scenario.proposals(app.active_variant)
            if not proposals:
                raise SimulationError(_("There is no proposal in this variant. Choose another area."))
            points = np.array([point for p in proposals for point in footprint_on_map(p)])
            lo, hi = points.min(axis=0) - _AROUND_METRES, points.max(axis=0) + _AROUND_METRES
            return float(lo[0]), float(lo[1]), float(hi[0]), float(hi[1])
        if which == "drawn" and app.view.overlay.rectangle is not None:
            return app.view.overlay.rectangle
        found = app.pick(app.renderer.width / 2.0, app.renderer.height * 0.6)
        centre = found.position if found is not None else app.rig.camera.position
        height = max(app.rig.camera.position[2] - centre[2], 20.0)
        half = min(max(_VIEW_METRES, height * 0.8), 600.0)
        e, n, _h = (float(v) for v in app.place.frame.to_map(np.array([centre]))[0])
        return e - half, n - half, e + half, n + half

    def _done(self, job: Job[Any]) -> None:
        self._job = None
        app, o = self._app, self._app.view.overlay
        o.fraction = None
        app.status.clear("simulation")
        error = job.error
        if error is not None:
            if not isinstance(error, Cancelled):
                app.report(error)
            return
        self._results = job.result()
        assert self._asked_of is not None and app.scenario is not None and self._results is not None
        self._basis = _basis(self._asked_of, self._results)
        o.has_result, o.is_stale = True, _basis(app.scenario, self._results) != self._basis
        self.show(o.show)

    def update_progress(self) -> None:
        """Show how far it is."""
        if self._job is not None:
            self._app.view.overlay.fraction = self._job.progress.fraction
            self._app.status.set("simulation", _("Working out"), self._job.progress.fraction, can_cancel=True)

    def show(self, which: str) -> None:
        """With the proposals, without, or the difference."""
        app, o = self._app, self._app.view.overlay
        o.show = which
        if self._results is None or app.place is None:
            return
        result = self._shown = self._results.one(which)
        o.probe = None  # what was read belongs to the result of before
        if result.facades is not None:
            points, colours = facade_points_of(result, app.place)
            app.renderer.set_overlay(None)
            app.renderer.lines.set_points("facades", points, colours, size=5.0)
        else:
            app.renderer.lines.clear("facades")
            app.renderer.set_overlay(drape_of(result, app.place))
        self.legend = legend_of(result)
        o.figures = figures_of(result)
        asked = result.request
        o.answered = Answered(asked.kind, result.facades is not None, asked.step_minutes, asked.resolution)

    @property
    def shown_area(self) -> tuple[float, float, float, float] | None:
        """Least easting and northing, greatest easting and northing of the result; None: there is none. [m]"""
        return self._shown.bounds if self._shown is not None else None

    def probe(self, easting: float, northing: float, height: float) -> None:
        """The value at a place of the map: of the ground there, or of the wall."""
        shown = self._shown
        self._app.view.overlay.probe = None if shown is None else shown.value_at(easting, northing, height)

    def cancel(self) -> None:
        """Stop working it out."""
        if self._job is not None:
            self._job.cancel()

    def clear(self) -> None:
        """Take the result off."""
        self.cancel()
        self._results = self._shown = self.legend = None
        o = self._app.view.overlay
        o.has_result = o.is_stale = False
        o.probe = None
        self._app.renderer.set_overlay(None)
        self._app.renderer.lines.clear("facades")

    def export(self, path: str, *, replaces: bool = False) -> None:
        """Write the shown result to a file; a name alone lies beside the scene, else at home.

        Where a program was started from is no place that anybody knows of. A file that is there already is asked
        about first, unless somebody said that it `replaces` it.
        """
        if self._shown is None:
            return
        scene, o = self._app.document.path, self._app.view.overlay
        target = (scene.parent if scene is not None else Path.home()) / Path(path).expanduser()
        o.export_replaces = str(path) if target.is_file() and not replaces else ""
        if o.export_replaces:
            return
        try:
            write_overlay(self._shown, target)
        except ExplorerError as error:
            self._app.report(error)
        else:
            self._app.status.notice(_("Exported. [{path}]").format(path=target), is_passing=True)

    def scenario_changed(self, event: ScenarioChanged) -> None:
        """A result is out of date while the scene asks for another one; views, names and cuts do not count.

        "Before and after" asks for none: the city as it is has been worked out, too, and is shown with it.
        """
        if self._results is None:
            return
        o, active = self._app.view.overlay, event.after.scene.active_variant
        o.is_stale = _basis(event.after, self._results) != self._basis
        asked = self._results.with_proposals.request.variant_id
        if active != event.before.scene.active_variant and asked is not None and o.show != "difference":
            fitting = {asked: "with", None: "without"}.get(active, o.show)
            if fitting != o.show:
                self.show(fitting)


def _basis(scenario: Scenario, results: _Results) -> tuple[Any, ...]:
    """All of a scenario that a result depends on, beside its own parameters."""
    scene, asked = scenario.scene, results.with_proposals.request
    minute = scene.minute if asked.kind == "shadow" else None
    variant = scene.active_variant or asked.variant_id  # the city as it is has been worked out, too
    proposals = tuple(replace(proposal, name="") for proposal in scenario.proposals(variant))
    return (scene.date, minute, variant, proposals, tuple(layer.url for layer in scenario.layers))


def _half(progress: Progress, low: float) -> Progress:
    return Progress(lambda fraction, text: progress.report(low + 0.5 * fraction, text))
