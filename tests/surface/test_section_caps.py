"""What a section shows where it cuts a city: filled houses, earth below the ground, water, and nothing that bleeds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.geo import Cut, WorldFrame, box_cut, parse_crs, plane_cut, prism_cut
from explorer.jobs import Progress
from explorer.surface import CapKind, Caps, ProposedMesh, SurfaceModel, section_caps
from explorer.surface.slicing import filled, slice_triangles
from explorer.tileformat import Mesh, SurfaceClass
from tests.specimens import box_mesh, land_height, land_with_hole, one_tile_source

CRS = parse_crs("EPSG:28992+5709")
ORIGIN = (85_000.0, 447_000.0, 0.0)
FRAME = WorldFrame(CRS, ORIGIN)
HOUSE = box_mesh((0.0, 0.0, 7.0), (12.0, 12.0, 10.0))
LAND = land_with_hole(40.0, 6.0)


def _without_floor(mesh: Mesh) -> Mesh:
    assert mesh.surface_class is not None
    kept = mesh.surface_class[mesh.triangles[:, 0]] != SurfaceClass.FLOOR
    return Mesh(
        mesh.positions, mesh.triangles[kept], surface_class=mesh.surface_class, feature_index=mesh.feature_index
    )


def _model(*meshes: Mesh) -> SurfaceModel:
    return SurfaceModel(FRAME, [one_tile_source(meshes, ("house",), CRS, ORIGIN)])


def _cut(cut: Cut, *meshes: Mesh) -> Caps:
    return section_caps(_model(*meshes), cut)


@pytest.mark.parametrize("house", [HOUSE, _without_floor(HOUSE)], ids=["closed", "without floor"])
def test_an_upright_plane_shows_house_and_earth(house: Mesh) -> None:
    caps = _cut(plane_cut((0.0, 0.0, 0.0), (0.0, -1.0, 0.0)), house, LAND)
    assert caps.areas[CapKind.BUILDING] == pytest.approx(120.0, abs=0.5)
    # the ground rises from 1 m to 5 m over 80 m; the earth ends 4 m below its lowest; none of it is in the house
    whole = 80.0 * (2.0 + 4.0)
    in_house = np.mean([land_height(x) - 2.0 for x in np.linspace(-6.0, 6.0, 99)]) * 12.0
    assert caps.areas[CapKind.EARTH] == pytest.approx(whole - in_house, rel=0.02)
    assert np.abs(caps.positions[:, 1]).max() < 1e-6, "all of it lies in the plane"
    assert np.abs(caps.lines[:, :, 1]).max() < 1e-6


def test_faces_stay_within_what_they_cut() -> None:
    caps = _cut(plane_cut((2.0, 1.0, 0.0), (0.6, -0.8, 0.0)), HOUSE, LAND)
    mine = caps.positions[caps.kind == CapKind.BUILDING]
    assert (np.abs(mine[:, :2]) <= 6.0 + 2e-3).all() and (mine[:, 2] >= 2.0 - 2e-3).all()


@settings(max_examples=25, deadline=None)
@given(heading=st.floats(0.0, 360.0), offset=st.floats(-5.0, 5.0))
def test_a_plane_at_any_angle_cuts_a_block_as_geometry_says(heading: float, offset: float) -> None:
    way = np.array([np.sin(np.radians(heading)), np.cos(np.radians(heading)), 0.0])
    caps = section_caps(SurfaceModel(FRAME, (), [ProposedMesh("p", HOUSE)]), plane_cut(way * offset, -way))
    along = np.array([way[1], -way[0]])
    line = shapely.LineString([way[:2] * offset - along * 50.0, way[:2] * offset + along * 50.0])
    wanted = line.intersection(shapely.box(-6.0, -6.0, 6.0, 6.0)).length * 10.0
    assert sum(caps.areas.values()) == pytest.approx(wanted, abs=0.05)


@pytest.mark.parametrize("turn", [0.0, 30.0, 77.0])
@pytest.mark.parametrize("keeps_inside", [True, False])
def test_a_box_shows_its_sides_where_they_cut(turn: float, keeps_inside: bool) -> None:
    model = SurfaceModel(FRAME, (), [ProposedMesh("p", box_mesh((0.0, 0.0, 5.0), (40.0, 40.0, 10.0)))])
    caps = section_caps(model, box_cut((0.0, 0.0, 5.0), (8.0, 6.0, 4.0), turn, keeps_inside=keeps_inside))
    assert sum(caps.areas.values()) == pytest.approx(2 * (8 * 6 + 8 * 4 + 6 * 4), rel=1e-3)


def test_a_polygon_shows_its_sides_where_they_cut() -> None:
    model = SurfaceModel(FRAME, (), [ProposedMesh("p", box_mesh((0.0, 0.0, 5.0), (40.0, 40.0, 10.0)))])
    ring = [(0.0, 0.0), (8.0, 0.0), (8.0, 8.0), (4.0, 3.0), (0.0, 8.0)]
    around = shapely.Polygon(ring)
    caps = section_caps(model, prism_cut(ring, 1.0, 6.0))
    assert sum(caps.areas.values()) == pytest.approx(2 * around.area + around.length * 5.0, rel=1e-3)


def test_what_a_polygon_without_heights_shows_reaches_as_high_as_the_house() -> None:
    model = SurfaceModel(FRAME, (), [ProposedMesh("p", box_mesh((0.0, 0.0, 5.0), (40.0, 40.0, 10.0)))])
    caps = section_caps(model, prism_cut([(0, 0), (8, 0), (8, 8), (0, 8)]))
    assert sum(caps.areas.values()) == pytest.approx(32.0 * 10.0, rel=1e-3)


def test_a_level_plane_is_a_plan_with_earth_where_the_ground_is_higher() -> None:
    caps = _cut(plane_cut((0.0, 0.0, 3.5), (0.0, 0.0, 1.0)), HOUSE, LAND)
    assert caps.areas[CapKind.BUILDING] == pytest.approx(144.0, abs=0.5)
    # the land is higher than 3.5 m east of 10 m
    assert caps.areas[CapKind.EARTH] == pytest.approx(30.0 * 80.0, rel=0.01)


def test_a_box_floor_below_the_ground_is_earth() -> None:
    caps = _cut(box_cut((-20.0, 0.0, 0.0), (10.0, 10.0, 2.0)), LAND)
    assert caps.areas[CapKind.EARTH] == pytest.approx(100.0 + 4 * 10.0 * 2.0 + 100.0, rel=0.02)


def test_water_is_a_band_and_no_deep_body() -> None:
    corners = np.array([[-40, -40, 1], [40, -40, 1], [40, 40, 1], [-40, 40, 1]], float)
    rows = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
    lake = Mesh(corners, rows, surface_class=np.full(4, SurfaceClass.WATER, np.uint8))
    caps = _cut(plane_cut((0.0, 0.0, 0.0), (0.0, -1.0, 0.0)), lake)
    assert caps.areas[CapKind.WATER] == pytest.approx(80.0 * 1.2, rel=0.01)
    assert caps.areas[CapKind.EARTH] == pytest.approx(80.0 * (4.0 - 1.2), rel=0.01)


def test_a_section_beside_the_city_shows_nothing() -> None:
    caps = _cut(plane_cut((0.0, 900.0, 0.0), (0.0, -1.0, 0.0)), HOUSE, LAND)
    assert not len(caps.positions) and not len(caps.lines) and not caps.areas


def test_proposals_and_trees_are_told_apart_from_houses() -> None:
    tree = box_mesh((20.0, 0.0, 6.0), (4.0, 4.0, 4.0))
    tree = Mesh(tree.positions, tree.triangles, surface_class=np.full(24, SurfaceClass.TREE, np.uint8))
    base = _model(HOUSE, tree)
    model = base.with_variant([ProposedMesh("mine", box_mesh((-20.0, 0.0, 6.0), (5.0, 5.0, 8.0)))], frozenset())
    caps = section_caps(model, plane_cut((0.0, 0.0, 0.0), (0.0, -1.0, 0.0)), frozenset({"mine"}))
    assert caps.areas[CapKind.PROPOSED] == pytest.approx(40.0, abs=0.1)
    assert caps.areas[CapKind.VEGETATION] == pytest.approx(16.0, abs=0.1)
    assert caps.areas[CapKind.BUILDING] == pytest.approx(120.0, abs=0.5)


def test_what_a_variant_hides_is_not_cut() -> None:
    hidden = _model(HOUSE, LAND).with_variant((), frozenset({"house"}))
    caps = section_caps(hidden, plane_cut((0.0, 0.0, 0.0), (0.0, -1.0, 0.0)))
    assert CapKind.BUILDING not in caps.areas
    assert caps.areas[CapKind.EARTH] == pytest.approx(480.0, rel=0.02), "the plot that it leaves is ground"


REAL = {
    "delft": ("cityjson/delft/delft.city.json", None),
    "delfshaven": ("cityjson/rotterdam-delfshaven/3-20-DELFSHAVEN.city.json", "EPSG:5709"),
}
"""The second has terraces without party walls."""


@pytest.mark.parametrize("name", list(REAL))
def test_real_houses_are_filled(name: str, shared_data: Path) -> None:
    from importers.cityjson import read_cityjson

    path, vertical = REAL[name]
    city = read_cityjson(shared_data / path, crs=None, vertical=vertical, lod=None, progress=Progress())
    shares = []
    for feature in city.features[:: 1 if name == "delft" else 5]:
        if not feature.kind.startswith("Building") or not feature.meshes:
            continue
        corners = feature.meshes[-1].positions[feature.meshes[-1].triangles]
        middle = corners.reshape(-1, 3).mean(axis=0)
        segments, _rows = slice_triangles((corners - middle)[:, :, [0, 2, 1]])
        if not len(segments):
            continue
        area = filled(segments)
        around = shapely.convex_hull(shapely.MultiPoint(segments.reshape(-1, 2)))
        if around.area > 5.0:
            assert area.difference(around.buffer(0.01)).area < 0.01, "nothing bleeds"
            shares.append(area.area / around.area)
    assert len(shares) > 100
    assert np.mean(np.array(shares) > 0.4) > 0.95
    assert np.mean(np.array(shares) < 0.05) < 0.02, "hardly any is hollow"


def test_the_ground_at_a_place_is_what_the_data_has_there_and_is_not_estimated() -> None:
    assert _model(HOUSE, LAND).known_ground(10.0, 0.0) == pytest.approx(land_height(10.0), abs=1e-3)
    assert np.isnan(_model(HOUSE).known_ground(0.0, 0.0)) and np.isnan(_model(HOUSE).known_ground(900.0, 0.0))
