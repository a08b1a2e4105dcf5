"""Services that describe themselves: a TMS by its tilemapresource.xml, a WMTS by its capabilities (OGC 07-057r7), tiles
of the web by TileJSON."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from explorer.errors import DataError, FetchError, NotThere
from explorer.i18n import _
from explorer.imagery.grids import GridLevel, Tile, TileGrid
from explorer.imagery.sources import ImageSource, OpenStore, Where
from explorer.imagery.tiled import TiledSource, known_crs
from explorer.imagery.tilejson import open_tilejson
from explorer.imagery.wmts import open_wmts
from explorer.store import is_web_address, shown

MOST_BYTES = 32 << 20
_ROWS = 1 << 30


def open_service(where: Where, open_store: OpenStore, near_crs: str) -> ImageSource:
    """The source that a document describes. Raises `FetchError`, `DataError`."""
    address = _capabilities_address(where.url)
    if not is_web_address(address):
        path = Path(address)
        try:
            data = path.read_bytes()
        except OSError as error:
            text = _("The file cannot be read: {reason}. [{path}]")
            raise NotThere(text.format(reason=error.strerror or error, path=path)) from error
        return _described(data, str(path.resolve()), where, _reader(open_store), near_crs)
    with ExitStack() as unused:
        store = unused.enter_context(closing(open_store(address)))
        source = _described(store.read(address), address, where, store.read, near_crs)
        unused.pop_all()  # the source has it now
        return replace(source, store=store)


def _described(data: bytes, base: str, where: Where, read: Callable[[str], bytes], near_crs: str) -> TiledSource:
    if data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return open_tilejson(data, base, where, read)
    root = read_xml(data, base)
    name = _plain(root.tag)
    if name == "TileMap":
        return _tms(root, base, where, read)
    if name == "Capabilities":
        return open_wmts(root, base, where, read, near_crs)
    text = _("This describes no tiles: a TMS begins with TileMap, a WMTS with Capabilities, this with {name}. [{uri}]")
    raise DataError(text.format(name=name[:60], uri=shown(base)))


def _reader(open_store: OpenStore) -> Callable[[str], bytes]:
    """Reads what a document on this computer names: files, or addresses of the web."""

    def read(uri: str) -> bytes:
        if is_web_address(uri):
            return open_store(uri).read(uri)
        try:
            return Path(uri).read_bytes()
        except FileNotFoundError as error:
            raise NotThere(_("The file is not there. [{path}]").format(path=uri)) from error
        except OSError as error:
            text = _("The file cannot be read: {reason}. [{path}]")
            raise FetchError(text.format(reason=error.strerror or error, path=uri)) from error

    return read


def _capabilities_address(url: str) -> str:
    """Where a WMTS describes itself, for an address that is its own without saying so."""
    if not is_web_address(url) or url.partition("?")[0].lower().endswith(".xml"):
        return url
    said = {name.lower() for name, _value in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    if "request" in said:
        return url
    mark = "&" if "?" in url else "?"
    more = "REQUEST=GetCapabilities" if "service" in said else "SERVICE=WMTS&REQUEST=GetCapabilities"
    return f"{url.rstrip('&?')}{mark}{more}"


def read_xml(data: bytes, uri: str) -> ET.Element:
    """A document's root. Raises `DataError` for one that is none, too large, or brings entities of its own."""
    if len(data) > MOST_BYTES:
        raise DataError(_("The description of the tiles is too large. [{uri}]").format(uri=shown(uri)))
    if b"<!ENTITY" in data[:65536]:  # a bomb
        raise DataError(_("The description of the tiles cannot be read: {why} [{uri}]").format(
            why="ENTITY", uri=shown(uri)))  # fmt: skip
    try:
        return ET.fromstring(data)
    except (ET.ParseError, ValueError) as error:
        text = _("The description of the tiles cannot be read: {why} [{uri}]")
        raise DataError(text.format(why=error, uri=shown(uri))) from error


def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]


def _tms(root: ET.Element, base: str, where: Where, read: Callable[[str], bytes]) -> TiledSource:
    """Tile Map Service 1.0.0 (OSGeo): rows count from the south-western origin."""
    try:
        crs = known_crs(where.crs or root.findtext("SRS") or "", base)
        origin, form = root.find("Origin"), root.find("TileFormat")
        assert origin is not None and form is not None
        west, south = float(origin.attrib["x"]), float(origin.attrib["y"])
        wide, high = int(form.attrib["width"]), int(form.attrib["height"])
        ending = form.attrib["extension"]
        found = [
            (float(one.attrib["units-per-pixel"]), one.attrib.get("href") or one.attrib["order"])
            for one in root.iter("TileSet")
        ]
        if not found or not (0 < wide <= 4096 and 0 < high <= 4096) or min(found)[0] <= 0.0:
            raise ValueError("TileSet")
    except (KeyError, ValueError, AssertionError) as error:
        if isinstance(error, DataError):
            raise
        text = _("The description of the tiles lacks something: {why} [{uri}]")
        raise DataError(text.format(why=error or "Origin, TileFormat", uri=shown(base))) from error
    found.sort(reverse=True)
    # row -1 of ours is the first above the origin; its bounding box is not asked: writers swap its axes
    levels = tuple(
        GridLevel(pixel, pixel, west, south, wide, high, 0, _ROWS, -_ROWS, -1, href) for pixel, href in found
    )
    folder = base.partition("?")[0].replace("\\", "/").rpartition("/")[0]
    query = base.partition("?")[2] if is_web_address(base) else ""

    def address(tile: Tile) -> str:
        href = levels[tile[0]].name
        start = href if is_web_address(href) else f"{folder}/{href}"
        made = f"{start}/{tile[1]}/{-1 - tile[2]}.{ending}"
        return f"{made}?{query}" if query else made

    title = (root.findtext("Title") or "").strip()
    credit = root.find("Attribution/Title")
    attribution = where.attribution or (credit.text or "" if credit is not None else "")
    return TiledSource(TileGrid(crs, levels), address, read, title, attribution)
