"""What the application hands to the panels to show: values that say all there is to draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One line of the search results."""

    id: str
    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LegendView:
    """A legend as it is drawn."""

    title: str
    unit: str
    colours: NDArray[np.uint8]
    """(256, 3) sRGB from low to high."""
    low: float
    high: float
    ticks: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftWork:
    """Work that a run which did not end by itself left behind."""

    title: str
    steps: int
    when: str
    """Local date and time of the last step, in words."""
    path: str = ""
    """The scene file it belongs to, if any."""


@dataclass(frozen=True, slots=True)
class Handles:
    """Where the handles of a building stand."""

    camera: Camera
    foot: tuple[float, float, float]
    """Middle of the footprint on the ground, in the world. [m]"""
    turn_deg: float
    """Anticlockwise from the east."""
    reach: float
    """From the middle to the ring. [m]"""
    height: float
    """Of the building. [m]"""


@dataclass(frozen=True, slots=True)
class Measure:
    """A length or an area, written over the picture."""

    x: float
    """[px]"""
    y: float
    words: str
    is_strong: bool = False
    """It is the one that changes now."""
