"""Building parameters to closed solids and figures: any simple outline, with courtyards, under five forms of roof."""

from explorer.massing.building import BASE_SKIRT, ROOF_FORMS, BuildingMass, MassFigures, build_solid, figures

__all__ = ["BASE_SKIRT", "ROOF_FORMS", "BuildingMass", "MassFigures", "build_solid", "figures"]
