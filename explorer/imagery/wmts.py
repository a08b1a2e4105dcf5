"""A Web Map Tile Service (OGC 07-057r7): which layer, style and grid are meant, and where their tiles are."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

from explorer.errors import CrsError, DataError
from explorer.geo import extent_of_use, load_crs
from explorer.i18n import _
from explorer.imagery.grids import GridLevel, Tile, TileGrid
from explorer.imagery.sources import ChoiceNeeded, Where
from explorer.imagery.tiled import TiledSource, known_crs
from explorer.store import is_web_address, shown

_OWS = "{http://www.opengis.net/ows/1.1}"
_WMTS = "{http://www.opengis.net/wmts/1.0}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_PIXEL_M = 0.00028
"""What the standard takes a pixel of a screen to be. [m]"""
_RADIAN_M = 6378137.0
"""What the standard takes an angle to be on the ground. [m]"""
_PICTURES = (
    "image/png", "image/jpeg", "image/webp", "image/png8", "image/jpg", "image/gif",
    # JPEG, and PNG where something is transparent: as GeoServer, ArcGIS and MapCache call it
    "image/vnd.jpeg-png", "image/vnd.jpeg-png8", "image/jpgpng",
)  # fmt: skip
_MOST_LEVELS = 64
_MUCH_MORE = 2.0
"""So much more of its CRS's area a grid has to cover, taken the other way round than the standard says, to be so."""


def open_wmts(root: ET.Element, base: str, where: Where, read: Callable[[str], bytes], near_crs: str) -> TiledSource:
    """The layer that is meant. Raises `DataError` that lists what there is where it has to be chosen."""
    layer = _chosen(root.findall(f"{_WMTS}Contents/{_WMTS}Layer"), where.layer, "layer", base)
    style = _style(layer, where.style, base)
    sets = {_name(one): one for one in root.findall(f"{_WMTS}Contents/{_WMTS}TileMatrixSet")}
    links = layer.findall(f"{_WMTS}TileMatrixSetLink")
    offered = [(link.findtext(f"{_WMTS}TileMatrixSet") or "").strip() for link in links]
    name = _matrix_set([one for one in offered if one in sets], sets, where.matrix_set, near_crs, base)
    grid = _grid(sets[name], _limits(links[offered.index(name)]), base)
    form, tile_address = _form_and_address(root, layer, base)
    words = {"layer": _name(layer), "style": style, "tilematrixset": name, "format": form} | _dimensions(layer)

    def address(tile: Tile) -> str:
        said = {"tilematrix": grid.levels[tile[0]].name, "tilecol": str(tile[1]), "tilerow": str(tile[2])}
        return tile_address(words | said)

    title = (layer.findtext(f"{_OWS}Title") or _name(layer)).strip()
    provider = root.findtext(f"{_OWS}ServiceProvider/{_OWS}ProviderName") or ""
    return TiledSource(grid, address, read, title, where.attribution or provider.strip())


def _name(element: ET.Element) -> str:
    return (element.findtext(f"{_OWS}Identifier") or "").strip()


def _chosen(found: Sequence[ET.Element], wanted: str, word: str, base: str) -> ET.Element:
    names = [_name(one) for one in found]
    if wanted in names:
        return found[names.index(wanted)]
    if not wanted and len(found) == 1:
        return found[0]
    some = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
    if wanted:
        text = _("The service has no {word} “{name}”. It has: {names} [{uri}]")
    else:
        text = _("The service has several; choose one by #{word}=NAME at the end of the address: {names} [{uri}]")
        if names:
            raise ChoiceNeeded(text.format(word=word, names=some, uri=shown(base)), word, tuple(names))
    raise DataError(text.format(word=word, name=wanted, names=some or "-", uri=shown(base)))


def _style(layer: ET.Element, wanted: str, base: str) -> str:
    styles = layer.findall(f"{_WMTS}Style")
    if wanted:
        return _name(_chosen(styles, wanted, "style", base))
    default = [one for one in styles if one.get("isDefault", "").strip() in ("true", "1")]  # how XML writes yes
    return _name((default or styles)[0]) if styles else "default"


def _dimensions(layer: ET.Element) -> dict[str, str]:
    """Values of what else a tile depends on, such as the time: the default, else the first; none where none is said."""
    found = {}
    for one in layer.findall(f"{_WMTS}Dimension"):
        said = [one.findtext(f"{_WMTS}Default") or "", *(value.text or "" for value in one.findall(f"{_WMTS}Value"))]
        found[_name(one).lower()] = next((value.strip() for value in said if value.strip()), "")
    return {name: value for name, value in found.items() if name and value}


def _matrix_set(offered: Sequence[str], sets: dict[str, ET.Element], wanted: str, near_crs: str, base: str) -> str:
    """The wanted one; else that on the scene's map, Web Mercator, or the first whose CRS is known."""
    if wanted and wanted not in offered:
        _chosen([sets[one] for one in offered], wanted, "matrix_set", base)
    if wanted:
        return wanted
    known: list[tuple[str, str]] = []
    for name in offered:
        try:
            known.append((known_crs(sets[name].findtext(f"{_OWS}SupportedCRS") or "", base), name))
        except DataError:
            continue
    if not known:
        raise _lacks("TileMatrixSet, SupportedCRS", base)
    by_crs = dict(reversed(known))
    return by_crs.get(near_crs) or by_crs.get("EPSG:3857") or known[0][1]


_LIMITS = ("MinTileCol", "MaxTileCol", "MinTileRow", "MaxTileRow")


def _limits(link: ET.Element) -> dict[str, tuple[int, int, int, int]]:
    """First and last column, first and last row, by matrix."""
    found = dict[str, tuple[int, int, int, int]]()
    for one in link.iter(f"{_WMTS}TileMatrixLimits"):
        name = (one.findtext(f"{_WMTS}TileMatrix") or "").strip()
        numbers = [one.findtext(f"{_WMTS}{word}") or "" for word in _LIMITS]
        if all(number.strip().isdigit() for number in numbers):
            a, b, c, d = (int(number) for number in numbers)
            before = found.get(name, (a, b, c, d))  # a matrix may be listed in pieces; holes between them are not there
            whole = min(a, before[0]), max(b, before[1]), min(c, before[2]), max(d, before[3])
            found[name] = found[name.rpartition(":")[2]] = whole
    return found


def _limits_of(matrix: ET.Element, limits: dict[str, tuple[int, int, int, int]]) -> tuple[int, int, int, int] | None:
    return limits.get(_name(matrix)) or limits.get(_name(matrix).rpartition(":")[2])


def _grid(matrix_set: ET.Element, limits: dict[str, tuple[int, int, int, int]], base: str) -> TileGrid:
    said = (matrix_set.findtext(f"{_OWS}SupportedCRS") or "").strip()
    try:
        crs = known_crs(said, base)
        axes = _axes(crs)
        matrices = matrix_set.findall(f"{_WMTS}TileMatrix")[:_MOST_LEVELS]
        # limits say which resolutions there are, too (OGC 07-057r7, 7.2.4.6.2): what they do not list is not there
        matrices = [matrix for matrix in matrices if _limits_of(matrix, limits)] or matrices
        levels = [_level(matrix, axes, limits) for matrix in matrices]
        # some servers write corners the other way round: then those fit
        other = replace(axes, is_north_first=not axes.is_north_first)
        turned = [_level(matrix, other, limits) for matrix in matrices]
        if _in_use(turned, crs) > _MUCH_MORE * _in_use(levels, crs):
            levels = turned
    except CrsError:
        raise
    except ValueError as error:
        if isinstance(error, DataError):
            raise
        raise _lacks(str(error)[:100], base) from error
    if not levels:
        raise _lacks("TileMatrix", base)
    return TileGrid(crs, tuple(sorted(levels, key=lambda level: -level.pixel_x)))


def _level(matrix: ET.Element, axes: _Axes, limits: dict[str, tuple[int, int, int, int]]) -> GridLevel:
    """Raises ValueError, with what is missing or wrong."""
    texts = {name: (matrix.findtext(f"{_WMTS}{name}") or "").strip() for name in _MEMBERS}
    pixel = float(texts["ScaleDenominator"]) * _PIXEL_M / axes.unit_m
    x, y = (float(part) for part in texts["TopLeftCorner"].split())
    if axes.is_north_first and not (axes.are_degrees and abs(x) > 90.0):  # no northing, whoever wrote it
        x, y = y, x
    wide, high = int(texts["TileWidth"]), int(texts["TileHeight"])
    columns, rows = int(texts["MatrixWidth"]), int(texts["MatrixHeight"])
    if not (0 < wide <= 4096 and 0 < high <= 4096 and pixel > 0.0 and math.isfinite(pixel + x + y)):
        raise ValueError("TileMatrix")
    bounds = _limits_of(matrix, limits)
    first_column, last_column, first_row, last_row = bounds or (0, columns - 1, 0, rows - 1)
    return GridLevel(pixel, pixel, x, y, wide, high, first_column, last_column, first_row, last_row, _name(matrix))


def _in_use(levels: Sequence[GridLevel], crs: str) -> float:
    """How much of what its CRS is for the widest level of a grid covers, in its unit squared. 0 where nobody says."""
    extent = extent_of_use(crs)
    if extent is None:
        return 0.0
    west, south, east, north = extent
    covered = [
        max(min(high[2], east) - max(low[0], west), 0.0) * max(min(high[3], north) - max(low[1], south), 0.0)
        for level in levels
        for low, high in [
            (level.box(level.first_column, level.last_row), level.box(level.last_column, level.first_row))
        ]
    ]
    return max(covered, default=0.0)


_MEMBERS = ("ScaleDenominator", "TopLeftCorner", "TileWidth", "TileHeight", "MatrixWidth", "MatrixHeight")


@dataclass(frozen=True, slots=True)
class _Axes:
    """How a CRS counts."""

    are_degrees: bool
    is_north_first: bool
    """Its first axis is the northern one, as in corners."""
    unit_m: float


def _axes(crs: str) -> _Axes:
    found = load_crs(crs)
    axes = found.axis_info
    is_north_first = bool(axes) and axes[0].direction.lower() == "north"
    unit = float(axes[0].unit_conversion_factor) if axes else 1.0  # of an angle in radians, of feet in metres
    return _Axes(bool(found.is_geographic), is_north_first, unit * (_RADIAN_M if found.is_geographic else 1.0))


TileAddress = Callable[[dict[str, str]], str]


def _form_and_address(root: ET.Element, layer: ET.Element, base: str) -> tuple[str, TileAddress]:
    """The first format that is a picture, the server's own preference, of those that have an address."""
    offered = [(one.text or "").strip() for one in layer.findall(f"{_WMTS}Format")]
    pictures = [form for form in offered if form.partition(";")[0].lower() in _PICTURES]
    if not pictures:
        text = _("The service has no pictures, but {names}. [{uri}]")
        raise DataError(text.format(names=", ".join(offered) or "-", uri=shown(base)))
    href = _get_tile(root)
    for form in pictures:
        address = _rest(layer, form, base) or (_kvp(href, base) if href else None)
        if address is not None:
            return form, address
    if not is_web_address(base) or base.partition("?")[0].lower().endswith(".xml"):  # a document answers no questions
        raise _lacks("ResourceURL, GetTile", base)
    return pictures[0], _kvp(href, base)


def _rest(layer: ET.Element, form: str, base: str) -> TileAddress | None:
    """By a template of the layer."""
    for one in layer.findall(f"{_WMTS}ResourceURL"):
        if one.get("resourceType") == "tile" and one.get("format", form) == form and one.get("template"):
            return partial(_filled, base, urljoin(base, str(one.get("template"))))
    return None


def _filled(base: str, template: str, words: dict[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        said = words.get(found[1].lower())
        return found[0] if said is None else quote(said, safe=":")

    return _with_query_of(base, re.sub(r"\{([^{}]*)\}", value, template))


def _get_tile(root: ET.Element) -> str:
    """The address that the service gives for asking by parameters; empty where it gives none."""
    for operation in root.findall(f"{_OWS}OperationsMetadata/{_OWS}Operation"):
        if operation.get("name") != "GetTile":
            continue
        for get in operation.iter(f"{_OWS}Get"):
            encodings = [(one.text or "").strip().upper() for one in get.iter(f"{_OWS}Value")]
            if (not encodings or "KVP" in encodings) and get.get(_HREF):
                return str(get.get(_HREF))
    return ""


def _kvp(href: str, base: str) -> TileAddress:
    """By parameters, at the address that the service gives for them; else at that of its capabilities."""
    start = urljoin(base, href) if href else base.partition("?")[0]
    asked = {"service": "WMTS", "request": "GetTile", "version": "1.0.0"}

    def address(words: dict[str, str]) -> str:
        own = [(name, value) for name, value in parse_qsl(urlsplit(start).query) if name.lower() not in _OWN]
        pairs = [*own, *((name.upper(), value) for name, value in (asked | words).items())]
        return _with_query_of(base, f"{start.partition('?')[0]}?{urlencode(pairs, safe=':/,')}")

    return address


_OWN = ("service", "request", "version")


def _with_query_of(base: str, made: str) -> str:
    """What the user's address says beside the standard's words (a map file, a session) goes along to its own server."""
    if urlsplit(base).netloc != urlsplit(made).netloc:
        return made
    said = {name.lower() for name, _value in parse_qsl(urlsplit(made).query, keep_blank_values=True)}
    more = [
        (name, value)
        for name, value in parse_qsl(urlsplit(base).query, keep_blank_values=True)
        if name.lower() not in said and name.lower() not in _OWN
    ]
    if not more:
        return made
    return f"{made}{'&' if '?' in made else '?'}{urlencode(more)}"


def _lacks(why: str, base: str) -> DataError:
    text = _("The description of the tiles lacks something: {why} [{uri}]")
    return DataError(text.format(why=why, uri=shown(base)))
