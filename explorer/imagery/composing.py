"""Squares of the map from tiles of a source, on a worker: resampled, laid over what is coarser, stacked by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.imagery.clipmap import CELL, Square
from explorer.imagery.grids import GridLevel, Tile, TileGrid
from explorer.imagery.pictures import Texels
from explorer.imagery.warp import Warp
from explorer.jobs import Progress

Rect = tuple[int, int, int, int]
"""First column, first row, end column, end row of a square's texels."""

_MOST_TEXELS = 8192
"""Side of what of a source is put together at once: more would mean that it has no level that is coarse enough."""
_FOUR_BANDS = "CMYK"
"""Pillow takes "RGBA" to be without alpha multiplied in, and would multiply it once more; any four bands will do."""


@dataclass(frozen=True)
class Page:
    """One square of one layer, as far as it came."""

    square: Square
    texels: Texels
    used: frozenset[Tile]
    """Tiles of the source that are in it."""


@dataclass(frozen=True)
class LayerRequest:
    """What of one layer is to be made. Frozen: a worker reads it while the main thread goes on."""

    layer_id: str
    grid: TileGrid
    warp: Warp
    opacity: float
    pages: Mapping[int, Page]
    """What was made before, by level."""
    wanted: Mapping[int, Sequence[Tile]]
    """Tiles of each square, by its level; a level that is not there takes what is coarser."""
    texels: Mapping[Tile, Texels | None]
    """Those of them that are here; None: known to be a hole."""


@dataclass(frozen=True)
class Composed:
    """All squares of a view, stacked."""

    squares: tuple[Square, ...]
    """Fine ones first."""
    texels: Texels
    """(squares, side, side, 4) red, green, blue times alpha, and alpha."""
    pages: Mapping[str, Mapping[int, Page]]
    """By layer and level, for the next time."""


def compose(squares: Sequence[Square], layers: Sequence[LayerRequest], progress: Progress) -> Composed:
    """Make all squares of all layers, the lowest layer first."""
    side = squares[0].side
    stack = np.zeros((len(squares), side, side, 4), np.uint8)
    pages: dict[str, dict[int, Page]] = {}
    for request in layers:
        made: dict[int, Page] = {}
        coarser: Page | None = None
        for square in reversed(squares):
            progress.check()
            coarser = made[square.level] = composed_page(square, request, coarser)
        pages[request.layer_id] = made
        for number, square in enumerate(squares):
            _lay_over(stack[number], made[square.level].texels, request.opacity)
    return Composed(tuple(squares), stack, pages)


def composed_page(square: Square, request: LayerRequest, coarser: Page | None) -> Page:
    """One square of one layer: what it was, moved; what came since; and below that what is coarser."""
    before = request.pages.get(square.level)
    wanted = request.wanted.get(square.level, ())
    there = frozenset(tile for tile in wanted if request.texels.get(tile) is not None)
    if before is not None and before.square == square and there <= before.used and not _is_pale(before, coarser):
        return before
    whole: Rect = (0, 0, square.side, square.side)
    texels = np.zeros((square.side, square.side, 4), np.uint8) if coarser is None else enlarged(coarser, square)
    if there:
        laid = resampled(square, whole, request.grid.levels[next(iter(there))[0]], request.warp, there, request.texels)
        if laid is not None:
            _lay_over(texels, laid, 1.0)
    return Page(square, texels, there)


def _is_pale(before: Page, coarser: Page | None) -> bool:
    """Whether something coarser may shine through it that was not there when it was made."""
    return coarser is not None and bool(before.texels[..., 3].min() < 255)


def enlarged(coarser: Page, square: Square) -> Texels:
    """What a coarser square shows of a finer one; nothing where it does not reach."""
    scale = square.texel / coarser.square.texel
    left = (square.west - coarser.square.west) / coarser.square.texel
    top = (coarser.square.north - square.north) / coarser.square.texel
    image = Image.frombuffer(_FOUR_BANDS, (coarser.square.side,) * 2, coarser.texels, "raw", _FOUR_BANDS, 0, 1)
    wide = square.side * scale
    quad = (left, top, left, top + wide, left + wide, top + wide, left + wide, top)
    made = image.transform((square.side,) * 2, Image.Transform.QUAD, quad, Image.Resampling.BILINEAR)
    return np.array(made)


def lattice(square: Square, rect: Rect) -> NDArray[np.float64]:
    """Easting and northing of the corners of a rectangle's cells, (rows + 1, columns + 1, 2)."""
    columns = np.arange(rect[0], rect[2] + 1, CELL)
    rows = np.arange(rect[1], rect[3] + 1, CELL)
    east, north = np.meshgrid(square.west + columns * square.texel, square.north - rows * square.texel)
    return np.stack([east, north], axis=-1)


def resampled(
    square: Square,
    rect: Rect,
    level: GridLevel,
    warp: Warp,
    tiles: frozenset[Tile],
    texels: Mapping[Tile, Texels | None],
) -> Texels | None:
    """A rectangle of a square out of tiles; None where they do not fit into memory, or nothing of them is there.

    Between the corners of cells the way to the source is taken as bilinear: over 64 texels two maps of the same place
    differ from that by less than a thousandth of a texel.
    """
    corners = lattice(square, rect)
    shape = corners.shape[:2]
    places = warp(corners.reshape(-1, 2))
    x, y = level.pixel(places[:, 0], places[:, 1])
    at = np.stack([x, y], axis=-1).reshape(*shape, 2)
    first_column, first_row = min(tile[1] for tile in tiles), min(tile[2] for tile in tiles)
    n_columns = max(tile[1] for tile in tiles) - first_column + 1
    n_rows = max(tile[2] for tile in tiles) - first_row + 1
    wide, high = n_columns * level.tile_width, n_rows * level.tile_height
    if max(wide, high) > _MOST_TEXELS:
        return None
    mosaic = np.zeros((high, wide, 4), np.uint8)
    for tile in tiles:
        here = texels[tile]
        assert here is not None
        left, top = (tile[1] - first_column) * level.tile_width, (tile[2] - first_row) * level.tile_height
        mosaic[top : top + level.tile_height, left : left + level.tile_width] = here
    at -= (first_column * level.tile_width, first_row * level.tile_height)
    mesh = list(_cells(at))
    if not mesh:
        return None
    image = Image.frombuffer(_FOUR_BANDS, (wide, high), mosaic, "raw", _FOUR_BANDS, 0, 1)
    size = (rect[2] - rect[0], rect[3] - rect[1])
    return np.asarray(image.transform(size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR))


def _cells(at: NDArray[np.float64]) -> list[tuple[Rect, tuple[float, ...]]]:
    """What each cell shows of the source: its texels, and the corners there, anticlockwise from the north-west."""
    found = []
    for row in range(at.shape[0] - 1):
        for column in range(at.shape[1] - 1):
            quad = (*at[row, column], *at[row + 1, column], *at[row + 1, column + 1], *at[row, column + 1])
            if np.isfinite(quad).all():
                box = (column * CELL, row * CELL, (column + 1) * CELL, (row + 1) * CELL)
                found.append((box, tuple(map(float, quad))))
    return found


def _lay_over(below: Texels, above: Texels, opacity: float) -> None:
    """Put a picture over another, in place."""
    if opacity <= 0.0:
        return
    least = int(above[..., 3].min())
    if opacity >= 1.0 and least == 255:
        below[:] = above
        return
    share = np.uint16(round(255.0 * min(opacity, 1.0)))
    for start in range(0, len(below), 128):  # strips: what is worked on stays in the processor's cache
        top = (above[start : start + 128].astype(np.uint16) * share + 127) // 255
        rest = below[start : start + 128].astype(np.uint16) * (255 - top[..., 3:])
        below[start : start + 128] = (top + (rest + 127) // 255).astype(np.uint8)
