"""What stands in many places shades, blocks and is hidden like any other surface; points and lines do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explorer.geo import WorldFrame, parse_crs
from explorer.surface import SurfaceModel, SurfaceTileset
from explorer.tileformat import Mesh, SurfaceClass, TileContent, encode_glb, read_tileset
from tests.fakes import FakeStore
from tests.specimens import box_mesh, tile_json, tileset_json
from tests.tiles_of_bytes import cmpt, i3dm, pnts

CRS = parse_crs("EPSG:28992+5709")
ORIGIN = (85_000.0, 447_000.0, 0.0)
PLACES = np.array([[-20.0, 0.0, 0.0], [20.0, 0.0, 0.0]], "<f4")


def coloured(mesh: Mesh, colour: tuple[int, int, int]) -> Mesh:
    colours = np.tile(np.array([*colour, 255], np.uint8), (len(mesh.positions), 1))
    return replace(mesh, colours=colours, surface_class=None)


def tree_glb() -> bytes:
    stem = coloured(box_mesh((0, 0, 1), (0.4, 0.4, 2.0), None), (120, 85, 50))
    crown = coloured(box_mesh((0, 0, 4), (4.0, 4.0, 4.0), None), (60, 140, 40))
    return encode_glb(TileContent((stem, crown)))


def model(content: bytes, hidden: frozenset[str] = frozenset()) -> SurfaceModel:
    tree = tileset_json(tile_json("trees.cmpt", refine="ADD"))
    store = FakeStore({"tileset.json": tree, "trees.cmpt": content})
    tileset = read_tileset(tree, store.root_uri)
    transform = tileset.transform.copy()
    transform[:, :3, 3] += ORIGIN
    tileset = replace(tileset, centre=tileset.centre + ORIGIN, transform=transform)
    source = SurfaceTileset(store, tileset, CRS)
    return SurfaceModel(WorldFrame(CRS, ORIGIN), [source], hidden=hidden)


EVERYWHERE = (-50.0, -50.0, 50.0, 50.0)
TREES = i3dm({"INSTANCES_LENGTH": 2}, {"id": ["oak", "elm"]}, POSITION=PLACES, body=tree_glb())


def test_every_instance_gives_its_triangles_where_it_stands() -> None:
    soup = model(TREES).triangles(EVERYWHERE)
    assert len(soup) == 2 * 24
    assert set(soup.features) == {"oak", "elm"}
    for name, x in (("oak", -20.0), ("elm", 20.0)):
        lo, hi = soup.within([name]).bounds()
        np.testing.assert_allclose(lo, [x - 2.0, -2.0, 0.0], atol=1e-3)
        np.testing.assert_allclose(hi, [x + 2.0, 2.0, 6.0], atol=1e-3)


def test_crown_and_stem_are_known_by_their_colours_and_what_is_no_tree_is_furniture() -> None:
    soup = model(TREES).triangles(EVERYWHERE)
    heights = soup.world[:, :, 2].mean(axis=1)
    assert set(soup.surface_class[heights > 2.1].tolist()) == {int(SurfaceClass.TREE)}
    assert set(soup.surface_class[heights < 1.9].tolist()) == {int(SurfaceClass.TRUNK)}
    bin_glb = encode_glb(TileContent((coloured(box_mesh((0, 0, 0.5), (0.5, 0.5, 1.0), None), (170, 40, 30)),)))
    bins = model(i3dm({"INSTANCES_LENGTH": 2}, POSITION=PLACES, body=bin_glb)).triangles(EVERYWHERE)
    assert set(bins.surface_class.tolist()) == {int(SurfaceClass.FURNITURE)}


def test_a_hidden_instance_shades_nothing() -> None:
    soup = model(TREES, hidden=frozenset({"oak"})).triangles(EVERYWHERE)
    assert soup.world[:, :, 0].min() > 0.0


def test_points_are_no_surface() -> None:
    cloud = pnts({"POINTS_LENGTH": 2}, POSITION=PLACES)
    assert len(model(cmpt(TREES, cloud)).triangles(EVERYWHERE)) == 2 * 24
    assert model(cmpt(TREES, cloud)).problems == ()
