"""Which tiles to draw and which to load: arrays in, arrays out. It never draws and never fetches.

A tile is refined where its geometric error, seen from the camera, is larger than the allowed number of pixels:
``error * height / (2 tan(fov / 2) * distance to its box)``, as all 3D Tiles viewers reckon.

Two promises, and how they are kept:

- *No holes where there was something.* A parent is drawn until all children that take its place are ready, those out of
  view included: turn the camera, and they are there. A child that failed is never ready, so its parent stays.
- *Detail on screen never vanishes because the camera moved.* Everything that was looked at on the way down (`visited`)
  counts as used and is kept, ancestors and siblings alike: whatever the next frame falls back on is still there.

The cost goes with the tiles that are looked at, not with the size of the tileset (`cut`); and once all of them are
here, with few calls: then nothing stands in for anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera
from explorer.streaming.cut import TileCut, View
from explorer.streaming.states import TileState
from explorer.streaming.tree import TileTree

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_READY, _FAILED = int(TileState.READY), int(TileState.FAILED)  # looking up enum members costs as much as an array call
_NONE = np.zeros(0, np.int64)
_SOON = 0.8
"""Tiles with so much of the allowed error may be refined soon."""
_LEAST_LOOKED_AT = 0.25


@dataclass(frozen=True, eq=False)
class Selection:
    """What one frame needs. All are tile rows."""

    render: IntArray
    """Ready tiles that are drawn, in view."""
    beyond: IntArray
    """Ready tiles that would be drawn if they were in view: they cast shadows into it."""
    load: IntArray
    """Tiles whose content is wanted and not here, most urgent first."""
    visited: IntArray
    """Tiles that this frame used or may fall back on: not to be unloaded."""


def select_tiles(
    tree: TileTree,
    cameras: Sequence[Camera],
    state: NDArray[np.uint8],
    *,
    max_screen_space_error: float = 16.0,
    must_refine: BoolArray | None = None,
) -> Selection:
    """One frame by itself; see `Selector.select`."""
    return Selector(tree).select(cameras, state, max_screen_space_error=max_screen_space_error, must_refine=must_refine)


@dataclass(eq=False)
class _Frame:
    """What holds for the rows of the cut in one frame. n rows."""

    states: NDArray[np.uint8]
    loaded: BoolArray
    shut: BoolArray | None
    """The camera is not where the tile may be asked for (viewerRequestVolume); None: no tile minds."""


class Selector:
    """Selection over one tree, frame after frame. It remembers which tiles it looked at, never what it found."""

    def __init__(self, tree: TileTree) -> None:
        self._tree = tree
        self._cut = TileCut(tree) if len(tree) else None

    def boxes_grew(self) -> None:
        """Boxes of the tree have changed."""
        if self._cut is not None:
            self._cut.refresh()

    def take_parts(self, tree: TileTree, tiles: Sequence[int]) -> None:
        """Go on with a tree that has more tiles, below these."""
        self._tree = tree
        if self._cut is not None:
            self._cut.take_parts(tree, tiles)

    def select(
        self,
        cameras: Sequence[Camera],
        state: NDArray[np.uint8],
        *,
        max_screen_space_error: float = 16.0,
        must_refine: BoolArray | None = None,
    ) -> Selection:
        """What a frame draws and loads.

        Parameters
        ----------
        cameras
            A tile is in view if any camera sees it, and refined if any of them asks for it.
        state
            (n,) of `TileState`.
        max_screen_space_error
            [px]
        must_refine
            (n,) tiles in view that are refined however far they are (`refine_towards`). Their own content is drawn only
            until their children are ready.
        """
        cut = self._cut
        if not cameras or cut is None:
            return Selection(_NONE, _NONE, _NONE, _NONE)
        views = [View(camera) for camera in cameras]
        frame = self._walk(cut, views, state, max_screen_space_error, must_refine)
        rows, inner = cut.rows, cut.inner
        reached = inner["refined"][rows["above"]] if len(inner) else np.ones(len(rows), bool)
        reached[0] = True
        missing = reached & rows["has_content"] & ~frame.loaded
        if frame.shut is None and not missing.any():
            shown = reached & frame.loaded
            shown[inner["row"][inner["refined"] & ~inner["adds"]]] = False
            load = _NONE
        else:
            shown = _shown(cut, frame, reached)
            missing &= (rows["visible"] | rows["needed"]) & (frame.states != _FAILED)
            if frame.shut is not None:
                missing &= ~frame.shut
            load = self._most_urgent_first(cut, views, np.flatnonzero(missing))
        visible, tiles = rows["visible"], rows["tile"]
        render, beyond = tiles[shown & visible], tiles[shown & ~visible]
        selection = Selection(*_by_content(self._tree, views, render, beyond), load, tiles[reached])
        cut.forget(reached)
        return selection

    def _walk(
        self,
        cut: TileCut,
        views: Sequence[View],
        state: NDArray[np.uint8],
        allowed_px: float,
        must_refine: BoolArray | None,
    ) -> _Frame:
        """Find out which rows are in view and refined, and add rows until none is missing."""
        from_row = from_inner = 0
        waves = cut.waves
        while True:
            cut.see(views, from_row, from_inner)
            inner = cut.inner
            states = state[cut.rows["tile"]]
            shut = self._shut(cut, views)
            self._refine(cut, states, shut, allowed_px, must_refine, from_inner)
            refined, above = inner["refined"], inner["above"]
            for wave in waves:
                if wave.start > 0:
                    refined[wave] &= refined[above[wave]]
            deeper = refined & ~inner["expanded"]
            if not deeper.any():
                break
            # rows that the next frames will ask for come along: what costs is that rows are added, not how many
            deeper |= ~inner["expanded"] & (inner["error_px"] > _SOON * allowed_px) & refined[above]
            n_waves = len(cut.waves)
            from_row, from_inner = cut.expand(np.flatnonzero(deeper))
            waves = cut.waves[n_waves:]
        loaded = states == _READY
        if shut is not None:
            cut.rows["visible"][:] &= ~shut
            loaded &= ~shut
        return _Frame(states, loaded, shut)

    def _refine(
        self,
        cut: TileCut,
        states: NDArray[np.uint8],
        shut: BoolArray | None,
        allowed_px: float,
        must_refine: BoolArray | None,
        from_inner: int,
    ) -> None:
        """Which inner rows are refined, were those above them refined."""
        inner = {name: cut.inner[name][from_inner:] for name in ("row", "tile", "needed", "has_content", "error_px")}
        visible = cut.rows["visible"][inner["row"]]
        wants = inner["error_px"] > allowed_px
        if must_refine is not None:
            wants |= must_refine[inner["tile"]]
        # What has nothing of its own to show, or cannot get it, is passed through; a needed one even out of view.
        passed = ~inner["has_content"] | (states[inner["row"]] == _FAILED)
        refined = (visible & (wants | passed)) | (inner["needed"] & passed)
        if shut is not None:
            refined &= ~shut[inner["row"]]
        cut.inner["refined"][from_inner:] = refined

    def _shut(self, cut: TileCut, views: Sequence[View]) -> BoolArray | None:
        """Tiles that no camera is in the request volume of: neither drawn, nor refined, nor loaded.

        One that would take its parent's place is not ready, so its parent stays.
        """
        request = self._tree.request
        if request is None:
            return None
        shut = ~np.any([request.hold(cut.rows["tile"], view.position) for view in views], axis=0)
        return shut if shut.any() else None

    def _most_urgent_first(self, cut: TileCut, views: Sequence[View], rows: IntArray) -> IntArray:
        """In view first; then what is too coarse by most now, which its parent's error tells (a leaf's own is 0).

        An error in the middle of the picture, where people look, counts for four times as much as one far beside it.
        """
        if not len(rows):
            return _NONE
        tree, tiles, visible = self._tree, cut.rows["tile"][rows], cut.rows["visible"][rows]
        nearest = np.full(len(rows), np.inf)
        looked_at = np.full(len(rows), _LEAST_LOOKED_AT)
        worst = np.zeros(len(rows))
        for view in views:
            along = np.abs(np.einsum("nij,nj->ni", tree.axes[tiles], view.position - tree.centre[tiles]))
            outside = np.maximum(along - tree.half_lengths[tiles], 0.0)
            distance = np.sqrt(np.einsum("ij,ij->i", outside, outside))
            nearest = np.minimum(nearest, distance)
            looked_at = np.maximum(looked_at, view.looked_at(tree.centre[tiles], tree.half_lengths[tiles].max(axis=1)))
            worst = np.maximum(worst, tree.geometric_error[tiles] * (view.sse_factor / np.maximum(distance, 1e-3)))
        above_px = np.full(len(rows), np.inf, np.float32)
        below = rows > 0
        above_px[below] = cut.inner["error_px"][cut.rows["above"][rows[below]]]
        return tiles[np.lexsort((tiles, nearest, -worst, -above_px * looked_at, ~visible))]


def _shown(cut: TileCut, frame: _Frame, reached: BoolArray) -> BoolArray:
    """Rows that are drawn, in view or not, while some are missing: each tile itself, or what takes its place."""
    rows, inner = cut.rows, cut.inner
    if not len(inner):
        return reached & frame.loaded
    descends = inner["refined"] & (inner["adds"] | _children_ready(cut, frame, reached) | ~frame.loaded[inner["row"]])
    for wave in cut.waves:
        if wave.start > 0:
            descends[wave] &= descends[inner["above"][wave]]
    shown: BoolArray = descends[rows["above"]] & frame.loaded
    shown[0] = frame.loaded[0]
    shown[inner["row"][descends & ~inner["adds"]]] = False
    return shown


def _children_ready(cut: TileCut, frame: _Frame, reached: BoolArray) -> BoolArray:
    """From the leaves up: inner rows whose place can be taken by what is below them."""
    rows, inner = cut.rows, cut.inner
    refined, row, above = inner["refined"], inner["row"], inner["above"]
    ready = frame.loaded | ~rows["has_content"]
    if frame.shut is not None:
        ready &= ~frame.shut
    counts = reached & (rows["needed"] | rows["visible"])
    children_ready = refined.copy()
    late = counts & ~ready
    late[row[refined]] = False  # these may be ready by what is below them
    late[0] = False
    children_ready[rows["above"][late]] = False
    loaded, counts, by_itself = frame.loaded[row], counts[row] & refined, inner["adds"] & inner["has_content"]
    for wave in reversed(cut.waves):
        if wave.start == 0:
            continue
        stands = np.where(by_itself[wave], loaded[wave], children_ready[wave] | loaded[wave])
        children_ready[above[wave][counts[wave] & ~stands]] = False
    return children_ready


def _by_content(tree: TileTree, views: Sequence[View], render: IntArray, beyond: IntArray) -> tuple[IntArray, IntArray]:
    """Of what is drawn, tiles whose content is out of view are drawn for their shadows alone."""
    if tree.content is None:
        return render, beyond
    seen = np.any([tree.content.seen(render, view.normals, view.offsets) for view in views], axis=0)
    return render[seen], np.concatenate([beyond, render[~seen]])
