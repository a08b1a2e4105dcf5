"""A building's mass: walls over a footprint, a roof over the eaves, and the figures planners ask for."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.polygon import orient

from explorer.errors import ScenarioError
from explorer.i18n import _
from explorer.massing.roof import roof_pieces
from explorer.massing.triangulate import triangulated
from explorer.tileformat import Mesh, SurfaceClass

ROOF_FORMS = ("flat", "gabled", "hipped", "pyramidal", "skillion")
BASE_SKIRT = 0.5
"""Walls go this far into the ground, so that sloping ground shows no gap. Not part of the volume. [m]"""
MIN_AREA = 1.0
MAX_HEIGHT = 1000.0
_PLACES = 4
"""Coordinates are rounded to a tenth of a millimetre, so that pieces of a roof share their corners exactly."""

Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class BuildingMass:
    """Parameters of a proposed building, in local metres about the point where it stands.

    Raises `ScenarioError` when a solid cannot be made of them.
    """

    footprint: Ring
    """Outer ring, either direction, not closed. [m]"""
    holes: tuple[Ring, ...] = ()
    """Courtyards."""
    storeys: int = 3
    storey_height: float = 3.0
    roof_form: str = "flat"
    roof_height: float = 0.0
    """Ridge above eaves; 0 makes any roof flat. [m]"""

    @property
    def eaves_height(self) -> float:
        """Top of the walls above the base. [m]"""
        return self.storeys * self.storey_height

    @property
    def height(self) -> float:
        """Highest point above the base that the parameters allow; `figures` has what is built. [m]"""
        return self.eaves_height + (0.0 if self.roof_form == "flat" else self.roof_height)

    def polygon(self) -> Any:
        """The footprint as a valid, counter-clockwise shapely polygon. Raises `ScenarioError`."""
        rings = (self.footprint, *self.holes)
        if not all(isfinite(value) for ring in rings for point in ring for value in point):
            raise ScenarioError(_("A footprint needs finite coordinates."))
        if len(set(self.footprint)) < 3:
            raise ScenarioError(_("A footprint needs at least three different corners."))
        rounded = [[(round(x, _PLACES), round(y, _PLACES)) for x, y in ring] for ring in rings]
        polygon = Polygon(rounded[0], [ring for ring in rounded[1:] if len(set(ring)) >= 3])
        if not polygon.is_valid:
            raise ScenarioError(_("The footprint crosses itself. Draw its corners around the building in order."))
        if polygon.area < MIN_AREA:
            raise ScenarioError(_("The footprint is smaller than {area} m².").format(area=MIN_AREA))
        return orient(polygon)

    def check(self) -> None:
        """Raise `ScenarioError` unless a solid can be made."""
        if self.storeys < 1 or self.storeys != int(self.storeys):
            raise ScenarioError(_("A building needs at least one whole storey."))
        if not 0.5 <= self.storey_height <= 50.0:
            raise ScenarioError(_("A storey is between 0.5 and 50 m high."))
        if self.roof_form not in ROOF_FORMS:
            raise ScenarioError(_("Unknown roof form: {form}").format(form=self.roof_form))
        if not 0.0 <= self.roof_height <= 100.0:
            raise ScenarioError(_("A roof is between 0 and 100 m high."))
        if self.height > MAX_HEIGHT:
            raise ScenarioError(_("A building is at most {height:g} m high.").format(height=MAX_HEIGHT))
        self.polygon()


@dataclass(frozen=True, slots=True)
class MassFigures:
    """What a planner asks of a mass."""

    footprint_area: float
    """[m²]"""
    gross_floor_area: float
    """Footprint times storeys; the attic does not count. [m²]"""
    eaves_height: float
    height: float
    """To the ridge. [m above base]"""
    volume: float
    """Above the base, roof included. [m³]"""


def build_solid(mass: BuildingMass) -> Mesh:
    """A closed solid with outward faces, local metres; z = 0 is the base, the floor lies `BASE_SKIRT` below.

    Walls are `WALL`, the roof `ROOF`, the underside `FLOOR`. Raises `ScenarioError` for parameters without a solid.
    """
    mass.check()
    polygon = mass.polygon()
    pieces = roof_pieces(polygon, mass.roof_form, mass.roof_height)
    triangles: list[NDArray[np.float64]] = []
    kinds: list[int] = []

    def add(faces: NDArray[np.float64], kind: SurfaceClass) -> None:
        if len(faces):
            triangles.append(faces)
            kinds.extend([int(kind)] * len(faces))

    for piece in pieces:
        flat = triangulated(piece.polygon)
        add(_lifted(flat, piece.height_at, mass.eaves_height), SurfaceClass.ROOF)
        add(_lifted(flat, lambda xy: np.zeros(len(xy)), -BASE_SKIRT)[:, ::-1], SurfaceClass.FLOOR)
    for start, end, low, high in _walls(pieces):
        add(_wall(start, end, mass.eaves_height + low, mass.eaves_height + high), SurfaceClass.WALL)
    corners = np.concatenate(triangles)
    count = len(corners)
    return Mesh(
        positions=corners.reshape(-1, 3),
        triangles=np.arange(count * 3, dtype=np.uint32).reshape(count, 3),
        surface_class=np.repeat(np.array(kinds, dtype=np.uint8), 3),
    )


def figures(mass: BuildingMass) -> MassFigures:
    """Areas, heights and volume of a mass. Raises `ScenarioError` for parameters without a solid."""
    mass.check()
    polygon = mass.polygon()
    roof_volume = rise = 0.0
    for piece in roof_pieces(polygon, mass.roof_form, mass.roof_height):
        flat = triangulated(piece.polygon)
        a, b = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
        areas = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2.0
        corners = piece.height_at(flat.reshape(-1, 2)).reshape(-1, 3)
        roof_volume += float((areas * corners.mean(axis=1)).sum())
        # over an L the highest point of the form may lie beside the building
        rise = max(rise, float(corners.max(initial=0.0)))
    area = float(polygon.area)
    return MassFigures(
        footprint_area=area,
        gross_floor_area=area * mass.storeys,
        eaves_height=mass.eaves_height,
        height=mass.eaves_height + rise,
        volume=area * mass.eaves_height + roof_volume,
    )


def _lifted(flat: NDArray[np.float64], height_at: Any, base: float) -> NDArray[np.float64]:
    """Plane triangles (m, 3, 2) at their height: (m, 3, 3)."""
    heights = base + height_at(flat.reshape(-1, 2)).reshape(-1, 3)
    return np.concatenate([flat, heights[:, :, None]], axis=2)


def _walls(pieces: Any) -> list[tuple[Any, Any, float, float]]:
    """Outer edges of the pieces with the roof's height above the eaves at both ends.

    An edge that two pieces share, once in each direction, is inside.
    """
    edges: dict[tuple[Any, Any], tuple[float, float]] = {}
    for piece in pieces:
        for ring in (piece.polygon.exterior, *piece.polygon.interiors):
            points = np.round(np.asarray(ring.coords)[:, :2], _PLACES)
            heights = piece.height_at(points)
            for i in range(len(points) - 1):
                start, end = tuple(points[i]), tuple(points[i + 1])
                if edges.pop((end, start), None) is None:
                    edges[(start, end)] = (float(heights[i]), float(heights[i + 1]))
    return [(start, end, low, high) for (start, end), (low, high) in edges.items()]


def _wall(start: Any, end: Any, top_start: float, top_end: float) -> NDArray[np.float64]:
    """Two triangles under an edge of the counter-clockwise outline; they face outwards, to its right."""
    a = (*start, -BASE_SKIRT)
    b = (*end, -BASE_SKIRT)
    c, d = (*end, top_end), (*start, top_start)
    return np.array([[a, b, c], [a, c, d]], dtype=np.float64)
