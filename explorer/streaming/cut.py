"""The part of a tile tree that selection looks at, kept from frame to frame.

Two frames that follow each other look at almost the same tiles. So their boxes are gathered once and stay side by side:
a frame is then a handful of numpy calls over all of them, and only where it goes deeper than the one before are rows
added. Rows that are not looked at any more stay until they are too many.

Rows come in waves, each of them below earlier ones. What goes from the root down or from the leaves up is reckoned wave
by wave, among *inner* rows alone, those with children: a quarter of all, or fewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera
from explorer.streaming.columns import Columns
from explorer.streaming.tree import TileTree

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_ROWS = {
    "tile": (np.int64, ()),
    "above": (np.int64, ()),  # inner row of the parent; the root's is its own
    "needed": (bool, ()),  # stands in for something that is drawn: must be ready though it may be out of view
    "has_content": (bool, ()),
    "depth": (np.int16, ()),
    "centre": (np.float64, (3,)),
    "half": (np.float32, (3, 3)),  # half axes
    "visible": (bool, ()),
}
_INNER = {
    "row": (np.int64, ()),
    "above": (np.int64, ()),
    "tile": (np.int64, ()),
    "needed": (bool, ()),
    "has_content": (bool, ()),
    "adds": (bool, ()),
    "expanded": (bool, ()),  # the children are rows, too
    "axes": (np.float32, (3, 3)),
    "lengths": (np.float32, (3,)),
    "error": (np.float32, ()),
    "error_px": (np.float32, ()),
    "refined": (bool, ()),  # it, and all above it
}
_MOST_WAVES = 32
"""Each costs some calls a frame; when there are more, rows are sorted by depth again."""
_MANY, _BLOCK = 4096, 64
"""From so many rows on, blocks of rows are looked at first: flat tilesets have tens of thousands of siblings."""
_SLACK_M = 0.01
"""Boxes this far out of view count as in view: float32 is no worse up to 100 km."""


class View:
    """What selection asks of a camera, reckoned once a frame."""

    def __init__(self, camera: Camera) -> None:
        planes = camera.frustum_planes()
        self.normals, self.offsets = np.ascontiguousarray(planes[:, :3].T), planes[:, 3]
        self.position = np.asarray(camera.position, np.float64)
        self.forward = camera.forward
        self.sse_factor = camera.sse_factor
        self.normals_32 = planes[:, :3].astype(np.float32)

    def looked_at(self, centre: NDArray[np.float64], radius: NDArray[np.float64]) -> NDArray[np.float64]:
        """How much what is in balls (n, 3), (n,) is looked at: 1 in the middle of the picture, 0.25 at 45°."""
        away = centre - self.position
        distance = np.sqrt(np.einsum("nc,nc->n", away, away))
        along = away @ self.forward + radius  # a ball reaches nearer to the middle than its own middle is
        cosine: NDArray[np.float64] = np.clip(along / np.maximum(distance, 1e-3), 0.0, 1.0)
        return cosine**4


class TileCut:
    """Rows for tiles, from the root down; see the top of this file."""

    def __init__(self, tree: TileTree) -> None:
        self._tree = tree
        self.rows, self.inner = Columns(_ROWS), Columns(_INNER)
        self.waves: list[slice] = []
        """Runs of inner rows."""
        self._blocks: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
        """Middles and half sizes, (3, b), of the boxes around `_BLOCK` rows each."""
        root = np.zeros(1, np.int64)
        self._add(root, root, np.zeros(1, bool), np.zeros(1, np.int64))

    def expand(self, inner: IntArray) -> tuple[int, int]:
        """Add the children of these inner rows; the numbers of rows and inner rows before."""
        before = len(self.rows), len(self.inner)
        tree, above = self._tree, self.inner
        above["expanded"][inner] = True
        tiles = above["tile"][inner]
        count = tree.child_count[tiles].astype(np.int64)
        starts = np.cumsum(count) - count
        children = np.repeat(tree.first_child[tiles] - starts, count) + np.arange(int(count.sum()))
        # A child is needed where it takes the place of something: its parent's content, or what that is needed for.
        replaces, own = ~above["adds"][inner], above["has_content"][inner]
        needed = (replaces & own) | (above["needed"][inner] & (replaces | ~own))
        depth = self.rows["depth"][above["row"][inner]] + 1
        parents, needed, depth = (np.repeat(array, count) for array in (inner, needed, depth))
        if len(children) > _MANY:  # neighbours become rows beside each other
            order = np.lexsort((_along_a_curve(tree.centre[children]), parents))
            children, parents, needed, depth = children[order], parents[order], needed[order], depth[order]
        self._add(children, parents, needed, depth)
        return before

    def see(self, views: Sequence[View], from_row: int = 0, from_inner: int = 0) -> None:
        """Work out what is in view, and of inner rows the largest screen-space error in any view that sees them."""
        rows, inner = self.rows, self.inner
        visible = rows["visible"][from_row:]
        visible[:] = False
        error_px = inner["error_px"][from_inner:]
        error_px[:] = 0.0
        of = inner["row"][from_inner:]
        centre = rows["centre"].take(of, axis=1)
        for view in views:
            inside = self._inside(view, from_row)
            visible |= inside
            if not len(of):
                continue
            away = (view.position[:, None] - centre).astype(np.float32)
            along = np.abs(np.einsum("acm,cm->am", inner["axes"][:, :, from_inner:], away))
            outside = np.maximum(along - inner["lengths"][:, from_inner:], 0.0)
            distance = np.sqrt(np.einsum("am,am->m", outside, outside))
            error = inner["error"][from_inner:] * np.float32(view.sse_factor) / np.maximum(distance, np.float32(1e-3))
            np.maximum(
                error_px, error if len(views) == 1 else np.where(inside[of - from_row], error, 0.0), out=error_px
            )

    def take_parts(self, tree: TileTree, tiles: Sequence[int]) -> None:
        """Go on with a tree that has more tiles, which hang below these; they have children now, and no content."""
        self._tree = tree
        rows = np.flatnonzero(np.isin(self.rows["tile"], list(tiles)))
        self.rows["has_content"][rows] = False
        self._add_inner(rows)

    def forget(self, reached: BoolArray) -> None:
        """Drop rows that were not reached, once they are two of three, and sort the others by depth."""
        n, n_reached = len(self.rows), int(np.count_nonzero(reached))
        if len(self.waves) <= _MOST_WAVES and (n <= 3 * n_reached or n <= 4 * _BLOCK):
            return
        rows, inner = self.rows, self.inner
        kept = np.flatnonzero(reached)
        kept = kept[np.argsort(rows["depth"][kept], kind="stable")]
        new_row = np.full(n, -1, np.int64)
        new_row[kept] = np.arange(len(kept))
        moved = new_row[inner["row"]]
        stays = np.flatnonzero(moved >= 0)
        stays = stays[np.argsort(moved[stays])]
        new_inner = np.full(len(inner), -1, np.int64)
        new_inner[stays] = np.arange(len(stays))
        inner["row"][:] = moved
        inner["above"][:] = new_inner[inner["above"]]
        inner["expanded"][:] &= inner["refined"]  # the children of the others are dropped
        inner.keep(stays)
        rows["above"][:] = new_inner[rows["above"]]
        rows.keep(kept)
        depth = rows["depth"][inner["row"]]
        ends = [0, *(np.flatnonzero(np.diff(depth)) + 1).tolist(), len(stays)]
        self.waves = [slice(start, end) for start, end in pairwise(ends) if end > start]
        self._blocks = None

    def refresh(self) -> None:
        """Take over boxes of the tree that have grown."""
        tree, rows, inner = self._tree, self.rows, self.inner
        tiles = rows["tile"]
        rows["half"][:] = _columns(tree.axes[tiles] * tree.half_lengths[tiles][:, :, None])
        inner["lengths"][:] = tree.half_lengths[inner["tile"]].T
        self._blocks = None

    def _add(self, tiles: IntArray, above: IntArray, needed: BoolArray, depth: NDArray[np.integer]) -> None:
        tree, n = self._tree, len(self.rows)
        axes, lengths, content = tree.axes[tiles], tree.half_lengths[tiles], tree.has_content[tiles]
        self.rows.append(
            len(tiles),
            tile=tiles,
            above=above,
            needed=needed,
            has_content=content,
            depth=depth,
            centre=tree.centre[tiles].T,
            half=_columns(axes * lengths[:, :, None]),
        )
        self._add_inner(n + np.flatnonzero(tree.child_count[tiles] > 0))

    def _add_inner(self, rows: IntArray) -> None:
        """Rows that have children are inner rows, too."""
        if not len(rows):
            return
        tree, m, tiles = self._tree, len(self.inner), self.rows["tile"][rows]
        self.inner.append(
            len(rows),
            row=rows,
            above=self.rows["above"][rows],
            tile=tiles,
            needed=self.rows["needed"][rows],
            has_content=tree.has_content[tiles],
            adds=tree.adds[tiles],
            axes=_columns(tree.axes[tiles]),
            lengths=tree.half_lengths[tiles].T,
            error=tree.geometric_error[tiles],
        )
        self.waves.append(slice(m, m + len(rows)))

    def _inside(self, view: View, from_row: int) -> BoolArray:
        rows = self.rows
        if len(rows) - from_row <= _MANY:
            return _in_view(view, rows["centre"][:, from_row:], rows["half"][:, :, from_row:])
        if self._blocks is None or len(rows) - self._blocks[0].shape[1] * _BLOCK > _MANY:
            self._blocks = _boxes_around(rows["centre"], rows["half"])
        middle, reach = self._blocks
        near = (view.normals.T @ middle + view.offsets[:, None] + np.abs(view.normals.T) @ reach).min(
            axis=0
        ) >= -_SLACK_M
        n_in_blocks = middle.shape[1] * _BLOCK
        near_rows = np.flatnonzero(np.repeat(near, _BLOCK))
        near_rows = np.concatenate([near_rows, np.arange(n_in_blocks, len(rows))])
        near_rows = near_rows[near_rows >= from_row]
        inside = np.zeros(len(rows) - from_row, bool)
        centre, half = rows["centre"].take(near_rows, axis=1), rows["half"].take(near_rows, axis=2)
        inside[near_rows - from_row] = _in_view(view, centre, half)
        return inside


def _in_view(view: View, centre: NDArray[np.float64], half: NDArray[np.float32]) -> BoolArray:
    """Whether boxes, middles (3, k) and half axes (3, 3, k), are inside all planes at least in part."""
    least = view.normals_32 @ (centre - view.position[:, None]).astype(np.float32)
    for axis in half:
        reach = view.normals_32 @ axis
        least += np.abs(reach, out=reach)
    inside: BoolArray = least.min(axis=0) >= -_SLACK_M  # all planes go through the eye
    return inside


def _columns(axes: NDArray[np.float64]) -> NDArray[np.float64]:
    """(k, 3, 3) axes, rows, as (3, 3, k): axis, then component."""
    return axes.transpose(1, 2, 0)


def _boxes_around(
    centre: NDArray[np.float64], half: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Boxes around each whole block of rows."""
    b = centre.shape[1] // _BLOCK
    whole = (3, b, _BLOCK)
    reach = np.abs(half).sum(axis=0)
    lo = (centre - reach)[:, : b * _BLOCK].reshape(whole).min(axis=2)
    hi = (centre + reach)[:, : b * _BLOCK].reshape(whole).max(axis=2)
    return (lo + hi) / 2.0, (hi - lo) / 2.0


def _along_a_curve(centre: NDArray[np.float64]) -> NDArray[np.int64]:
    """Places (k, 3) as numbers along a Z-order curve of 1024 × 1024 cells of the map."""
    lo, hi = centre[:, :2].min(axis=0), centre[:, :2].max(axis=0)
    cells = ((centre[:, :2] - lo) / np.maximum(hi - lo, 1e-9).max() * 1023.0).astype(np.int64)
    found = np.zeros(len(centre), np.int64)
    for bit in range(10):
        for axis in range(2):
            found |= ((cells[:, axis] >> bit) & 1) << (2 * bit + axis)
    return found
