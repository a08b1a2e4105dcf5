"""From decoded content to arrays in the world: places, normals, colours, classes, edges."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.geo import CompoundCrs, MapTransform, OrientedBox, WorldFrame, enu_matrix, fit_world_from, parse_crs
from explorer.jobs import Progress
from explorer.render.packing import packed_mesh
from explorer.store import open_store
from explorer.streaming import load_tileset, prepare_tile, world_tree
from explorer.streaming.loading import TileLoader
from explorer.streaming.placing import Placing
from explorer.streaming.prepared import PreparedMesh
from explorer.tileformat import NO_FEATURE, FeatureTable, SurfaceClass, TileContent, decode_content
from tests.specimens import at_home, box_mesh

RD = CompoundCrs("EPSG:28992", "EPSG:5709")


def block(**more: object) -> TileContent:
    mesh = replace(box_mesh((5.0, 0.0, 10.0), (10.0, 8.0, 20.0)), **more)  # type: ignore[arg-type]
    return TileContent((mesh,), FeatureTable(("a",), {"height": [20.0]}))


def edge_set(positions: np.ndarray, edges: np.ndarray) -> set[frozenset[tuple[float, ...]]]:
    return {frozenset(map(tuple, np.round(positions[pair], 3).tolist())) for pair in edges}


def test_positions_are_offsets_from_the_middle_of_the_tile() -> None:
    tile = prepare_tile(block(), np.eye(4), at_home)
    np.testing.assert_allclose(tile.centre, [5, 0, 10])
    np.testing.assert_allclose(tile.lo, [0, -4, 0])
    np.testing.assert_allclose(tile.hi, [10, 4, 20])
    np.testing.assert_allclose(np.abs(tile.meshes[0].positions).max(axis=0), [5, 4, 10])
    assert tile.features.ids == ("a",)
    assert tile.size_bytes > 0


def test_flat_normals_are_made_where_there_are_none() -> None:
    mesh = prepare_tile(block(), np.eye(4), at_home).meshes[0]
    roof = mesh.surface_class == SurfaceClass.ROOF
    assert mesh.normals[roof].tolist() == [[0, 0, 127, 0]] * int(roof.sum())


@pytest.mark.parametrize("with_normals", [True, False])
def test_a_mirrored_tile_is_not_inside_out(with_normals: bool) -> None:
    content = decode_content_of(block()) if with_normals else block()
    mesh = prepare_tile(content, np.diag([-1.0, 1.0, 1.0, 1.0]), at_home).meshes[0]
    a, b, c = mesh.positions[mesh.triangles].transpose(1, 0, 2)
    face = np.cross(b - a, c - a)
    assert (np.einsum("ij,ij->i", face, mesh.normals[mesh.triangles[:, 0], :3]) > 0).all()
    assert (np.einsum("ij,ij->i", face, a) > 0).all()


def decode_content_of(content: TileContent) -> TileContent:
    from explorer.tileformat import encode_glb

    return decode_content(encode_glb(content), "x")


def test_a_tile_on_the_globe_stands_upright_at_its_place_on_the_map() -> None:
    transform = MapTransform(RD)
    frame = WorldFrame(RD, (92000.0, 437000.0, 0.0))
    lon, lat = transform.to_lonlat([[92350.0, 437420.0]])[0]
    ecef = transform.to_ecef([[92350.0, 437420.0, 2.0]])[0]
    place = enu_matrix(lon, lat)
    place[:3, 3] = ecef
    box = OrientedBox.from_bounds((-50, -50, -10), (50, 50, 50)).transformed(place)
    tile = prepare_tile(decode_content_of(block()), place, fit_world_from(frame, None, box))
    np.testing.assert_allclose(tile.centre, [355, 420, 12], atol=0.1)  # meridian convergence turns it by half a degree
    mesh = tile.meshes[0]
    roof = mesh.surface_class == SurfaceClass.ROOF
    assert (mesh.normals[roof][:, 2] == 127).all()
    np.testing.assert_allclose(np.ptp(mesh.positions[:, 2]), 20.0, atol=1e-3)


def test_a_fit_shared_by_a_neighbourhood_agrees_with_the_exact_way() -> None:
    transform = MapTransform(RD)
    frame = WorldFrame(RD, (92000.0, 437000.0, 0.0))
    placing = Placing(frame)
    rng = np.random.default_rng(3)
    world = rng.uniform((1000, 1000, -5), (1900, 1900, 120), (200, 3))
    ecef = transform.to_ecef(frame.to_map(world))
    box = OrientedBox.from_points(ecef)
    way = placing.way(box, world.min(axis=0), world.max(axis=0))
    np.testing.assert_allclose(way(ecef), world, atol=1e-3)
    assert placing.way(box, world.min(axis=0), world.max(axis=0)) is way


def test_meshes_without_a_texture_become_one() -> None:
    parts = [box_mesh((20.0 * i, 0, 5), (4, 4, 10), i) for i in range(3)]
    tile = prepare_tile(TileContent(tuple(parts), FeatureTable(("a", "b", "c"))), np.eye(4), at_home)
    assert len(tile.meshes) == 1
    assert set(tile.meshes[0].feature_index.tolist()) == {0, 1, 2}
    assert tile.n_triangles == 36


def test_buildings_without_classes_get_roofs_and_walls_by_slope() -> None:
    mesh = prepare_tile(block(surface_class=None), np.eye(4), at_home).meshes[0]
    assert set(mesh.surface_class.tolist()) == {SurfaceClass.WALL, SurfaceClass.ROOF, SurfaceClass.FLOOR}
    nobody = np.full(24, NO_FEATURE, np.uint32)
    mesh = prepare_tile(block(surface_class=None, feature_index=nobody), np.eye(4), at_home).meshes[0]
    assert set(mesh.surface_class.tolist()) == {SurfaceClass.UNKNOWN}


def test_the_colour_of_a_material_is_kept() -> None:
    mesh = prepare_tile(block(base_colour=(1.0, 0.0, 0.0, 1.0)), np.eye(4), at_home).meshes[0]
    assert mesh.has_own_colours
    assert mesh.colours[0].tolist() == [255, 0, 0, 255]


def test_buildings_in_colours_of_their_own_have_roofs_and_are_not_drawn_in_colours_of_roofs() -> None:
    """Imagery finds their roofs; classes that the data gives have colours of their own."""
    red = (1.0, 0.0, 0.0, 1.0)
    mesh = packed_mesh(prepare_tile(block(surface_class=None, base_colour=red), np.eye(4), at_home).meshes[0])
    assert {SurfaceClass.ROOF, SurfaceClass.WALL} <= set(mesh.rows["normal_class"][:, 3].tolist())
    assert set(map(tuple, mesh.rows["tint"][:, :3].tolist())) == {(255, 0, 0)}
    plain = packed_mesh(prepare_tile(block(surface_class=None), np.eye(4), at_home).meshes[0])
    assert len(set(map(tuple, plain.rows["tint"][:, :3].tolist()))) > 1


def test_an_empty_tile_is_prepared_too() -> None:
    tile = prepare_tile(TileContent(), np.eye(4), at_home)
    assert tile.meshes == ()


def test_the_finest_tiles_keep_short_lines_whatever_error_they_state() -> None:
    content = TileContent((box_mesh((0.0, 0.0, 10.0), (10.0, 10.0, 20.0)),), FeatureTable())

    def n_lines(*, is_replaced: bool) -> int:
        tile = prepare_tile(content, np.eye(4), lambda points: points, geometric_error=60.0, is_replaced=is_replaced)
        (mesh,) = tile.meshes
        assert isinstance(mesh, PreparedMesh) and mesh.edges is not None
        return len(mesh.edges)

    assert n_lines(is_replaced=False) == 12
    assert n_lines(is_replaced=True) == 4  # those of 20 m: 18 m and less are noise from where it is seen


@pytest.mark.parametrize(
    ("name", "source_crs", "around"),
    [("amsterdam", None, (121000, 487000)), ("rotterdam-3857", "EPSG:3857+ellipsoidal", (93500, 437500))],
)
def test_real_cities_land_on_the_map(
    shared_data: Path, name: str, source_crs: str | None, around: tuple[float, float]
) -> None:
    store = open_store(shared_data / "3dtiles" / name)
    tileset = load_tileset(store)
    frame = WorldFrame(RD, (*map(float, around), 0.0))
    crs = None if source_crs is None else parse_crs(source_crs)
    tree = world_tree(tileset, frame, source_crs=crs)
    loader = TileLoader(store, tileset, tree, Placing(frame, source_crs=crs))
    last = len(tileset) - 1
    tile = loader.work(last)(Progress())
    assert np.abs(tile.centre[:2]).max() < 5000
    assert -60 < tile.lo[2] < tile.hi[2] < 200
    lo, hi = tree.bounds(last)
    assert (np.abs((lo + hi) / 2 - tile.centre)[:2] < 500).all()
    assert tile.diagnostics == ()


def test_fits_are_shared_in_the_tilesets_own_map_too() -> None:
    mercator = parse_crs("EPSG:3857+ellipsoidal")
    frame = WorldFrame(RD, (92000.0, 437000.0, 0.0))
    placing = Placing(frame, source_crs=mercator)
    lon_lat = frame.transform.to_lonlat([[92500.0, 437500.0]])
    middle = np.append(MapTransform(mercator).from_lonlat(lon_lat)[0], 20.0)
    box = OrientedBox.from_bounds(middle - 20.0, middle + 20.0)
    unused = np.zeros(3)
    way = placing.way(box, unused, unused)
    exact = fit_world_from(frame, mercator, box)
    np.testing.assert_allclose(way(box.corners()), exact(box.corners()), atol=2e-3)
    assert placing.way(box, unused, unused) is way


def test_lines_that_the_data_gives_are_drawn_instead_of_creases() -> None:
    mesh = block().meshes[0]
    given = replace(mesh, outline=np.array([[0, 1], [1, 2]], np.uint32))
    tile = prepare_tile(TileContent((given,)), np.eye(4), at_home)
    drawn = tile.meshes[0]
    assert drawn.edges is not None
    wanted = edge_set((mesh.positions - tile.centre).astype(np.float32), given.outline)
    assert edge_set(drawn.positions, drawn.edges) == wanted
    doubled = replace(mesh, outline=np.array([[0, 1], [1, 0], [1, 2], [1, 2]], np.uint32))
    once = prepare_tile(TileContent((doubled,)), np.eye(4), at_home).meshes[0]
    assert once.edges is not None and len(once.edges) == 2
    beside = replace(mesh, positions=mesh.positions + 100.0)
    both = prepare_tile(TileContent((given, beside)), np.eye(4), at_home).meshes
    assert [len(one.edges) for one in both if one.edges is not None] == [2 + 12]
    far = prepare_tile(TileContent((given,)), np.eye(4), at_home, geometric_error=1000.0, is_replaced=True).meshes[0]
    assert far.edges is not None and len(far.edges) == 0


def test_what_holds_its_light_already_is_lit_evenly_and_has_no_creases() -> None:
    mesh = block().meshes[0]
    mesh = replace(mesh, unlit=True, colours=np.full((len(mesh.positions), 4), 99, np.uint8))
    drawn = prepare_tile(TileContent((mesh,)), np.eye(4), at_home).meshes[0]
    assert np.unique(drawn.normals, axis=0).tolist() == [[0, 0, 127, 0]]
    mirrored = prepare_tile(TileContent((mesh,)), np.diag([-1.0, 1.0, 1.0, 1.0]), at_home).meshes[0]
    assert mirrored.triangles.tolist() == drawn.triangles[:, ::-1].tolist()
    assert drawn.edges is not None and len(drawn.edges) == 0
    assert (drawn.colours == 99).all()


def test_a_transform_that_flattens_a_tile_leaves_it_drawn_by_its_faces() -> None:
    flat = np.diag([1.0, 1.0, 0.0, 1.0])
    content = block()
    mesh = content.meshes[0]
    normals = np.tile(np.float32([0, 0, 1]), (len(mesh.positions), 1))
    tile = prepare_tile(replace(content, meshes=(replace(mesh, normals=normals),)), flat, at_home)
    assert np.isfinite(tile.centre).all()
