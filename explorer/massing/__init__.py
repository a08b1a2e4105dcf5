"""Building parameters to closed solids and figures: any simple outline, with courtyards, under five forms of roof."""

from explorer.massing.mass import SKIRT_DEPTH, BuildingMass, MassFigures, RoofForm

__all__ = ["SKIRT_DEPTH", "BuildingMass", "MassFigures", "RoofForm"]
