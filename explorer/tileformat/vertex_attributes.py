"""Attributes of a glTF primitive's vertices: normals, colours, places in an image.

Khronos glTF 2.0 specification, section 3.7.2.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers
from explorer.tileformat.materials import Material
from explorer.tileformat.palette import srgb_from_linear


def read_normals(
    buffers: GltfBuffers, attributes: dict[str, Any], matrix: NDArray[np.float64], n: int, say: Callable[[str], None]
) -> NDArray[np.float32] | None:
    """Unit normals of n vertices, (n, 3), turned by the 4x4 that places them; None where there are none that fit."""
    if "NORMAL" not in attributes:
        return None
    normals = buffers.floats(attributes["NORMAL"])
    linear = matrix[:3, :3]
    if normals.shape != (n, 3) or abs(np.linalg.det(linear)) < 1e-30:
        say(_("Normals that do not fit their vertices are left out."))
        return None
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        normals = normals @ np.linalg.inv(linear)
        normals /= np.sqrt(np.einsum("ij,ij->i", normals, normals))[:, None]
    if not np.isfinite(normals).all():
        normals[~np.isfinite(normals).all(axis=1)] = (0.0, 0.0, 1.0)
    return normals.astype(np.float32)


def read_colours(
    buffers: GltfBuffers, attributes: dict[str, Any], n: int, say: Callable[[str], None]
) -> NDArray[np.uint8] | None:
    """sRGB with alpha of n vertices, (n, 4); None where there are none that fit."""
    if "COLOR_0" not in attributes:
        return None
    linear = buffers.floats(attributes["COLOR_0"])
    stored = buffers.accessor(attributes["COLOR_0"]).dtype
    if stored.kind == "u" and linear.max(initial=0.0) > 1.0:  # glTF 3.7.2.1 wants them normalised
        say(_("Colours are whole numbers and do not say that they are normalised; they are taken to be."))
        linear /= float(np.iinfo(stored).max)
    if len(linear) != n or linear.shape[1] not in (3, 4):
        say(_("Colours that do not fit their vertices are left out."))
        return None
    colours = np.full((n, 4), 255, np.uint8)
    linear = np.nan_to_num(linear, nan=1.0)
    colours[:, :3] = np.round(srgb_from_linear(linear[:, :3]) * 255.0)
    if linear.shape[1] == 4:
        colours[:, 3] = np.round(np.clip(linear[:, 3], 0.0, 1.0) * 255.0)
    return colours


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
