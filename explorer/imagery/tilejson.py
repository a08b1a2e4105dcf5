"""TileJSON (1.0 to 3.0, Mapbox): a template of addresses, and what there is to know of it, as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from explorer.errors import DataError
from explorer.i18n import _
from explorer.imagery.sources import Where
from explorer.imagery.tiled import TiledSource, tiles_by_template
from explorer.store import is_web_address, shown

_PICTURES = ("png", "jpg", "jpeg", "webp", "gif")
_MOST_ZOOM = 24


def open_tilejson(data: bytes, base: str, where: Where, read: Callable[[str], bytes]) -> TiledSource:
    """The tiles that a document describes; what the user says counts before it.

    Raises `DataError` for one that names none, or none of pictures.
    """
    try:
        said: Any = json.loads(data)
        template = said["tiles"][0]
        if not isinstance(template, str):
            raise TypeError("tiles")
        first, last = (_zoom(said.get(name), standard) for name, standard in _ZOOMS)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        text = _("The description of the tiles lacks something: {why} [{uri}]")
        raise DataError(text.format(why=error, uri=shown(base))) from error
    kind = str(said.get("format") or "png").rpartition("/")[2].lower()
    if kind not in _PICTURES or said.get("vector_layers"):  # a list of none says nothing
        text = _("These tiles hold no pictures but {kind}. [{uri}]")
        raise DataError(text.format(kind=kind if kind not in _PICTURES else "pbf", uri=shown(base)))
    if said.get("scheme") == "tms":
        template = template.replace("{y}", "{-y}")
    whole = urljoin(base, template) if is_web_address(base) else _beside(base, template)
    found = replace(where, url=whole, zoom=where.zoom or f"{first}-{max(first, last)}")
    credit = where.attribution or _plain_text(str(said.get("attribution") or ""))
    return replace(tiles_by_template(found, read), title=str(said.get("name") or ""), attribution=credit)


_ZOOMS = (("minzoom", 0), ("maxzoom", 22))


def _zoom(said: Any, standard: int) -> int:
    return standard if said is None else min(max(int(said), 0), _MOST_ZOOM)


def _beside(base: str, template: str) -> str:
    return template if is_web_address(template) else str(Path(base).parent / template)


def _plain_text(html: str) -> str:
    """Without tags: attributions are written for web pages."""
    text, is_tag = "", False
    for letter in html[:2000]:
        if letter in "<>":
            is_tag = letter == "<"
        elif not is_tag:
            text += letter
    return text.replace("&copy;", "©").replace("&amp;", "&").strip()
