"""Where places of the scene's map are on a source's, for whole squares at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.errors import CrsError
from explorer.geo import ELLIPSOIDAL, CompoundCrs, MapTransform, WorldFrame

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Warp:
    """The way from the scene's map to the source's. Thread-safe."""

    frame: WorldFrame
    source: MapTransform | None
    """None: the same map."""

    @classmethod
    def between(cls, frame: WorldFrame, source_crs: str) -> Warp:
        """Raises `CrsError` for a CRS that nobody knows."""
        if source_crs == frame.crs.horizontal:
            return cls(frame, None)
        return cls(frame, MapTransform(CompoundCrs(source_crs, ELLIPSOIDAL)))

    def __call__(self, map_points: FloatArray) -> FloatArray:
        """Easting, northing (n, 2) on the scene's map to x, y on the source's; NaN where either does not reach."""
        if self.source is None:
            return map_points
        try:
            return self._exact(map_points)
        except CrsError:
            found = np.full(map_points.shape, np.nan)
            for row in range(len(map_points)):
                try:
                    found[row] = self._exact(map_points[row : row + 1])[0]
                except CrsError:
                    continue
            return found

    def _exact(self, points: FloatArray) -> FloatArray:
        assert self.source is not None
        return self.source.from_lonlat(self.frame.transform.to_lonlat(points))

    def pixel_metres(self, easting: float, northing: float) -> float:
        """How many metres of the scene's map one unit of the source's map is, at a place."""
        if self.source is None:
            return 1.0
        step = 50.0
        ends = self(np.array([[easting - step, northing], [easting + step, northing],
                              [easting, northing - step], [easting, northing + step]]))  # fmt: skip
        across, along = ends[1] - ends[0], ends[3] - ends[2]
        area = abs(float(across[0] * along[1] - across[1] * along[0])) / (2.0 * step) ** 2
        return float(1.0 / np.sqrt(area)) if area > 0.0 else float("nan")
