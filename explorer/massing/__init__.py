"""Building parameters to closed solids and figures: any simple outline, with courtyards, under five forms of roof."""

from explorer.massing.building import BASE_SKIRT, ROOF_FORMS, BuildingMass, MassFigures, build_solid, figures
from explorer.massing.courtyard import courtyards, wing_depth

__all__ = [
    "BASE_SKIRT",
    "ROOF_FORMS",
    "BuildingMass",
    "MassFigures",
    "build_solid",
    "courtyards",
    "figures",
    "wing_depth",
]
