"""Building parameters to closed solids and figures: any simple outline, with courtyards, under five forms of roof."""

from explorer.massing.building import BASE_SKIRT, ROOF_FORMS, BuildingMass, MassFigures, build_solid, figures
from explorer.massing.courtyard import courtyards, wing_depth
from explorer.massing.storeys import storey_lines

__all__ = [
    "BASE_SKIRT",
    "ROOF_FORMS",
    "BuildingMass",
    "MassFigures",
    "build_solid",
    "courtyards",
    "figures",
    "storey_lines",
    "wing_depth",
]
