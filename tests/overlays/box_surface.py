"""A made place: flat ground at height 0 and upright boxes on it, with exact rays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.jobs import Progress

FloatArray = NDArray[np.float64]

Box = tuple[float, float, float, float, float]
"""x0, y0, x1, y1 and height. [m]"""


def occluded_by_boxes(boxes: tuple[Box, ...], origins: FloatArray, directions: FloatArray) -> NDArray[np.bool_]:
    """Whether each ray enters any box (slab test)."""
    hit = np.zeros(len(origins), dtype=np.bool_)
    with np.errstate(divide="ignore", invalid="ignore"):
        for x0, y0, x1, y1, height in boxes:
            t0 = (np.array([x0, y0, 0.0]) - origins) / directions
            t1 = (np.array([x1, y1, height]) - origins) / directions
            near = np.nanmax(np.minimum(t0, t1), axis=1)
            far = np.nanmin(np.maximum(t0, t1), axis=1)
            hit |= (far >= near) & (far > 0.0)
    return hit


@dataclass(frozen=True)
class BoxFacades:
    points: FloatArray
    normals: FloatArray
    feature_ids: list[str]


@dataclass(frozen=True)
class BoxSurface:
    """Answers as `explorer.overlays.Surface` does."""

    boxes: tuple[Box, ...] = ()
    key: str = "boxes"

    def rays(
        self, area: tuple[float, float, float, float], margin: float | None = None, *, progress: Progress | None = None
    ) -> BoxSurface:
        x0, y0, x1, y1 = area
        margin = 500.0 if margin is None else margin
        near = tuple(
            box
            for box in self.boxes
            if box[2] >= x0 - margin and box[0] <= x1 + margin and box[3] >= y0 - margin and box[1] <= y1 + margin
        )
        return BoxSurface(near)

    def occluded(self, origins: FloatArray, directions: FloatArray) -> NDArray[np.bool_]:
        return occluded_by_boxes(self.boxes, origins, directions)

    def ground_samples(
        self, area: tuple[float, float, float, float], resolution: float, *, progress: Progress | None = None
    ) -> FloatArray:
        x0, y0, x1, y1 = area
        rows, columns = round((y1 - y0) / resolution), round((x1 - x0) / resolution)
        x = x0 + (np.arange(columns) + 0.5) * resolution
        y = y0 + (np.arange(rows)[::-1] + 0.5) * resolution
        xx, yy = np.meshgrid(x, y)
        zz = np.zeros_like(xx)
        for bx0, by0, bx1, by1, _height in self.boxes:
            zz[(xx > bx0) & (xx < bx1) & (yy > by0) & (yy < by1)] = np.nan
        return np.stack([xx, yy, zz], axis=-1)

    def facade_samples(
        self, area: tuple[float, float, float, float], spacing: float, *, progress: Progress | None = None
    ) -> BoxFacades:
        points, normals, ids = [], [], []
        for number, (x0, y0, x1, y1, height) in enumerate(self.boxes):
            z = np.arange(spacing / 2.0, height, spacing)
            middle_x, middle_y = (x0 + x1) / 2.0, (y0 + y1) / 2.0
            for x, y, nx, ny in (
                (middle_x, y0, 0.0, -1.0),
                (x1, middle_y, 1.0, 0.0),
                (middle_x, y1, 0.0, 1.0),
                (x0, middle_y, -1.0, 0.0),
            ):
                if not (area[0] <= x <= area[2] and area[1] <= y <= area[3]):
                    continue
                points.extend([x, y, height_here] for height_here in z)
                normals.extend([[nx, ny, 0.0]] * len(z))
                ids.extend([f"box-{number}"] * len(z))
        return BoxFacades(np.array(points).reshape(-1, 3), np.array(normals).reshape(-1, 3), ids)
