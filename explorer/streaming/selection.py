"""Which tiles to draw and which to load: arrays in, arrays out. It never draws and never fetches.

A tile is refined where its geometric error, seen from the camera, is larger than the allowed number of pixels:
``error * height / (2 tan(fov / 2) * distance to its box)``, as all 3D Tiles viewers reckon.

Two promises, and how they are kept:

- *No holes where there was something.* A parent is drawn until all children that take its place are ready, those out of
  view included: turn the camera, and they are there. A child that failed is never ready, so its parent stays.
- *Detail on screen never vanishes because the camera moved.* Everything that was looked at on the way down (`visited`)
  counts as used and is kept, ancestors and siblings alike: whatever the next frame falls back on is still there.

The tree is walked level by level; each level is one handful of numpy calls, so the cost goes with the depth of the tree
and the tiles in view, not with the size of the tileset.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera
from explorer.streaming.tree import TileState, TileTree
from explorer.streaming.volumes import WorldVolumes

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_READY, _FAILED = int(TileState.READY), int(TileState.FAILED)  # looking up enum members costs as much as an array call

_MANY = 2048
"""Siblings from which on their boxes are looked at in two goes; below, more calls would cost more than they save."""


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


@dataclass(eq=False)
class _Wave:
    """One level of the tiles that are looked at. w tiles."""

    tiles: IntArray
    above: IntArray
    """(w,) row of the parent in the wave before."""
    needed: BoolArray
    """Stands in for something that is drawn now: must be ready though it may be out of view."""
    visible: BoolArray
    error_px: NDArray[np.float64]
    distance: NDArray[np.float64]
    refined: BoolArray
    ready: BoolArray
    """Its area can be drawn as finely as it should be, or by its own content at least."""
    children_ready: BoolArray
    has_content: BoolArray
    loaded: BoolArray
    shut: BoolArray | None = None
    """The camera is not where the tile may be asked for (viewerRequestVolume); None: no tile minds."""


def select_tiles(
    tree: TileTree,
    cameras: Sequence[Camera],
    state: NDArray[np.uint8],
    *,
    max_screen_space_error: float = 16.0,
    must_refine: BoolArray | None = None,
) -> Selection:
    """Walk the tree for one frame.

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
    empty = np.zeros(0, np.int64)
    if not cameras or len(tree) == 0:
        return Selection(empty, empty, empty, empty)
    views = [_View(camera) for camera in cameras]
    waves = [_wave(tree, views, state, max_screen_space_error, must_refine, np.zeros(1, np.int64), None)]
    while (next_tiles := _children(tree, waves[-1])) is not None:
        waves.append(_wave(tree, views, state, max_screen_space_error, must_refine, *next_tiles))
    _settle_readiness(tree, waves)
    render, beyond = _by_content(tree, views, *_drawn(tree, waves))
    visited = np.concatenate([wave.tiles for wave in waves])
    return Selection(render, beyond, _to_load(waves, state), visited)


class _View:
    """What selection asks of a camera, reckoned once a frame."""

    def __init__(self, camera: Camera) -> None:
        planes = camera.frustum_planes()
        self.normals = np.ascontiguousarray(planes[:, :3].T)
        self.offsets = planes[:, 3]
        self.position = np.asarray(camera.position, np.float64)
        self.sse_factor = camera.sse_factor


def _wave(
    tree: TileTree,
    views: Sequence[_View],
    state: NDArray[np.uint8],
    allowed_px: float,
    must_refine: BoolArray | None,
    tiles: IntArray,
    from_above: tuple[IntArray, BoolArray] | None,
) -> _Wave:
    visible, error_px, distance = _seen(tree, tiles, views)
    above, needed = from_above or (np.zeros(len(tiles), np.int64), np.zeros(len(tiles), bool))
    has_content = tree.has_content[tiles]
    states = state[tiles]
    loaded = states == _READY
    wants = error_px > allowed_px
    if must_refine is not None:
        wants |= must_refine[tiles]
    # What has nothing of its own to show, or cannot get it, is passed through; a needed one even out of view.
    passed = ~has_content | (states == _FAILED)
    refined = np.where(passed, visible | needed, wants & visible) & (tree.child_count[tiles] > 0)
    ready = np.ones_like(loaded)
    wave = _Wave(tiles, above, needed, visible, error_px, distance, refined, ready, loaded, has_content, loaded)
    if tree.request is not None:
        _shut_out(wave, tree.request, views)
    return wave


def _shut_out(wave: _Wave, request: WorldVolumes, views: Sequence[_View]) -> None:
    """Leave out tiles that no camera is in the request volume of: neither drawn, nor refined, nor loaded.

    One that would take its parent's place is not ready, so its parent stays.
    """
    shut = ~np.any([request.hold(wave.tiles, view.position) for view in views], axis=0)
    if shut.any():
        wave.shut = shut
        wave.visible, wave.loaded, wave.refined = wave.visible & ~shut, wave.loaded & ~shut, wave.refined & ~shut


def _seen(
    tree: TileTree, tiles: IntArray, views: Sequence[_View]
) -> tuple[BoolArray, NDArray[np.float64], NDArray[np.float64]]:
    """In any view; largest screen-space error in any view that sees the tile (in any, if none does); distance."""
    if len(tiles) <= _MANY:
        return _boxes_seen(tree, tiles, views)
    # flat tilesets have tens of thousands of siblings: the balls around their boxes leave out most of them
    centre, lengths = tree.centre.take(tiles, axis=0), tree.half_lengths.take(tiles, axis=0)
    radius = np.sqrt(np.einsum("ij,ij->i", lengths, lengths))
    near = np.zeros(len(tiles), bool)
    distance = np.full(len(tiles), np.inf)
    for view in views:
        inside = np.ones(len(tiles), bool)
        for normal, offset in zip(view.normals.T, view.offsets, strict=True):
            inside &= centre @ normal + offset >= -radius
        near |= inside
        way = centre - view.position
        distance = np.minimum(distance, np.maximum(np.sqrt(np.einsum("ij,ij->i", way, way)) - radius, 0.0))
    error_px = np.zeros(len(tiles))
    if len(views) == 1:
        error_px = tree.geometric_error.take(tiles) * (views[0].sse_factor / np.maximum(distance, 1e-3))
    visible, rows = near, np.flatnonzero(near)
    visible[rows], error_px[rows], distance[rows] = _boxes_seen(tree, tiles[rows], views)
    return visible, error_px, distance


def _boxes_seen(
    tree: TileTree, tiles: IntArray, views: Sequence[_View]
) -> tuple[BoolArray, NDArray[np.float64], NDArray[np.float64]]:
    n = len(tiles)
    centre, axes, lengths, error = (
        array.take(tiles, axis=0) for array in (tree.centre, tree.axes, tree.half_lengths, tree.geometric_error)
    )
    half = (axes * lengths[:, :, None]).reshape(3 * n, 3)
    visible = np.zeros(n, bool)
    worst = np.zeros(n)
    nearest = np.full(n, np.inf)
    for view in views:
        reach = half @ view.normals
        np.abs(reach, out=reach)
        reach = reach[0::3] + reach[1::3] + reach[2::3]
        inside = (centre @ view.normals + view.offsets + reach).min(axis=1) >= 0.0
        along = np.abs(np.einsum("nij,nj->ni", axes, view.position - centre))
        outside = np.maximum(along - lengths, 0.0)
        distance = np.sqrt(np.einsum("ij,ij->i", outside, outside))
        error_px = error * (view.sse_factor / np.maximum(distance, 1e-3))
        worst = np.maximum(worst, error_px if len(views) == 1 else np.where(inside, error_px, 0.0))
        nearest = np.minimum(nearest, distance)
        visible |= inside
    return visible, worst, nearest


def _children(tree: TileTree, wave: _Wave) -> tuple[IntArray, tuple[IntArray, BoolArray]] | None:
    """Rows of all children of refined tiles, where their parent is in the wave, and whether they are needed."""
    parents = np.flatnonzero(wave.refined)
    if len(parents) == 0:
        return None
    tiles = wave.tiles[parents]
    count = tree.child_count[tiles].astype(np.int64)
    starts = np.cumsum(count) - count
    children = np.repeat(tree.first_child[tiles] - starts, count) + np.arange(int(count.sum()))
    # A child is needed where it takes the place of something: its parent's content, or what its parent is needed for.
    replaces = ~tree.adds[tiles]
    own = wave.has_content[parents]
    needed = (replaces & own) | (wave.needed[parents] & (replaces | ~own))
    return children, (np.repeat(parents, count), np.repeat(needed, count))


def _settle_readiness(tree: TileTree, waves: Sequence[_Wave]) -> None:
    """From the leaves up: what can be drawn as it should be."""
    below: _Wave | None = None
    for wave in reversed(waves):
        wave.children_ready = wave.refined.copy()
        if below is not None:
            wave.children_ready[below.above[~below.ready & (below.needed | below.visible)]] = False
        stands_alone = tree.adds[wave.tiles] | ~wave.refined
        own = wave.loaded | ~wave.has_content
        wave.ready = np.where(
            stands_alone & wave.has_content,
            wave.loaded,
            np.where(wave.refined, wave.children_ready | wave.loaded, own),
        )
        if wave.shut is not None:
            wave.ready &= ~wave.shut
        below = wave


def _drawn(tree: TileTree, waves: Sequence[_Wave]) -> tuple[IntArray, IntArray]:
    """From the root down: each tile itself, or what takes its place."""
    render, beyond = [], []
    reached = np.ones(1, bool)
    for wave, below in zip(waves, [*waves[1:], None], strict=True):
        adds = tree.adds[wave.tiles]
        # Not all children are ready: the tile's own content stays; without one, whatever there is below is shown.
        descends = wave.refined & (adds | wave.children_ready | ~wave.loaded)
        shows = reached & wave.loaded & (adds | ~descends)
        render.append(wave.tiles[shows & wave.visible])
        beyond.append(wave.tiles[shows & ~wave.visible])
        if below is not None:
            reached = (reached & descends)[below.above]
    return np.concatenate(render), np.concatenate(beyond)


def _by_content(
    tree: TileTree, views: Sequence[_View], render: IntArray, beyond: IntArray
) -> tuple[IntArray, IntArray]:
    """Of what is drawn, tiles whose content is out of view are drawn for their shadows alone."""
    if tree.content is None:
        return render, beyond
    seen = np.any([tree.content.seen(render, view.normals, view.offsets) for view in views], axis=0)
    return render[seen], np.concatenate([beyond, render[~seen]])


def _to_load(waves: Sequence[_Wave], state: NDArray[np.uint8]) -> IntArray:
    tiles = np.concatenate([wave.tiles for wave in waves])
    visible = np.concatenate([wave.visible for wave in waves])
    needed = np.concatenate([wave.needed for wave in waves])
    content = np.concatenate([wave.has_content for wave in waves])
    states = state[tiles]
    missing = content & (visible | needed) & (states != _READY) & (states != _FAILED)
    if any(wave.shut is not None for wave in waves):
        missing &= ~np.concatenate([np.zeros(len(w.tiles), bool) if w.shut is None else w.shut for w in waves])
    found = np.flatnonzero(missing)
    if len(found) == 0:
        return tiles[found]
    error_px = np.concatenate([wave.error_px for wave in waves])[found]
    distance = np.concatenate([wave.distance for wave in waves])[found]
    parents_px = _error_above(waves)[found]
    # In view first; then what is too coarse by most now, which its parent's error tells (a leaf's own is 0).
    order = np.lexsort((distance, -error_px, -parents_px, ~visible[found]))
    return tiles[found[order]]


def _error_above(waves: Sequence[_Wave]) -> NDArray[np.float64]:
    parts = [np.full(len(waves[0].tiles), np.inf)]
    parts.extend(above.error_px[wave.above] for above, wave in pairwise(waves))
    return np.concatenate(parts)
