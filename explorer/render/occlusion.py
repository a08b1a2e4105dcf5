"""What the last picture hid behind what stands in front: tiles of which no pixel would be seen are not drawn.

Who stands in a street sees two or three tiles of the twenty in view; the rest is behind the first row of houses. The
depth of the last picture tells which (hierarchical depth culling: Greene, Kass and Miller, "Hierarchical Z-buffer
visibility", SIGGRAPH 1993; with the depth of the frame before, as game engines do). A tile is left out where its whole
box lies farther away than everything that was drawn in front of it. What is left out changes no pixel, so the depth is
that of the whole city, and a view that stands still is exact. One that moves is a frame behind: boxes are taken larger
by what the move shifts the nearest thing in the picture, and what comes in from outside of it is drawn.

It pays where vertices are dear and the depth is at hand: on software rasterisers. A graphics card would be waited for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera
from explorer.render.shown_tiles import ShownTiles

FloatArray = NDArray[np.float64]

BLOCK_PX = 16
"""Side of the squares of which only the farthest depth is kept. [px]"""
_MOST_SHIFT_PX = 96.0
"""A move that shifts the nearest thing by more tells nothing any more. [px]"""
_SLACK_PX = 1.0
_SLACK_SHARE = 0.0025
"""Boxes are taken to be nearer by so much: lines are drawn up to 0.2 % before what they lie on (`nearer`, frames.glsl),
and what stands exactly at a box's front must not hide it for a rounding. [-]"""
_NEAREST_M = 0.3
"""What is nearer in the picture is taken to be so far away: nobody stands in a wall. [m]"""
_WORTH_IT = 30_000
"""Triangles that must be left out for looking to pay: it takes 3 to 4 ms, and they 2 ms a frame. [-]"""
_EVERY = 2
"""Frames from one look to the next where it pays, and the moves that boxes are enlarged for. [-]"""
_PAUSE_FRAMES = 15
"""The same where it did not. [-]"""
_CORNERS = np.array([(x, y, z) for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])


@dataclass(frozen=True, eq=False)
class SeenDepth:
    """How far one could see at most in each part of a picture."""

    camera: Camera
    farthest: tuple[NDArray[np.floating], ...]
    """Largest distance along the camera's forward, in squares of `BLOCK_PX`, then of twice that and so on; first row at
    the bottom. [m]"""
    nearest: float
    """Of all that is in the picture. [m]"""

    @classmethod
    def of(cls, camera: Camera, nearness: NDArray[np.float32]) -> SeenDepth:
        """`nearness` (height, width): the distance of the camera's near plane by that of what is seen, along forward,
        as a reversed depth buffer has it; 0 for sky; first row at the bottom.
        """
        least = _least_of_rows(_least_of_rows(nearness).T).T
        with np.errstate(divide="ignore"):
            level: NDArray[np.floating] = np.float32(camera.near) / least
            nearest = float(np.float32(camera.near) / nearness.max(initial=0.0))
        levels = [level]
        while max(level.shape) > 2:
            level = np.pad(level, [(0, side % 2) for side in level.shape], mode="edge")
            level = np.maximum(level[::2], level[1::2])
            level = np.maximum(level[:, ::2], level[:, 1::2])
            levels.append(level)
        return cls(camera, tuple(levels), nearest)

    def sees(self, camera: Camera, lo: FloatArray, hi: FloatArray) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which boxes are in view of a camera near this one, and which of those it may see, both (n,).

        `lo`, `hi`: least and greatest corners (n, 3) in the world. [m]
        """
        planes = camera.frustum_planes()
        middle, half = (lo + hi) / 2.0, (hi - lo) / 2.0
        in_view = (middle @ planes[:, :3].T + planes[:, 3] + half @ np.abs(planes[:, :3]).T).min(axis=1) >= 0.0
        seen = in_view.copy()
        rows, view = np.flatnonzero(in_view), self._view_of(camera)
        if view is not None and len(rows):
            seen[rows] = ~self._hides(camera, view, middle[rows], half[rows])
        return in_view, seen

    def _hides(
        self, camera: Camera, view: tuple[float, float, float, float], middle: FloatArray, half: FloatArray
    ) -> NDArray[np.bool_]:
        """Which boxes are hidden (n,)."""
        left, bottom, right, top, distance = self._rectangles(middle, half)
        margin = _SLACK_PX + _EVERY * self._shift_px(camera)
        left, bottom = np.maximum(left, view[0]) - margin, np.maximum(bottom, view[1]) - margin
        right, top = np.minimum(right, view[2]) + margin, np.minimum(top, view[3]) + margin
        out = 2.0 * margin  # so little beyond the picture's edge is taken to be as at the edge
        known = (
            (left >= -out) & (bottom >= -out) & (right <= self.camera.width + out) & (top <= self.camera.height + out)
        )
        known &= np.isfinite(distance)
        rows = np.flatnonzero(known)
        hidden = np.zeros(len(middle), bool)
        nearest = distance[rows] * (1.0 - _SLACK_SHARE)
        hidden[rows] = nearest > self._farthest_in(left[rows], bottom[rows], right[rows], top[rows])
        return hidden

    def _shift_px(self, camera: Camera) -> float:
        """By how many pixels a move shifts the nearest thing in the picture."""
        moved = float(np.linalg.norm(np.subtract(camera.position, self.camera.position)))
        return moved / max(self.nearest, _NEAREST_M) * self.camera.sse_factor

    def _view_of(self, camera: Camera) -> tuple[float, float, float, float] | None:
        """What another camera sees, in pixels of this picture: left, bottom, right, top; None: it is too different."""
        own = self.camera
        tan_x, tan_y = camera.tan_half_fov
        if camera.fov_y_deg != own.fov_y_deg or abs(tan_x / own.tan_half_fov[0] - 1.0) > 1.0 / own.width:
            return None
        if self._shift_px(camera) > _MOST_SHIFT_PX:
            return None
        ends = np.array([(x, y) for x in (-1.0, 0.0, 1.0) for y in (-1.0, 0.0, 1.0)])
        rays = camera.forward + ends[:, :1] * tan_x * camera.right + ends[:, 1:] * tan_y * camera.up
        x, y, away = self._projected(rays)
        if away.min() <= 0.0:
            return None
        return float(x.min()), float(y.min()), float(x.max()), float(y.max())

    def _projected(self, offsets: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Pixels from the left and from the bottom, and distances along forward [m], of offsets (…, 3) from the eye."""
        camera = self.camera
        tan_x, tan_y = camera.tan_half_fov
        away = offsets @ camera.forward
        with np.errstate(divide="ignore", invalid="ignore"):
            x = (offsets @ camera.right / (away * tan_x) + 1.0) / 2.0 * camera.width
            y = (offsets @ camera.up / (away * tan_y) + 1.0) / 2.0 * camera.height
        return x, y, away

    def _rectangles(self, middle: FloatArray, half: FloatArray) -> tuple[FloatArray, ...]:
        """Left, bottom, right, top [px] and least distance [m] of boxes; those that reach the eye have no distance."""
        x, y, away = self._projected(middle[:, None] - self.camera.position + half[:, None] * _CORNERS)
        nearest = away.min(axis=1)
        nearest[nearest < _NEAREST_M] = np.nan
        return x.min(axis=1), y.min(axis=1), x.max(axis=1), y.max(axis=1), nearest

    def _farthest_in(self, left: FloatArray, bottom: FloatArray, right: FloatArray, top: FloatArray) -> FloatArray:
        """Largest distance within rectangles of the picture; all (n,)."""
        last_row, last_column = np.array(self.farthest[0].shape) - 1
        west = np.clip(left // BLOCK_PX, 0, last_column).astype(np.int64)
        east = np.clip(right // BLOCK_PX, 0, last_column).astype(np.int64)
        south = np.clip(bottom // BLOCK_PX, 0, last_row).astype(np.int64)
        north = np.clip(top // BLOCK_PX, 0, last_row).astype(np.int64)
        found = np.empty(len(left))
        span = np.maximum(east - west, north - south)
        level = np.minimum(np.ceil(np.log2(np.maximum(span, 1) / 2.0)).clip(0).astype(np.int64), len(self.farthest) - 1)
        for k in np.unique(level).tolist():
            some = np.flatnonzero(level == k)
            grid = self.farthest[k]
            across = np.minimum((west[some] >> k)[:, None] + np.arange(3), (east[some] >> k)[:, None])
            up = np.minimum((south[some] >> k)[:, None] + np.arange(3), (north[some] >> k)[:, None])
            found[some] = grid[up[:, :, None], across[:, None, :]].max(axis=(1, 2))
        return found


def _least_of_rows(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """Least of every `BLOCK_PX` rows, and of those left over: (n, m) to (blocks, m)."""
    array = np.ascontiguousarray(array)
    n = len(array) // BLOCK_PX * BLOCK_PX
    blocks = array[:n].reshape(-1, BLOCK_PX, array.shape[1]).min(axis=1)
    return blocks if n == len(array) else np.concatenate([blocks, array[n:].min(axis=0)[None]])


def _with_pixels_of(camera: Camera, nearness: NDArray[np.float32]) -> Camera:
    """The camera of a picture, which may have been drawn with fewer pixels than are shown."""
    height, width = nearness.shape
    return camera if (camera.width, camera.height) == (width, height) else replace(camera, width=width, height=height)


class Unseen:
    """Leaves out of a view's frames what the last one hid, where that spares enough. Main thread only.

    `last_nearness`: reads the depth of the last frame back; None where there is none.
    """

    def __init__(self, tiles: ShownTiles, last_nearness: Callable[[], NDArray[np.float32] | None]) -> None:
        self._tiles = tiles
        self._last_nearness = last_nearness
        self._depth: SeenDepth | None = None
        self._drawn: Camera | None = None
        """Of the last frame, if its depth was not read yet."""
        self._wait = 0

    def leave_out(self, camera: Camera) -> None:
        """Before a frame from here is drawn."""
        if self._wait:
            self._wait -= 1
        elif self._look():
            assert self._depth is not None
            self._wait = _EVERY - 1
            if self._tiles.hide_behind(partial(self._depth.sees, camera)) < _WORTH_IT:
                self._tiles.hide_behind(None)
                self._wait = _PAUSE_FRAMES
        self._drawn = camera

    def is_short_of(self, camera: Camera) -> bool:
        """Whether the last picture, which is to stay, lacks what turned out to be in view: another frame has it."""
        if self._drawn is None or not len(self._tiles.behind) or not self._look():
            return False
        assert self._depth is not None
        return self._tiles.would_show(partial(self._depth.sees, camera))

    def forget(self) -> None:
        """Draw everything in the next frame."""
        self._depth = self._drawn = None
        self._tiles.hide_behind(None)

    def _look(self) -> bool:
        """Read the last frame's depth; whether any is known."""
        if self._drawn is not None:
            nearness = self._last_nearness()
            self._depth = None if nearness is None else SeenDepth.of(_with_pixels_of(self._drawn, nearness), nearness)
            self._drawn = None
        return self._depth is not None
