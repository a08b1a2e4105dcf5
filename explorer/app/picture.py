"""A picture of a place without a window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.app.eye_level import BIRD_HEADING, walker_camera
from explorer.app.guessed_ground import ground_tile, is_near, squares_around
from explorer.app.imagery import ImageryDrawing, picture_side
from explorer.app.indexed import with_parts
from explorer.app.layer_styles import load_styles
from explorer.app.picture_legend import with_legend as with_picture_legend
from explorer.app.places import Place, proposal_mesh, proposal_storeys, variant_surface
from explorer.app.plots import plot_areas, plots_tile
from explorer.app.sections import caps_of, cut_of, is_below_ground
from explorer.app.style_doubts import style_doubts
from explorer.app.sunlight import sun_now
from explorer.app.tile_layers import TileLayers
from explorer.errors import ScenarioError
from explorer.geo import Camera
from explorer.i18n import _
from explorer.jobs import JobRunner, Progress, ThreadJobs
from explorer.navigation import CLOSEST_M, frame_points
from explorer.overlays import OverlayResult, colours_for
from explorer.render import (
    PRESENTATION,
    CityRenderer,
    Engine,
    OverlayDrape,
    ProposalLook,
    Tier,
    make_engine,
    packed_tile,
)
from explorer.scenario import is_pose
from explorer.surface import SurfaceModel

BIRD_PITCH = -32.0


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
        return frame_points(base, place.first_points(), margin=0.02, min_distance=CLOSEST_M)
    if view == "walker":
        return walker_camera(place, base)
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
    if not is_pose(numbers if len(numbers) > 5 else (*numbers, base.fov_y_deg)):
        said = ",".join(f"{value:g}" for value in numbers)
        text = _(
            "Nothing can be seen from {view}: it lies beyond all maps, or its field of view is not 1 to 170 degrees."
        )
        raise ScenarioError(text.format(view=said))
    x, y, z = (float(v) for v in place.frame.to_world(np.array([numbers[:3]]))[0])
    fov = numbers[5] if len(numbers) > 5 else base.fov_y_deg
    return replace(base, position=(x, y, z), heading_deg=numbers[3] % 360.0, pitch_deg=numbers[4], fov_y_deg=fov)


_SMOOTH_SCALE = 2
_STANDS_BELOW_M = 10.0
"""Whose eye is no higher above the ground sees what lies around; who is higher up, what lies below. [m]"""
_MAX_SIDE = 8192
"""Of what is drawn: every OpenGL 3.3 driver of the last decade takes it. [px]"""


def draw_picture(
    place: Place,
    camera: Camera,
    *,
    day: str,
    minute: float,
    variant_id: str | None,
    overlay: OverlayResult | None = None,
    max_error: float = 8.0,
    tier: Tier = PRESENTATION,
    engine: Engine | None = None,
    jobs: JobRunner | None = None,
    with_legend: bool = False,
    on_problem: Callable[[str], object] = lambda _sentence: None,
    progress: Progress | None = None,
) -> NDArray[np.uint8]:
    """The finished picture, (height, width, 3) sRGB, once every tile that it needs is there.

    Drawn larger and shrunk, so that edges and lines are smooth. `on_problem` is told each thing that could not be
    drawn, in one sentence. `with_legend`: what the colours of styles and of the overlay mean is drawn into a
    corner.
    """
    large, scale, tier = _enlarged(camera, tier)
    with ExitStack() as stack:
        engine = engine or stack.enter_context(closing(make_engine(offscreen=True, size=(camera.width, camera.height))))
        jobs = jobs or stack.enter_context(closing(ThreadJobs(2)))
        renderer = stack.enter_context(
            closing(CityRenderer(engine, width=large.width, height=large.height, tier=tier, pixel_scale=scale))
        )
        layers = TileLayers(place, jobs, max_screen_space_error=max_error, finish=renderer.packed)
        tiles = stack.enter_context(closing(layers))
        imagery = stack.enter_context(closing(ImageryDrawing(place, jobs, jobs, picture_side(large.height))))
        _show_city(place, renderer, tiles, camera, variant_id, on_problem, progress)
        layer_styles, styles, wrong = load_styles(place)
        renderer.set_layer_styles(styles)
        doubts = style_doubts(layer_styles, layer_styles.styles(place.scenario), renderer.features_of_layer)
        for problem in (*wrong, *doubts):
            on_problem(problem)
        sun = sun_now(place, day, minute)
        renderer.set_sun(sun.direction, sun.elevation_deg)
        for problem in draped(imagery, place, renderer, large, jobs, progress):
            on_problem(problem)
        renderer.set_underground(is_below_ground(place, camera))
        if (section := place.scenario.section) is not None:
            cut = cut_of(place, section)
            renderer.set_section(cut, caps_of(place, cut, variant_id, progress))
        if overlay is not None:
            _show_overlay(overlay, place, renderer)
        renderer.set_camera(large)
        smooth = _shrunk(renderer.screenshot(), scale)
        return with_picture_legend(smooth, place, layer_styles, overlay) if with_legend else smooth


def _enlarged(camera: Camera, tier: Tier) -> tuple[Camera, int, Tier]:
    """What is drawn to be shrunk: the camera, how many times as large, and the tier."""
    is_smooth = tier.samples > 0 and max(camera.width, camera.height) * _SMOOTH_SCALE <= _MAX_SIDE
    if not is_smooth:
        return camera, 1, tier
    large = replace(camera, width=camera.width * _SMOOTH_SCALE, height=camera.height * _SMOOTH_SCALE)
    return large, _SMOOTH_SCALE, replace(tier, samples=0)  # smooth already, and a processor's samples are slow


def _shrunk(pixels: NDArray[np.uint8], scale: int) -> NDArray[np.uint8]:
    """Every square of so many pixels as one."""
    height, width = pixels.shape[0] // scale, pixels.shape[1] // scale
    mean = pixels.reshape(height, scale, width, scale, 3).mean(axis=(1, 3), dtype=np.float32)
    if scale > 1:  # noise of half a step, as in lib/dither.glsl, which has no trace left after a mean of four
        turn = np.arange(width) * 0.06711056 + np.arange(height)[:, None] * 0.00583715
        mean += (np.float32(0.98) * (52.9829189 * (turn % 1.0) % 1.0 - 0.5)).astype(np.float32)[..., None]
    small: NDArray[np.uint8] = np.round(mean).astype(np.uint8)
    return small


def _show_city(
    place: Place,
    renderer: CityRenderer,
    tiles: TileLayers,
    camera: Camera,
    variant_id: str | None,
    on_problem: Callable[[str], object],
    progress: Progress | None,
) -> None:
    """Load a variant's city, with its proposals and the land around."""
    hidden = place.scenario.hidden_features(variant_id)
    tiles.set_hidden(hidden)
    if not tiles.load_all(renderer, camera, progress=progress):
        on_problem(_("The picture is not complete: some of the city did not come in time. Try again."))
    for problem in tiles.take_new_problems():
        on_problem(problem)
    renderer.set_hidden_features(with_parts(place.layers, hidden))
    if areas := plot_areas(place, place.scenario, variant_id):
        surface = variant_surface(place.surface(), place.frame, place.scenario, variant_id)
        tiles.set_plots(renderer, plots_tile(surface, areas, progress or Progress()))
    looks = [
        ProposalLook(p.id, proposal_mesh(p, place.frame), storeys=proposal_storeys(p, place.frame))
        for p in place.scenario.proposals(variant_id)
    ]
    renderer.set_proposals(looks)
    renderer.set_map_origin(*place.frame.origin[:2])
    renderer.set_land(tiles.land.height)
    base = place.surface()
    is_guessed = base.ground_is_estimated and np.isfinite(base.ground_level)
    if is_guessed:
        tiles.set_level(renderer, base.ground_level)
    stood_on = _ground_below(camera, base)
    ground = tiles.land.looked_at(camera) if stood_on is None else stood_on
    renderer.set_ground(ground)
    for square in squares_around(camera, ground) if is_guessed else ():
        tile = ground_tile(base, square, progress, is_fine=is_near(square, camera, ground))
        tiles.set_ground(renderer, square, None if tile is None else packed_tile(tile))


def _ground_below(camera: Camera, surface: SurfaceModel) -> float | None:
    """Height of the ground that somebody stands on; None for who looks from higher up, or from below. [m]"""
    x, y, z = camera.position
    ground = surface.known_ground(x, y)
    if not np.isfinite(ground) and surface.ground_is_estimated:
        ground = float(surface.ground_height(np.array([[x, y]]))[0])
    return ground if np.isfinite(ground) and 0.0 < z - ground < _STANDS_BELOW_M else None


def _show_overlay(overlay: OverlayResult, place: Place, renderer: CityRenderer) -> None:
    if overlay.facades is None:
        renderer.set_overlay(drape_of(overlay, place))
    else:
        points, colours = facade_points_of(overlay, place)
        renderer.lines.set_points("facades", points, colours, size=4.0)


def draped(
    imagery: ImageryDrawing,
    place: Place,
    renderer: CityRenderer,
    camera: Camera,
    jobs: JobRunner,
    progress: Progress | None,
) -> list[str]:
    """Drape a place's imagery whole for one picture; returns what is missing, a sentence each."""
    problems = imagery.show(place.scenario, place.imagery)
    if imagery.runtime.has_layers:
        ground = place.surface().known_ground(*camera.position[:2])
        if not np.isfinite(ground):
            ground = float(place.city_bounds()[0][2])
        if not imagery.load_all(renderer, camera, ground, lambda: jobs.collect(20.0), progress=progress):
            problems.append(_("The picture is not complete: some of the imagery did not come in time. Try again."))
    return [*problems, *imagery.take_new_problems()]
