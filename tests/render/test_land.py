"""Where ground ends, the land beyond begins without a line between them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.geo import Camera
from explorer.render import BOARD_SRGB, OFFICE, STANDARD, Engine, Tier
from explorer.streaming import PreparedMesh, PreparedTile
from explorer.tileformat import NO_FEATURE, FeatureTable, SurfaceClass
from tests.render.scenery import City, above, block, luma, opened, sheet, towards

pytestmark = pytest.mark.xdist_group("gl")


def _guessed_ground(half: float) -> PreparedTile:
    """A level square in the colour of the land, as where a city has no ground of its own."""
    corners = np.array([(x, y, 0.0) for y in (-half, half) for x in (-half, half)], np.float32)
    mesh = PreparedMesh(
        positions=corners,
        normals=np.tile(np.array([0, 0, 127, 0], np.int8), (4, 1)),
        colours=np.tile(np.array([*BOARD_SRGB, 255], np.uint8), (4, 1)),
        surface_class=np.full(4, SurfaceClass.TERRAIN, np.uint8),
        feature_index=np.full(4, NO_FEATURE, np.uint32),
        triangles=np.array([(0, 1, 3), (0, 3, 2)], np.uint32),
        shows_colours=True,
        is_board=True,
    )
    lo, hi = corners.min(axis=0).astype(float), corners.max(axis=0).astype(float)
    return PreparedTile(np.zeros(3), (mesh,), FeatureTable(), lo, hi, mesh.size_bytes)


@pytest.mark.parametrize("rays", [0, 10], ids=["plain", "with ambient occlusion"])
def test_guessed_ground_goes_over_into_the_land(rays: int, city: City) -> None:
    city.renderer.set_tier(replace(STANDARD, samples=0, occlusion_rays=rays))
    camera = towards((0.0, -500.0, 130.0), (0.0, 0.0, 0.0), fov=30.0)
    plain = luma(city.look(camera))
    city.renderer.attach_tile("ground", _guessed_ground(60.0))
    city.renderer.show_tiles(["ground"])
    assert np.abs(luma(city.look(camera)) - plain).max() <= 1.5


def test_a_house_stands_on_guessed_ground_as_on_a_board(city: City) -> None:
    """What a city's ground is made of is not known: the land around is not meadow."""
    camera = towards((0.0, -500.0, 130.0), (0.0, 0.0, 0.0), fov=30.0)
    city.build(block((0.0, 0.0), (20.0, 20.0, 10.0)), ids=("house",))
    far = (0.0, 120.0, 0.0)
    before = city.colour_at(camera, far)[0]
    city.renderer.attach_tile("ground", _guessed_ground(60.0))
    city.renderer.show_tiles(["tile", "ground"])
    assert city.colour_at(camera, far)[0] == pytest.approx(before, abs=1.0)


def _lines_across(city: City, camera: Camera) -> NDArray[np.intp]:
    """Columns of the picture that are lighter than the board between them."""
    row = luma(city.look(camera))[7]
    return np.flatnonzero(row > np.median(row) + 2.0)


@pytest.mark.parametrize("with_ground", [False, True], ids=["land", "guessed ground"])
def test_a_board_has_the_lines_of_the_map(with_ground: bool, city: City) -> None:
    """Every ten metres of easting, wherever the world's origin and the eye are."""
    camera = above(0.0, 0.0, 32.0)  # five pixels a metre
    if with_ground:
        city.renderer.attach_tile("ground", _guessed_ground(60.0))
        city.renderer.show_tiles(["ground"])
    assert _middles(_lines_across(city, camera)) == pytest.approx([30.0, 80.0, 130.0], abs=1.0)
    city.renderer.set_map_origin(85_003.0, 447_001.0)
    assert _middles(_lines_across(city, camera)) == pytest.approx([15.0, 65.0, 115.0], abs=1.0)


def _middles(columns: NDArray[np.intp]) -> list[float]:
    """Of runs of columns that lie side by side."""
    runs = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
    return [float(run.mean() + 0.5) for run in runs]


def test_lines_stay_on_the_map_far_away(city: City) -> None:
    """The render origin moves by other steps than the lines lie apart."""
    near = _middles(_lines_across(city, above(0.0, 0.0, 32.0)))
    far = _middles(_lines_across(city, above(-41_230.0, 17_900.0, 32.0)))
    assert far == pytest.approx(near, abs=1.0)


def test_land_beyond_ground_of_its_own_has_no_lines(city: City) -> None:
    city.build(sheet((500.0, 0.0, 0.0), (20.0, 20.0)))
    assert len(_lines_across(city, above(0.0, 0.0, 32.0))) == 0


@pytest.mark.parametrize("tier", [OFFICE, STANDARD], ids=["office", "standard"])
def test_the_first_picture_has_the_lines_already(tier: Tier, gl_engine: Engine) -> None:
    """At eye level a finer shadow map comes in with it, and all shaders are chosen anew."""
    camera = towards((3.0, 4.0, 1.7), (3.0, 40.0, 0.0), fov=60.0)
    with opened(gl_engine, tier=tier) as city:
        first = city.look(camera)
        assert np.array_equal(city.look(camera), first)
        city.renderer.set_tier(replace(tier, error_px=5.0))
        assert np.array_equal(city.look(camera), first)
