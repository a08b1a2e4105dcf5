"""Meshes as arrays that can be joined: colours, surface classes, and one draw call for each texture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import inf, sqrt
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.streaming.edges import given_or_creases
from explorer.streaming.moving import Moved
from explorer.streaming.photos import SharperPhoto, photo_for
from explorer.streaming.prepared import PreparedMesh
from explorer.tileformat import NO_FEATURE, PLAIN_USE, ImageUse, Mesh, SurfaceClass, srgb_palette
from explorer.tileformat.byte_colours import srgb_of_linear
from explorer.tileformat.palette import srgb_from_linear

_Scalar = TypeVar("_Scalar", bound=np.generic)
_PALETTE = srgb_palette()
_WHITE = (1.0, 1.0, 1.0, 1.0)
_WHITE_BYTES = np.full(4, 255, np.uint8)
_UNKNOWN = int(SurfaceClass.UNKNOWN)
_LENGTH = np.float32(127.0)
_ROUNDS = np.float32(3 << 22)
"""Added to a small number: the last bits are then the nearest whole one, in two's complement."""
_ROOF_FACES_UP = 0.35
"""A face whose unit normal rises more than this is a roof, where the data does not say what is what."""
_FLOOR_FACES_UP = -0.9
"""And one that rises less is a floor."""
_BY_SLOPE = np.array([SurfaceClass.FLOOR, SurfaceClass.WALL, SurfaceClass.ROOF], np.uint8)


@dataclass(frozen=True, eq=False)
class Part:
    """One mesh's arrays, before meshes are joined."""

    positions: NDArray[np.float32]
    """(n, 3) from the tile's centre, lying by axis in memory."""
    normals: NDArray[np.int8]
    """(n, 4) as in `PreparedMesh`."""
    colours: NDArray[np.uint8]
    surface_class: NDArray[np.uint8]
    feature_index: NDArray[np.uint32]
    triangles: NDArray[np.unsignedinteger]
    texture_coordinates: NDArray[np.float32] | None
    image: bytes | None
    image_use: ImageUse
    own_colours: bool
    shows_colours: bool
    """As in `PreparedMesh`."""
    outline: NDArray[np.uint32] | None
    """(k, 2) lines that the data gives; None: creases."""
    is_closed: bool = False
    """As in `Mesh`."""
    colours_are_linear: bool = False
    """As in `Mesh`."""


def part_of(moved: Moved, centre: NDArray[np.float64]) -> Part:
    """The arrays of a mesh in the world, as offsets from `centre`; those of `moved` are used up."""
    mesh, n = moved.mesh, moved.offsets.shape[1]
    features = np.full(n, NO_FEATURE, np.uint32) if mesh.feature_index is None else mesh.feature_index
    surfaces = _surfaces(mesh, moved.normals[2], features)
    textured = mesh.image is not None and mesh.texture_coordinates is not None
    colours, are_linear = _colours(mesh, surfaces, textured)
    positions = moved.offsets
    if moved.origin is not centre:
        positions += (moved.origin - centre).astype(np.float32)[:, None]
    return Part(
        positions=positions.T,
        normals=_eight_bits(moved.normals),
        colours=colours,
        surface_class=surfaces,
        feature_index=features,
        triangles=mesh.triangles,
        texture_coordinates=mesh.texture_coordinates if textured else None,
        image=mesh.image if textured else None,
        image_use=mesh.image_use if textured else PLAIN_USE,
        own_colours=mesh.colours is not None or mesh.base_colour != _WHITE,
        shows_colours=mesh.surface_class is None and mesh.base_colour != _WHITE,
        outline=np.zeros((0, 2), np.uint32) if mesh.unlit and mesh.outline is None else mesh.outline,
        is_closed=mesh.is_closed,
        colours_are_linear=are_linear,
    )


def _eight_bits(normals: NDArray[np.float32]) -> NDArray[np.int8]:
    """Unit normals (3, n) times 127, (n, 4); they are used up where nothing else holds them."""
    own = normals if normals.flags.owndata and normals.flags.c_contiguous else None
    scaled = np.multiply(normals, _LENGTH, out=own, order="C")
    scaled += _ROUNDS
    words = scaled.view(np.int32)
    words &= 0xFF
    x, y, z = words
    z <<= 8
    z |= y
    z <<= 8
    packed: NDArray[np.int8] = (z | x).view(np.int8).reshape(-1, 4)
    return packed


def _surfaces(mesh: Mesh, up: NDArray[np.float32], features: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """The data's classes; where it has none and is of features (buildings), by which way a face looks."""
    if mesh.surface_class is not None:
        return mesh.surface_class
    unknown = np.full(len(features), _UNKNOWN, np.uint8)
    if mesh.image is not None or mesh.colours is not None or mesh.unlit:
        return unknown
    step = (up > _ROOF_FACES_UP).view(np.uint8) - (up < _FLOOR_FACES_UP).view(np.uint8)
    step += np.uint8(1)
    by_slope: NDArray[np.uint8] = _BY_SLOPE.take(step)  # numpy takes three times as long to choose by truth
    if len(features) and int(features.max()) == NO_FEATURE:
        np.copyto(by_slope, unknown, where=features == NO_FEATURE)
    return by_slope


def _colours(mesh: Mesh, surfaces: NDArray[np.uint8], textured: bool) -> tuple[NDArray[np.uint8], bool]:
    """Colours, and whether they are linear still."""
    if mesh.base_colour == _WHITE:
        if mesh.colours is not None:
            return mesh.colours, mesh.colours_are_linear
        # those of vertices of a class say nothing: it has the palette's when it is drawn
        return np.broadcast_to(_WHITE_BYTES if textured else _PALETTE[_UNKNOWN], (len(surfaces), 4)), False
    factor = np.empty(4)
    factor[:3] = srgb_from_linear(np.array(mesh.base_colour[:3]))
    factor[3] = min(max(mesh.base_colour[3], 0.0), 1.0)
    if mesh.colours is None:
        return np.broadcast_to(np.round(factor * 255.0).astype(np.uint8), (len(surfaces), 4)), False
    # The product of sRGB values stands in for that of linear ones: near enough for a tint.
    colours = srgb_of_linear()(mesh.colours) if mesh.colours_are_linear else mesh.colours
    return np.round(colours * factor).astype(np.uint8), False


def by_texture(parts: Sequence[Part]) -> list[list[Part]]:
    """Parts that are drawn together: with the same photograph, or with none; closed ones come first."""
    groups: dict[tuple[bytes | None, ImageUse, bool, bool], list[Part]] = {}
    for part in sorted(parts, key=lambda part: not part.is_closed):
        groups.setdefault((part.image, part.image_use, part.own_colours, part.shows_colours), []).append(part)
    return list(groups.values())


def finished(
    group: Sequence[Part], *, with_edges: bool, shortest_edge: float, problems: list[str], finest_m: float = 0.0
) -> PreparedMesh:
    """The parts of one group joined, with their edge lines; a photograph that is broken is a problem to be told.

    `finest_m`: see `photo_for`.
    """
    first = accumulate((len(part.positions) for part in group), initial=0)
    positions = _joined([part.positions for part in group])
    surfaces = _joined([part.surface_class for part in group])
    meshes = [
        (part.triangles.astype(np.uint32) + np.uint32(n) if n else part.triangles, _moved(part.outline, n))
        for part, n in zip(group, first, strict=False)
    ]
    triangles = _joined([rows for rows, _outline in meshes])
    coordinates = [part.texture_coordinates for part in group if part.texture_coordinates is not None]
    photo, sharper = _photo(group, problems, finest_m)
    are_linear = all(part.colours_are_linear for part in group)
    lined = meshes if photo is None else [mesh for mesh in meshes if mesh[1] is not None]  # no creases on photographs
    return PreparedMesh(
        positions=positions,
        normals=_joined([part.normals for part in group]),
        colours=_joined([part.colours if are_linear else _srgb(part) for part in group]),
        surface_class=surfaces,
        feature_index=_joined([part.feature_index for part in group]),
        triangles=np.ascontiguousarray(triangles),
        edges=given_or_creases(positions, lined, surfaces, shortest_edge) if with_edges and lined else None,
        texture_coordinates=np.concatenate(coordinates) if coordinates and photo is not None else None,
        photo=photo,
        sharper=sharper,
        image_use=group[0].image_use,
        has_own_colours=group[0].own_colours,
        shows_colours=group[0].shows_colours,
        n_closed=sum(len(part.triangles) for part in group if part.is_closed),
        colours_are_linear=are_linear,
    )


def _srgb(part: Part) -> NDArray[np.uint8]:
    return srgb_of_linear()(part.colours) if part.colours_are_linear else part.colours


def _joined(arrays: Sequence[NDArray[_Scalar]]) -> NDArray[_Scalar]:
    """One after the other; a single one as it is."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _moved(outline: NDArray[np.uint32] | None, n: int) -> NDArray[np.uint32] | None:
    return None if outline is None else outline + np.uint32(n)


def _photo(
    group: Sequence[Part], problems: list[str], finest_m: float
) -> tuple[NDArray[np.uint8] | None, SharperPhoto | None]:
    """The photograph of a group of meshes; a broken one is a problem to be told, and the meshes stay plain."""
    image = group[0].image
    if image is None:
        return None, None
    try:
        return photo_for(image, _metres_a_unit(group), finest_m, group[0].image_use)
    except ContentError as error:
        problems.append(str(error))
        return None, None


def _metres_a_unit(group: Sequence[Part]) -> float:
    """Size on the surface of one unit of texture coordinates, over all triangles; infinite where there is none. [m]"""
    surface = texture = 0.0
    for part in group:
        if part.texture_coordinates is not None:
            a, b, c = (part.positions[part.triangles[:, i]].astype(np.float64) for i in range(3))
            surface += float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum())
            a, b, c = (part.texture_coordinates[part.triangles[:, i]].astype(np.float64) for i in range(3))
            (x, y), (z, w) = (b - a).T, (c - a).T
            texture += float(np.abs(x * w - y * z).sum())
    return sqrt(surface / texture) if texture > 0.0 else inf
