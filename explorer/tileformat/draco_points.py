"""Point clouds compressed with Draco: attributes by the names of the feature table."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _

_HEADER = 11
_HAS_METADATA = 0x8000
_POINT_CLOUD = 0


@dataclass(frozen=True)
class DracoPoints:
    """What one Draco buffer holds of n points."""

    positions: NDArray[np.float64] | None
    """(n, 3) [m]"""
    attributes: dict[str, NDArray[Any]] = field(default_factory=dict)
    """(n, width) by name, as they are stored."""


def decode_draco_points(data: bytes, properties: dict[str, int], n: int) -> DracoPoints | str | None:
    """The attributes named in `properties` (Draco's own numbers, by name) of n points.

    A sentence where the buffer is broken or of another number of points; None where no decoder is installed.
    """
    try:
        import DracoPy
    except ImportError:
        return None
    if not _says(data, n):
        return _("is not a Draco point cloud of {n} points.").format(n=n)
    try:
        decoded = DracoPy.decode(data)
    except Exception as problem:  # whatever the decoder raises about a broken buffer
        return _("cannot be decompressed: {problem}").format(problem=problem)
    by_number = {int(one["unique_id"]): one["data"] for one in decoded.attributes}
    found: dict[str, NDArray[Any]] = {}
    for name, number in properties.items():
        values = by_number.get(number)
        if values is None:
            continue
        values = np.asarray(values)
        values = values.reshape(len(values), -1)
        if len(values) != n:
            return _("is not a Draco point cloud of {n} points.").format(n=n)
        found[name] = values
    positions = found.pop("POSITION", None)
    if positions is not None and positions.shape != (n, 3):
        return _("has no positions.")
    return DracoPoints(None if positions is None else positions.astype(np.float64), found)


def _says(data: bytes, n: int) -> bool:
    """Whether a buffer is a point cloud, and says that it has n points where that can be read at once.

    Asked before the decoder sees it, which makes room for as many as the buffer says (Draco bitstream 2.2, 4).
    """
    if len(data) < _HEADER + 4 or data[:5] != b"DRACO" or data[7] != _POINT_CLOUD:
        return False
    (flags,) = struct.unpack_from("<H", data, 9)
    return bool(flags & _HAS_METADATA) or struct.unpack_from("<i", data, _HEADER)[0] == n
