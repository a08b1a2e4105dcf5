"""Small tilesets and contents, made of bytes, for tests of every room. Their root frame is the world: `at_home`."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.geo import CompoundCrs, OrientedBox
from explorer.surface import SurfaceTileset
from explorer.tileformat import (
    FeatureTable,
    Mesh,
    SurfaceClass,
    TileContent,
    TileNode,
    encode_glb,
    encode_tileset,
    read_tileset,
)
from tests.fakes import FakeStore

SIDE = 400.0
"""Side of the specimen city. [m]"""


def at_home(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The way to the world for specimens, whose root frame is the world already."""
    return np.asarray(points, np.float64)


def box_mesh(centre: tuple[float, float, float], size: tuple[float, float, float], feature: int | None = 0) -> Mesh:
    """A closed block with walls, roof and floor, eight shared corners, no normals."""
    signs = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
    corners = np.asarray(centre) + signs * np.asarray(size)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (1, 5, 7, 3), (0, 2, 6, 4)]
    kinds = [SurfaceClass.WALL] * 4 + [SurfaceClass.ROOF, SurfaceClass.FLOOR]
    positions = corners[np.array(quads).reshape(-1)]
    faces = np.arange(24).reshape(6, 4)
    triangles = np.concatenate([faces[:, [0, 1, 2]], faces[:, [0, 2, 3]]])
    return Mesh(
        positions=positions,
        triangles=triangles.astype(np.uint32),
        surface_class=np.repeat(np.array(kinds, np.uint8), 4),
        feature_index=None if feature is None else np.full(24, feature, np.uint32),
    )


def land_height(x: float) -> float:
    """How high `land_with_hole` lies: it rises to the east. [m]"""
    return 3.0 + 0.05 * x


def land_with_hole(half: float, hole: float) -> Mesh:
    """Sloping land around a square hole, both given by half their sides."""
    rings = [[(-r, -r), (r, -r), (r, r), (-r, r)] for r in (half, hole)]
    corners = np.array([[x, y, land_height(x)] for ring in rings for x, y in ring])
    rows = [(i, (i + 1) % 4, 4 + (i + 1) % 4) for i in range(4)] + [(i, 4 + (i + 1) % 4, 4 + i) for i in range(4)]
    return Mesh(corners, np.array(rows, np.uint32), surface_class=np.full(8, SurfaceClass.TERRAIN, np.uint8))


def one_tile_source(
    meshes: tuple[Mesh, ...], ids: tuple[str, ...], crs: CompoundCrs, origin: tuple[float, float, float]
) -> SurfaceTileset:
    """A tileset of one tile of 80 m around an origin, in map coordinates of a CRS."""
    box = OrientedBox.from_bounds((-40.0, -40.0, 0.0), (40.0, 40.0, 20.0))
    glb = encode_glb(TileContent(meshes, FeatureTable(ids, {})))
    store = FakeStore({"root.glb": glb, "tileset.json": encode_tileset(TileNode(box, 0.0, "root.glb", []))})
    tileset = read_tileset(store.files["tileset.json"], store.root_uri)
    transform = tileset.transform.copy()
    transform[:, :3, 3] += origin
    tileset = replace(tileset, centre=tileset.centre + origin, transform=transform)
    return SurfaceTileset(store, tileset, crs)


def block_glb(name: str, centre: tuple[float, float, float], size: tuple[float, float, float]) -> bytes:
    """A GLB with one building, whose id is `name`."""
    table = FeatureTable((name,), {"height": [float(size[2])], "storeys": [int(size[2] // 3)]})
    return encode_glb(TileContent((box_mesh(centre, size),), table))


def _node(name: str, x: float, y: float, side: float, error: float, children: list[TileNode] | None = None) -> TileNode:
    box = OrientedBox.from_bounds((x - side / 2, y - side / 2, 0.0), (x + side / 2, y + side / 2, 20.0))
    return TileNode(box, error, f"{name}.glb", children or [])


def four_leaf_city(root_error: float = 32.0, leaf_error: float = 0.0) -> dict[str, bytes]:
    """A root and its four quarters, REPLACE; each tile is one block, its id the tile's name.

            root                 north
          /  |  |  \\           c | d
         a   b  c   d           --+--
                                a | b
    Rows: 0 root, 1 a, 2 b, 3 c, 4 d.
    """
    q = SIDE / 4
    spots = {"a": (-q, -q), "b": (q, -q), "c": (-q, q), "d": (q, q)}
    leaves = [_node(name, x, y, SIDE / 2, leaf_error) for name, (x, y) in spots.items()]
    files = {
        f"{name}.glb": block_glb(name, (x, y, 10.0), (SIDE / 2 - 20, SIDE / 2 - 20, 20.0))
        for name, (x, y) in spots.items()
    }
    files["root.glb"] = block_glb("root", (0.0, 0.0, 10.0), (SIDE - 20, SIDE - 20, 20.0))
    files["tileset.json"] = encode_tileset(_node("root", 0.0, 0.0, SIDE, root_error, leaves))
    return files


def three_level_city() -> dict[str, bytes]:
    """A root, four quarters, and four leaves under each, all REPLACE: 21 tiles.

                 root
          /      |   |      \\
         a       b   c       d
       / | | \\   …   …     / | | \\
     aa ab ac ad          da db dc dd
    """
    q = SIDE / 4
    files: dict[str, bytes] = {}
    spots = {"a": (-1, -1), "b": (1, -1), "c": (-1, 1), "d": (1, 1)}
    quarters = []
    for name, (sx, sy) in spots.items():
        x, y = sx * q, sy * q
        leaves = []
        for below, (tx, ty) in spots.items():
            lx, ly = x + tx * q / 2, y + ty * q / 2
            leaves.append(_node(name + below, lx, ly, q, 0.0))
            files[f"{name}{below}.glb"] = block_glb(name + below, (lx, ly, 10.0), (q - 10, q - 10, 20.0))
        quarters.append(_node(name, x, y, 2 * q, 8.0, leaves))
        files[f"{name}.glb"] = block_glb(name, (x, y, 10.0), (2 * q - 20, 2 * q - 20, 20.0))
    files["root.glb"] = block_glb("root", (0.0, 0.0, 10.0), (SIDE - 20, SIDE - 20, 20.0))
    files["tileset.json"] = encode_tileset(_node("root", 0.0, 0.0, SIDE, 32.0, quarters))
    return files


def tileset_json(root: dict[str, Any], version: str | float = "1.1", **more: Any) -> bytes:
    """A tileset.json around a root tile as it would be written by hand."""
    return json.dumps({"asset": {"version": version}, "geometricError": 100.0, "root": root, **more}).encode()


def tile_json(uri: str | None = None, error: float = 0.0, **more: Any) -> dict[str, Any]:
    """A tile of 100 m around the origin as it would be written by hand."""
    tile: dict[str, Any] = {
        "boundingVolume": {"box": [0, 0, 10, 50, 0, 0, 0, 50, 0, 0, 0, 10]},
        "geometricError": error,
        **more,
    }
    if uri is not None:
        tile["content"] = {"uri": uri}
    return tile
