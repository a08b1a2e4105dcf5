"""Sources whose tiles are files of their own, each at an address that is made of level, column and row."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from explorer.errors import DataError, FetchError, NotThere
from explorer.geo import load_crs
from explorer.i18n import _
from explorer.imagery.grids import KNOWN_ORIGINS, WEB_MERCATOR, Tile, TileGrid, pyramid
from explorer.imagery.pictures import Texels, decode_picture
from explorer.imagery.sources import OpenStore, Where
from explorer.imagery.templates import address_in, has_places, map_of
from explorer.store import Store, is_web_address, shown

LAST_ZOOM = 19
"""The finest level where nobody says which one there is."""
_MOST_ZOOM = 24


@dataclass(frozen=True)
class TiledSource:
    """Tiles by address. See `ImageSource`."""

    grid: TileGrid
    address: Callable[[Tile], str]
    fetch: Callable[[str], bytes]
    title: str = ""
    attribution: str = ""
    store: Store | None = None

    def read(self, tile: Tile) -> Texels | None:
        """See `ImageSource.read`; what is not there is a hole."""
        uri = self.address(tile)
        try:
            data = self.fetch(uri)
        except NotThere as error:
            if type(error) is NotThere:
                return None
            raise
        if not data:
            return None
        level = self.grid.levels[tile[0]]
        return decode_picture(data, shown(uri), (level.tile_width, level.tile_height))

    def close(self) -> None:
        """See `ImageSource.close`."""
        if self.store is not None:
            self.store.close()


def open_template(where: Where, open_store: OpenStore) -> TiledSource:
    """An address or path with {z}, {x} and {y} or {-y} (rows from the south), or others words for them (`templates`).

    Raises `DataError` for one that does not say where its tiles are.
    """
    found = tiles_by_template(where, _read_file)
    if not is_web_address(where.url):
        return found
    store = open_store(found.address((0, 0, 0)))
    return replace(found, fetch=store.read, store=store)


def tiles_by_template(where: Where, read: Callable[[str], bytes]) -> TiledSource:
    """The same, read by whoever knows how. Raises `DataError`."""
    url, said = where.url, map_of(where)
    if not has_places(url):
        raise DataError(_("An address of tiles holds {z}, {x} and {y}. [{uri}]").replace("{uri}", shown(url)))
    crs = known_crs(said, url) if said else WEB_MERCATOR
    if crs not in KNOWN_ORIGINS:
        text = _("How {crs} is cut into tiles is not known; known are {known}. [{uri}]")
        raise DataError(text.format(crs=crs, known=", ".join(KNOWN_ORIGINS), uri=shown(url)))
    first, last = _zooms(where)
    grid = pyramid(crs, first=first, last=last)

    def address(tile: Tile) -> str:
        number, column, row = tile
        return address_in(where, int(grid.levels[number].name), column, row)

    address((0, 0, 0))
    title, attribution = _host_or_folder(url), where.attribution
    if not attribution and title.partition(":")[0].endswith("openstreetmap.org"):
        attribution = "© OpenStreetMap contributors"  # whose licence asks for it, and whose tiles do not say it
    return TiledSource(grid, address, read, title, attribution)


_CODE = re.compile(
    r"(?:urn:(?:x-)?ogc:def:(?:crs|parameter):|https?://www\.opengis\.net/def/crs/)?epsg[:/](?:[^/]*[:/])?(\d+)/?",
    re.IGNORECASE,
)
"""Any spelling of a code. Its edition holds a colon in OGC 07-057r7's own well-known grids (EPSG:6.18:3:3857); some
servers call a CRS a parameter."""
_WEB_MERCATOR_TOO = ("EPSG:900913", "EPSG:3785", "EPSG:102100", "EPSG:102113", "OSGEO:41001")
"""What Web Mercator was called before it had its code, and what Esri calls it."""


def known_crs(text: str, uri: str) -> str:
    """A CRS in any spelling as "EPSG:…". Raises `DataError`, naming the address."""
    code_said = _CODE.fullmatch(text.strip())
    name = f"EPSG:{code_said[1]}" if code_said else text.strip()
    if name.upper() in _WEB_MERCATOR_TOO:
        return WEB_MERCATOR
    try:
        found = load_crs(name)
    except DataError as error:
        raise DataError(f"{error} [{shown(uri)}]") from error
    code = found.to_epsg(min_confidence=70)
    return f"EPSG:{code}" if code is not None else name


def _zooms(where: Where) -> tuple[int, int]:
    if not where.zoom:
        return 0, LAST_ZOOM
    first, dash, last = where.zoom.partition("-")
    try:
        low, high = int(first), int(last if dash else first)
    except ValueError:
        low, high = 1, 0
    if not 0 <= low <= high <= _MOST_ZOOM:
        text = _("Write the levels as FIRST-LAST, such as 0-19, not “{text}”. [{uri}]")
        raise DataError(text.format(text=where.zoom, uri=shown(where.url)))
    return (low if dash else 0), high


def _host_or_folder(url: str) -> str:
    parts = [part for part in url.replace("\\", "/").split("/") if part and "{" not in part and not part.endswith(":")]
    return parts[0] if is_web_address(url) and parts else (parts[-1] if parts else url)


def _read_file(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError as error:
        raise NotThere(_("The file is not there. [{path}]").format(path=path)) from error
    except OSError as error:
        text = _("The file cannot be read: {reason}. [{path}]")
        raise FetchError(text.format(reason=error.strerror or error, path=path)) from error
