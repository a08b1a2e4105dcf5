"""What our importers note in a tileset's `asset.extras.citiverse`, so that the way back to the source is exact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CitiverseExtras:
    """Where a tileset comes from. CRS identifiers as `CompoundCrs` writes their parts."""

    source_crs: str
    """Horizontal CRS of the source: "EPSG:28992"."""
    vertical_crs: str
    """Vertical CRS of the source: "EPSG:5709", or "ellipsoidal"."""
    height_grid: str | None = None
    """The geoid that carried heights over, as its provider names it."""
    height_offset: float | None = None
    """The offset that a person typed instead. [m]"""
    origin: tuple[float, float, float] | None = None
    """Easting, northing, height of the scene's origin that suits this city. [m]"""
    time_zone: str | None = None
    """IANA name."""
    title: str | None = None
    attribution: str | None = None
    feature_index: str | None = None
    """Relative address of the search index."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; what is not known is left out."""
        found = {name: value for name, value in asdict(self).items() if value is not None}
        if self.origin is not None:
            found["origin"] = [float(value) for value in self.origin]
        return found

    @classmethod
    def from_asset(cls, asset: Mapping[str, Any]) -> CitiverseExtras | None:
        """Out of a tileset's `asset`; None where it has none, or one that does not say its CRS."""
        extras = asset.get("extras")
        found = extras.get("citiverse") if isinstance(extras, Mapping) else None
        if not isinstance(found, Mapping):
            return None
        horizontal, vertical = _text(found, "source_crs"), _text(found, "vertical_crs")
        if horizontal is None or vertical is None:
            return None
        offset = found.get("height_offset")
        return cls(
            source_crs=horizontal,
            vertical_crs=vertical,
            height_grid=_text(found, "height_grid"),
            height_offset=float(offset) if isinstance(offset, (int, float)) else None,
            origin=_origin(found.get("origin")),
            time_zone=_text(found, "time_zone"),
            title=_text(found, "title"),
            attribution=_text(found, "attribution"),
            feature_index=_text(found, "feature_index"),
        )


def _text(found: Mapping[str, Any], name: str) -> str | None:
    value = found.get(name)
    return value if isinstance(value, str) else None


def _origin(value: Any) -> tuple[float, float, float] | None:
    if not isinstance(value, list) or len(value) != 3 or not all(isinstance(v, (int, float)) for v in value):
        return None
    return (float(value[0]), float(value[1]), float(value[2]))
