"""What a tile lists as its contents, in the spellings of 3D Tiles 1.0, 1.1 and 3DTILES_multiple_contents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from explorer.i18n import _
from explorer.tileformat.tileset_uris import MAX_TEMPLATE, UriTemplate, join_uri

_NOWHERE = "nowhere.subtree"
"""Stands for a content without an address: of a kind that is left out."""


def listed_contents(tile: dict[str, Any]) -> list[Any]:
    """All contents of a tile as they are in the file."""
    contents = tile.get("contents")
    if isinstance(contents, list):
        return contents
    content = tile.get("content")
    if content is None and "extensions" in tile:
        extensions = tile["extensions"]
        several = extensions.get("3DTILES_multiple_contents") if isinstance(extensions, dict) else None
        if isinstance(several, dict):
            listed = several.get("contents", several.get("content"))
            return listed if isinstance(listed, list) else []
    return [] if content is None else [content]


def content_uri(content: Any) -> str | None:
    """The address of a content; None where it has none."""
    said = (content.get("uri"), content.get("url")) if isinstance(content, dict) else ()
    return next((uri for uri in said if isinstance(uri, str) and uri), None)


def content_templates(tile: dict[str, Any], base: str, say: Callable[[str], None]) -> tuple[UriTemplate, ...]:
    """Addresses of the contents of implicit tiles, joined to that of their file.

    One that cannot be used keeps its place, for availability is told content by content.
    """
    found: list[UriTemplate] = []
    for content in listed_contents(tile):
        uri = content_uri(content)
        if uri is None or len(uri) > MAX_TEMPLATE:
            say(_("A tile's content has no address; it is left out."))
            uri = _NOWHERE
        found.append(UriTemplate(join_uri(base, uri)))
    return tuple(found)
