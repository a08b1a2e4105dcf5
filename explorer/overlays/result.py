"""An answer with everything that is needed to trust it: values, unit, legend, provenance, and the key of what it was
computed from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import floor, log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.geo import CompoundCrs
from explorer.layers.colour import colour_table
from explorer.overlays.request import OverlayRequest

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]

BRE_209_HOURS = 2.0
"""Hours of sun on 21 March that half of an open space should get (BRE 209, 2022)."""


@dataclass(frozen=True, slots=True)
class Legend:
    """How values become colours, the same on the map, in the legend and in a picture."""

    title: str
    unit: str
    table: str
    """Name of a colour table (`colour_table`)."""
    low: float
    high: float
    reversed: bool = False

    def colours(self) -> NDArray[np.uint8]:
        """256 sRGB colours from `low` to `high`, (256, 3) uint8."""
        table = colour_table(self.table)
        return table[::-1] if self.reversed else table

    def ticks(self) -> list[float]:
        """Round values to write beside the colours, the ends included, at most nine."""
        step = nice_step((self.high - self.low) / 6.0)
        first = np.ceil(self.low / step - 1e-9) * step
        return [round(float(value), 9) + 0.0 for value in np.arange(first, self.high + step * 1e-6, step)]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"title": self.title, "unit": self.unit, "table": self.table, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True, eq=False)
class FacadePoints:
    """Where on facades the values are: n points in map coordinates."""

    points: FloatArray
    """(n, 3) easting, northing, height in the scene's CRS. [m]"""
    normals: FloatArray
    """(n, 3) outward, unit."""
    feature_ids: tuple[str, ...]
    """(n,) id of the feature each point belongs to; "" for none."""

    def nearest(self, place: tuple[float, float, float], within: float) -> int | None:
        """The point nearest to an easting, northing, height; None where none is so near. [m]"""
        if not len(self.points):
            return None
        apart = self.points - np.asarray(place)
        squared = np.einsum("ij,ij->i", apart, apart)
        row = int(squared.argmin())
        return row if squared[row] <= within * within else None


@dataclass(frozen=True, slots=True, eq=False)
class OverlayResult:
    """Values on a grid of ground cells, or at points on facades."""

    request: OverlayRequest
    values: SingleArray
    """(rows, cols), row 0 is the northern edge; for facades (n,). NaN: no ground here, inside a building."""
    crs: CompoundCrs
    west: float
    """Easting of the grid's western edge. [m]"""
    north: float
    """Northing of the grid's northern edge. [m]"""
    cell_size: float
    unit: str
    legend: Legend
    key: str
    """Hash of the request and of the surface it was computed on. A result is stale when the key no longer agrees."""
    provenance: dict[str, Any] = field(default_factory=dict)
    heights: SingleArray | None = None
    """(rows, cols) height of the ground at each cell, map heights; None for facades. [m]"""
    facades: FacadePoints | None = None
    is_difference: bool = False

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Least easting and northing, greatest easting and northing of the grid's outer edges. [m]"""
        if self.facades is not None:
            return self.request.area
        rows, columns = self.values.shape
        return (
            self.west,
            self.north - rows * self.cell_size,
            self.west + columns * self.cell_size,
            self.north,
        )

    def value_at(self, easting: float, northing: float, height: float | None = None) -> float | None:
        """The value of the ground cell at a place; None outside the grid and inside buildings.

        On facades the value of the nearest point, which the height is needed for; None where no wall is. [m]
        """
        if self.facades is not None:
            # half a cell's diagonal, and what a point stands off its wall
            within = 0.75 * self.cell_size + 0.1
            near = None if height is None else self.facades.nearest((easting, northing, height), within)
            value = float("nan") if near is None else float(self.values[near])
            return None if np.isnan(value) else value
        row = floor((self.north - northing) / self.cell_size)
        column = floor((easting - self.west) / self.cell_size)
        if not (0 <= row < self.values.shape[0] and 0 <= column < self.values.shape[1]):
            return None
        value = float(self.values[row, column])
        return None if np.isnan(value) else value

    def cell_centres(self) -> FloatArray:
        """Easting and northing of each cell's middle, shape (rows, cols, 2). [m]"""
        rows, columns = self.values.shape
        eastings = self.west + (np.arange(columns) + 0.5) * self.cell_size
        northings = self.north - (np.arange(rows) + 0.5) * self.cell_size
        return np.stack(np.meshgrid(eastings, northings), axis=-1)

    def summary(self) -> dict[str, Any]:
        """Figures for people and for JSON. Shares are of the cells (points) that have a value; None: there are none."""
        known = self.values[np.isfinite(self.values)].astype(np.float64)
        result: dict[str, Any] = {
            "kind": self.request.kind,
            "receivers": self.request.receivers,
            "date": self.request.date.isoformat(),
            "unit": self.unit,
            "is_difference": self.is_difference,
            "n_cells": int(self.values.size),
            "n_with_value": len(known),
            "mean": float(known.mean()) if len(known) else None,
            "min": float(known.min()) if len(known) else None,
            "max": float(known.max()) if len(known) else None,
            "method": self.provenance.get("method", ""),
            "key": self.key,
        }
        if self.facades is None:
            result["area_with_value_m2"] = len(known) * self.cell_size**2
        if not len(known):
            return result
        if self.is_difference:
            result["share_less"] = float((known < -1e-6).mean())
            result["share_more"] = float((known > 1e-6).mean())
        elif self.request.kind == "sun_hours":
            result["share_at_least_2_h"] = float((known >= BRE_209_HOURS - 1e-6).mean())
        else:
            result["share_shaded"] = float((known > 0.5).mean())
        return result


def nice_step(rough: float) -> float:
    """The next number of the form 1, 2 or 5 times a power of ten that is not smaller."""
    if not rough > 0.0:
        return 1.0
    power = 10.0 ** floor(log10(rough))
    return float(next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= rough * (1 - 1e-9)))
