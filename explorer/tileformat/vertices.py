"""Vertices as a tile file holds them: flat normals where none are given, shared corners, no empty triangles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat.content import NO_FEATURE, Mesh
from explorer.tileformat.palette import linear_from_srgb, srgb_palette

_SMALLEST_AREA = 1e-9
"""Triangles with less than this (twice the area, m²) have no direction of their own."""


@dataclass(frozen=True)
class PackedVertices:
    """One primitive's arrays, ready to be written; Z up. n vertices, m triangles."""

    positions: NDArray[np.float32]
    normals: NDArray[np.float32]
    colours: NDArray[np.uint8] | NDArray[np.uint16]
    """(n, 4) linear, normalised; uint8 by surface class, uint16 as the data has them."""
    surface_class: NDArray[np.uint8] | None
    feature_index: NDArray[np.uint32]
    texture_coordinates: NDArray[np.float32] | None
    triangles: NDArray[np.uint32]


def flat_shaded(mesh: Mesh) -> Mesh:
    """The mesh with a flat normal for each triangle; corners that agree in all they hold are one vertex.

    Triangles that are empty or not finite are dropped. Vertices come in the order of their first use.
    """
    triangles, face = _sound_triangles(mesh)
    corners, normals, triangles = _share_corners(mesh, triangles.reshape(-1), np.repeat(face, 3, axis=0))
    return Mesh(
        positions=mesh.positions[corners],
        triangles=triangles,
        normals=normals.astype(np.float32),
        surface_class=None if mesh.surface_class is None else np.asarray(mesh.surface_class, np.uint8)[corners],
        feature_index=None if mesh.feature_index is None else np.asarray(mesh.feature_index, np.uint32)[corners],
        colours=None if mesh.colours is None else np.asarray(mesh.colours, np.uint8)[corners],
        texture_coordinates=None
        if mesh.texture_coordinates is None
        else np.asarray(mesh.texture_coordinates, np.float32)[corners],
        image=mesh.image,
        image_use=mesh.image_use,
        base_colour=mesh.base_colour,
        outline=None if mesh.outline is None else moved_lines(mesh.outline, corners, len(mesh.positions)),
        is_closed=mesh.is_closed,
        unlit=mesh.unlit,
        colours_are_linear=mesh.colours_are_linear,
    )


def moved_lines(lines: NDArray[np.uint32], corners: NDArray[np.intp], n: int) -> NDArray[np.uint32]:
    """Lines between n vertices, (k, 2), as lines between those that were made of `corners` of them (-1: of none)."""
    place = np.full(n, -1, np.int64)
    made = np.flatnonzero(corners >= 0)[::-1]
    place[corners[made]] = made
    moved = place[lines]
    kept: NDArray[np.uint32] = moved[(moved >= 0).all(axis=1)].astype(np.uint32)
    return kept


def pack_mesh(mesh: Mesh) -> PackedVertices | None:
    """Arrays of one mesh as they go into a file; None if no triangle is left.

    Triangles that are empty or not finite are dropped. Without normals, each triangle gets its own flat one and equal
    corners are shared again.
    """
    if mesh.normals is None:
        mesh = flat_shaded(mesh)
        if len(mesh.triangles) == 0:
            return None
        corners: NDArray[np.integer] = np.arange(len(mesh.positions))
        triangles, normals = mesh.triangles, np.asarray(mesh.normals, np.float64)
    else:
        triangles, face = _sound_triangles(mesh)
        if len(triangles) == 0:
            return None
        used = np.zeros(len(mesh.positions), bool)
        used[triangles.ravel()] = True
        corners, inverse = np.flatnonzero(used), (np.cumsum(used) - 1)[triangles.ravel()]
        normals = _unit_normals(mesh.normals, corners, face, inverse)
        triangles = inverse.reshape(-1, 3).astype(np.uint32)
    return PackedVertices(
        positions=np.ascontiguousarray(mesh.positions[corners], np.float32),
        normals=normals.astype(np.float32),
        colours=_colours(mesh, corners),
        surface_class=None if mesh.surface_class is None else np.asarray(mesh.surface_class, np.uint8)[corners],
        feature_index=_feature_index(mesh, corners),
        texture_coordinates=None
        if mesh.texture_coordinates is None
        else np.ascontiguousarray(mesh.texture_coordinates, np.float32)[corners],
        triangles=triangles,
    )


def _sound_triangles(mesh: Mesh) -> tuple[NDArray[np.uint32], NDArray[np.float64]]:
    """Triangles with an area, as float32 will keep it, and their unit normals."""
    triangles = np.ascontiguousarray(mesh.triangles, np.uint32).reshape(-1, 3)
    origin = mesh.positions[triangles[0, 0]] if len(triangles) else np.zeros(3)
    origin = np.where(np.isfinite(origin), origin, 0.0) if np.abs(origin).max(initial=0.0) > 1e4 else np.zeros(3)
    with np.errstate(invalid="ignore", over="ignore"):
        face = _face_normals((mesh.positions - origin).astype(np.float32), triangles)
        length = np.sqrt(np.einsum("ij,ij->i", face, face))
    keep = (length > _SMALLEST_AREA) & np.isfinite(length)
    return triangles[keep], face[keep] / length[keep, None]


def _face_normals(positions: NDArray[np.float32], triangles: NDArray[np.uint32]) -> NDArray[np.float64]:
    corners = positions.astype(np.float64)
    a, b, c = corners[triangles[:, 0]], corners[triangles[:, 1]], corners[triangles[:, 2]]
    with np.errstate(invalid="ignore", over="ignore"):
        return np.cross(b - a, c - a)


def _share_corners(
    mesh: Mesh, corners: NDArray[np.uint32], normals: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.uint32]]:
    """Corners that agree in all they hold become one vertex, in the order of first use."""
    # float64 positions are compared in full, as two words each; float32 ones as one.
    positions = np.ascontiguousarray(mesh.positions)[corners]
    columns = [
        positions.view(np.uint32).reshape(len(corners), positions.dtype.itemsize * 3 // 4),
        np.round(normals * 512.0).astype(np.int32).view(np.uint32),
    ]
    columns.append(_feature_index(mesh, corners)[:, None])
    if mesh.surface_class is not None:
        columns.append(np.asarray(mesh.surface_class)[corners].astype(np.uint32)[:, None])
    if mesh.colours is not None:
        columns.append(np.ascontiguousarray(mesh.colours, np.uint8)[corners].view(np.uint32))
    if mesh.texture_coordinates is not None:
        columns.append(np.ascontiguousarray(mesh.texture_coordinates, np.float32)[corners].view(np.uint32))
    first, inverse = unique_rows(np.concatenate(columns, axis=1))
    return corners[first].astype(np.intp), normals[first], inverse.astype(np.uint32).reshape(-1, 3)


def unique_rows(rows: NDArray[np.unsignedinteger]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Equal rows of (n, k): index of each one's first appearance, in that order, and for each row which one it is.

    Rows are compared by a hash, and then in full: a collision falls back to a comparison of whole rows.
    """
    keys = np.full(len(rows), 0x9E3779B97F4A7C15, np.uint64)
    for column in rows.T:
        keys ^= column
        keys *= np.uint64(0xFF51AFD7ED558CCD)
        keys ^= keys >> np.uint64(32)
    first, inverse = _unique(keys)
    like = first.take(inverse)
    if not all(np.array_equal(column.take(like), column) for column in rows.T):
        whole = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1])))
        _keys, starts, numbers = np.unique(whole.reshape(-1), return_index=True, return_inverse=True)
        first, inverse = _by_appearance(starts, numbers.reshape(-1))
    return first, inverse


def in_order(keys: NDArray[np.int64], n_keys: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places of keys, (n,) from 0 to below `n_keys`, sorted by them, equal ones as they stand; and the sorted keys.

    Where a key and its place go into one number, plain numbers are sorted: a fifth of the time of places by keys.
    """
    n_bits = len(keys).bit_length()
    if n_keys << n_bits >= 1 << 63:
        order = np.argsort(keys, kind="stable")
        return order, keys[order]
    both = keys << n_bits
    both |= np.arange(len(keys))
    both.sort()
    order = both & ((1 << n_bits) - 1)
    both >>= n_bits
    return order, both


def _unique(keys: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """As `unique_rows`, of hashes, of which as many of the first bits are compared as leave room for places."""
    n_bits = 62 - len(keys).bit_length()
    row, keys_in_order = in_order((keys >> np.uint64(64 - n_bits)).astype(np.int64), 1 << n_bits)
    is_new = np.ones(len(keys), bool)
    np.not_equal(keys_in_order[1:], keys_in_order[:-1], out=is_new[1:])
    numbers = np.empty(len(keys), np.intp)
    numbers[row] = np.cumsum(is_new) - 1
    return _by_appearance(row[is_new], numbers)


def _by_appearance(first: NDArray[np.intp], numbers: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Groups by where each one's first row is, (g,), and each row's group, (n,), numbered by when they first appear."""
    appears = np.zeros(len(numbers), bool)
    appears[first] = True
    rank = np.cumsum(appears) - 1
    return np.flatnonzero(appears), rank.take(first).take(numbers)


def _unit_normals(
    normals: NDArray[np.float32], used: NDArray[np.integer], face: NDArray[np.float64], inverse: NDArray[np.intp]
) -> NDArray[np.float64]:
    """The given normals made unit; where they cannot be, that of the last triangle which uses the vertex."""
    found = np.asarray(normals, np.float64)[used]
    with np.errstate(invalid="ignore", over="ignore"):
        length = np.sqrt(np.einsum("ij,ij->i", found, found))
    broken = ~(np.isfinite(length) & (length > 1e-12))
    if broken.any():
        fallback = np.zeros_like(found)
        fallback[inverse.reshape(-1)] = np.repeat(face, 3, axis=0)
        found = np.where(broken[:, None], fallback, found)
        length = np.where(broken, 1.0, length)
    return np.asarray(found / length[:, None])


def _colours(mesh: Mesh, corners: NDArray[np.integer]) -> NDArray[np.uint8] | NDArray[np.uint16]:
    if mesh.colours is not None:
        return np.asarray(_LINEAR16[np.asarray(mesh.colours, np.uint8)[corners], np.arange(4)])
    if mesh.image is not None:
        return np.full((len(corners), 4), 255, np.uint8)
    if mesh.surface_class is None:
        return np.broadcast_to(_PALETTE[0], (len(corners), 4))
    return np.asarray(_PALETTE[np.asarray(mesh.surface_class, np.uint8)[corners]])


def _feature_index(mesh: Mesh, corners: NDArray[np.integer]) -> NDArray[np.uint32]:
    if mesh.feature_index is None:
        return np.full(len(corners), NO_FEATURE, np.uint32)
    found: NDArray[np.uint32] = np.asarray(mesh.feature_index, np.uint32)[corners]
    return found


def _linear_table() -> NDArray[np.uint16]:
    value = np.arange(256) / 255.0
    colour = np.round(linear_from_srgb(value) * 65535.0)
    return np.stack([colour, colour, colour, value * 65535.0], axis=1).astype(np.uint16)


def _linear_palette() -> NDArray[np.uint8]:
    table = srgb_palette().astype(np.float64) / 255.0
    table[:, :3] = linear_from_srgb(table[:, :3])
    return np.round(table * 255.0).astype(np.uint8)


_LINEAR16 = _linear_table()
"""(256, 4) linear uint16 of an sRGB byte, by channel; alpha is linear already."""
_PALETTE = _linear_palette()


def placed(points: NDArray[np.floating], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (n, 3) moved by a 4x4, reckoned in float64.

    Where each axis only becomes another, or its opposite, as by glTF's Y up to Z up, columns are copied: the same
    numbers in a third of the time.
    """
    linear, offset = matrix[:3, :3], matrix[:3, 3]
    with np.errstate(invalid="ignore", over="ignore"):
        axes = np.abs(linear)
        if not (np.isin(axes, (0.0, 1.0)).all() and (axes.sum(axis=1) == 1.0).all()):
            return np.asarray(points.astype(np.float64) @ linear.T + offset)
        moved = np.empty((len(points), 3))
        for to, (of, sign) in enumerate(zip(axes.argmax(axis=1).tolist(), linear.sum(axis=1).tolist(), strict=True)):
            if sign > 0.0:
                np.add(points[:, of], offset[to], out=moved[:, to])
            else:
                np.subtract(offset[to], points[:, of], out=moved[:, to])
        return moved
