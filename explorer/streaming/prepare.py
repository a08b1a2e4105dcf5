"""From decoded content to arrays for the renderer, on a worker thread: into the world, normals, colours, edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.streaming.edges import crease_edges
from explorer.streaming.photos import decode_photo
from explorer.streaming.prepared import PreparedMesh, PreparedTile
from explorer.streaming.tree import WorldFromTileset
from explorer.tileformat import NO_FEATURE, Mesh, SurfaceClass, TileContent, srgb_palette
from explorer.tileformat.palette import srgb_from_linear
from explorer.tileformat.vertices import flat_shaded

_PALETTE = srgb_palette()
_WHITE = (1.0, 1.0, 1.0, 1.0)
EDGE_SHARE = 0.3
"""Of the geometric error: at 8 px of screen-space error, shorter lines take less than 2.4 px."""
_FLAT = 1e-30
"""Determinant of a transform that squeezes everything into a plane: normals cannot be turned along."""
_ROOF_FACES_UP = 0.35
"""A face whose unit normal rises more than this is a roof, where the data does not say what is what."""


def prepare_tile(
    content: TileContent,
    transform: NDArray[np.float64],
    world_from_root: WorldFromTileset,
    *,
    with_edges: bool = True,
    geometric_error: float = 0.0,
) -> PreparedTile:
    """Arrays of one tile in the world.

    Parameters
    ----------
    content
        As decoded: the tile's own frame.
    transform
        4x4, the tile's frame to the tileset's root frame (ECEF).
    world_from_root
        Points of the root frame to the world: `Placing.way`.
    geometric_error
        The tile's, in metres. It is seen from so far that lines shorter than a share of it would only be noise.

    Meshes without a texture become one, so that a tile is one draw call however its file is cut up.
    """
    placed = [_placed(mesh, transform, world_from_root) for mesh in content.meshes]
    placed = [mesh for mesh in placed if len(mesh.triangles)]
    if not placed:
        nowhere = np.zeros(3)
        return PreparedTile(nowhere, (), content.features, nowhere, nowhere, 0, content.diagnostics)
    lo = np.min([mesh.positions.min(axis=0) for mesh in placed], axis=0)
    hi = np.max([mesh.positions.max(axis=0) for mesh in placed], axis=0)
    centre = (lo + hi) / 2.0
    parts = [_part(mesh, centre) for mesh in placed]
    problems = list(content.diagnostics)
    meshes = tuple(_finished(group, with_edges, EDGE_SHARE * geometric_error, problems) for group in _by_texture(parts))
    rows = 64 * len(content.features) * (1 + len(content.features.columns))
    size = sum(mesh.size_bytes for mesh in meshes) + rows
    return PreparedTile(centre, meshes, content.features, lo, hi, size, tuple(problems))


def _placed(mesh: Mesh, transform: NDArray[np.float64], world_from_root: WorldFromTileset) -> Mesh:
    """The mesh in the world; normals turned along, or made flat where there are none."""
    used = np.zeros(len(mesh.positions), bool)
    used[mesh.triangles] = True
    middle = mesh.positions[used].mean(axis=0) if used.any() else np.zeros(3)
    linear, offset = transform[:3, :3], transform[:3, 3]
    root = mesh.positions @ linear.T + offset
    if not used.all():
        root[~used] = middle @ linear.T + offset  # far-off vertices that no triangle uses would spoil the bounds
    world = world_from_root(root)
    moved = replace(mesh, positions=world)
    if mesh.normals is None:
        return flat_shaded(moved)
    turn = _turn(middle @ linear.T + offset, world_from_root) @ linear
    if not abs(np.linalg.det(turn)) > _FLAT:
        return flat_shaded(moved)
    if np.linalg.det(turn) < 0.0:
        moved = replace(moved, triangles=np.ascontiguousarray(mesh.triangles[:, ::-1]))
    normals = mesh.normals.astype(np.float64) @ np.linalg.inv(turn)
    normals /= np.maximum(np.linalg.norm(normals, axis=1), 1e-12)[:, None]
    return replace(moved, normals=normals.astype(np.float32))


def _turn(point: NDArray[np.float64], way: WorldFromTileset, step: float = 1.0) -> NDArray[np.float64]:
    """How directions at a point of the root frame turn on the way to the world, (3, 3) column vectors."""
    steps = np.eye(3) * step
    ends = way(np.concatenate([point + steps, point - steps]))
    return np.asarray((ends[:3] - ends[3:]).T / (2.0 * step))


@dataclass(frozen=True, eq=False)
class _Part:
    """One mesh's arrays, before meshes are joined."""

    positions: NDArray[np.float32]
    normals: NDArray[np.float32]
    colours: NDArray[np.uint8]
    surface_class: NDArray[np.uint8]
    feature_index: NDArray[np.uint32]
    triangles: NDArray[np.uint32]
    texture_coordinates: NDArray[np.float32] | None
    image: bytes | None
    own_colours: bool


def _part(mesh: Mesh, centre: NDArray[np.float64]) -> _Part:
    assert mesh.normals is not None
    n = len(mesh.positions)
    features = np.full(n, NO_FEATURE, np.uint32) if mesh.feature_index is None else mesh.feature_index
    surfaces = _surfaces(mesh, features)
    textured = mesh.image is not None and mesh.texture_coordinates is not None
    return _Part(
        positions=(mesh.positions - centre).astype(np.float32),
        normals=mesh.normals,
        colours=_colours(mesh, surfaces, textured),
        surface_class=surfaces,
        feature_index=features,
        triangles=mesh.triangles,
        texture_coordinates=mesh.texture_coordinates if textured else None,
        image=mesh.image if textured else None,
        own_colours=mesh.colours is not None or mesh.base_colour != _WHITE,
    )


def _surfaces(mesh: Mesh, features: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """The data's classes; where it has none and is of features (buildings), by which way a face looks."""
    if mesh.surface_class is not None:
        return mesh.surface_class
    unknown = np.full(len(features), SurfaceClass.UNKNOWN, np.uint8)
    if mesh.image is not None or mesh.colours is not None:
        return unknown
    assert mesh.normals is not None
    up = mesh.normals[:, 2]
    by_slope = np.where(up > _ROOF_FACES_UP, SurfaceClass.ROOF, SurfaceClass.WALL)
    by_slope = np.where(up < -0.9, SurfaceClass.FLOOR, by_slope)
    return np.where(features == NO_FEATURE, unknown, by_slope).astype(np.uint8)


def _colours(mesh: Mesh, surfaces: NDArray[np.uint8], textured: bool) -> NDArray[np.uint8]:
    factor = np.ones(4)
    if mesh.base_colour != _WHITE:
        factor[:3] = srgb_from_linear(np.array(mesh.base_colour[:3]))
        factor[3] = min(max(mesh.base_colour[3], 0.0), 1.0)
    if mesh.colours is not None:
        # The product of sRGB values stands in for that of linear ones: near enough for a tint.
        return mesh.colours if (factor == 1.0).all() else np.round(mesh.colours * factor).astype(np.uint8)
    if textured or mesh.base_colour != _WHITE:
        return np.broadcast_to(np.round(factor * 255.0).astype(np.uint8), (len(surfaces), 4)).copy()
    return _PALETTE[surfaces]


def _by_texture(parts: Sequence[_Part]) -> list[list[_Part]]:
    groups: dict[tuple[bytes | None, bool], list[_Part]] = {}
    for part in parts:
        groups.setdefault((part.image, part.own_colours), []).append(part)
    return list(groups.values())


def _finished(group: Sequence[_Part], with_edges: bool, shortest_edge: float, problems: list[str]) -> PreparedMesh:
    first = np.cumsum([0, *(len(part.positions) for part in group)])
    positions = np.concatenate([part.positions for part in group])
    surfaces = np.concatenate([part.surface_class for part in group])
    triangles = np.concatenate([part.triangles + np.uint32(n) for part, n in zip(group, first, strict=False)])
    normals = np.zeros((len(positions), 4), np.int8)
    normals[:, :3] = np.round(np.concatenate([part.normals for part in group]) * 127.0)
    coordinates = [part.texture_coordinates for part in group if part.texture_coordinates is not None]
    photo = _photo(group[0].image, problems)
    return PreparedMesh(
        positions=positions,
        normals=normals,
        colours=np.concatenate([part.colours for part in group]),
        surface_class=surfaces,
        feature_index=np.concatenate([part.feature_index for part in group]),
        triangles=np.ascontiguousarray(triangles, np.uint32),
        edges=crease_edges(positions, triangles, surfaces, shortest_m=shortest_edge)
        if with_edges and photo is None
        else None,
        texture_coordinates=np.concatenate(coordinates) if coordinates and photo is not None else None,
        photo=photo,
        has_own_colours=group[0].own_colours,
    )


def _photo(image: bytes | None, problems: list[str]) -> NDArray[np.uint8] | None:
    """The photograph of a group of meshes; a broken one is a problem to be told, and the meshes stay plain."""
    if image is None:
        return None
    try:
        return decode_photo(image)
    except ContentError as error:
        problems.append(str(error))
        return None
