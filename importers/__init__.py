"""Readers of city data that write 3D Tiles: each source fills a `CityModel`, one pipeline tiles it, measures its levels
of detail, and says in a report what was read, written and left out, and why.
"""

from __future__ import annotations

from importers.city_import import import_city
from importers.model import CityFeature, CityModel, ImportReport, LodMesh

__all__ = ["CityFeature", "CityModel", "ImportReport", "LodMesh", "import_city"]
