"""Attributes of a glTF primitive's vertices: normals, colours, places in an image.

Khronos glTF 2.0 specification, section 3.7.2.1.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers
from explorer.tileformat.byte_colours import srgb_of_linear
from explorer.tileformat.materials import Material
from explorer.tileformat.palette import srgb_from_linear, srgb_of_levels

_srgb_of_levels = cache(srgb_of_levels)


_IDENTITY = np.eye(3)
NEARLY_UNIT = 2e-3
"""Squares of lengths this near to 1 are those of unit normals: they end as eight bits."""


def read_normals(
    buffers: GltfBuffers,
    attributes: dict[str, Any],
    matrix: NDArray[np.float64],
    n: int,
    say: Callable[[str], None],
    *,
    as_stored: bool = False,
) -> NDArray[np.float32] | None:
    """Unit normals of n vertices, (n, 3), turned by the 4x4 that places them; None where there are none that fit.

    `as_stored`: as they stand in the file, not turned, and of any length.
    """
    if "NORMAL" not in attributes:
        return None
    index = attributes["NORMAL"]
    normals = np.asarray(buffers.scaled(index)[0], np.float32) if as_stored else buffers.floats_32(index)
    linear = matrix[:3, :3]
    if normals.shape != (n, 3) or (not as_stored and abs(np.linalg.det(linear)) < 1e-30):
        say(_("Normals that do not fit their vertices are left out."))
        return None
    return normals if as_stored else turned_normals(normals, matrix)


def turned_normals(stored: NDArray[np.floating], matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """Normals (n, 3) turned by the 4x4 that places their vertices, and made unit; up, where they cannot be."""
    linear = matrix[:3, :3]
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        normals = np.asarray(stored, np.float32)
        if not np.array_equal(linear, _IDENTITY):
            normals = normals @ np.linalg.inv(linear).astype(np.float32)
        squares = np.einsum("ij,ij->i", normals, normals)
        if not np.abs(squares - 1.0).max(initial=0.0) < NEARLY_UNIT:
            normals = normals / np.sqrt(squares)[:, None]
    if not np.isfinite(normals).all():
        normals = normals.copy()
        normals[~np.isfinite(normals).all(axis=1)] = (0.0, 0.0, 1.0)
    return normals


def read_colours(
    buffers: GltfBuffers, attributes: dict[str, Any], n: int, say: Callable[[str], None]
) -> NDArray[np.uint8] | None:
    """sRGB with alpha of n vertices, (n, 4); None where there are none that fit."""
    found, are_linear = stored_colours(buffers, attributes, n, say)
    return srgb_of_linear()(found) if found is not None and are_linear else found


def stored_colours(
    buffers: GltfBuffers, attributes: dict[str, Any], n: int, say: Callable[[str], None]
) -> tuple[NDArray[np.uint8] | None, bool]:
    """The same (n, 4), and whether they are the file's own bytes of linear light instead, not to be written to."""
    if "COLOR_0" not in attributes:
        return None, False
    stored = buffers.accessor(attributes["COLOR_0"])
    is_normalised = bool(buffers.item("accessors", attributes["COLOR_0"]).get("normalized"))
    if stored.dtype.kind == "u" and not is_normalised and stored.max(initial=0) > 1:  # glTF 3.7.2.1
        say(_("Colours are whole numbers and do not say that they are normalised; they are taken to be."))
        is_normalised = True
    if len(stored) != n or stored.shape[1] not in (3, 4):
        say(_("Colours that do not fit their vertices are left out."))
        return None, False
    if is_normalised and stored.dtype == np.uint8 and stored.shape[1] == 4:
        return stored, True
    colours = np.full((n, 4), 255, np.uint8)
    if is_normalised and stored.dtype in (np.uint8, np.uint16):
        most = int(np.iinfo(stored.dtype).max)
        colours[:, :3] = _srgb_of_levels(most).take(stored[:, :3])
        if stored.shape[1] == 4:
            colours[:, 3] = np.round(stored[:, 3] / 257.0)
        return colours, False
    linear = np.nan_to_num(buffers.floats(attributes["COLOR_0"]), nan=1.0)
    colours[:, :3] = np.round(srgb_from_linear(linear[:, :3]) * 255.0)
    if linear.shape[1] == 4:
        colours[:, 3] = np.round(np.clip(linear[:, 3], 0.0, 1.0) * 255.0)
    return colours, False


def read_texture_coordinates(
    buffers: GltfBuffers, attributes: dict[str, Any], material: Material, n: int, say: Callable[[str], None]
) -> NDArray[np.float32] | None:
    """Places of n vertices in the material's image, (n, 2), moved as it says; None where there are none that fit."""
    name = f"TEXCOORD_{material.tex_coord}"
    if material.image is None or name not in attributes:
        return None
    found = buffers.floats(attributes[name])
    if found.shape != (n, 2):
        say(_("Texture coordinates that do not fit their vertices are left out."))
        return None
    if material.uv_matrix is not None:
        found = found @ material.uv_matrix[:, :2].T + material.uv_matrix[:, 2]
    return np.nan_to_num(found).astype(np.float32)
