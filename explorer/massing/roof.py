"""Roof forms as planes over pieces of a footprint.

Each form is the lower envelope of a few planes over the smallest rectangle around the footprint (ridge along its longer
side), cut by the footprint. For a rectangle these are the classic forms; for any other outline the roof of the
rectangle is cut at the walls, which is closed and never crosses itself, and honest about what it is: a massing.

::

    gabled            hipped             pyramidal        skillion
    +-----------+     +-----------+      +-------+        +-------+
    |           |     | \\_______/ |      | \\   / |        |  low  |
    |-----------|     | /       \\ |      |   X   |        |       |
    |           |     |/         \\|      | /   \\ |        |  high |
    +-----------+     +-----------+      +-------+        +-------+
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString
from shapely.geometry.polygon import orient

_PLACES = 4
_FAR = 1.0e5
"""Half the length of a cutting line. [m]"""


@dataclass(frozen=True)
class RoofPiece:
    """A part of the footprint under one plane of the roof."""

    polygon: Any
    planes: NDArray[np.float64]
    """(k, 3) all planes of the roof; height above the eaves = the least of a x + b y + c, never below 0.

    All pieces ask all planes, so that two neighbours give a shared corner the same height to the last bit.
    """

    def height_at(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Height above the eaves at points (n, 2). [m]"""
        each = points[:, :1] * self.planes[:, 0] + points[:, 1:2] * self.planes[:, 1] + self.planes[:, 2]
        heights: NDArray[np.float64] = np.round(np.maximum(each.min(axis=1), 0.0), _PLACES)
        return heights


def roof_pieces(polygon: Any, form: str, roof_height: float) -> list[RoofPiece]:
    """The footprint cut where the roof bends; pieces share the corners that cuts make."""
    if form == "flat" or roof_height <= 0.0:
        return [RoofPiece(orient(polygon), np.zeros((1, 3)))]
    planes = np.array(_planes(polygon, form, roof_height))
    # all cuts and the outline as one network of lines: faces of a network match at every corner
    cuts = [_where_equal(planes[i], planes[j]) for i in range(len(planes)) for j in range(i)]
    inside = [cut.intersection(polygon) for cut in cuts if cut is not None]
    network = shapely.unary_union([polygon.boundary, *inside], grid_size=10.0**-_PLACES)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(network)))
    kept = [face for face in faces if polygon.buffer(10.0**-_PLACES).contains(face.representative_point())]
    return [RoofPiece(orient(face), planes) for face in kept if face.area > 0.0]


def _planes(polygon: Any, form: str, height: float) -> list[tuple[float, float, float]]:
    centre, along, across, half_length, half_width = _frame(polygon)

    def plane(direction: NDArray[np.float64], run: float) -> tuple[float, float, float]:
        """Rises from 0 at the eaves `run` behind the centre, against `direction`, to the height at the centre."""
        slope = -direction * height / run
        return float(slope[0]), float(slope[1]), float(height - slope @ centre)

    if form == "skillion":
        slope = across * height / (2.0 * half_width)
        return [(float(slope[0]), float(slope[1]), float(height / 2.0 - slope @ centre))]
    sides = [plane(across, half_width), plane(-across, half_width)]
    if form == "gabled":
        return sides
    if form == "pyramidal":
        return [*sides, plane(along, half_length), plane(-along, half_length)]
    # hipped: the ends rise as steeply as the sides
    hips = []
    for direction in (along, -along):
        slope = -direction * height / half_width
        eaves = centre + direction * half_length
        hips.append((float(slope[0]), float(slope[1]), float(-slope @ eaves)))
    return [*sides, *hips]


def _frame(polygon: Any) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float, float]:
    """Centre, unit vectors along and across, half length and half width of the smallest surrounding rectangle."""
    box = np.asarray(shapely.minimum_rotated_rectangle(polygon).exterior.coords)[:4]
    first, second = box[1] - box[0], box[2] - box[1]
    if np.linalg.norm(first) < np.linalg.norm(second):
        first, second = second, first
    length, width = float(np.linalg.norm(first)), float(np.linalg.norm(second))
    return box.mean(axis=0), first / length, second / width, length / 2.0, width / 2.0


def _where_equal(plane: NDArray[np.float64], other: NDArray[np.float64]) -> Any | None:
    """The line where two planes meet, long enough for any footprint; None where they are parallel."""
    a, b, c = (float(value) for value in other - plane)
    normal = np.array([a, b])
    length = float(np.linalg.norm(normal))
    if length < 1e-12:
        return None
    normal = normal / length
    foot = normal * (-c / length)
    side = np.array([-normal[1], normal[0]]) * _FAR
    return LineString([foot - side, foot + side])
