"""Addresses of tiles with words in braces, however whoever published them spells those."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from explorer.errors import DataError
from explorer.i18n import _
from explorer.imagery.grids import KNOWN_ORIGINS
from explorer.store import shown

if TYPE_CHECKING:
    from explorer.imagery.sources import Where

_SUBDOMAINS = "a,b,c"
_WORD = re.compile(r"\$?\{([^{}/?&]*)\}")
_ESCAPED = (("%7b", "{"), ("%7B", "{"), ("%7d", "}"), ("%7D", "}"))
"""As browsers copy braces."""
_MEANS = {
    **dict.fromkeys(("z", "zoom", "level", "tilematrix"), "z"),
    **dict.fromkeys(("x", "col", "tilecol"), "x"),
    **dict.fromkeys(("y", "row", "tilerow"), "y"),
    **dict.fromkeys(("-y", "reversey"), "-y"),
    **dict.fromkeys(("q", "quadkey"), "q"),
    **dict.fromkeys(("s", "subdomain"), "s"),
    "r": "r",
    "ratio": "r",
    "@2x": "r",
    "tilematrixset": "matrix_set",
    "style": "style",
    "layer": "layer",
}
"""By word without capitals: what Leaflet, MapLibre, OpenLayers, CesiumJS, JOSM, Bing and WMTS (ResourceURL) call it."""
_MAP_IN_PATH = re.compile(r"[/=]EPSG(?::|%3A)+(\d+)(?=[/&?]|$)", re.IGNORECASE)


def is_template(url: str) -> bool:
    """Whether an address has words for level, column and row, or for all of them in one."""
    found = {_meaning(word) for word in _WORD.findall(_plain(url))}
    return "q" in found or "z" in found


def address_in(where: Where, zoom: int, column: int, row: int) -> str:
    """The address of a tile; rows count from the north. Raises `DataError` for a word that means nothing here."""

    def said(match: re.Match[str]) -> str:
        word = match[1]
        meaning = _meaning(word)
        if meaning == "switch":
            names = _names_in(word)
            return names[(column + row) % len(names)]
        if meaning == "q":
            return "".join(str((column >> bit & 1) + 2 * (row >> bit & 1)) for bit in reversed(range(zoom)))
        known = {
            "z": str(zoom), "x": str(column), "y": str(row), "-y": str(2**zoom - 1 - row), "r": "",
            "matrix_set": where.matrix_set, "style": where.style or "default", "layer": where.layer,
        }  # fmt: skip
        if not known.get(meaning) and meaning != "r":
            text = _("What {word} stands for in the address is not known: put it there yourself. [{uri}]")
            raise DataError(text.format(word=match[0], uri=shown(where.url)))
        return known[meaning]

    return _WORD.sub(said, _plain(where.url))


def has_places(url: str) -> bool:
    """Whether every tile has an address of its own."""
    found = {_meaning(word) for word in _WORD.findall(_plain(url))}
    return "q" in found or ("x" in found and ("y" in found or "-y" in found))


def at_each_server(url: str) -> list[str]:
    """The address once for each of the servers that it names in one word."""
    for match in _WORD.finditer(_plain(url)):
        if _meaning(match[1]) == "switch":
            return [_plain(url).replace(match[0], name) for name in _names_in(match[1])]
    return [url]


def _names_in(word: str) -> list[str]:
    return (word.partition(":")[2] or _SUBDOMAINS).split(",")


def map_of(where: Where) -> str:
    """The CRS that is said, or that the address or the name of its matrix set tells; "": none does."""
    if where.crs:
        return where.crs
    for text in (f"/{where.matrix_set}", where.url.partition("?")[0]):
        code = _MAP_IN_PATH.search(text)
        if code is not None and f"EPSG:{code[1]}" in KNOWN_ORIGINS:
            return f"EPSG:{code[1]}"
    return ""


def _meaning(word: str) -> str:
    if word.lower().startswith("switch:"):
        return "switch"
    meaning = _MEANS.get(word.lower(), word)
    return "switch" if meaning == "s" else meaning


def _plain(url: str) -> str:
    for escaped, brace in _ESCAPED:
        url = url.replace(escaped, brace)
    return url
