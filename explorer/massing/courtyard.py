"""Courtyards by one number: how deep the wings around them are."""

from __future__ import annotations

from explorer.errors import ScenarioError
from explorer.i18n import _, decimal
from explorer.massing.building import BuildingMass, Ring

LEAST_AREA = 4.0
"""A courtyard is no smaller. [m²]"""
_PLACES = 3


def courtyards(footprint: Ring, depth: float) -> tuple[Ring, ...]:
    """Courtyards that leave wings `depth` metres deep within an outline (local metres); none for a depth of 0.

    The outline set inwards with sharp corners, so wings are as deep everywhere; pieces under 4 m² are left out.
    Raises `ScenarioError` where there is no room for a courtyard, or the outline is none.
    """
    outline = BuildingMass(footprint).polygon()
    if depth <= 0.0:
        return ()
    inner = outline.buffer(-depth, join_style="mitre", mitre_limit=20.0)
    pieces = [part for part in getattr(inner, "geoms", [inner]) if part.area >= LEAST_AREA]
    if not pieces:
        from shapely import maximum_inscribed_circle

        most = decimal(float(maximum_inscribed_circle(outline).length), ".1f")
        text = _("There is no room for a courtyard between wings {depth} m deep: they would meet at {most} m.")
        raise ScenarioError(text.format(depth=decimal(depth, ".1f"), most=most))
    return tuple(tuple((round(x, _PLACES), round(y, _PLACES)) for x, y in part.exterior.coords[:-1]) for part in pieces)


def wing_depth(mass: BuildingMass) -> float:
    """How far courtyards are from the outside at least; 0 where there are none. [m]"""
    from shapely import LinearRing

    outside = LinearRing(mass.footprint)
    return min((float(outside.distance(LinearRing(hole))) for hole in mass.holes), default=0.0)
