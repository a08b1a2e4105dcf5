"""Addresses in a tileset: joined to the file they stand in, filled in where they are templates, and what they name."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import urljoin

import numpy as np
from numpy.typing import NDArray

NOT_READ = (".vctr", ".geom", ".subtree")
EXTERNAL = ".json"
"""How contents end that are tilesets of their own."""
TILE_KINDS = (".b3dm", ".i3dm", ".pnts", ".cmpt", ".glb", ".gltf")
"""How contents end that are no tilesets; others may be, which their bytes tell."""
MAX_TEMPLATE = 1000
"""Letters of a template; it is written out for every tile."""

_QUERY = re.compile(r"\?[^\s\]=?]+=[^\s\]]*")
_IGNORED = re.compile("^[\\x00-\\x20]+|[\\t\\r\\n]")
"""Letters that readers of addresses take out of them before they look whose they are."""
_VARIABLE = re.compile(r"\{(level|x|y|z)\}")


def join_uri(base: str, relative: str) -> str:
    """An address beside another one; a leading ".." that leaves the base stays, for the store to refuse.

    What the base's query asks for, such as a session, is handed on to addresses of the same server that have none of
    their own: servers of large tilesets say it once, at the top.
    """
    if "?" in base and not relative.startswith("data:"):
        return _with_query_of(base, relative)
    return _joined(base, relative)


def without_queries(text: str) -> str:
    """A sentence whose addresses say no more what they ask for: it may be a session or a key."""
    return _QUERY.sub("", text)


def _with_query_of(base: str, relative: str) -> str:
    relative = _IGNORED.sub("", relative)
    joined = _joined(base, relative)
    if joined.startswith(("//", "/\\", "\\")):  # another server's
        return joined
    handed_on = base.partition("?")[2]
    host = base.partition("?")[0].split("/")[:3] if "://" in base else None
    if "://" in joined and joined.partition("?")[0].split("/")[:3] != host:
        return joined
    address, _mark, query = joined.partition("?")
    said = {part.partition("=")[0] for part in query.split("&")}
    more = [part for part in handed_on.split("&") if part and part.partition("=")[0] not in said]
    return address + "?" + "&".join([*([query] if query else []), *more]) if more else joined


def _joined(base: str, relative: str) -> str:
    base, relative = _with_slashes(base), _with_slashes(relative)
    if "://" in base and relative.startswith("/"):
        return urljoin(base, relative)
    if "://" in relative or relative.startswith(("/", "data:")):
        return relative
    if not base and "./" not in relative and "//" not in relative:
        return relative  # nothing to join and nothing to tidy
    path, _mark, query = relative.partition("?")
    folder = posixpath.dirname(base.partition("?")[0])
    joined = posixpath.join(folder, path) if "://" in folder else posixpath.normpath(posixpath.join(folder, path))
    return f"{joined}?{query}" if query else joined


def _with_slashes(uri: str) -> str:
    """An address with "/" between its parts, where the separators of Windows were written: so do browsers read it."""
    if "\\" not in uri or uri.startswith("data:"):
        return uri
    path, mark, query = uri.partition("?")
    return path.replace("\\", "/") + mark + query


def ending(uri: str) -> str:
    """The part of an address that tells what it names, in small letters and without a query."""
    return uri.partition("?")[0].lower()


@dataclass(frozen=True)
class UriTemplate:
    """An address with {level}, {x}, {y} and {z} in it (3D Tiles 1.1, section 12.4)."""

    text: str

    def filled(self, level: NDArray[np.int64], coordinates: NDArray[np.int64]) -> list[str]:
        """The addresses of tiles: levels (n,) and coordinates (n, 2 or 3). A {z} of a quadtree stays as it is."""
        columns = {"level": level} | dict(zip("xyz", coordinates.T, strict=False))
        names: list[str] = []

        def placeholder(found: re.Match[str]) -> str:
            if found[1] not in columns:
                return found[0]
            names.append(found[1])
            return "%d"

        text = _VARIABLE.sub(placeholder, self.text.replace("%", "%%"))
        if not names:
            return [self.text] * len(level)
        return [text % numbers for numbers in zip(*(columns[name].tolist() for name in names), strict=True)]
