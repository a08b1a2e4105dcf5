"""CityJSON 1.0, 1.1, 2.0 and CityJSONSeq into a city model: whole, tolerant of single broken parts, and honest."""

from importers.cityjson.reader import read_cityjson

__all__ = ["read_cityjson"]
