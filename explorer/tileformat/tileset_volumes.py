"""Bounding volumes of tilesets as twelve numbers each: a middle and three half axes, as 3D Tiles writes a box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.geo import OrientedBox, S2Cell, region_box, region_boxes, s2_boxes, sphere_box
from explorer.tileformat.regions import sound_region

FloatArray = NDArray[np.float64]

S2 = "3DTILES_bounding_volume_S2"
FARTHEST_M = 1e15
"""Lengths beyond this are no city's, and would overflow when multiplied."""


class Volume(NamedTuple):
    """A bounding volume as it is in the file."""

    numbers: list[float]
    """Twelve."""
    own_frame: bool
    """False for regions, which no transform moves."""
    is_ball: bool = False
    """A sphere: only what is within one half axis of the middle is in it."""
    oddity: str = ""
    """What had to be put right, a sentence."""


def read_volume(volume: Any) -> Volume:
    """A `boundingVolume` or `viewerRequestVolume`. Raises ValueError, TypeError or OverflowError if it is none."""
    if isinstance(volume, dict):
        box = volume.get("box")
        if box is not None:
            return Volume(twelve(box), True)
        if volume.get("region") is not None:
            region, oddity = _region(volume)
            return Volume(region_box(region).to_list12(), False, oddity=oddity)
        if volume.get("sphere") is not None:
            return Volume(twelve(sphere_box(volume["sphere"]).to_list12()), True, True)
        if volume.get("extensions") is not None:
            itself = np.zeros(1, np.int64), np.zeros((1, 2), np.int64)
            return Volume(read_s2(volume).boxes(*itself)[0].tolist(), False)
    raise ValueError("no box, region or sphere")


@dataclass(frozen=True)
class S2Volume:
    """A volume of `3DTILES_bounding_volume_S2`."""

    cell: S2Cell
    low: float
    """Heights over the ellipsoid. [m]"""
    high: float

    def boxes(self, level: NDArray[np.int64], place: NDArray[np.int64]) -> FloatArray:
        """Boxes (n, 12) of tiles at `place` (n, 2 or 3) of `level` (n,) below it, in ECEF.

        Cells are halved both ways on each level; in an octree heights, too.
        """
        cell, share = self.cell, np.exp2(-level.astype(np.float64))
        i, j = (at * (1 << level) + place[:, axis] for axis, at in enumerate((cell.i, cell.j)))
        low, high = np.full(len(level), self.low), np.full(len(level), self.high)
        if place.shape[1] == 3:
            step = (self.high - self.low) * share
            low = self.low + step * place[:, 2]
            high = low + step
        centre, half_axes = s2_boxes(cell.face, cell.level + level, i, j, low, high)
        return np.concatenate([centre, half_axes.reshape(-1, 9)], axis=1)


def read_s2(volume: dict[str, Any]) -> S2Volume:
    """What the extension of a `boundingVolume` says. Raises as `read_volume` does."""
    extensions = volume.get("extensions")
    said = extensions.get(S2) if isinstance(extensions, dict) else None
    if not isinstance(said, dict) or not isinstance(said.get("token"), str):
        raise ValueError("no box, region or sphere")
    low, high = float(said.get("minimumHeight", 0.0)), float(said.get("maximumHeight", 0.0))
    if not abs(low) + abs(high) < FARTHEST_M:
        raise ValueError("an S2 cell needs two heights of a sensible size")
    return S2Volume(S2Cell.of_token(said["token"]), low, high)


def divisible(volume: dict[str, Any]) -> FloatArray | S2Volume:
    """Of a volume that no transform moves, what implicit tiles divide: a region (6,), or a cell."""
    return read_s2(volume) if volume.get("region") is None else np.array(_region(volume)[0], np.float64)


def _region(volume: dict[str, Any]) -> tuple[list[float], str]:
    region = volume["region"]
    if len(region) != 6 or not sum(map(abs, region)) < FARTHEST_M:  # what overflows would be nowhere
        raise ValueError("a region needs six finite numbers of a sensible size")
    return sound_region(region)


def twelve(box: Any) -> list[float]:
    """The numbers of a box as they are; the sum finds out at once whether all are usable numbers."""
    if not isinstance(box, list) or len(box) != 12 or not sum(map(abs, box)) < FARTHEST_M:
        raise ValueError("a box needs twelve finite numbers of a sensible size")
    return box


def enclosing(volumes: Sequence[Volume]) -> Volume | None:
    """One volume around several; None where they are in different frames."""
    if len(volumes) == 1:
        return volumes[0]
    if not volumes or len({volume.own_frame for volume in volumes}) > 1:
        return None
    corners = np.concatenate([OrientedBox.from_tiles_box(volume.numbers).corners() for volume in volumes])
    return Volume(OrientedBox.from_points(corners).to_list12(), volumes[0].own_frame)


@dataclass(frozen=True, eq=False)
class TileVolumes:
    """Volumes that only some tiles have, in the tileset's root frame. m volumes."""

    tile: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    """(m,) row of the tile."""
    centre: FloatArray = field(default_factory=lambda: np.zeros((0, 3)))
    half_axes: FloatArray = field(default_factory=lambda: np.zeros((0, 3, 3)))
    """(m, 3, 3) rows are half axes."""
    is_ball: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    """(m,) only what is within one half axis of the middle is inside."""

    def __len__(self) -> int:
        return len(self.tile)


def divided_boxes(box: FloatArray, level: NDArray[np.int64], place: NDArray[np.int64]) -> FloatArray:
    """Boxes (n, 12) of tiles at `place` (n, 2 or 3) of `level` (n,), in a box (12,) halved along its first axes.

    3D Tiles 1.1, section 12.3: a quadtree halves x and y, an octree z too.
    """
    half_axes = box[3:].reshape(3, 3)
    share = np.ones((len(level), 3))
    share[:, : place.shape[1]] = np.exp2(-level.astype(np.float64))[:, None]
    middle = np.zeros((len(level), 3))
    middle[:, : place.shape[1]] = (2.0 * place + 1.0) * share[:, : place.shape[1]] - 1.0
    return np.concatenate(
        [box[:3] + middle @ half_axes, (half_axes * share[:, :, None]).reshape(-1, 9)],
        axis=1,
    )


def divided_regions(region: FloatArray, level: NDArray[np.int64], place: NDArray[np.int64]) -> FloatArray:
    """Regions (n, 6) of tiles at `place` (n, 2 or 3) of `level` (n,), in a region (6,).

    Longitude and latitude are halved on each level; in an octree height too.
    """
    low = region[[0, 1, 4]]
    high = region[[2, 3, 5]].copy()
    if high[0] < low[0]:
        high[0] += 2.0 * np.pi  # across the date line
    share = np.ones((len(level), 3))
    share[:, : place.shape[1]] = np.exp2(-level.astype(np.float64))[:, None]
    step = np.zeros((len(level), 3))
    step[:, : place.shape[1]] = place
    least = low + (high - low) * step * share
    most = low + (high - low) * (step + 1.0) * share
    return np.stack([least[:, 0], least[:, 1], most[:, 0], most[:, 1], least[:, 2], most[:, 2]], axis=1)


def boxes_of_regions(regions: FloatArray) -> FloatArray:
    """The boxes (n, 12) around regions (n, 6), in ECEF."""
    centre, half_axes = region_boxes(regions)
    return np.concatenate([centre, half_axes.reshape(-1, 9)], axis=1)


def boxes_of_spheres(spheres: FloatArray) -> FloatArray:
    """The boxes (n, 12) around spheres (n, 4)."""
    half_axes = spheres[:, 3, None, None] * np.eye(3)
    return np.concatenate([spheres[:, :3], half_axes.reshape(-1, 9)], axis=1)
