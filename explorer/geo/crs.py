"""Names of coordinate reference systems: read in every spelling that cities use, always with a height."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from explorer.errors import CrsError, quoted
from explorer.i18n import _

if TYPE_CHECKING:
    import pyproj

ELLIPSOIDAL = "ellipsoidal"
"""Vertical part of a compound CRS whose heights are above the ellipsoid."""


class MissingVertical(CrsError):
    """A source names a map projection and not what its heights are measured from."""

    def __init__(self, horizontal: str) -> None:
        self.horizontal = horizontal
        super().__init__(
            _(
                "Cannot place heights: {crs} says where things are on the map, not what heights are measured from. "
                "Add --vertical EPSG:… (5709 for NAP in the Netherlands, 7837 for DHHN2016 in Germany, or "
                "'ellipsoidal') or give the whole --crs, such as EPSG:7415. "
                "If nobody knows, --height-offset says how many metres zero lies above the ellipsoid."
            ).format(crs=horizontal)
        )


@dataclass(frozen=True, slots=True)
class CompoundCrs:
    """Where things are on the map, and what heights are measured from. Axes are easting, northing, height. [m]"""

    horizontal: str
    """A projected CRS in metres, such as "EPSG:28992"."""
    vertical: str = ELLIPSOIDAL
    """A vertical CRS such as "EPSG:5709", or "ellipsoidal"."""

    @property
    def identifier(self) -> str:
        """Short and unambiguous: "EPSG:28992+5709", "EPSG:32631+ellipsoidal"."""
        return f"{self.horizontal}+{self.vertical.removeprefix('EPSG:')}"

    @property
    def is_ellipsoidal(self) -> bool:
        """Whether heights are above the ellipsoid."""
        return self.vertical == ELLIPSOIDAL

    @property
    def name(self) -> str:
        """In words, such as "Amersfoort / RD New + NAP height"."""
        vertical = _("ellipsoidal height") if self.is_ellipsoidal else str(load_crs(self.vertical).name)
        return f"{load_crs(self.horizontal).name} + {vertical}"

    def __str__(self) -> str:
        return self.identifier


@lru_cache(maxsize=64)
def load_crs(text: str) -> pyproj.CRS:
    """The pyproj CRS of an identifier. Raises `CrsError` when nobody knows it."""
    import pyproj

    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError as error:
        raise CrsError(
            _("The coordinate system '{text}' is not known. Give an EPSG code such as EPSG:7415.").format(
                text=quoted(text, 200)
            )
        ) from error


def parse_crs(text: str | int, vertical: str | int | None = None) -> CompoundCrs:
    """Read a CRS from a code, URL, URN or name; `vertical` fills in the height that a horizontal CRS lacks.

    Understands "EPSG:7415", "7415", 7415, "EPSG:28992+5709", "EPSG:28992+ellipsoidal",
    "https://www.opengis.net/def/crs/EPSG/0/7415", "urn:ogc:def:crs:EPSG::7415" and compound URNs and URLs.

    Raises
    ------
    MissingVertical
        The CRS is horizontal only and `vertical` is not given.
    CrsError
        Unknown, geographic (degrees), or not in metres.
    """
    codes = [_normalise(part) for part in _split(str(text).strip())]
    if not codes:
        raise CrsError(_("The coordinate system is empty. Give an EPSG code such as EPSG:7415."))
    given = _normalise(str(vertical)) if vertical not in (None, "") else None
    parts: list[str] = []
    for code in codes:
        parts.extend(_components(code))
    if len(parts) == 1:
        if given is None:
            _check_horizontal(parts[0])
            raise MissingVertical(parts[0])
        parts.append(given)
    if len(parts) != 2:
        raise CrsError(
            _("'{text}' names {n} coordinate systems; expected a horizontal and a vertical one.").format(
                text=text, n=len(parts)
            )
        )
    _check_horizontal(parts[0])
    _check_vertical(parts[1])
    by_name = parts[1] != ELLIPSOIDAL and ":" not in parts[1]  # PROJ knows some by their names alone
    return CompoundCrs(parts[0], identifier(load_crs(parts[1])) if by_name else parts[1])


def suggest_crs(lon_deg: float, lat_deg: float) -> CompoundCrs:
    """A sensible CRS for a place of which nothing else is known: its UTM zone (WGS 84), ellipsoidal heights.

    Beyond 84° N and 80° S the polar stereographic systems take over. Norway's and Svalbard's special zones are left
    out: the ordinary zone is just as exact there.
    """
    if lat_deg > 84.0:
        return CompoundCrs("EPSG:32661")
    if lat_deg < -80.0:
        return CompoundCrs("EPSG:32761")
    zone = int((lon_deg + 180.0) % 360.0 // 6.0) + 1
    return CompoundCrs(f"EPSG:{(32600 if lat_deg >= 0.0 else 32700) + zone}")


_ADV = {
    "ETRS89_UTM31": "EPSG:25831",
    "ETRS89_UTM32": "EPSG:25832",
    "ETRS89_UTM33": "EPSG:25833",
    "DE_DHDN_3GK2": "EPSG:31466",
    "DE_DHDN_3GK3": "EPSG:31467",
    "DE_DHDN_3GK4": "EPSG:31468",
    "DE_DHDN_3GK5": "EPSG:31469",
    "DE_DHHN92_NH": "EPSG:5783",
    "DE_DHHN2016_NH": "EPSG:7837",
}
"""How Germany's surveys name systems in the models of their states (GeoInfoDok, Koordinatenreferenzsysteme der AdV)."""


def _split(text: str) -> list[str]:
    """The parts of a compound name in any spelling, as written."""
    if text.startswith("urn:ogc:def:crs,"):  # urn:ogc:def:crs,crs:EPSG::28992,crs:EPSG::5709
        return [f"urn:ogc:def:{part}" for part in text.split(",")[1:] if part]
    if text.lower().startswith("urn:adv:crs:"):  # urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH
        return [_ADV.get(part.upper(), part) for part in text[12:].split("*")[:2]]
    if "crs-compound" in text:  # http://www.opengis.net/def/crs-compound?1=http://…&2=http://…
        from urllib.parse import parse_qsl

        return [value for _key, value in sorted(parse_qsl(text.partition("?")[2]))]
    if re.search(r"[:/]\d+\+|^\d+\+", text):
        return [part for part in text.split("+") if part.strip()]
    return [text] if text else []


def _normalise(text: str) -> str:
    """ "EPSG:28992" from any spelling of it; other texts stay as they are."""
    text = text.strip()
    if text.lower() in ("ellipsoidal", "ellipsoid"):
        return ELLIPSOIDAL
    if text.isdigit():
        return f"EPSG:{text}"
    patterns = (
        r"^epsg:{1,2}(\d+)$",
        r"^urn:(?:x-)?ogc:def:crs:epsg:[^:]*:(\d+)$",
        r"^https?://www\.opengis\.net/def/crs/epsg/[^/]*/(\d+)/?$",
        r"^https?://www\.opengis\.net/gml/srs/epsg\.xml#(\d+)$",
        r"^https?://(?:www\.)?(?:epsg\.io|spatialreference\.org/ref/epsg)/(\d+)/?$",
    )
    for pattern in patterns:
        match = re.match(pattern, text, re.IGNORECASE)
        if match:
            return f"EPSG:{match.group(1)}"
    return text


def _components(code: str) -> list[str]:
    """The horizontal and vertical identifiers that one identifier stands for."""
    if code == ELLIPSOIDAL:
        return [ELLIPSOIDAL]
    crs = load_crs(code)
    if crs.is_compound:
        return [identifier(part) for part in crs.sub_crs_list]
    if crs.is_projected and len(crs.axis_info) == 3:
        two = crs.to_2d()
        return [identifier(two), ELLIPSOIDAL]
    return [identifier(crs)]


def identifier(crs: Any) -> str:
    """Authority and code of a pyproj CRS, such as "EPSG:28992"; where it has none, the text that it was made of."""
    authority = crs.to_authority(min_confidence=70)
    return f"{authority[0]}:{authority[1]}" if authority else str(crs.srs)


def _check_horizontal(code: str) -> None:
    if code == ELLIPSOIDAL:
        raise CrsError(_("'ellipsoidal' is a kind of height; a horizontal system such as EPSG:28992 must come first."))
    crs = load_crs(code)
    if crs.is_vertical:
        raise CrsError(
            _("{code} ({name}) is a height system; a horizontal one such as EPSG:28992 must come first.").format(
                code=code, name=crs.name
            )
        )
    if crs.is_geocentric:
        raise CrsError(
            _(
                "{code} ({name}) counts from the Earth's centre; a city needs a map projection in metres. "
                "Choose one with --crs, such as EPSG:28992+5709 for the Netherlands or the local UTM zone."
            ).format(code=code, name=crs.name)
        )
    if not crs.is_projected:
        raise CrsError(
            _(
                "{code} ({name}) is in degrees; a city needs a map projection in metres. "
                "Choose one with --crs, such as EPSG:28992+5709 for the Netherlands or the local UTM zone."
            ).format(code=code, name=crs.name)
        )
    units = {axis.unit_name for axis in crs.axis_info if axis.direction.lower() not in ("up", "down")}
    if any(abs(axis.unit_conversion_factor - 1.0) > 1e-12 for axis in crs.axis_info):
        raise CrsError(
            _(
                "{code} ({name}) counts in {units}, not in metres. "
                "Reproject the data to a metric system of the same area first."
            ).format(code=code, name=crs.name, units=", ".join(sorted(units)))
        )


def _check_vertical(code: str) -> None:
    if code == ELLIPSOIDAL:
        return
    crs = load_crs(code)
    if not crs.is_vertical:
        raise CrsError(
            _("{code} ({name}) is not a height system. Give one such as EPSG:5709 (NAP) or 'ellipsoidal'.").format(
                code=code, name=crs.name
            )
        )
    axis = crs.axis_info[0]
    if abs(axis.unit_conversion_factor - 1.0) > 1e-12 or axis.direction.lower() != "up":
        raise CrsError(
            _("{code} ({name}) does not count upwards in metres; convert the heights first.").format(
                code=code, name=crs.name
            )
        )
