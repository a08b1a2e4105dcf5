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
from explorer.render.page import CELL_M, GatheredTile, Page
from explorer.render.tile_shaders import Kind, TileShaders
from explorer.render.tile_view import DETAIL_REACH, EDGE_REACH, TileArrays

MOST_VERTICES = 1024
"""Of a tile that is gathered; larger ones are worth a call of their own."""


def is_small(tile: TileArrays) -> bool:
    """Whether a tile is one of those that are gathered: few vertices, and nothing but plain meshes."""
    if tile.instances or tile.points or tile.lines or not tile.meshes:
        return False
    rows = [getattr(mesh, "rows", None) for mesh in tile.meshes]
    n = sum(len(mesh.positions) if some is None else len(some) for mesh, some in zip(tile.meshes, rows, strict=True))
    return n <= MOST_VERTICES and all(mesh.photo is None for mesh in tile.meshes)


class Gathering:
    """All pages of a view, and which of their tiles are drawn. Main thread only."""

    def __init__(self, parent: Any, *, casts_shadow: bool = True) -> None:
        self._parent = parent
        self._casts_shadow = casts_shadow
        self._pages: dict[tuple[int, ...], list[Page]] = {}
        """By square of the map and height."""
        self._drawn: dict[str, set[Page]] = {}
        """Those that the last frame drew of each kind."""
        self._shown: list[GatheredTile] = []
        self._is_shown_new = False
        self._origin = np.zeros(3)
        self._boxes = (np.zeros((0, 3)), np.zeros((0, 3)))
        self._seen: dict[str, NDArray[np.bool_]] = {}

    def add(self, tile: GatheredTile, shaders: TileShaders, origin: NDArray[np.float64]) -> None:
        """Take a tile in, not drawn yet."""
        cell = _cell(tile)
        pages = self._pages.setdefault(cell, [])
        for page in reversed(pages):
            if page.add(tile):
                return
        page = Page(self._parent, (np.array(cell) + np.array((0.5, 0.5, 0.0))) * CELL_M, shaders)
        page.place(origin)
        page.add(tile)
        pages.append(page)

    def remove(self, tile: GatheredTile) -> None:
        """Let a tile go; an empty page goes, too."""
        page = tile.page
        if page is None:
            return
        page.remove(tile)
        self._is_shown_new = True  # its rows may be another tile's from now on
        if page.tiles:
            return
        page.release()
        pages = self._pages[cell := _cell(tile)]
        pages.remove(page)
        if not pages:
            del self._pages[cell]
        for drawn in self._drawn.values():
            drawn.discard(page)

    def show(self, tiles: Sequence[GatheredTile]) -> None:
        """Draw exactly these, as far as they are in view."""
        self._shown = list(tiles)
        self._is_shown_new = True

    def look(self, camera: Camera) -> None:
        """Bring what is drawn up to date for a frame from here."""
        if self._is_shown_new:
            self._shown = [tile for tile in self._shown if tile.page is not None]
            n = len(self._shown)
            lo = np.array([tile.lo for tile in self._shown]).reshape(n, 3)
            hi = np.array([tile.hi for tile in self._shown]).reshape(n, 3)
            self._boxes = ((lo + hi) / 2.0, (hi - lo) / 2.0)
            if self._casts_shadow:
                self._draw("shade", self._shown)
        if not self._pages:
            self._is_shown_new = False
            return
        middle, half = self._boxes
        planes = camera.frustum_planes()
        inside = middle @ planes[:, :3].T + planes[:, 3] + half @ np.abs(planes[:, :3]).T
        seen: NDArray[np.bool_] = np.asarray(inside.min(axis=1, initial=np.inf) >= 0.0)
        distance = np.linalg.norm(middle - np.asarray(camera.position), axis=1)
        radius = np.linalg.norm(half, axis=1)
        order = np.argsort(distance)
        wanted: NDArray[np.bool_]
        for kind, reach in (("surface", None), ("water", None), ("edges", EDGE_REACH[2]), ("details", DETAIL_REACH[2])):
            wanted = np.asarray(seen if reach is None else seen & (distance < reach + radius))
            before = self._seen.get(kind)
            if not self._is_shown_new and before is not None and np.array_equal(before, wanted):
                continue
            self._seen[kind] = wanted
            # near ones first: what they hide is then not shaded
            self._draw(kind, [self._shown[i] for i in order[wanted[order]].tolist()])
        self._is_shown_new = False

    def _draw(self, kind: str, tiles: Sequence[GatheredTile]) -> None:
        by_page: dict[Page, list[NDArray[np.uint32]]] = {}
        for tile in tiles:
            assert tile.page is not None
            indices = tile.solid if kind == "shade" else tile.indices.get(cast(Kind, kind))
            if indices is not None:
                by_page.setdefault(tile.page, []).append(indices)
        for page in self._drawn.get(kind, set()) - by_page.keys():
            page.draw(kind, ())
        for page, some in by_page.items():
            page.draw(kind, some)
        self._drawn[kind] = set(by_page)

    def _all_pages(self) -> Iterator[Page]:
        return chain.from_iterable(self._pages.values())

    def use(self, shaders: TileShaders) -> None:
        """Draw with these shaders."""
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


def _cell(tile: GatheredTile) -> tuple[int, ...]:
    """Heights are around zero: one layer for below and above it."""
    return tuple(np.floor(tile.centre / CELL_M + (0.0, 0.0, 0.5)).astype(int).tolist())
