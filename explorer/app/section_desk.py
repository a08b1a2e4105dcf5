"""Sections in the window: placing, pulling and showing them; a cut's faces are worked out beside the main thread."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.app.sections import caps_of, cut_of, take_section
from explorer.errors import ExplorerError
from explorer.i18n import _
from explorer.jobs import Cancelled, Job
from explorer.scenario import ChangeSection, PlaceSection, ScenarioChanged, Section, new_id
from explorer.surface import Caps
from explorer.ui import Handles

if TYPE_CHECKING:
    from explorer.app.application import Application
    from explorer.app.places import Place

_REACH = {"plane": 12.0, "box": 0.6, "polygon": 0.0}
_BELOW, _ABOVE = 6.0, 60.0
"""How far a new box or prism reaches below and above the ground. [m]"""
_BOX = 60.0
_STEP = 0.1
_TURN_STEP, _TURN_STEP_COARSE = 1.0, 15.0
Point = tuple[float, float, float]


class SectionDesk:
    """Keeps the cut in the picture in step with the scene. Main thread only."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self.first = ""
        """The section of the command line, for the place that is opened next; "": none."""
        self._job: Job[Caps] | None = None
        self._shown: object = None
        self._dragged: Section | None = None

    # -- in step with the scene ----------------------------------------------------------------------------------------

    def begin(self, place: Place) -> None:
        """Cut a place that was opened as the command line asked."""
        words, self.first = self.first, ""
        if words:
            try:
                take_section(place, words)
            except ExplorerError as error:
                self._app.report(error)

    def scenario_changed(self, _event: ScenarioChanged) -> None:
        """Show what is different."""
        self.show()

    @property
    def active(self) -> Section | None:
        """The section that cuts the city now."""
        scenario = self._app.scenario
        return scenario.section if scenario is not None else None

    def is_cut_away(self, at: Any) -> bool:
        """Whether a point of the world, (3,), is not there because of the section."""
        place, section = self._app.place, self.active
        if place is None or section is None:
            return False
        try:
            return bool(cut_of(place, section).cuts_away(np.array([at]))[0])
        except ExplorerError:  # `show` has told why, and cuts nothing
            return False

    def show(self) -> None:
        """Cut at once; the faces come as soon as they are worked out."""
        app, section = self._app, self.active
        variant = app.active_variant
        of = app.scenario if section is not None else None
        key = (section, variant, of and of.proposals(variant), of and of.layers)
        if key == self._shown:
            return
        self._shown = key
        self._cancel()
        place = app.place
        if section is None or place is None or app.scenario is None:
            app.renderer.set_section(None)
            return
        try:
            cut = cut_of(place, section)
        except ExplorerError as error:
            app.renderer.set_section(None)
            app.report(error)
            return
        app.renderer.set_section(cut)
        now, base = replace(place, scenario=app.scenario), app.base_surface

        def work(progress: Any) -> Caps:
            return caps_of(now, cut, variant, progress, base=base)

        self._job = app.jobs.submit(work, name="section", when_done=partial(self._done, cut))
        app.status.set("section", _("Cutting the city"))

    def _done(self, cut: Any, job: Job[Caps]) -> None:
        if job is not self._job:
            return
        self._job = None
        self._app.status.clear("section")
        if job.error is None:
            self._app.renderer.set_section(cut, job.result())
        elif not isinstance(job.error, Cancelled):
            self._app.report(job.error)

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
            self._app.status.clear("section")

    def clear(self) -> None:
        """Nothing is open any more."""
        self._cancel()
        self._shown, self._dragged = None, None
        self._app.renderer.set_section(None)

    # -- placing and changing ------------------------------------------------------------------------------------------

    def place(self, shape: str) -> None:
        """Put a plane or a box where the middle of the picture is; a polygon is drawn."""
        app = self._app
        if app.place is None or app.scenario is None:
            return
        if shape == "polygon":
            app.set_tool("cut")
            return
        found = app.pick(app.renderer.width / 2.0, app.renderer.height / 2.0)
        seen = found.position if found is not None else self._middle()
        at = self._on_map((*seen[:2], app.tool.ground_at(seen)))
        heading = round(app.rig.camera.heading_deg, 1) if shape == "plane" else 0.0
        section = self._new(shape, easting=at[0], northing=at[1], heading_deg=heading)
        if shape == "box":
            section = replace(section, height=round(at[2] - _BELOW, 2), size=(_BOX, _BOX, _BELOW + _ABOVE))
        else:
            section = replace(section, height=at[2])
        app.execute(PlaceSection(section))

    def place_ring(self, corners: list[Point]) -> bool:
        """Put a prism over corners of the world; False where they make none, and why is said."""
        app = self._app
        on_map = [self._on_map(corner) for corner in corners]
        heights = [corner[2] for corner in on_map]
        section = self._new("polygon", ring=tuple(corner[:2] for corner in on_map))
        section = replace(
            section, floor=round(min(heights) - _BELOW, 2), top=round(max(heights) + _ABOVE, 2), height=min(heights)
        )
        try:
            app.document.execute(PlaceSection(section))
        except ExplorerError as error:
            app.status.refuse(str(error))  # the corners stay, to be mended
            return False
        return True

    def _new(self, shape: str, **values: Any) -> Section:
        scenario = self._app.scenario
        assert scenario is not None
        count = len(scenario.sections) + 1
        order = max((known.order for known in scenario.sections), default=-1) + 1
        name = _("Section {number}").format(number=count)
        return Section(id=new_id("section"), name=name, shape=shape, order=order, **values)

    def _on_map(self, world: Any) -> Point:
        place = self._app.place
        assert place is not None
        e, n, h = (round(float(value), 2) for value in place.frame.to_map(np.array([world]))[0])
        return e, n, h

    def _middle(self) -> Point:
        place = self._app.place
        assert place is not None
        lo, hi = place.city_bounds()
        x, y = ((lo + hi) / 2.0)[:2]
        return float(x), float(y), float(lo[2])

    def change(self, **values: Any) -> None:
        """Set values of the active section."""
        if self.active is not None:
            self._app.execute(ChangeSection(self.active.id, values))

    def nudge(self, ahead: float, right: float) -> bool:
        """Slide the active section by metres as the viewer sees it; False where none is being worked on."""
        section = self.active
        if section is None or not self._app.view.show_section or self._app.view.selected is not None:
            return False
        quarter = np.radians(round(self._app.rig.camera.heading_deg / 90.0) * 90.0)
        east = ahead * np.sin(quarter) + right * np.cos(quarter)
        north = ahead * np.cos(quarter) - right * np.sin(quarter)
        moved = _slid(section, float(east), float(north))
        self.change(easting=moved.easting, northing=moved.northing, ring=moved.ring)
        return True

    def set_underground(self, is_on: bool) -> None:
        """Let the camera go below the ground, and see through that from there; or not."""
        app = self._app
        app.view.underground = app.rig.goes_below = is_on
        app.renderer.set_underground(is_on)

    # -- handles -------------------------------------------------------------------------------------------------------

    def handles(self) -> Handles | None:
        """Where the handles of the active section stand; None: there are none to show."""
        app, section = self._app, self._dragged or self.active
        if section is None or app.place is None or not app.view.show_section or app.view.tool != "select":
            return None
        if app.view.selected is not None and app.view.selected.proposal_id is not None:
            return None
        at = (section.easting, section.northing, section.height)
        reach, height = _REACH["plane"], 0.0
        if section.shape == "box":
            reach, height = max(section.size[:2]) * _REACH["box"], section.size[2]
        elif section.shape == "polygon":
            middle = np.array(section.ring).mean(axis=0)
            at = (float(middle[0]), float(middle[1]), section.height)
            height = (section.top or section.height) - section.height
        foot = app.place.frame.to_world(np.array([at]))[0]
        xyz = (float(foot[0]), float(foot[1]), float(foot[2]))
        return Handles(app.rig.camera, xyz, 90.0 - section.heading_deg, reach, height)

    def drag(self, kind: str, amount: tuple[float, float], is_over: bool, is_coarse: bool = False) -> bool:
        """A handle was pulled this far since it was grabbed; False where no section is."""
        app, start = self._app, self.active
        if start is None or app.place is None:
            self._dragged = None
            return False
        pulled = _pulled(start, kind, amount, is_coarse)
        if is_over:
            self._dragged = None
            names = ("easting", "northing", "height", "heading_deg", "size", "ring", "top")
            self.change(**{name: getattr(pulled, name) for name in names})
            self._shown = None  # what was previewed is taken back where nothing changed
            self.show()
            return True
        self._dragged = pulled
        with suppress(ExplorerError):  # pulled through itself: the last good cut stays
            app.renderer.set_section(cut_of(app.place, pulled))
        return True


def _pulled(start: Section, kind: str, amount: tuple[float, float], is_coarse: bool) -> Section:
    if kind == "move":
        return _slid(start, *(round(value / _STEP) * _STEP for value in amount))
    if kind == "turn":
        step = _TURN_STEP_COARSE if is_coarse else _TURN_STEP
        turn = round(((amount[0] + 180.0) % 360.0 - 180.0) / step) * step
        if start.shape == "polygon":
            return _turned(start, turn)
        return replace(start, heading_deg=round((start.heading_deg - turn) % 360.0, 2))
    up = round(amount[0] / _STEP) * _STEP
    if start.shape == "box":
        return replace(start, size=(*start.size[:2], round(max(start.size[2] + up, 1.0), 2)))
    if start.shape == "polygon":
        return replace(start, top=None if start.top is None else round(start.top + up, 2))
    return replace(start, height=round(start.height + up, 2))


def _slid(start: Section, east: float, north: float) -> Section:
    ring = tuple((round(x + east, 3), round(y + north, 3)) for x, y in start.ring)
    return replace(start, easting=round(start.easting + east, 3), northing=round(start.northing + north, 3), ring=ring)


def _turned(start: Section, degrees: float) -> Section:
    corners = np.array(start.ring)
    middle, angle = corners.mean(axis=0), np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return replace(
        start, ring=tuple((round(x, 3), round(y, 3)) for x, y in ((corners - middle) @ turn + middle).tolist())
    )
