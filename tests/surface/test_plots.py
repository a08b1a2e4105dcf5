"""The ground that buildings leave when they go, where the data has a hole below them."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from explorer.geo import WorldFrame, parse_crs
from explorer.jobs import Progress
from explorer.navigation import CollisionWorld, Walker
from explorer.surface import SurfaceModel
from explorer.surface.collision_feed import _read_square
from explorer.surface.plots import plots_of
from explorer.surface.triangles import TriangleSoup, soup_from_meshes
from explorer.tileformat import (
    FeatureTable,
    Mesh,
)
from tests.specimens import box_mesh, land_height, land_with_hole, one_tile_source

CRS = parse_crs("EPSG:28992+5709")
ORIGIN = (85_000.0, 447_000.0, 0.0)
FRAME = WorldFrame(CRS, ORIGIN)
AREA = (-30.0, -30.0, 30.0, 30.0)
HIDDEN = frozenset({"house"})


def _land_with_hole(hole: float = 6.0) -> Mesh:
    return land_with_hole(40.0, hole)


def _house(side: float = 12.0) -> Mesh:
    return box_mesh((0.0, 0.0, 7.0), (side, side, 10.0))


def _soup(*meshes: Mesh) -> TriangleSoup:
    return soup_from_meshes(meshes, FeatureTable(("house",), {}))


def _model(*meshes: Mesh) -> SurfaceModel:
    return SurfaceModel(FRAME, [one_tile_source(meshes, ("house",), CRS, ORIGIN)], hidden=HIDDEN)


def _area_of(soup: TriangleSoup) -> float:
    return float(shapely.area(shapely.polygons(soup.world[:, :, :2])).sum())


def test_a_hole_is_filled_level_with_the_ground_around_it() -> None:
    plots = plots_of(_soup(_house()), _soup(_land_with_hole()))
    assert _area_of(plots) == pytest.approx(144.0, rel=1e-3)
    corners = plots.world.reshape(-1, 3)
    assert corners[:, 2] == pytest.approx(land_height(corners[:, 0]), abs=2e-3)
    assert (plots.normals[:, 2] > 0.9).all() and plots.is_ground.all() and plots.is_land.all()


def test_where_the_ground_goes_on_below_a_building_nothing_is_added() -> None:
    assert len(plots_of(_soup(_house()), _soup(_land_with_hole(hole=0.01)))) == 0


def test_eaves_over_the_street_make_no_second_ground() -> None:
    plots = plots_of(_soup(_house(side=14.0)), _soup(_land_with_hole()))
    assert _area_of(plots) == pytest.approx(144.0, rel=1e-2)


def test_without_ground_beside_it_a_plot_lies_at_the_foot() -> None:
    plots = plots_of(_soup(_house()), _soup())
    assert _area_of(plots) == pytest.approx(144.0, rel=1e-3)
    assert plots.world[:, :, 2] == pytest.approx(np.full((len(plots), 3), 2.0))


def test_a_building_of_walls_alone_has_no_plan() -> None:
    wall = Mesh(np.array([[0.0, 0.0, 0.0], [5.0, 0.0, 0.0], [5.0, 0.0, 9.0]]), np.array([[0, 1, 2]], np.uint32))
    assert len(plots_of(_soup(wall), _soup(_land_with_hole()))) == 0


def test_figures_and_feet_find_ground_on_the_plot() -> None:
    model = _model(_land_with_hole(), _house())
    heights = model.ground_height(np.array([[0.0, 0.0], [4.0, -3.0], [20.0, 0.0]]))
    assert heights == pytest.approx([land_height(0.0), land_height(4.0), land_height(20.0)], abs=0.01)
    assert np.isfinite(model.ground_samples(AREA, 1.0)[:, :, 2]).all()
    world = CollisionWorld()
    world.add_prepared("square", _read_square(model, AREA, Progress()))
    walker = Walker()
    stands = walker.placed(0.0, 0.0, world)
    assert stands is not None and walker.eye(stands)[2] == pytest.approx(land_height(0.0) + 1.65, abs=0.02)


def test_the_plot_is_the_same_whatever_area_is_asked_for() -> None:
    meshes = _land_with_hole(), _house()
    small = _model(*meshes).plots((0.0, 0.0, 1.0, 1.0))
    assert np.array_equal(small.world, _model(*meshes).plots(AREA).world)


def test_a_building_that_stays_has_no_plot() -> None:
    model = _model(_land_with_hole(), _house())
    assert len(model.with_variant([], frozenset()).plots(AREA)) == 0
    assert len(model.with_variant([], frozenset({"another"})).plots(AREA)) == 0
