"""Instances as what they stand for: where each one's template lies in the world, and the same as plain meshes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat.content import NO_FEATURE, Instances, Mesh
from explorer.tileformat.vertices import moved_lines

WorldFrom = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Points (n, 3) of a tileset's root frame to the world."""

_EARTH_M = 6.3e6
_STEP_M = 1.0


def world_transforms(
    instances: Instances, transform: NDArray[np.float64], world_from_root: WorldFrom
) -> NDArray[np.float64]:
    """(n, 4, 4) from the template's frame to the world. [m]

    Parameters
    ----------
    transform
        4x4, the tile's frame to the tileset's root frame.

    Models keep their shape: a map that stretches (EPSG:3857) moves and turns them, and nothing more.
    """
    root = transform @ instances.transforms
    places = root[:, :3, 3]
    turns = _nearest_rotations(_turns(places, world_from_root))
    linear = root[:, :3, :3]
    if instances.is_east_north_up:
        size = abs(np.linalg.det(transform[:3, :3])) ** (1.0 / 3.0)
        linear = _east_north_up(places, turns) @ instances.transforms[:, :3, :3] * size
    world = np.zeros_like(root)
    world[:, :3, :3] = turns @ linear
    world[:, :3, 3] = world_from_root(places)
    world[:, 3, 3] = 1.0
    return world


def _turns(places: NDArray[np.float64], way: WorldFrom) -> NDArray[np.float64]:
    """(n, 3, 3) how directions turn on the way to the world."""
    steps = np.eye(3) * _STEP_M
    ends = [way(places + step) - way(places - step) for step in steps]
    return np.asarray(np.stack(ends, axis=2) / (2.0 * _STEP_M))


def _nearest_rotations(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """The orthogonal part of each (polar decomposition, Higham's iteration); what has none becomes the unit matrix."""
    found = np.where(np.abs(np.linalg.det(matrices))[:, None, None] > 1e-9, matrices, np.eye(3))
    for _step in range(8):
        found = (found + np.linalg.inv(found).transpose(0, 2, 1)) / 2.0
    return found


def _east_north_up(places: NDArray[np.float64], turns: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3, 3) columns east, north, up in the root frame; a root frame that is a map has them already."""
    axes = np.broadcast_to(np.eye(3), turns.shape).copy()
    on_globe = np.linalg.norm(places, axis=1) > _EARTH_M
    if not on_globe.any():
        return axes
    x, y, z = places.T
    longitude = np.arctan2(y, x)
    # geodetic latitude near the surface (Bowring 1976); WGS 84
    a, b = 6378137.0, 6356752.314245
    p = np.hypot(x, y)
    beta = np.arctan2(z * a, p * b)
    latitude = np.arctan2(z + (a * a - b * b) / b * np.sin(beta) ** 3, p - (a * a - b * b) / a * np.cos(beta) ** 3)
    sin_lon, cos_lon, sin_lat, cos_lat = np.sin(longitude), np.cos(longitude), np.sin(latitude), np.cos(latitude)
    east = np.stack([-sin_lon, cos_lon, np.zeros_like(x)], axis=1)
    north = np.stack([-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat], axis=1)
    up = np.stack([cos_lat * cos_lon, cos_lat * sin_lon, sin_lat], axis=1)
    # far from zero a map's coordinates look like the globe's, but only there does this up lead to the world's
    is_globe = on_globe & (np.einsum("nij,nj->ni", turns, up)[:, 2] > 0.99)
    axes[is_globe] = np.stack([east, north, up], axis=2)[is_globe]
    return axes


def spelled_out(mesh: Mesh, world: NDArray[np.float64], feature_index: NDArray[np.uint32] | None) -> Mesh:
    """One template mesh at every place, as one mesh in the world. n places.

    `feature_index` (n,): whose each place is; None: the template's own rows count.
    """
    mesh = _compact(mesh)
    n, size = len(world), len(mesh.positions)
    positions = (mesh.positions @ world[:, :3, :3].transpose(0, 2, 1) + world[:, None, :3, 3]).reshape(-1, 3)
    triangles = np.broadcast_to(mesh.triangles, (n, *mesh.triangles.shape)).astype(np.uint32)
    mirrored = np.linalg.det(world[:, :3, :3]) < 0.0
    triangles[mirrored] = triangles[mirrored][:, :, ::-1]
    triangles += (np.arange(n, dtype=np.uint32) * np.uint32(size))[:, None, None]
    features = None if feature_index is None else np.repeat(feature_index.astype(np.uint32), size)
    if features is None and mesh.feature_index is not None:
        features = np.tile(mesh.feature_index, n)
    normals = None
    if mesh.normals is not None:
        turned = mesh.normals.astype(np.float64) @ cofactors(world[:, :3, :3]).transpose(0, 2, 1)
        turned /= np.maximum(np.linalg.norm(turned, axis=2), 1e-30)[:, :, None]
        normals = turned.reshape(-1, 3).astype(np.float32)
    return replace(
        mesh,
        positions=positions,
        triangles=triangles.reshape(-1, 3),
        normals=normals,
        surface_class=None if mesh.surface_class is None else np.tile(mesh.surface_class, n),
        feature_index=features,
        colours=None if mesh.colours is None else np.tile(mesh.colours, (n, 1)),
        texture_coordinates=None if mesh.texture_coordinates is None else np.tile(mesh.texture_coordinates, (n, 1)),
        outline=None if mesh.outline is None else _at_every_place(mesh.outline, n, size),
    )


def _at_every_place(rows: NDArray[np.uint32], n: int, size: int) -> NDArray[np.uint32]:
    """Rows of a template of `size` vertices, (k, 2), as those of n templates one after the other."""
    starts = np.arange(n, dtype=np.uint32) * np.uint32(size)
    return np.asarray((rows[None] + starts[:, None, None]).reshape(-1, 2), np.uint32)


def _compact(mesh: Mesh) -> Mesh:
    """The mesh without vertices that no triangle uses: they would be written out as often as the others."""
    if len(mesh.positions) <= 3 * len(mesh.triangles):
        return mesh
    used, triangles = np.unique(mesh.triangles, return_inverse=True)
    arrays = ("normals", "surface_class", "feature_index", "colours", "texture_coordinates")
    kept: dict[str, Any] = {name: None if getattr(mesh, name) is None else getattr(mesh, name)[used] for name in arrays}
    if mesh.outline is not None:
        kept["outline"] = moved_lines(mesh.outline, used.astype(np.intp), len(mesh.positions))
    return replace(mesh, positions=mesh.positions[used], triangles=triangles.reshape(-1, 3).astype(np.uint32), **kept)


def cofactors(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3, 3) what normals are turned by: good for flat and for mirrored ones, too."""
    a, b, c = matrices[:, 0], matrices[:, 1], matrices[:, 2]
    found = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)
    return np.asarray(found * np.where(np.linalg.det(matrices) < 0.0, -1.0, 1.0)[:, None, None])


def rows_of(instances: Instances) -> NDArray[np.uint32] | None:
    """Feature rows of the places; None where they are the template's own."""
    if instances.feature_index is not None:
        return instances.feature_index
    has_own = any(mesh.feature_index is not None for mesh in instances.meshes)
    return None if has_own else np.full(len(instances), NO_FEATURE, np.uint32)
