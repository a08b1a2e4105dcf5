"""Where the viewer stands: framing, named viewpoints, coming down to walk, thumb pads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from explorer.app.camera_rig import ORBIT, WALK, MoveWish
from explorer.app.places import proposal_mesh
from explorer.geo import Camera
from explorer.i18n import _
from explorer.navigation import CLOSEST_M, Sides, frame_points
from explorer.scenario import SaveViewpoint, Viewpoint, new_id

if TYPE_CHECKING:
    from explorer.app.application import Application

_AROUND_SELECTION = (2.0, 12.0)
"""Least and most of what is shown around a selected thing: a lamp close by, a house with its street. [m]"""
_MARGIN = 0.05
"""Share of the picture beside what panels cover, on each side of a city that is framed. [-]"""
_COME_DOWN_TO = 1.7
_LOWEST_EYE, _HIGHEST_EYE = 0.6, 2.6
"""Viewpoints between these heights above the ground are somebody's who stands there. [m]"""
_PAD_TURN, _PAD_LOOK = 80.0, 55.0
"""With a thumb pad pushed all the way. [degrees/s]"""


class Viewing:
    """Sends the camera rig to places that have a meaning."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self._pads = (0.0, 0.0, 0.0, 0.0)

    # -- poses that the document keeps ---------------------------------------------------------------------------------

    def camera_from(self, numbers: tuple[float, ...], base: Camera) -> Camera:
        """The camera of easting, northing, height, heading, pitch, field of view."""
        place = self._app.place
        assert place is not None
        x, y, z = (float(v) for v in place.frame.to_world(np.array([numbers[:3]]))[0])
        return replace(base, position=(x, y, z), heading_deg=numbers[3], pitch_deg=numbers[4], fov_y_deg=numbers[5])

    def camera_record(self) -> tuple[float, ...]:
        """The pose of now as the scene keeps it."""
        place, c = self._app.place, self._app.rig.camera
        assert place is not None
        e, n, h = (float(v) for v in place.frame.to_map(np.array([c.position]))[0])
        return (e, n, h, c.heading_deg, c.pitch_deg, c.fov_y_deg)

    def go_to_viewpoint(self, viewpoint_id: str) -> None:
        """Fly to a saved viewpoint."""
        app = self._app
        if app.scenario is None:
            return
        v = app.scenario.record(viewpoint_id)
        if isinstance(v, Viewpoint):
            numbers = (v.easting, v.northing, v.height, v.heading_deg, v.pitch_deg, v.fov_y_deg)
            goal = self.camera_from(numbers, app.rig.camera)
            above = goal.position[2] - app.tool.ground_at(goal.position)
            walks = _LOWEST_EYE <= above <= _HIGHEST_EYE  # who is put into a street walks on from there
            app.rig.fly_to(goal, less_motion=app.settings.less_motion, walks=walks)

    def save_viewpoint(self) -> None:
        """Keep the pose of now under a name."""
        app = self._app
        if app.scenario is None:
            return
        e, n, h, heading, pitch, fov = self.camera_record()
        count = len(app.scenario.viewpoints)
        viewpoint = Viewpoint(
            id=new_id("viewpoint"),
            name=_("View {number}").format(number=count + 1),
            easting=e,
            northing=n,
            height=h,
            heading_deg=heading,
            pitch_deg=pitch,
            fov_y_deg=fov,
            order=count,
        )
        app.execute(SaveViewpoint(viewpoint))

    def covered(self) -> Sides:
        """What of the picture panels lie over."""
        width, height = self._app.renderer.width, self._app.renderer.height
        left, bottom, right, top = self._app.ui.covered(float(width), float(height))
        return Sides(left / width, bottom / height, right / width, top / height)

    def first_look(self, base: Camera) -> Camera:
        """The city, or its densest part, as who opens it sees it, beside the panels. `base`: heading, pitch, lens."""
        place = self._app.place
        assert place is not None
        return frame_points(base, place.first_points(), margin=_MARGIN, covered=self.covered(), min_distance=CLOSEST_M)

    # -- going there ---------------------------------------------------------------------------------------------------

    def frame_city(self) -> None:
        """Fly so that all that is built fits the picture."""
        app = self._app
        if app.place is not None:
            points, covered = app.place.city_points(), self.covered()
            goal = frame_points(app.rig.camera, points, margin=_MARGIN, covered=covered, min_distance=CLOSEST_M)
            app.rig.fly_to(goal, less_motion=app.settings.less_motion)

    def go_to_start(self) -> None:
        """Fly to the view that the scene begins with, and put everything down that was in hand."""
        app, start = self._app, self._app.stage.first_view
        if app.place is None or start is None:
            return
        camera, mode = start
        app.set_mode("explore")
        app.select_none()
        app.view.menu_at = app.view.menu_map = None
        app.view.panels_visible = True
        if app.rig.mode != ORBIT:
            app.rig.set_mode(ORBIT)
        app.rig.fly_to(camera, less_motion=app.settings.less_motion, walks=mode == WALK)

    def frame_selection(self) -> None:
        """Fly so that what is selected fits the picture."""
        app, selected = self._app, self._app.view.selected
        if selected is None or app.place is None or app.scenario is None:
            return
        if selected.proposal_id is not None:
            positions = proposal_mesh(app.scenario.proposal(selected.proposal_id), app.place.frame).positions
            lo, hi = positions.min(axis=0), positions.max(axis=0)
        elif selected.bounds is not None:
            lo, hi = app.place.frame.to_world(np.array(selected.bounds).reshape(2, 3))
        else:
            return
        around = float(np.clip((hi - lo).max(), *_AROUND_SELECTION))
        app.rig.frame(lo - around, hi + around, covered=self.covered(), less_motion=app.settings.less_motion)

    def face_north(self) -> None:
        """Turn so that grid north is up."""
        self._app.rig.face_north()

    def set_navigation(self, mode: str) -> None:
        """Orbit, fly, or come down where the middle of the picture is, and walk."""
        app = self._app
        if app.place is None:
            return
        found = app.pick(app.renderer.width / 2.0, app.renderer.height * 0.55) if mode == "walk" else None
        if found is not None:
            x, y, z = found.position
            app.rig.set_camera(replace(app.rig.camera, position=(x, y, z + _COME_DOWN_TO), pitch_deg=0.0))
        app.rig.set_mode(mode, looks_along=found is not None)

    # -- thumb pads ----------------------------------------------------------------------------------------------------

    def push_pads(self, forward: float, right: float, turn: float, look: float) -> None:
        """What the thumb pads ask for in this frame, each in [-1, 1]."""
        self._pads = (forward, right, turn, look)

    def with_pads(self, wish: MoveWish, dt: float) -> MoveWish:
        """What keys ask for in a frame of `dt` seconds, and what the thumb pads ask for."""
        forward, right, turn, look = self._pads
        self._pads = (0.0, 0.0, 0.0, 0.0)
        return replace(
            wish,
            forward=wish.forward + forward,
            right=wish.right + right,
            turn_deg=wish.turn_deg + turn * _PAD_TURN * dt,
            look_deg=wish.look_deg + look * _PAD_LOOK * dt,
        )
