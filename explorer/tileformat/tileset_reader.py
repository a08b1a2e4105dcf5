"""Reading tileset.json, 3D Tiles 1.0 (OGC 18-053r2) and 1.1 (OGC 22-025r4), into arrays.

Broken tiles are left out with a diagnostic; only a file that is no usable tileset at all is an error.
"""

from __future__ import annotations

import posixpath
from dataclasses import replace

from explorer.errors import TilesetError
from explorer.heap import collector_at_rest
from explorer.i18n import _
from explorer.tileformat import tileset_plain
from explorer.tileformat.container import load_json, telling_of_json
from explorer.tileformat.implicit_rows import Budget
from explorer.tileformat.pending_tile import PendingTile
from explorer.tileformat.tileset import REPLACE, Tileset
from explorer.tileformat.tileset_arrays import tileset_arrays
from explorer.tileformat.tileset_file import TilesetFile, check_version, unknown_extension
from explorer.tileformat.tileset_uris import without_queries
from explorer.tileformat.tileset_walk import Expect, ResolveExternal, TilesetWalk


def read_tileset(
    data: bytes,
    base_uri: str,
    resolve_external: ResolveExternal | None = None,
    *,
    expect: Expect | None = None,
    budget: Budget | None = None,
) -> Tileset:
    """A tileset out of the bytes of its tileset.json.

    Parameters
    ----------
    base_uri
        Address of the tileset.json, for messages and for finding contents.
    resolve_external
        Gives the bytes of external tilesets, subtrees and their buffers by their address relative to the root's base;
        what it raises becomes a diagnostic. None: what they hold is left out, with a diagnostic.
    expect
        Told of addresses that `resolve_external` will be asked for, in about this order, so that they can be under way.
    budget
        How much may be read of implicit tilesets; the finest tiles beyond it are left out, with a diagnostic. And how
        many further files: what is in the others is left for later (`Tileset.unread`, `read_part`).

    Raises
    ------
    TilesetError
        No JSON, no 3D Tiles, a version or a required extension that is not known, or nothing in it that can be drawn.
    """
    with collector_at_rest():
        plain = tileset_plain.read_plain(data)
        if plain is not None:
            file, columns = plain
            _check_file(file, base_uri)
            return tileset_arrays(columns, base_uri, file.document["asset"], ())
        walk = TilesetWalk(base_uri, resolve_external, budget or Budget(), expect)
        with telling_of_json() as told:
            found = _read(data, base_uri, walk)
        return replace(found, diagnostics=(*map(without_queries, told), *found.diagnostics)) if told else found


def read_first_levels(data: bytes, base_uri: str) -> Tileset | None:
    """The tiles of the first levels of a large tileset, the first rows of what `read_tileset` gives in most cases.

    It takes a small part of the time. None: there is nothing to be gained, or the file is not plain. Raises as that.
    """
    plain = tileset_plain.read_first_levels(data)
    if plain is None:
        return None
    file, columns = plain
    _check_file(file, base_uri)
    return tileset_arrays(columns, base_uri, file.document["asset"], ())


def _read(data: bytes, base_uri: str, walk: TilesetWalk) -> Tileset:
    document = load_json(data, "tileset", base_uri, TilesetError)
    own_name = posixpath.basename(base_uri.partition("?")[0])
    file = TilesetFile(document, "", (own_name,) if own_name else ())
    _check_file(file, base_uri)
    root = document.get("root")
    if not isinstance(root, dict):
        raise TilesetError(_("The tileset has no root tile. [{uri}]").format(uri=base_uri))
    walk.read(PendingTile(root, -1, REPLACE, 0, file, "root"))
    if "refine" not in root:  # said last: whoever tells one thing tells what is missing
        walk.say(_("The root tile does not say how it is refined; REPLACE is taken."), "root")
    rows = walk.rows
    if walk.unreadable and not rows.has_content() and not rows.unread:
        raise TilesetError(walk.unreadable[0])
    if not len(rows):
        raise TilesetError(_("The root tile has no usable bounding volume. [{uri}]").format(uri=base_uri))
    return tileset_arrays(rows, base_uri, document["asset"], tuple(walk.diagnostics), tuple(walk.documents))


def _check_file(file: TilesetFile, base_uri: str) -> None:
    check_version(file.version, base_uri)
    needed = unknown_extension(file.document)
    if needed is not None:
        raise TilesetError(
            _("The tileset needs {what}, which this version cannot read. [{uri}]").format(what=needed, uri=base_uri)
        )
