"""Where the viewer is heading, and which tiles that asks for: they come while workers have nothing more urgent to do.

A tile that is asked for when it comes into view is late by as long as it takes. Who flies or turns goes on doing so for
a moment, as a rule; so some frames ahead are chosen as well, from where the camera will be then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera
from explorer.streaming.selection import Selection, Selector
from explorer.streaming.tree import TileTree

AHEAD_SECS = 0.5
"""So far we look ahead: some tiles' time on their way. [s]"""
_MEMORY_SECS = 0.2
"""How long a way tells where it leads. [s]"""
_LEAP_M, _MOST_TURN_DEG = 500.0, 60.0
"""Who is so much farther in the next frame has been put there, and is heading nowhere."""
_EVERY = 4
"""Frames from one look ahead to the next: what lies there hardly changes, and looking costs as much as choosing."""
_STILL_M, _STILL_DEG = 0.01, 0.02


class Foresight:
    """Where cameras will be."""

    def __init__(self) -> None:
        self._way: deque[tuple[float, tuple[Camera, ...]]] = deque()

    def __call__(self, cameras: Sequence[Camera], now: float) -> tuple[Camera, ...]:
        """The cameras `AHEAD_SECS` from now; none where they stand still, or nobody knows yet. `now`: [s]"""
        way = self._way
        if way and not _goes_on(way[-1][1], cameras):
            way.clear()
        way.append((now, tuple(cameras)))
        while len(way) > 2 and way[1][0] <= now - _MEMORY_SECS:
            way.popleft()
        begun, first = way[0]
        if now <= begun:
            return ()
        times = AHEAD_SECS / (now - begun)
        ahead = tuple(_on(before, camera, times) for before, camera in zip(first, cameras, strict=True))
        return ahead if any(map(_has_moved, cameras, ahead)) else ()


def _goes_on(before: Sequence[Camera], after: Sequence[Camera]) -> bool:
    return len(before) == len(after) and all(
        (one.width, one.height, one.fov_y_deg) == (other.width, other.height, other.fov_y_deg)
        and np.abs(np.subtract(one.position, other.position)).max() < _LEAP_M
        for one, other in zip(before, after, strict=True)
    )


def _on(before: Camera, camera: Camera, times: float) -> Camera:
    """Further on by so many times the way from one to the other."""
    x, y, z = (b + (b - a) * times for a, b in zip(before.position, camera.position, strict=True))
    turn = _turn(before.heading_deg, camera.heading_deg) * times
    tilt = (camera.pitch_deg - before.pitch_deg) * times
    return replace(
        camera,
        position=(x, y, z),
        heading_deg=camera.heading_deg + min(max(turn, -_MOST_TURN_DEG), _MOST_TURN_DEG),
        pitch_deg=min(max(camera.pitch_deg + tilt, -90.0), 90.0),
    )


def _turn(before_deg: float, after_deg: float) -> float:
    return (after_deg - before_deg + 180.0) % 360.0 - 180.0


def _has_moved(camera: Camera, other: Camera) -> bool:
    by = np.abs(np.subtract(camera.position, other.position)).max()
    turned = max(abs(_turn(camera.heading_deg, other.heading_deg)), abs(camera.pitch_deg - other.pitch_deg))
    return bool(by > _STILL_M or turned > _STILL_DEG)


class LookAhead:
    """What the view in a moment will ask for. One tree."""

    def __init__(self, tree: TileTree) -> None:
        self._foresight = Foresight()
        self._selector = Selector(tree)
        self._found: Selection | None = None
        self._frames = 0

    def look(
        self,
        cameras: Sequence[Camera],
        states: NDArray[np.uint8],
        now: float,
        *,
        max_screen_space_error: float,
        must_refine: NDArray[np.bool_] | None,
    ) -> Selection | None:
        """The selection of the view ahead, some frames old perhaps; None: the view stays. As in `Selector`."""
        ahead = self._foresight(cameras, now)
        if not ahead:
            self._found, self._frames = None, 0
        elif self._frames % _EVERY == 0:
            self._found = self._selector.select(
                ahead, states, max_screen_space_error=max_screen_space_error, must_refine=must_refine
            )
        self._frames += 1
        return self._found

    def forget(self, tree: TileTree, is_gone: NDArray[np.bool_]) -> None:
        """Go on with a tree of which these rows, (n,), are no tiles any more."""
        self._selector = Selector(tree)
        if self._found is not None:
            load, visited = self._found.load, self._found.visited
            self._found = replace(self._found, load=load[~is_gone[load]], visited=visited[~is_gone[visited]])

    def boxes_grew(self) -> None:
        """Boxes of the tree have changed."""
        self._selector.boxes_grew()

    def take_parts(self, tree: TileTree, tiles: Sequence[int]) -> None:
        """Go on with a tree that has more tiles, below these."""
        self._selector.take_parts(tree, tiles)
        if self._found is not None:  # there is nothing in these any more to be sent for
            load = self._found.load
            self._found = replace(self._found, load=load[~np.isin(load, list(tiles))])
