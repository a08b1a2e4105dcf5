"""A page: vertices of many small tiles in one buffer, and the calls that draw those of them that are in view."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from explorer.render.geometry import VERTEX, geom_node, indexed_geom, tile_format, vertex_data
from explorer.render.line_reach import reach_of
from explorer.render.packing import LINE_KINDS, joined
from explorer.render.passes import LINES_MASK, NEAR_FIRST, PICK_MASK, SHADOW_MASK, VIEW_MASK
from explorer.render.runs import Runs
from explorer.render.tile_arrays import TileArrays, packed_meshes
from explorer.render.tile_shaders import Kind, TileShaders
from explorer.tileformat import NO_FEATURE

_PAGE_VERTICES = 16384
"""A page that changes is sent to the GPU whole, 390 kB."""
CELL_M = 4096.0
"""Tiles of a square of this size may share a page: float32 is then good to 0.2 mm."""
_NONE = np.zeros((0, 2), np.uint16)


class GatheredTile:
    """One tile in a page: what a view of a tile must know, without nodes of its own."""

    has_photo = False
    has_points = False
    stays_in_boxes = True

    def __init__(self, key: Hashable, tile: TileArrays, id_base: int) -> None:
        meshes = packed_meshes(tile)
        self.mesh = meshes[0] if len(meshes) == 1 else joined(meshes)[0]
        self.key, self.tile, self.id_base = key, tile, id_base
        self.features = tile.features
        self.centre = np.asarray(tile.centre, np.float64)
        self.lo, self.hi = np.asarray(tile.lo, np.float64), np.asarray(tile.hi, np.float64)
        self.n_triangles = self.mesh.n_triangles
        self.size_bytes = self.mesh.size_bytes
        self.has_ground = self.mesh.has_ground
        self.n_vertices = len(self.mesh.rows)
        self.page: Page | None = None
        self.start = 0
        self.slot = -1
        """Its place in the tables of `Gathering`."""

    @property
    def boxes(self) -> NDArray[np.float64]:
        """As `boxes_in`: it is small."""
        return np.array([[self.lo, self.hi]])

    def feature_of(self, number: int) -> int | None:
        """The row of the feature with this number in the view; None for a surface without a feature."""
        row = number - self.id_base - 1
        return row if 0 <= row < len(self.features) else None

    def renumber(self, id_base: int) -> None:
        """Take another run of numbers of the view."""
        self.id_base = id_base
        if self.page is not None:
            write_rows([self])


def write_rows(tiles: Sequence[GatheredTile]) -> None:
    """Bring the vertices of tiles that have places in pages into those: offsets from there, features by their number
    in the view."""
    pages = [cast(Page, tile.page) for tile in tiles]
    count = [tile.n_vertices for tile in tiles]
    rows = np.concatenate([tile.mesh.rows for tile in tiles])
    away = np.array([tile.centre for tile in tiles]) - np.array([page.centre for page in pages])
    rows["position"] += np.repeat(away.astype(np.float32), count, axis=0)
    first = np.repeat(np.array([tile.id_base for tile in tiles], np.uint32), count)
    rows["feature"] = np.where(rows["feature"] == NO_FEATURE, first - np.uint32(1), rows["feature"] + first)
    flat = rows.view(np.uint8)
    ends = np.cumsum(count).tolist()
    begin = 0
    for i, (tile, page) in enumerate(zip(tiles, pages, strict=True)):
        start = tile.start - (ends[i] - tile.n_vertices - begin)  # of the run that begins with an earlier tile
        is_last = i + 1 == len(tiles)
        if is_last or pages[i + 1] is not page or tiles[i + 1].start != tile.start + tile.n_vertices:
            page.put(start, flat[begin * VERTEX.itemsize : ends[i] * VERTEX.itemsize])
            begin = ends[i]


class Page:
    """Vertices of many tiles, and what draws those of them that are in view."""

    def __init__(self, parent: Any, centre: NDArray[np.float64], shaders: TileShaders) -> None:
        self.centre = centre
        self.number = -1
        self.runs = Runs(_PAGE_VERTICES)
        self.tiles: set[GatheredTile] = set()
        self._data = vertex_data("page", np.zeros(_PAGE_VERTICES, VERTEX), tile_format())
        self.node = parent.attach_new_node("page")
        self.node.set_shader_input("id_base", 0)
        self._drawn: dict[str, tuple[Any, Any]] = {}
        """Node path and primitive, by kind, and "shade" for what casts shadow."""
        self._in_view: set[str] = set()
        """Kinds that draw anything now."""
        self._shaders = shaders

    def add(self, tile: GatheredTile) -> bool:
        """Give a tile a place, to be written to (`write_rows`); False where there is no room for it."""
        start = self.runs.take(tile.n_vertices)
        if start is None:
            return False
        tile.page, tile.start = self, start
        self.tiles.add(tile)
        return True

    def remove(self, tile: GatheredTile) -> None:
        """Give a tile's place to others; it is not drawn any more."""
        self.tiles.discard(tile)
        self.runs.give_back(tile.start, tile.n_vertices)
        tile.page = None

    def put(self, start: int, rows: NDArray[np.uint8]) -> None:
        """Bring the bytes of vertices into the buffer, from row `start` on."""
        first = start * VERTEX.itemsize
        memoryview(self._data.modify_array(0)).cast("B")[first : first + len(rows)] = rows.data

    def draw(self, kind: str, indices: NDArray[np.uint16]) -> None:
        """Draw these rows as triangles or lines of a kind; "shade": what casts shadow."""
        if not len(indices) and kind not in self._drawn:
            return
        path, primitive = self._drawn.get(kind) or self._begin(kind)
        if not len(indices):
            path.hide()
            self._in_view.discard(kind)
            return
        path.show()
        self._in_view.add(kind)
        array = primitive.modify_vertices()
        array.unclean_set_num_rows(len(indices))
        memoryview(array).cast("B")[:] = indices.data.cast("B")

    def use(self, shaders: TileShaders) -> None:
        """Draw with these shaders."""
        self._shaders = shaders
        for kind, (path, _primitive) in self._drawn.items():
            self._use(path, kind)

    def _use(self, path: Any, kind: str) -> None:
        path.set_shader(self._shaders.get("surface" if kind == "shade" else cast(Kind, kind)))
        if kind in LINE_KINDS:
            path.set_shader_input("edge_reach", reach_of(kind, self._shaders))

    def place(self, origin: NDArray[np.float64]) -> None:
        """Stand relative to a new render origin."""
        self.node.set_pos(*(self.centre - origin))

    def release(self) -> None:
        """Give its memory back."""
        self.node.remove_node()

    @property
    def n_geoms(self) -> int:
        """Draw calls of what is in view."""
        return len(self._in_view - {"shade"})

    def _begin(self, kind: str) -> tuple[Any, Any]:
        is_line = kind in LINE_KINDS
        geom = indexed_geom(self._data, _NONE, "lines" if is_line else "triangles")
        # tiles out of view are left out by us: the page itself is always in view
        reach = np.full(3, CELL_M)
        node = geom_node(kind, [geom], -reach, reach)
        path = self.node.attach_new_node(node)
        self._use(path, kind)
        if is_line:
            path.set_transparency(1)
            path.set_depth_write(False)
            path.set_bin("fixed", 10)
            path.hide(SHADOW_MASK | PICK_MASK)
        elif kind == "shade":
            path.hide(VIEW_MASK | PICK_MASK | LINES_MASK)
        else:
            path.set_bin(NEAR_FIRST, 0)
            path.hide(LINES_MASK | SHADOW_MASK)
        found = self._drawn[kind] = (path, node.modify_geom(0).modify_primitive(0))
        return found
