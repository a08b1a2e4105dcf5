"""One layer's tiles and squares, and which of its tiles the squares of a view need."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.imagery.clipmap import Square, View
from explorer.imagery.composing import LayerRequest, Page, lattice
from explorer.imagery.grids import GridLevel, Tile
from explorer.imagery.sources import ImageSource
from explorer.imagery.tile_book import TileBook
from explorer.imagery.warp import Warp

_MOST_TILES = 96
"""Of one square: a source that would need more has no level that is coarse enough for it."""
_FINER = 1.2
"""A level may be coarser than a square's texels by this much."""
_TOO_COARSE = 2.4
"""… and where it is coarser by more, the square is made of its coarser neighbour."""
_MARGIN_M, _SLOPE = 30.0, 0.05
"""Ground so much higher or lower than the foot of the camera, and so much more by distance, still counts as in view."""
_LATTICE = 5
"""Places each way by which a box of the scene's map is found on the source's."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ShownLayer:
    """A layer as it is to be drawn."""

    id: str
    name: str
    source: ImageSource
    opacity: float = 1.0


@dataclass(frozen=True)
class _Needs:
    """Tiles of one square."""

    tiles: tuple[Tile, ...]
    boxes: FloatArray
    """(n, 4) west, south, east, north on the source's map."""


_NOTHING = _Needs((), np.zeros((0, 4)))


class LayerTiles:
    """One layer's tiles and squares."""

    def __init__(self, shown: ShownLayer, warp: Warp, book: TileBook, pixel_metres: float) -> None:
        self.shown, self.warp, self.book = shown, warp, book
        self.pages: Mapping[int, Page] = {}
        self.pixel_metres = pixel_metres
        """Metres of the scene's map that a unit of the source's is."""
        self.is_elsewhere = False
        """It covers nothing of the city."""
        self._needs: dict[Square, _Needs] = {}
        """Tiles of squares that were planned lately."""

    def finest(self) -> float:
        """Its smallest pixel. [m]"""
        return min(_pixel(level) for level in self.shown.source.grid.levels) * self.pixel_metres

    @property
    def news(self) -> dict[str, str]:
        """What went wrong, a sentence for each kind of thing."""
        if not self.is_elsewhere:
            return self.book.news
        text = _("The imagery “{name}” covers nothing of the city: is it of another place, or in another CRS?")
        return {"elsewhere": text.format(name=self.shown.name), **self.book.news}

    def meets(self, west: float, south: float, east: float, north: float) -> bool:
        """Whether any of it lies in a box of the scene's map."""
        on_map = np.meshgrid(np.linspace(west, east, _LATTICE), np.linspace(south, north, _LATTICE))
        places = self.warp(np.stack(on_map, axis=-1).reshape(-1, 2))
        places = places[np.isfinite(places).all(axis=1)]
        if not len(places):
            return False
        return self.shown.source.grid.meets(*places.min(axis=0).tolist(), *places.max(axis=0).tolist())

    def request(self, squares: Sequence[Square]) -> LayerRequest:
        """What workers are to make of it, of the tiles that are here."""
        wanted = {square.level: self._needs_of(square).tiles for square in squares}
        tiles = [tile for some in wanted.values() for tile in some]
        shown = self.shown
        return LayerRequest(
            shown.id, shown.source.grid, self.warp, shown.opacity, self.pages, wanted, self.book.texels(tiles)
        )

    def wanted(self, squares: Sequence[Square], view: View) -> list[Tile]:
        """Tiles in view, most urgent first: those of the coarsest squares, which show something soon; near to far."""
        needs = [self._needs_of(square) for square in reversed(squares)]
        tiles = [tile for some in needs for tile in some.tiles]
        if not tiles:
            return []
        boxes = np.concatenate([some.boxes for some in needs])
        rank = np.repeat(np.arange(len(needs)), [len(some.tiles) for some in needs])
        seen, distance = self._in_view(boxes, view)
        order = np.lexsort((distance, rank))
        return [tiles[i] for i in order[seen[order]]]

    def _needs_of(self, square: Square) -> _Needs:
        """Tiles of a square, in view or not; none where the source has no level that fits."""
        known = self._needs.get(square)
        if known is None:
            if len(self._needs) > 64:
                self._needs.clear()
            known = self._needs[square] = self._found_needs(square)
        return known

    def _found_needs(self, square: Square) -> _Needs:
        levels = self.shown.source.grid.levels
        fine = [i for i, level in enumerate(levels) if _pixel(level) * self.pixel_metres <= square.texel * _FINER]
        number = fine[0] if fine else len(levels) - 1
        level = levels[number]
        if not fine and _pixel(level) * self.pixel_metres > square.texel * _TOO_COARSE:
            return _NOTHING
        places = self.warp(lattice(square, (0, 0, square.side, square.side)).reshape(-1, 2))
        places = places[np.isfinite(places).all(axis=1)]
        if not len(places):
            return _NOTHING
        (west, south), (east, north) = places.min(axis=0).tolist(), places.max(axis=0).tolist()
        if level.count_within(west, south, east, north) > _MOST_TILES * max((square.side // 512) ** 2, 1):
            return _NOTHING
        found = list(level.tiles_within(west, south, east, north))
        boxes = np.array([level.box(*one) for one in found], np.float64).reshape(-1, 4)
        return _Needs(tuple((number, column, row) for column, row in found), boxes)

    def _in_view(self, boxes: FloatArray, view: View) -> tuple[NDArray[np.bool_], FloatArray]:
        """Which tiles have ground that the camera may see, and how far away it is. [m]"""
        middle, half = (boxes[:, :2] + boxes[:, 2:]) / 2.0, (boxes[:, 2:] - boxes[:, :2]) / 2.0
        at, reach = self._on_map(middle, half, view)
        away = at - (view.easting, view.northing)
        straight = np.hypot(away[:, 0], away[:, 1])
        around = np.hypot(reach[:, 0], reach[:, 1])
        planes = view.camera.frustum_planes()[:, :3]  # through the eye, or just before it
        foot = np.column_stack([away, np.full(len(away), -view.above_ground)])
        room = np.column_stack([around, around, _MARGIN_M + _SLOPE * straight])
        inside = foot @ planes.T + room @ np.abs(planes).T
        distance = np.maximum(straight - around, 0.0)
        return (inside >= 0.0).all(axis=1) & (distance <= view.reach), distance

    def _on_map(self, middle: FloatArray, half: FloatArray, view: View) -> tuple[FloatArray, FloatArray]:
        """Middles and half sizes of a source's tiles on the scene's map, near enough to tell what is in view."""
        if self.warp.source is None:
            return middle, half
        here = np.array([[view.easting, view.northing]])
        step = 1000.0
        points = here + np.array([[0.0, 0.0], [step, 0.0], [0.0, step]])
        there = self.warp(points)
        if not np.isfinite(there).all():
            return np.repeat(here, len(middle), axis=0), np.full(half.shape, np.inf)
        jacobian = np.linalg.inv(np.column_stack([there[1] - there[0], there[2] - there[0]]) / step)
        # the maps bend: a far tile is allowed to be a little elsewhere
        away = (middle - there[0]) @ jacobian.T
        slack = 0.02 * np.hypot(away[:, 0], away[:, 1])[:, None]
        return here + away, half @ np.abs(jacobian).T + slack


def _pixel(level: GridLevel) -> float:
    return math.sqrt(level.pixel_x * level.pixel_y)
