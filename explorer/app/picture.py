"""A picture of a place without a window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

from explorer.app.places import Place, proposal_mesh
from explorer.app.sunlight import sun_now
from explorer.app.tile_layers import TileLayers
from explorer.errors import ScenarioError
from explorer.geo import Camera
from explorer.i18n import _
from explorer.jobs import JobRunner, ThreadJobs
from explorer.navigation import CollisionWorld, Walker, frame_points
from explorer.overlays import OverlayResult, colours_for
from explorer.render import CityRenderer, Engine, OverlayDrape, ProposalLook, make_engine
from explorer.surface import CollisionFeed

BIRD_HEADING, BIRD_PITCH = 25.0, -32.0


def drape_of(result: OverlayResult, place: Place) -> OverlayDrape:
    """A ground result as the renderer drapes it."""
    e0, n0, e1, n1 = result.bounds
    x, y, _z = place.frame.origin
    return OverlayDrape(
        values=result.values,
        bounds=(e0 - x, n0 - y, e1 - x, n1 - y),
        colours=result.legend.colours(),
        low=result.legend.low,
        high=result.legend.high,
    )


def facade_points_of(result: OverlayResult, place: Place) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """A facade result as coloured points in the world: positions (n, 3) and RGBA (n, 4)."""
    assert result.facades is not None
    legend = result.legend
    low, high = (legend.high, legend.low) if legend.reversed else (legend.low, legend.high)
    colours = colours_for(np.asarray(result.values).reshape(-1), legend.table, low, high)
    return place.frame.to_world(result.facades.points), colours


def view_camera(place: Place, view: str, width: int, height: int) -> Camera:
    """The camera for a view: "scene", "bird", "walker", a viewpoint's name, or E,N,H,heading,pitch[,fov].

    Raises `ScenarioError` for a view that is not there.
    """
    base = Camera((0.0, 0.0, 100.0), BIRD_HEADING, BIRD_PITCH, width=width, height=height)
    scene = place.scenario.scene
    if view == "scene" and scene.camera is not None and len(scene.camera) == 6:
        return _camera_at(place, scene.camera, base)
    if view in ("scene", "bird"):
        return frame_points(base, place.city_points(), margin=0.02)
    if view == "walker":
        return _walker_camera(place, base)
    for viewpoint in place.scenario.viewpoints:
        if view in (viewpoint.name, viewpoint.id):
            v = viewpoint
            return _camera_at(place, (v.easting, v.northing, v.height, v.heading_deg, v.pitch_deg, v.fov_y_deg), base)
    try:
        numbers = [float(part) for part in view.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (5, 6) or not np.isfinite(numbers).all():
        text = _("There is no view “{view}”. Use bird, walker, a viewpoint's name, or E,N,H,heading,pitch.")
        raise ScenarioError(text.format(view=view))
    return _camera_at(place, tuple(numbers), base)


def _camera_at(place: Place, numbers: Sequence[float], base: Camera) -> Camera:
    x, y, z = (float(v) for v in place.frame.to_world(np.array([numbers[:3]]))[0])
    fov = numbers[5] if len(numbers) > 5 else base.fov_y_deg
    return replace(base, position=(x, y, z), heading_deg=numbers[3] % 360.0, pitch_deg=numbers[4], fov_y_deg=fov)


def _walker_camera(place: Place, base: Camera) -> Camera:
    """Eye level near the middle of the city, looking along the longest free view."""
    ground = CollisionWorld()
    jobs = ThreadJobs(2)
    lo, hi = place.city_bounds()
    x, y = (float(v) for v in (lo[:2] + hi[:2]) / 2.0)
    surface = place.surface()
    feed = CollisionFeed(surface, ground, jobs)
    walker = Walker()
    feed.update(x, y)
    while ground.expected:
        jobs.collect(50.0)
    jobs.close()
    state = walker.placed(x, y, ground)
    eye = (x, y, float(hi[2]) + 2.0) if state is None else walker.eye(state)
    rays = surface.rays((eye[0] - 5, eye[1] - 5, eye[0] + 5, eye[1] + 5), 400.0)
    headings = np.arange(0.0, 360.0, 6.0)
    directions = np.array([[sin(radians(h)), cos(radians(h)), 0.02] for h in headings])
    distances, _triangles = rays.first_hit(np.tile(eye, (len(headings), 1)), directions)
    free = np.minimum(np.where(np.isfinite(distances), distances, 120.0), 250.0)
    best = float(headings[int(np.argmax(free + np.roll(free, 1) * 0.5 + np.roll(free, -1) * 0.5))])
    return replace(base, position=eye, heading_deg=best, pitch_deg=2.0, fov_y_deg=68.0)


def draw_picture(
    place: Place,
    camera: Camera,
    *,
    day: str,
    minute: float,
    variant_id: str | None,
    overlay: OverlayResult | None = None,
    max_error: float = 8.0,
    engine: Engine | None = None,
    jobs: JobRunner | None = None,
    on_problem: Callable[[str], object] | None = None,
) -> NDArray[np.uint8]:
    """The finished picture, (height, width, 3) sRGB, once every tile that it needs is there.

    `on_problem` is told each thing that could not be drawn, in one sentence.
    """
    own_jobs, own_engine = jobs is None, engine is None
    jobs = jobs or ThreadJobs(2)
    engine = engine or make_engine(offscreen=True, size=(camera.width, camera.height))
    renderer = CityRenderer(engine, width=camera.width, height=camera.height)
    tiles = TileLayers(place, jobs, max_screen_space_error=max_error)
    try:
        hidden = place.scenario.hidden_features(variant_id)
        tiles.set_hidden(hidden)
        tiles.load_all(renderer, camera)
        if on_problem is not None:
            for problem in tiles.take_new_problems():
                on_problem(problem)
        renderer.set_hidden_features(tiles.with_parts(hidden))
        proposals = place.scenario.proposals(variant_id)
        renderer.set_proposals([ProposalLook(p.id, proposal_mesh(p, place.frame)) for p in proposals])
        sun = sun_now(place, day, minute)
        renderer.set_sun(sun.direction, sun.elevation_deg)
        renderer.set_land(tiles.land_height())
        if overlay is not None and overlay.facades is not None:
            points, colours = facade_points_of(overlay, place)
            renderer.lines.set_points("facades", points, colours, size=4.0)
        elif overlay is not None:
            renderer.set_overlay(drape_of(overlay, place))
        renderer.set_camera(camera)
        return renderer.screenshot()
    finally:
        tiles.close()
        renderer.close()
        if own_jobs:
            jobs.close()
        if own_engine:
            engine.close()
