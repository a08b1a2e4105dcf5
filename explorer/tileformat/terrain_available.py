"""Which tiles a terrain has: as its layer.json says, and as tiles themselves tell of those below them.

Layers of the whole world do not list all: every tenth level or so (`metadataAvailability`) a tile has an extension that
tells which there are down to the next such level (quantized-mesh-1.0, section "Metadata"). Others say nothing of their
levels: then one way down through the middle of the area is tried.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from explorer.errors import ContentError, FetchError, NotThere
from explorer.tileformat.quantized_mesh import Rectangle, read_quantized_mesh
from explorer.tileformat.terrain_tiling import TerrainTiling, Tile

DEEPEST = 22
_MOST_ASKED = 256
"""Tiles of a level that are read to learn of finer ones; over more, what is known already has to do."""


@dataclass
class Available:
    """Which tiles there are: ranges (west, south, east, north) of columns and rows, by level."""

    ranges: dict[int, list[tuple[int, int, int, int]]] = field(default_factory=dict)

    def __contains__(self, tile: tuple[int, int, int]) -> bool:
        level, x, y = tile
        return any(w <= x <= e and s <= y <= n for w, s, e, n in self.ranges.get(level, ()))

    def has_below(self, tile: tuple[int, int, int]) -> bool:
        """Whether there is anything finer of a tile."""
        level, x, y = tile
        for finer, found in self.ranges.items():
            n = 1 << max(finer - level, 0)
            for west, south, east, north in found if finer > level else ():
                if west < (x + 1) * n and east >= x * n and south < (y + 1) * n and north >= y * n:
                    return True
        return False

    @property
    def deepest(self) -> int:
        return max((level for level, found in self.ranges.items() if found), default=-1)


def said_available(document: dict[str, Any], tiling: TerrainTiling) -> Available:
    """As the layer says; where it says nothing, every tile down to its last level within its bounds."""
    found = Available()
    listed = document.get("available")
    if isinstance(listed, list) and listed:
        for level, ranges in enumerate(listed[: DEEPEST + 1]):
            found.ranges[level] = list(_ranges(ranges))
        return found
    deepest = min(max(whole_number(document.get("maxzoom")) or 0, 0), DEEPEST)
    west, south, east, north = _bounds(document)
    for level in range(deepest + 1):
        w, s = (math.floor(value) for value in tiling.at(level, west, south))
        e, n = (math.ceil(value) - 1 for value in tiling.at(level, east, north))
        found.ranges[level] = [(w, s, e, n)]
    return found


def _ranges(listed: Any) -> Iterator[tuple[int, int, int, int]]:
    for one in listed if isinstance(listed, list) else ():
        said = [one.get(name) for name in ("startX", "startY", "endX", "endY")] if isinstance(one, dict) else []
        numbers = [number for number in map(whole_number, said) if number is not None]
        if len(numbers) == 4:
            yield numbers[0], numbers[1], numbers[2], numbers[3]


def whole_number(said: Any) -> int | None:
    """A whole number as makers of terrain write it: also as 15.0 or "15"; None: it is none."""
    if isinstance(said, str) and said.strip().isdecimal():
        return int(said)
    is_number = isinstance(said, (int, float)) and not isinstance(said, bool) and math.isfinite(said)
    return int(said) if is_number and said == int(said) else None


def _bounds(document: dict[str, Any]) -> tuple[float, float, float, float]:
    said = document.get("bounds")
    if (
        isinstance(said, list)
        and len(said) == 4
        and all(isinstance(v, (int, float)) and math.isfinite(v) for v in said)
    ):
        west, east = (min(max(float(v), -180.0), 180.0) for v in said[::2])
        south, north = (min(max(float(v), -90.0), 90.0) for v in said[1::2])
        return west, south, east, north
    return -180.0, -90.0, 180.0, 90.0


def learn_more(
    available: Available,
    document: dict[str, Any],
    tiling: TerrainTiling,
    area: Rectangle,
    read: Callable[[Tile], bytes],
) -> list[str]:
    """Add what tiles over an area tell of those below them, or which levels there are where the layer says nothing.

    Returns what went wrong, a sentence each.

    `read`: the bytes of a tile.
    """
    step = document.get("metadataAvailability")
    if not (document.get("available") or whole_number(document.get("maxzoom")) is not None or step):
        return _try_levels(available, document, tiling, area, read)
    step = whole_number(step)
    if step is None or not 0 < step <= DEEPEST:
        return []
    problems: list[str] = []
    for level in range(0, DEEPEST, step):
        columns, rows = tiling.span(area, level)
        if len(columns) * len(rows) > _MOST_ASKED or not available.ranges.get(level):
            break
        for tile in [(level, x, y) for x in columns for y in rows if (level, x, y) in available]:
            try:
                said = read_quantized_mesh(read(tile), "/".join(map(str, tile))).metadata
            except (FetchError, ContentError) as problem:
                problems.append(str(problem))
                continue
            for below, ranges in enumerate(_levels(said), level + 1):
                available.ranges.setdefault(below, []).extend(_ranges(ranges))
    return problems


def _levels(metadata: bytes) -> list[Any]:
    """Ranges by level, beginning with the one below the tile that says so."""
    if len(metadata) < 4:
        return []
    (length,) = struct.unpack_from("<I", metadata)
    try:
        said = json.loads(metadata[4 : 4 + length])
    except (ValueError, RecursionError):
        return []
    found = said.get("available") if isinstance(said, dict) else None
    return found[:DEEPEST] if isinstance(found, list) else []


def _try_levels(
    available: Available,
    document: dict[str, Any],
    tiling: TerrainTiling,
    area: Rectangle,
    read: Callable[[Tile], bytes],
) -> list[str]:
    """Of a layer that says nothing of its levels: those of which there is a tile in the middle of the area.

    Nothing more is asked for below the first that is missing, but for layers that begin at a deep level.
    """
    said = said_available({"bounds": document.get("bounds"), "maxzoom": DEEPEST}, tiling)
    lon, lat = (area.west + area.east) / 2.0, (area.south + area.north) / 2.0
    found: list[int] = []
    problems: list[str] = []
    for level in range(DEEPEST + 1):
        column, row = tiling.at(level, lon, lat)
        tile = (level, math.floor(column), math.floor(row))
        try:
            is_there = tile in said and bool(read(tile))
        except NotThere:
            is_there = False
        except FetchError as problem:
            problems.append(str(problem))
            break
        if is_there:
            found.append(level)
        elif found:
            break
    available.ranges = {level: said.ranges[level] for level in found} or available.ranges
    return problems
