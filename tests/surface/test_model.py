"""The surface of a base city under a variant: whole data, hidden and proposed, whatever is asked first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.geo import WorldFrame, parse_crs
from explorer.jobs import Cancelled, Progress
from explorer.surface import ProposedMesh, SurfaceModel, SurfaceTileset
from explorer.surface.triangles import hidden_with_parts
from explorer.tileformat import FeatureTable, Mesh, SurfaceClass, TileContent, encode_glb, read_tileset
from tests.fakes import FakeStore
from tests.specimens import box_mesh, four_leaf_city, three_level_city

CRS = parse_crs("EPSG:28992+5709")
ORIGIN = (85_000.0, 447_000.0, 0.0)
FRAME = WorldFrame(CRS, ORIGIN)
EVERYWHERE = (-200.0, -200.0, 200.0, 200.0)


def _source(files: dict[str, bytes]) -> SurfaceTileset:
    """A specimen as a tileset in map coordinates: its root frame is moved from the world to the map."""
    store = FakeStore(files)
    tileset = read_tileset(files["tileset.json"], store.root_uri)
    transform = tileset.transform.copy()
    transform[:, :3, 3] += ORIGIN
    tileset = replace(tileset, centre=tileset.centre + ORIGIN, transform=transform)
    return SurfaceTileset(store, tileset, CRS)


def _model(files: dict[str, bytes], **more: object) -> SurfaceModel:
    return SurfaceModel(FRAME, [_source(files)], **more)  # type: ignore[arg-type]


def _ground(half: float = 300.0) -> Mesh:
    corners = np.array([[-half, -half, 0.0], [half, -half, 0.0], [half, half, 0.0], [-half, half, 0.0]])
    rows = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
    return Mesh(corners, rows, surface_class=np.full(4, SurfaceClass.TERRAIN, np.uint8))


def test_the_finest_tiles_are_read_and_no_parent_beside_them() -> None:
    soup = _model(four_leaf_city()).triangles(EVERYWHERE)
    assert set(soup.features) == {"a", "b", "c", "d"}


def test_a_larger_error_is_content_with_coarser_tiles() -> None:
    model = _model(three_level_city())
    assert set(model.triangles(EVERYWHERE, 8.0).features) == {"a", "b", "c", "d"}
    assert set(model.triangles(EVERYWHERE, 32.0).features) == {"root"}
    assert len(model.triangles(EVERYWHERE, 7.9).features) == 16


def test_only_tiles_that_meet_the_area_are_read() -> None:
    model = _model(four_leaf_city())
    soup = model.triangles((-150.0, -150.0, -50.0, -50.0))
    assert set(soup.features) - {None} == {"a"}


def test_triangles_come_back_in_world_metres() -> None:
    soup = _model(four_leaf_city()).triangles((-150.0, -150.0, -50.0, -50.0), origin=(0.0, 0.0, 0.0))
    own = soup.positions[soup.surface_class != SurfaceClass.TERRAIN]
    assert own.reshape(-1, 3).min(axis=0) == pytest.approx([-190.0, -190.0, 0.0], abs=1e-4)
    assert own.reshape(-1, 3).max(axis=0) == pytest.approx([-10.0, -10.0, 20.0], abs=1e-4)


def test_hidden_features_are_gone_and_come_back_in_another_variant() -> None:
    model = _model(four_leaf_city())
    without = model.with_variant([], frozenset({"b"}))
    assert {without.triangles(EVERYWHERE).features[i] for i in _used(without)} == {"a", "c", "d"}
    assert "b" in {model.triangles(EVERYWHERE).features[i] for i in _used(model)}


def _used(model: SurfaceModel) -> list[int]:
    return [int(i) for i in np.unique(model.triangles(EVERYWHERE).feature_index) if i >= 0]


def test_hiding_a_building_hides_its_parts() -> None:
    table = FeatureTable(("house", "part", "other"), {"parent": [None, "house", "elsewhere"]})
    assert hidden_with_parts(table, frozenset({"house"})) == {"house", "part"}


def test_variants_share_the_tiles_already_read() -> None:
    source = _source(four_leaf_city())
    model = SurfaceModel(FRAME, [source])
    model.triangles(EVERYWHERE)
    reads = len(source.store.reads)  # type: ignore[attr-defined]
    model.with_variant([_ground()], frozenset({"a"})).triangles(EVERYWHERE)
    assert len(source.store.reads) == reads == 4  # type: ignore[attr-defined]


def test_a_proposal_throws_shade_under_its_own_id() -> None:
    tower = ProposedMesh("tower", box_mesh((0.0, 0.0, 25.0), (10.0, 10.0, 50.0)))
    model = SurfaceModel(FRAME, (), [_ground(), tower])
    rays = model.rays((-50.0, -50.0, 50.0, 50.0))
    shade = rays.occluded([[-20.0, 0.0, 0.02], [20.0, 0.0, 0.02]], np.array([1.0, 0.0, 1.0]))
    assert shade.tolist() == [True, False]
    _distance, row = rays.first_hit([[-20.0, 0.1, 5.0]], np.array([1.0, 0.0, 0.0]))
    assert rays.soup.feature_ids[int(row[0])] == "tower"


def test_the_same_question_gets_the_same_bits_from_another_model() -> None:
    area = (-150.0, -150.0, 50.0, 50.0)
    asked = _model(four_leaf_city())
    asked.triangles((-10.0, -10.0, 10.0, 10.0))
    asked.rays((100.0, 100.0, 150.0, 150.0))
    assert asked.content_hash(area) == _model(four_leaf_city()).content_hash(area)
    assert np.array_equal(
        asked.ground_samples(area, 5.0), _model(four_leaf_city()).ground_samples(area, 5.0), equal_nan=True
    )


def test_a_missing_tile_is_named_and_the_rest_is_there() -> None:
    files = four_leaf_city()
    del files["c.glb"]
    model = _model(files)
    assert {model.triangles(EVERYWHERE).features[i] for i in _used(model)} == {"a", "b", "d"}
    assert any("c.glb" in problem for problem in model.problems)


def test_a_tile_that_failed_to_come_is_asked_for_again_and_a_broken_one_is_not() -> None:
    source = _source(four_leaf_city())
    source.store.fail("a.glb", 1)  # type: ignore[attr-defined]
    source.store.files["b.glb"] = b"not a glb"  # type: ignore[attr-defined]
    model = SurfaceModel(FRAME, [source], [_ground()])
    model.triangles(EVERYWHERE)
    model.triangles(EVERYWHERE)
    assert {"a", "c", "d"} <= set(model.triangles(EVERYWHERE).features)
    assert source.store.reads.count("b.glb") == 1  # type: ignore[attr-defined]


def test_a_city_without_ground_stands_on_an_estimate_that_says_so() -> None:
    model = _model(four_leaf_city())
    assert model.ground_is_estimated
    heights = model.ground_height(np.array([[0.0, 0.0], [-100.0, 0.0]]))
    assert heights == pytest.approx([0.0, 0.0], abs=1e-3)


@pytest.mark.parametrize(("kind", "is_estimated"), [("ROAD", True), ("WATER", True), ("TERRAIN", False)])
def test_roads_and_water_alone_are_no_land_to_stand_on(kind: str, is_estimated: bool) -> None:
    files = four_leaf_city()
    strip = box_mesh((0.0, 0.0, 0.0), (4.0, 200.0, 0.1))
    ground = replace(strip, surface_class=np.full(len(strip.positions), SurfaceClass[kind], np.uint8))
    files["a.glb"] = encode_glb(TileContent((ground,), FeatureTable(("strip",), {})))
    model = _model(files)
    assert model.ground_is_estimated == is_estimated
    assert np.isfinite(model.ground_height(np.array([[45.0, 0.0]])))[0] == is_estimated


def test_the_estimate_is_the_same_whatever_area_is_asked_for() -> None:
    model = _model(three_level_city())
    point = np.array([[3.0, 7.0]])
    wide = model.rays((-150.0, -150.0, 150.0, 150.0), 0.0).ground_height(point)
    narrow = model.rays((0.0, 0.0, 10.0, 10.0), 0.0).ground_height(point)
    assert wide == pytest.approx(narrow, abs=1e-6)


def test_a_tower_far_away_throws_its_shadow_and_a_house_there_does_not() -> None:
    # at 2 degrees 150 m throw 4.3 km of shadow, 9 m throw 260 m
    tower = ProposedMesh("tower", box_mesh((-3005.0, 0.0, 75.0), (5.0, 200.0, 75.0)))
    house = ProposedMesh("house", box_mesh((-3005.0, 0.0, 4.5), (5.0, 200.0, 4.5)))
    area, sun = (-5.0, -5.0, 5.0, 5.0), np.array([-np.cos(np.radians(2.0)), 0.0, np.sin(np.radians(2.0))])
    model = SurfaceModel(FRAME, (), [_ground()])
    for proposal, is_dark in ((tower, True), (house, False)):
        rays = model.with_variant([_ground(), proposal], frozenset()).rays(area)
        assert rays.occluded([[0.0, 0.0, 0.1]], sun).tolist() == [is_dark]
        assert (proposal.id in rays.soup.features) == is_dark


def test_the_margin_is_the_distance_of_the_furthest_thing_that_counts() -> None:
    area = (0.0, 0.0, 10.0, 10.0)
    assert SurfaceModel(FRAME, (), [_ground(5.0)]).occluder_margin(area) == 0.0
    tower = ProposedMesh("tower", box_mesh((2000.0, 5.0, 15.0), (5.0, 5.0, 15.0)))
    assert SurfaceModel(FRAME, (), [_ground(5.0), tower]).occluder_margin(area) == pytest.approx(1992.5)


def test_what_may_shade_an_area_answers_as_everything_would() -> None:
    model, area = _model(three_level_city()), (-20.0, -20.0, 20.0, 20.0)
    points = model.ground_samples(area, 2.0).reshape(-1, 3) + np.array([0.0, 0.0, 0.1])
    points = points[np.isfinite(points[:, 2])]
    for azimuth in np.radians(np.arange(7.0, 360.0, 31.0)):
        sun = np.array([np.sin(azimuth), np.cos(azimuth), np.tan(np.radians(0.51))])
        assert np.array_equal(model.rays(area).occluded(points, sun), model.rays(area, 5000.0).occluded(points, sun))


def test_work_that_is_no_longer_wanted_stops() -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        _model(four_leaf_city()).triangles(EVERYWHERE, progress=progress)


def test_an_empty_model_has_no_ground_and_no_shade() -> None:
    model = SurfaceModel(FRAME, ())
    assert np.isnan(model.ground_samples((0.0, 0.0, 10.0, 10.0), 1.0)[:, :, 2]).all()
    assert len(model.facade_samples((0.0, 0.0, 10.0, 10.0), 1.0)) == 0
    assert not model.ground_is_estimated
