"""The river and the harbour basin, in plan coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from importers.sampletown.scale import F64, Scale


@dataclass(frozen=True)
class Water:
    """Where the water is. Lengths in metres, plan coordinates."""

    polygon: shapely.Polygon
    width: float
    middle: float
    amplitude: float
    wave_number: float
    phase: float
    basin: tuple[float, float, float, float]
    """x0, y0, x1, y1 of the harbour basin, which opens to the river in the south."""

    def river_y(self, x: F64) -> F64:
        """The river's centre line."""
        y: F64 = self.middle + self.amplitude * np.sin(self.wave_number * x + self.phase)
        return y

    def distance(self, xy: F64) -> F64:
        """About how far points (n, 2) on land are from the water; below 0 on the water."""
        x, y = xy[:, 0], xy[:, 1]
        slope = self.amplitude * self.wave_number * np.cos(self.wave_number * x + self.phase)
        river = np.abs(y - self.river_y(x)) / np.sqrt(1.0 + slope * slope) - self.width / 2
        x0, y0, x1, y1 = self.basin
        dx = np.maximum(x0 - x, x - x1)
        dy = np.maximum(y0 - y, y - y1)
        basin = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0)
        nearest: F64 = np.minimum(river, basin)
        return nearest


def make_water(scale: Scale) -> Water:
    """A meandering river south of the market, and a basin that opens into it on the town's side."""
    rng = scale.rng("water")
    amplitude = 0.05 * scale.radius * rng.uniform(0.8, 1.3)
    wave_number = 2 * np.pi / (scale.radius * rng.uniform(1.9, 2.4))
    phase = rng.uniform(-0.5, 0.5)
    reach = scale.extent + 200.0
    x = np.linspace(-reach, reach, max(64, int(2 * reach / 16)))
    y = scale.river_y + amplitude * np.sin(wave_number * x + phase)
    river = shapely.LineString(np.column_stack([x, y])).buffer(scale.river_width / 2, cap_style="flat")
    side = 1.0 if rng.random() < 0.5 else -1.0
    half = float(np.clip(0.055 * scale.radius, 11.0, 34.0))
    bx = side * max(0.33 * scale.radius, scale.square + 12.0 + half + 22.0)
    length = float(np.clip(0.27 * scale.radius, 45.0, 330.0))
    mouth = scale.river_y + amplitude * np.sin(wave_number * bx + phase)
    basin = (bx - half, mouth, bx + half, mouth + scale.river_width / 2 + length)
    polygon = shapely.union(river, shapely.box(*basin)).intersection(shapely.Point(0, 0).buffer(reach - 20.0))
    return Water(polygon, scale.river_width, scale.river_y, amplitude, wave_number, phase, basin)
