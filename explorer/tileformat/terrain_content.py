"""A terrain tile in its place on the globe: ground and water, cut to its part, with skirts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.geo.ellipsoid import ecef_from_geodetic
from explorer.tileformat.content import Mesh, TileContent
from explorer.tileformat.heightmap import read_heightmap
from explorer.tileformat.quantized_mesh import QuantizedMesh, Rectangle, read_quantized_mesh
from explorer.tileformat.surface_class import SurfaceClass
from explorer.tileformat.terrain_tiling import shares_of_latitude
from explorer.tileformat.tileset import TerrainPlace

FloatArray = NDArray[np.float64]

_WET = 127
"""Of a mask's 255: more is water."""
_SKIRT = 5.0
"""Of the geometric error: what neighbours of the next levels may differ by. [-]"""
_ON_EDGE = 1e-6


def decode_terrain(data: bytes, uri: str, place: TerrainPlace, *, with_skirts: bool = True) -> TileContent:
    """A quantized-mesh tile as meshes of ground and water, earth-centred. [m]

    `with_skirts`: walls down from its edges, so that no gap shows beside a tile of another level: for the eye alone.
    Raises ContentError, naming the address, where the bytes cannot be a terrain tile.
    """
    read = read_heightmap if place.encoding == "heightmap" else read_quantized_mesh
    mesh = read(data, uri)
    if place.has_mercator_rows:
        mesh = replace(mesh, v=shares_of_latitude(place.rectangle, mesh.v))
    if place.part != place.rectangle:
        mesh = _cut(mesh, place.rectangle, place.part)
    wide, high = place.rectangle.east - place.rectangle.west, place.rectangle.north - place.rectangle.south
    lonlath = np.column_stack(
        [place.rectangle.west + mesh.u * wide, place.rectangle.south + mesh.v * high, mesh.height]
    )
    positions = ecef_from_geodetic(lonlath)
    kinds, parts = _kinds(mesh), []
    for kind in (SurfaceClass.TERRAIN, SurfaceClass.WATER):
        faces = mesh.triangles[kinds == kind]
        if len(faces):
            used, rows = np.unique(faces, return_inverse=True)
            normals = None if mesh.normals is None else mesh.normals[used]
            classes = np.full(len(used), kind, np.uint8)
            parts.append(Mesh(positions[used], rows.reshape(-1, 3).astype(np.uint32), normals, classes))
    if with_skirts and len(mesh.triangles):
        below = ecef_from_geodetic(lonlath - np.array([0.0, 0.0, _SKIRT * place.geometric_error]))
        # outside lies to the right: west is walked southwards, south eastwards, east northwards, north westwards
        parts += skirts(zip(mesh.edges, (-mesh.v, mesh.u, mesh.v, -mesh.u), strict=True), positions, below)
    return TileContent(tuple(parts))


def _kinds(mesh: QuantizedMesh) -> NDArray[np.uint8]:
    """(m,) surface class of each triangle, by the mask in its middle."""
    if mesh.water is None:
        return np.full(len(mesh.triangles), SurfaceClass.TERRAIN, np.uint8)
    side = len(mesh.water)
    column = np.minimum((mesh.u[mesh.triangles].mean(axis=1) * side).astype(int), side - 1)
    row = np.minimum(((1.0 - mesh.v[mesh.triangles].mean(axis=1)) * side).astype(int), side - 1)
    return np.where(mesh.water[row, column] > _WET, SurfaceClass.WATER, SurfaceClass.TERRAIN).astype(np.uint8)


def skirts(
    edges: Iterable[tuple[NDArray[np.integer], FloatArray]], positions: FloatArray, below: FloatArray
) -> list[Mesh]:
    """A strip down along each edge, seen from outside.

    Each edge is rows of vertices, and for every vertex how far along it is, walked so that outside lies to the right.
    """
    parts = []
    for rows, along in edges:
        edge = rows[np.argsort(along[rows], kind="stable")]
        n = len(edge)
        if n < 2:
            continue
        i = np.arange(n - 1, dtype=np.uint32)
        faces = np.concatenate([np.column_stack([i, i + n, i + 1]), np.column_stack([i + 1, i + n, i + n + 1])])
        classes = np.full(2 * n, SurfaceClass.TERRAIN, np.uint8)
        corners = np.concatenate([positions[edge], below[edge]])
        # lit as the ground beside it: what shows through a crack should not be seen
        up = (corners / np.linalg.norm(corners, axis=1)[:, None]).astype(np.float32)
        parts.append(Mesh(corners, faces.astype(np.uint32), up, classes))
    return parts


def _cut(mesh: QuantizedMesh, whole: Rectangle, part: Rectangle) -> QuantizedMesh:
    """What of a tile lies in a part of its rectangle."""
    wide, high = whole.east - whole.west, whole.north - whole.south
    low = np.array([(part.west - whole.west) / wide, (part.south - whole.south) / high])
    top = np.array([(part.east - whole.west) / wide, (part.north - whole.south) / high])
    normals = np.zeros((len(mesh.u), 3)) if mesh.normals is None else mesh.normals
    vertices: FloatArray = np.column_stack([mesh.u, mesh.v, mesh.height, normals]).astype(np.float64)
    triangles = mesh.triangles.astype(np.int64)
    for axis in (0, 1):
        vertices, triangles = _half(vertices, triangles, vertices[:, axis] - low[axis])
        vertices, triangles = _half(vertices, triangles, top[axis] - vertices[:, axis])
    used, rows = np.unique(triangles, return_inverse=True)
    kept = vertices[used]
    sides = (kept[:, 0] - low[0], kept[:, 1] - low[1], top[0] - kept[:, 0], top[1] - kept[:, 1])
    edges = [np.flatnonzero(np.abs(side) < _ON_EDGE).astype(np.uint32) for side in sides]
    length = np.maximum(np.linalg.norm(kept[:, 3:], axis=1), 1e-12)[:, None]
    return replace(
        mesh,
        u=kept[:, 0],
        v=kept[:, 1],
        height=kept[:, 2],
        triangles=rows.reshape(-1, 3).astype(np.uint32),
        edges=(edges[0], edges[1], edges[2], edges[3]),
        normals=None if mesh.normals is None else (kept[:, 3:] / length).astype(np.float32),
    )


def _half(
    vertices: FloatArray, triangles: NDArray[np.int64], distance: FloatArray
) -> tuple[FloatArray, NDArray[np.int64]]:
    """The part of triangles where a distance (one a vertex) is positive; new corners where it is 0 along an edge."""
    inside = distance[triangles] >= -_ON_EDGE
    count = inside.sum(axis=1)
    kept = [triangles[count == 3]]
    made = [vertices]
    n = len(vertices)
    for wanted in (1, 2):
        cut = triangles[count == wanted]
        if not len(cut):
            continue
        # turned so that the corner that is alone on its side comes first
        alone = np.argmax(inside[count == wanted] == (wanted == 1), axis=1)
        a, b, c = (cut[np.arange(len(cut)), (alone + k) % 3] for k in range(3))
        ab, ac = n + np.arange(len(cut)), n + len(cut) + np.arange(len(cut))
        made += [_between(vertices, distance, a, b), _between(vertices, distance, a, c)]
        n += 2 * len(cut)
        if wanted == 1:
            kept.append(np.column_stack([a, ab, ac]))
        else:
            kept += [np.column_stack([ab, b, c]), np.column_stack([ab, c, ac])]
    return np.concatenate(made), np.concatenate(kept)


def _between(vertices: FloatArray, distance: FloatArray, a: NDArray[np.int64], b: NDArray[np.int64]) -> FloatArray:
    share = distance[a] / np.where(distance[a] == distance[b], 1.0, distance[a] - distance[b])
    return np.asarray(vertices[a] + np.clip(share, 0.0, 1.0)[:, None] * (vertices[b] - vertices[a]))
