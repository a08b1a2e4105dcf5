"""Templates that are trees: told by a green crown over a brown stem, so that they look like those of the model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.streaming.photos import decode_photo
from explorer.tileformat import Mesh, SurfaceClass
from explorer.tileformat.palette import srgb_from_linear
from explorer.tileformat.texels import wrapped

PALETTE_PX = 64
"""A picture no larger than this on a template is a box of paints: each face has one colour of it. [px]"""
_LEAST_GREEN = 0.25
"""Share of a tree's vertices that are in its crown, at least."""


def with_plain_colours(mesh: Mesh) -> Mesh:
    """The mesh with colours at its vertices instead of a tiny picture; any other stays as it is."""
    if mesh.image is None or mesh.texture_coordinates is None:
        return mesh
    try:
        picture = decode_photo(mesh.image, use=mesh.image_use)
    except ContentError:
        return mesh  # told about where pictures are read
    rows, columns = picture.shape[:2]
    if max(rows, columns) > PALETTE_PX or not (picture[:, :, 3] == 255).all():
        return mesh
    column, row = (
        wrapped(place, size, wrap)
        for place, size, wrap in zip(
            mesh.texture_coordinates.astype(np.float64).T, (columns, rows), mesh.image_use.wraps, strict=True
        )
    )
    texels = picture[row, column]
    return replace(mesh, colours=texels[:, [2, 1, 0, 3]].copy(), image=None, texture_coordinates=None)


def as_model_trees(meshes: tuple[Mesh, ...]) -> tuple[Mesh, ...]:
    """The template's meshes with crown and stem as surface classes where it is a tree; else as they are."""
    if any(mesh.surface_class is not None or not len(mesh.positions) for mesh in meshes):
        return meshes
    colours = [_plain_colours(mesh) for mesh in meshes]
    known = [(mesh, found) for mesh, found in zip(meshes, colours, strict=True) if found is not None]
    if not known:
        return meshes
    shown = np.concatenate([found for _mesh, found in known])
    heights = np.concatenate([mesh.positions[:, 2] for mesh, _found in known])
    crown, stem = _green(shown), _brown(shown)
    if crown.mean() < _LEAST_GREEN or not stem.any() or heights[stem].mean() >= heights[crown].mean():
        return meshes
    return tuple(
        mesh if found is None else replace(mesh, surface_class=_classes(found))
        for mesh, found in zip(meshes, colours, strict=True)
    )


def _plain_colours(mesh: Mesh) -> NDArray[np.float64] | None:
    """(n, 3) sRGB 0 to 1, None where a picture decides."""
    if mesh.image is not None:
        return None
    factor = srgb_from_linear(np.array(mesh.base_colour[:3]))
    own = np.ones((len(mesh.positions), 3)) if mesh.colours is None else mesh.colours[:, :3] / 255.0
    return np.asarray(own * factor)


def _classes(colours: NDArray[np.float64]) -> NDArray[np.uint8]:
    classes = np.full(len(colours), SurfaceClass.UNKNOWN, np.uint8)
    classes[_brown(colours)] = SurfaceClass.TRUNK
    classes[_green(colours)] = SurfaceClass.TREE
    return classes


def _green(colours: NDArray[np.float64]) -> NDArray[np.bool_]:
    r, g, b = colours.T
    return np.asarray((g > 1.08 * r) & (g > 1.15 * b) & (g > 0.12))


def _brown(colours: NDArray[np.float64]) -> NDArray[np.bool_]:
    r, g, b = colours.T
    return np.asarray((r >= g) & (g > 1.05 * b) & (r > 1.15 * b) & (r < 0.85))
