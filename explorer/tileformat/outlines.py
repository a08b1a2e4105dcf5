"""Lines that a file asks to be drawn along the edges of its triangles.

Specification: CESIUM_primitive_outline (glTF 2.0 vendor extension).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers

NAME = "CESIUM_primitive_outline"


def read_outline(
    buffers: GltfBuffers, primitive: dict[str, Any], triangles: NDArray[np.integer], n: int, say: Callable[[str], None]
) -> NDArray[np.uint32] | None:
    """The lines of a primitive as pairs of its n vertices, (k, 2); None where it has none, or none that can be read.

    Lines at vertices that no triangle uses are left out. Signed indices, which glTF does not allow and the extension's
    own sample has, are read.
    """
    extensions = primitive.get("extensions")
    extension = extensions.get(NAME) if isinstance(extensions, dict) else None
    if not isinstance(extension, dict):
        return None
    try:
        stored = buffers.accessor(extension.get("indices"))
    except ContentError as problem:
        say(_("The outlines are left out: {problem}").format(problem=problem))
        return None
    if stored.dtype.kind not in "iu" or stored.shape[1] != 1:
        say(_("The outlines are left out: their indices are not whole numbers."))
        return None
    pairs = stored[: len(stored) // 2 * 2, 0].astype(np.int64).reshape(-1, 2)
    used = np.zeros(n, bool)
    used[triangles] = True
    inside = ((pairs >= 0) & (pairs < n)).all(axis=1)
    if not inside.all():
        say(_("{n} outlines name vertices that are not there; they are left out.").format(n=int((~inside).sum())))
    pairs = pairs[inside]
    lines: NDArray[np.uint32] = pairs[used[pairs].all(axis=1) & (pairs[:, 0] != pairs[:, 1])].astype(np.uint32)
    return lines
