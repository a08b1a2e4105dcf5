"""What a view gets of imagery, without a renderer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera, CompoundCrs, WorldFrame
from explorer.imagery import Composed, ImageryRuntime, ImageSource, ShownLayer
from explorer.jobs import InlineJobs

EASTING, NORTHING = 84_600.0, 447_300.0
"""In Delft. [m]"""
RD_FRAME = WorldFrame(CompoundCrs("EPSG:28992", "EPSG:5709"), (EASTING, NORTHING, 0.0))
UTM_FRAME = WorldFrame(CompoundCrs("EPSG:32631", "ellipsoidal"), (0.0, 0.0, 0.0))
DOWN = Camera((0.0, 0.0, 150.0), pitch_deg=-90.0, fov_y_deg=60.0, width=640, height=360)


class Ticks:
    """A clock that goes on with every look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.5
        return self.now


def runtime_of(
    *sources: ImageSource,
    frame: WorldFrame = RD_FRAME,
    opacity: Sequence[float] = (),
    side: int = 256,
    city: tuple[float, float, float, float] | None = None,
) -> ImageryRuntime:
    """A runtime that does its work at once."""
    jobs = InlineJobs()
    runtime = ImageryRuntime(frame, jobs, jobs, side=side, clock=Ticks())
    shares = opacity or [1.0] * len(sources)
    layers = [ShownLayer(str(i), f"layer {i}", one, shares[i]) for i, one in enumerate(sources)]
    assert runtime.set_layers(layers, city) == []
    runtime.collect = lambda: jobs.collect()  # type: ignore[attr-defined]
    return runtime


def settled(runtime: ImageryRuntime, camera: Camera = DOWN, *, frames: int = 400, reach: float = 150.0) -> Composed:
    """The squares of a view once all that can be had is there; those of before where nothing is new."""
    last: Composed | None = getattr(runtime, "last", None)
    for _frame in range(frames):
        last = runtime.update(camera, 0.0, reach) or last
        if not runtime.is_busy:
            break
        runtime.collect()  # type: ignore[attr-defined]
    assert last is not None
    runtime.last = last  # type: ignore[attr-defined]
    return last


def texels(composed: Composed) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.uint8], float]]:
    """Easting and northing of the middle of every texel, the texels, and their size, square by square."""
    for square, seen in zip(composed.squares, composed.texels, strict=True):
        at = (np.arange(square.side) + 0.5) * square.texel
        east, north = np.meshgrid(square.west + at, square.north - at)
        yield east, north, seen, square.texel


def red_middle(composed: Composed, east: float, north: float, within: float) -> tuple[float, float, float]:
    """Where the middle of the red around a place is in the finest square, and that square's texel. [m]"""
    x, y, seen, texel = next(texels(composed))
    weight = np.clip(seen[..., 0].astype(float) - seen[..., 1] - 10.0, 0.0, None)
    weight[(np.abs(x - east) > within) | (np.abs(y - north) > within)] = 0.0
    assert weight.sum() > 0.0, "nothing red is there"
    return float((x * weight).sum() / weight.sum()), float((y * weight).sum() / weight.sum()), texel
