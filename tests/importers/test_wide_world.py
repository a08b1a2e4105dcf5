"""Cities of other publishers and countries: templates by the thousand, wholes and parts, zones' edges, odd names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
from numpy.typing import NDArray

from explorer.errors import CrsError
from explorer.geo import CompoundCrs, MapTransform
from explorer.jobs import Progress
from explorer.store import open_store
from explorer.tileformat import decode_content, read_tileset
from importers import import_city
from importers.cityjson import read_cityjson
from importers.cityjson.geometry import GeometryCollector, own_vertices
from importers.model import ImportReport
from importers.tiles import column_name
from tests.importers.specimens import E, N, box_vertices, building, document, one_box, solid, write


def forest(path: Path, trees: int) -> Path:
    """Trees of one template of four vertices, in a template list of many more, over a long list of vertices."""
    template = {"type": "MultiSurface", "lod": "2", "boundaries": [[[500, 501, 502]], [[500, 502, 503]]]}
    shape = [[1e6, 1e6, 1e6]] * 500 + [[0, 0, 0], [1, 0, 0], [1, 0, 4], [0, 0, 4]]
    instance = {"type": "GeometryInstance", "template": 0, "transformationMatrix": np.eye(4).ravel().tolist()}
    objects = {
        f"tree-{row}": {"type": "SolitaryVegetationObject", "geometry": [{**instance, "boundaries": [row]}]}
        for row in range(trees)
    }
    places = [[E + row % 30, N + row // 30, 1.0] for row in range(trees)]
    templates = {"templates": [template], "vertices-templates": shape}
    return write(path, document(objects, places, **{"geometry-templates": templates}))


def test_an_instance_puts_only_its_templates_own_vertices_in_place(tmp_path: Path) -> None:
    model = read_cityjson(forest(tmp_path / "forest.city.json", 300))
    last = model.features[-1].meshes[0].positions
    np.testing.assert_allclose(last.min(axis=0), [E + 29, N + 9, 1.0])
    np.testing.assert_allclose(last.max(axis=0), [E + 30, N + 9, 5.0])
    template, rows = own_vertices({"boundaries": [[[7, 5, "x", 99, 7]]]}, np.arange(30.0).reshape(10, 3))
    assert template["boundaries"] == [[[0, 1, -1, -1, 0]]]
    np.testing.assert_array_equal(rows, [[21, 22, 23], [15, 16, 17]])


def test_one_array_given_twice_is_kept_once() -> None:
    collector = GeometryCollector(ImportReport())
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    other = vertices + 5.0
    owner = collector.add_owner("a", "Building")
    for block in (vertices, other, vertices):
        collector.begin_vertices(block)
        collector.add(owner, {"type": "MultiSurface", "lod": 1, "boundaries": [[[0, 1, 2]]]}, 0)
    positions = collector.meshes()[owner][0].positions
    np.testing.assert_array_equal(positions, np.concatenate([vertices, other, vertices]))


def whole_and_part(lod_of_whole: str, lod_of_part: str) -> dict[str, Any]:
    whole = {"type": "Building", "children": ["part"], "geometry": [solid(0, lod_of_whole)]}
    part = {"type": "BuildingPart", "parents": ["whole"], "geometry": [solid(8, lod_of_part)]}
    return document({"whole": whole, "part": part}, box_vertices(E, N) + box_vertices(E, N))


def test_a_coarse_whole_is_not_drawn_into_its_finer_parts(tmp_path: Path) -> None:
    model = read_cityjson(write(tmp_path / "x.json", whole_and_part("1", "2")))
    assert [len(feature.meshes) for feature in model.features] == [0, 1]
    assert any("coarser" in reason for reason in model.report.skipped)


@pytest.mark.parametrize("lods", [("2", "2"), ("2", "1")])
def test_a_whole_as_fine_as_its_parts_is_drawn(tmp_path: Path, lods: tuple[str, str]) -> None:
    model = read_cityjson(write(tmp_path / "x.json", whole_and_part(*lods)))
    assert [len(feature.meshes) for feature in model.features] == [1, 1]


@pytest.mark.parametrize("kind", ["BuildingUnit", "BuildingStorey"])
def test_a_division_is_drawn_only_where_the_building_has_no_shell(tmp_path: Path, kind: str) -> None:
    flat = {"type": kind, "parents": ["b"], "attributes": {"floor": 3}, "geometry": [solid(0)]}
    shell = building(8)
    bare = {"type": "Building"}
    drawn = []
    for owner in (shell, bare):
        path = write(tmp_path / "x.json", document({"b": owner, "flat": flat}, box_vertices(E, N) * 2))
        feature = read_cityjson(path).features[1]
        assert feature.attributes["floor"] == 3
        drawn.append(len(feature.meshes))
    assert drawn == [0, 1]


def test_a_city_a_little_past_its_zone_is_placed_with_a_word(tmp_path: Path) -> None:
    passau = document({"b": building()}, box_vertices(830000.0, 5390000.0), metadata=None)
    model = read_cityjson(write(tmp_path / "x.json", passau), crs="EPSG:25832", vertical="ellipsoidal")
    assert len(model.features) == 1
    assert any("beside" in sentence and "25832" in sentence for sentence in model.report.warnings)


def test_a_city_far_past_its_zone_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", document({"b": building()}, box_vertices(1200000.0, 5390000.0), metadata=None))
    with pytest.raises(CrsError, match="outside the area"):
        read_cityjson(path, crs="EPSG:25832", vertical="ellipsoidal")


def test_no_two_attributes_share_a_column() -> None:
    names = ["kind", "source_kind", "source_source_kind", "parent", "gml_id", "source", "Kind", "id", "type"]
    assert len({column_name(name) for name in names} | {"kind", "parent", "gml_id"}) == len(names) + 3


def test_reading_shows_on_the_progress_bar(tmp_path: Path) -> None:
    seen: list[float] = []
    import_city([one_box(tmp_path)], tmp_path / "out", progress=Progress(lambda fraction, _text: seen.append(fraction)))
    assert len([fraction for fraction in seen if 0.0 < fraction < 0.3]) >= 2
    assert seen == sorted(seen)


def degrees(path: Path, crs: str, first: float, second: float) -> Path:
    """A block some ten metres wide, in degrees."""
    corners = [[first + x * 1e-5, second + y * 1e-5, z] for x, y, z in box_vertices(0.0, 0.0)]
    return write(path, document({"b": building()}, corners, metadata={"referenceSystem": crs}))


@pytest.mark.parametrize(
    ("crs", "first", "second"),
    [
        ("EPSG:4979", 35.68, 139.76),
        ("https://www.opengis.net/def/crs/EPSG/0/6697", 35.68, 139.76),
        ("EPSG:6697", 139.76, 35.68),
        ("http://www.opengis.net/def/crs/OGC/0/CRS84h", 139.76, 35.68),
    ],
)
def test_a_city_in_degrees_is_placed_whichever_axis_comes_first(
    tmp_path: Path, crs: str, first: float, second: float
) -> None:
    model = read_cityjson(degrees(tmp_path / "x.json", crs, first, second), height_offset=36.7)
    assert model.crs.horizontal == "EPSG:32654"
    corner = model.features[0].meshes[0].positions.min(axis=0)
    lonlat = MapTransform(model.crs, height_offset=36.7).to_lonlat(corner[None, :2])
    np.testing.assert_allclose(lonlat, [[139.76, 35.68]], atol=2e-6)
    assert any("degrees" not in sentence and "32654" in sentence for sentence in model.report.warnings)


@pytest.mark.parametrize("vertical", ["EPSG:6360", "6360"])
def test_new_york_in_feet_has_its_heights_in_metres(tmp_path: Path, vertical: str) -> None:
    path = write(tmp_path / "x.json", document({"b": building()}, box_vertices(987000.0, 191000.0, 100.0, 1000.0)))
    model = read_cityjson(path, crs="EPSG:2263", vertical=vertical, height_offset=-32.0)
    size = np.ptp(model.features[0].meshes[0].positions, axis=0)
    assert size[2] == pytest.approx(1000 * 1200 / 3937)
    assert size[0] == pytest.approx(100 * 0.3048 * 1.01, rel=0.01)  # turned by 0.6 degrees on the UTM grid
    assert model.crs.identifier == "EPSG:32618+5703"
    assert any("feet" in sentence for sentence in model.report.warnings)


def test_heights_in_no_system_are_in_the_unit_of_the_map(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", document({"b": building()}, box_vertices(987000.0, 191000.0, 100.0, 1000.0)))
    model = read_cityjson(path, crs="EPSG:2263", vertical="ellipsoidal")
    assert np.ptp(model.features[0].meshes[0].positions[:, 2]) == pytest.approx(1000 * 1200 / 3937)
    assert model.crs.identifier == "EPSG:32618+ellipsoidal"


def test_a_typed_offset_leaves_heights_in_the_unit_of_the_map(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", document({"b": building()}, box_vertices(987000.0, 191000.0, 100.0, 1000.0)))
    model = read_cityjson(path, crs="EPSG:2263", height_offset=-32.0)
    assert np.ptp(model.features[0].meshes[0].positions[:, 2]) == pytest.approx(1000 * 1200 / 3937)


def test_how_far_a_map_may_be_off_for_want_of_a_grid_is_said(tmp_path: Path) -> None:
    path = one_box(tmp_path, metadata=None)
    swapped = write(tmp_path / "x.json", document({"b": building()}, box_vertices(530000.0, 180000.0), metadata=None))
    report = import_city([swapped], tmp_path / "london", crs="EPSG:27700", height_offset=45.0)
    if MapTransform(CompoundCrs("EPSG:27700")).warning is not None:  # a machine with the grid has nothing to warn of
        assert any("may be off by" in sentence for sentence in report.warnings)
    assert not import_city([path], tmp_path / "delft", crs="EPSG:7415").warnings


def test_degrees_that_fall_into_the_sea_are_read_the_other_way_round(tmp_path: Path) -> None:
    model = read_cityjson(degrees(tmp_path / "x.json", "EPSG:4979", 4.368, 52.012))  # longitude first, against its rule
    assert model.crs.horizontal == "EPSG:32631"
    (told,) = (sentence for sentence in model.report.warnings if "comes first" in sentence)
    assert "Longitude comes first" in told and "latitude 52.012, longitude 4.368" in told


def test_degrees_out_of_the_systems_area_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CrsError, match="whichever axis"):
        read_cityjson(degrees(tmp_path / "x.json", "EPSG:6697", 10.0, 20.0))


@pytest.mark.parametrize(
    ("crs", "easting", "northing"),
    [
        ("EPSG:2056", 2_683_000.0, 1_247_500.0),  # Zürich
        ("EPSG:31256", 2_500.0, 341_000.0),  # Vienna
        ("EPSG:32188", 300_000.0, 5_040_000.0),  # Montréal
        ("EPSG:6677", -7_000.0, -35_000.0),  # Tokyo: axes north, east
        ("EPSG:31983", 333_000.0, 7_395_000.0),  # São Paulo
        ("EPSG:27700", 530_000.0, 180_000.0),  # London
    ],
)
def test_a_city_of_a_plane_system_lies_where_proj_puts_it_with_a_typed_offset(
    tmp_path: Path, crs: str, easting: float, northing: float
) -> None:
    system = f"https://www.opengis.net/def/crs/EPSG/0/{crs[5:]}"
    corners = box_vertices(easting, northing)
    file = write(tmp_path / "x.json", document({"b": building()}, corners, metadata={"referenceSystem": system}))
    import_city([file], tmp_path / "out", height_offset=40.0)
    placed = _ecef_corners(tmp_path / "out")
    lon, lat, height = pyproj.Transformer.from_crs(4978, 4979, always_xy=True).transform(*placed.T)
    wanted = pyproj.Transformer.from_crs(crs, 4326, always_xy=True).transform(*np.array(corners)[:, :2].T)
    off = [
        pyproj.Geod(ellps="WGS84").inv(*np.broadcast_arrays(a, b, *wanted))[2].min()
        for a, b in zip(lon, lat, strict=True)
    ]
    assert max(off) < 0.001
    assert (height.min(), height.max()) == pytest.approx((41.0, 47.0), abs=0.001)


def test_a_city_in_web_mercator_is_brought_to_true_lengths(tmp_path: Path) -> None:
    system = "https://www.opengis.net/def/crs/EPSG/0/3857"
    corners = box_vertices(497_000.0, 6_783_000.0, width=16.2)
    file = write(tmp_path / "x.json", document({"b": building()}, corners, metadata={"referenceSystem": system}))
    model = read_cityjson(file, vertical="EPSG:5709")
    assert model.crs.identifier == "EPSG:32631+5709"
    mesh = model.features[0].meshes[0].positions
    assert np.ptp(mesh, axis=0) == pytest.approx([10.0, 10.0, 6.0], abs=0.3)
    assert "3857" in model.report.warnings[0] and "EPSG:32631" in model.report.warnings[0]


def _ecef_corners(folder: Path) -> NDArray[np.float64]:
    """Vertices of the finest tile, (n, 3), earth-centred. [m]"""
    store = open_store(str(folder))
    tileset = read_tileset((folder / "tileset.json").read_bytes(), store.root_uri)
    leaf = int(np.flatnonzero(tileset.child_count == 0)[0])
    (uri,) = tileset.contents(leaf)
    content = decode_content(store.read(store.resolve(tileset.base_uri, uri)), uri)
    own = np.concatenate([mesh.positions for mesh in content.meshes])
    return np.asarray(own @ tileset.transform[leaf][:3, :3].T + tileset.transform[leaf][:3, 3])


def test_degrees_that_could_be_read_in_either_order_are_told_with_both_places(tmp_path: Path) -> None:
    model = read_cityjson(degrees(tmp_path / "x.json", "EPSG:4979", 52.012, 4.368))
    (told,) = (sentence for sentence in model.report.warnings if "comes first" in sentence)
    assert "Latitude comes first" in told and "latitude 52.012, longitude 4.368" in told
    assert "the other way round, it would lie at latitude 4.368, longitude 52.012" in told
    model = read_cityjson(degrees(tmp_path / "y.json", "EPSG:4979", 35.68, 139.76))  # no other order is possible
    assert not any("comes first" in sentence for sentence in model.report.warnings)


def test_a_city_in_coordinates_from_the_earths_centre_is_refused_as_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(CrsError, match="counts from the Earth's centre"):
        read_cityjson(one_box(tmp_path, metadata={"referenceSystem": "EPSG:4978"}))
