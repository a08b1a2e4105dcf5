"""Small tiles gathered in pages: one run of vertices, drawn by a call a kind instead of one a tile.

A tile of some dozens of triangles costs more to ask for than to draw. So tiles with few vertices share vertex buffers
(`Page`), and what of a page is in view is told by an index buffer that is written anew when that changes. Whoever needs
a tile by itself (some of its features are hidden or selected) takes it out again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera
from explorer.render.geometry import VERTEX
from explorer.render.index_pool import IndexPool
from explorer.render.line_reach import reach_of
from explorer.render.packing import LINE_KINDS, MOST_GATHERED, is_board
from explorer.render.page import CELL_M, GatheredTile, Page, write_rows
from explorer.render.tile_arrays import TileArrays
from explorer.render.tile_shaders import Kind, TileShaders
from explorer.streaming.columns import Columns


def is_small(tile: TileArrays) -> bool:
    """Whether a tile is one of those that are gathered: few vertices, and nothing but plain meshes."""
    if tile.instances or tile.points or tile.lines or not tile.meshes:
        return False
    rows = [getattr(mesh, "rows", None) for mesh in tile.meshes]
    n = sum(len(mesh.positions) if some is None else len(some) for mesh, some in zip(tile.meshes, rows, strict=True))
    return n <= MOST_GATHERED and not any(mesh.photo is not None or is_board(mesh) for mesh in tile.meshes)


_FIRST: tuple[Kind, ...] = ("surface", "edges")
"""The first kind of each pool (`PackedMesh.pooled`)."""


class Gathering:
    """All pages of a view, and which of their tiles are drawn. Main thread only.

    Each tile has a slot in tables of boxes, pages and indices, so that a frame is a few calls however many they are.
    """

    def __init__(self, parent: Any, *, casts_shadow: bool = True) -> None:
        self._parent = parent
        self._casts_shadow = casts_shadow
        self._pages: dict[tuple[int, ...], list[Page]] = {}
        """By square of the map and height."""
        self._numbered: dict[int, Page] = {}
        self._next_number = 0
        self._new: dict[GatheredTile, None] = {}
        """Tiles without a place yet, in their order."""
        self._slots = Columns({"middle": (np.float64, (3,)), "half": (np.float64, (3,)), "page": (np.int64, ())})
        self._free: list[int] = []
        self._pools = [IndexPool() for _first in _FIRST]
        self._first_kind = [np.zeros(0, np.int64) for _first in _FIRST]
        """(slots,) by pool: how many indices are of its first kind; the rest are of its second."""
        self._drawn: dict[str, set[int]] = {}
        """Numbers of pages that the last frame drew of each kind."""
        self._is_shown = np.zeros(0, bool)
        """(slots,) to be drawn, as far as it is in view."""
        self._shown = np.zeros(0, np.int64)
        """Slots of those, as of the last frame."""
        self._is_shown_new = False
        self._is_behind = np.zeros(0, bool)
        """(slots,) hidden by what stands in front."""
        self._seen: dict[str, NDArray[np.bool_]] = {}

    def add(self, tile: GatheredTile, shaders: TileShaders, origin: NDArray[np.float64]) -> None:
        """Take a tile in, not drawn yet. Those of a frame get their places together, once they are asked for."""
        self._shaders, self._origin = shaders, origin
        self._new[tile] = None

    def _settle(self) -> None:
        """Give new tiles their places, by a few calls for all of them."""
        if not self._new:
            return
        tiles, self._new = list(self._new), {}
        for tile, cell in zip(tiles, _cells(tiles), strict=True):
            self._page_with_room(tile, cell)
        write_rows(tiles)
        self._register(tiles)

    def _page_with_room(self, tile: GatheredTile, cell: tuple[int, ...]) -> None:
        pages = self._pages.setdefault(cell, [])
        if any(page.add(tile) for page in reversed(pages)):
            return
        page = Page(self._parent, (np.array(cell) + np.array((0.5, 0.5, 0.0))) * CELL_M, self._shaders)
        page.number, self._next_number = self._next_number, self._next_number + 1
        page.place(self._origin)
        page.add(tile)
        pages.append(page)
        self._numbered[page.number] = page

    def _register(self, tiles: Sequence[GatheredTile]) -> None:
        lacking = len(tiles) - len(self._free)
        if lacking > 0:
            n = len(self._slots)
            self._slots.append(max(n, 64, lacking))
            self._free += range(len(self._slots) - 1, n - 1, -1)
            more = np.zeros(len(self._slots) - n, np.int64)
            self._first_kind = [np.concatenate([array, more]) for array in self._first_kind]
            self._is_shown = np.concatenate([self._is_shown, more.astype(bool)])
            self._is_behind = np.concatenate([self._is_behind, more.astype(bool)])
        for tile in tiles:
            tile.slot = self._free.pop()
        slots = np.array([tile.slot for tile in tiles], np.int64)
        lo, hi = np.array([tile.lo for tile in tiles]).T, np.array([tile.hi for tile in tiles]).T
        self._slots["middle"][:, slots], self._slots["half"][:, slots] = (lo + hi) / 2.0, (hi - lo) / 2.0
        self._slots["page"][slots] = [cast(Page, tile.page).number for tile in tiles]
        starts = np.array([tile.start for tile in tiles], np.uint16)
        for pool, first_kind, parts in zip(
            self._pools, self._first_kind, zip(*(tile.mesh.pooled for tile in tiles), strict=True), strict=True
        ):
            first_kind[slots] = [n_first for _all, n_first in parts]
            count = np.array([len(indices) for indices, _n_first in parts], np.int64)
            flat = np.concatenate([indices for indices, _n_first in parts])
            pool.put(slots, count, flat + np.repeat(starts, count))  # a page has fewer rows than two bytes can name

    def remove(self, tile: GatheredTile) -> None:
        """Let a tile go; an empty page goes, too."""
        self._new.pop(tile, None)
        page = tile.page
        if page is None:
            return
        page.remove(tile)
        self._is_shown_new = True  # its rows may be another tile's from now on
        self._is_shown[tile.slot] = self._is_behind[tile.slot] = False
        self._free.append(tile.slot)
        for pool in self._pools:
            pool.drop(tile.slot)
        if page.tiles:
            return
        page.release()
        del self._numbered[page.number]
        (cell,) = _cells([tile])
        pages = self._pages[cell]
        pages.remove(page)
        if not pages:
            del self._pages[cell]
        for drawn in self._drawn.values():
            drawn.discard(page.number)

    def change(self, come: Sequence[GatheredTile], go: Sequence[GatheredTile]) -> None:
        """Draw these, as far as they are in view, and those no more."""
        self._settle()
        self._is_shown[[tile.slot for tile in go if tile.slot >= 0]] = False
        self._is_shown[[tile.slot for tile in come]] = True
        self._is_shown_new = True

    def hide_behind(self, tiles: Sequence[GatheredTile]) -> None:
        """Leave these out of the picture, but not of the shadows, and no others."""
        self._settle()
        self._is_behind[:] = False
        self._is_behind[[tile.slot for tile in tiles]] = True

    def look(self, camera: Camera) -> None:
        """Bring what is drawn up to date for a frame from here."""
        self._settle()
        if self._is_shown_new:
            self._shown = np.flatnonzero(self._is_shown)
            if self._casts_shadow:
                self._draw("shade", self._shown)
        if not self._pages:
            self._is_shown_new = False
            return
        middle = self._slots["middle"].take(self._shown, axis=1)
        half = self._slots["half"].take(self._shown, axis=1)
        planes = camera.frustum_planes()
        inside = planes[:, :3] @ middle + planes[:, 3:] + np.abs(planes[:, :3]) @ half
        seen: NDArray[np.bool_] = np.asarray(inside.min(axis=0, initial=np.inf) >= 0.0)
        seen &= ~self._is_behind[self._shown]
        away = middle - np.asarray(camera.position)[:, None]
        distance = np.sqrt(np.einsum("cn,cn->n", away, away))
        radius = np.sqrt(np.einsum("cn,cn->n", half, half))
        order = np.argsort(distance)
        for kind in ("surface", "water", *LINE_KINDS):
            wanted: NDArray[np.bool_] = seen
            if kind in LINE_KINDS:
                wanted = seen & (distance < reach_of(kind, self._shaders)[2] + radius)
            before = self._seen.get(kind)
            if not self._is_shown_new and before is not None and np.array_equal(before, wanted):
                continue
            self._seen[kind] = wanted
            # near ones first: what they hide is then not shaded
            self._draw(kind, self._shown[order[wanted[order]]])
        self._is_shown_new = False

    def _draw(self, kind: str, slots: NDArray[np.int64]) -> None:
        """Have pages draw these tiles' rows of a kind, in this order."""
        pool, start, count = self._runs(kind, slots)
        having = np.flatnonzero(count)
        numbers = self._slots["page"][slots[having]]
        by_page = np.argsort(numbers, kind="stable")
        having, numbers = having[by_page], numbers[by_page]
        flat = pool.taken(start[having], count[having])
        ends = np.cumsum(count[having])
        last = np.flatnonzero(np.diff(numbers, append=-1))
        drawn: set[int] = set()
        begin = 0
        for number, end in zip(numbers[last].tolist(), ends[last].tolist(), strict=True):
            self._numbered[number].draw(kind, flat[begin:end])
            drawn.add(number)
            begin = end
        for number in self._drawn.get(kind, set()) - drawn:
            self._numbered[number].draw(kind, flat[:0])
        self._drawn[kind] = drawn

    def _runs(self, kind: str, slots: NDArray[np.int64]) -> tuple[IndexPool, NDArray[np.int64], NDArray[np.int64]]:
        """Where the indices of a kind are."""
        which = 1 if kind in LINE_KINDS else 0
        pool, first = self._pools[which], self._first_kind[which][slots]
        start, count = pool.start[slots], pool.count[slots]
        if kind == "shade":
            return pool, start, count
        return (pool, start, first) if kind == _FIRST[which] else (pool, start + first, count - first)

    def _all_pages(self) -> Iterator[Page]:
        return chain.from_iterable(self._pages.values())

    def use(self, shaders: TileShaders) -> None:
        """Draw with these shaders."""
        self._shaders = shaders
        for page in self._all_pages():
            page.use(shaders)

    def place(self, origin: NDArray[np.float64]) -> None:
        """Stand relative to a new render origin."""
        for page in self._all_pages():
            page.place(origin)

    @property
    def n_geoms(self) -> int:
        """Draw calls of what is in view."""
        return sum(page.n_geoms for page in self._all_pages())

    @property
    def spare_bytes(self) -> int:
        """GPU bytes of pages that no tile takes."""
        return sum(page.runs.n_free * VERTEX.itemsize for page in self._all_pages())


def _cells(tiles: Sequence[GatheredTile]) -> list[tuple[int, ...]]:
    """Square of the map and height of each. Heights are around zero: one layer for below and above it."""
    cells = np.floor(np.array([tile.centre for tile in tiles]) / CELL_M + (0.0, 0.0, 0.5)).astype(int)
    return [tuple(cell) for cell in cells.tolist()]
