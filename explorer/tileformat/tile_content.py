"""One tile's content, whatever kind of tileset it is of."""

from __future__ import annotations

from explorer.tileformat.accessors import ResolveUri
from explorer.tileformat.content import TileContent
from explorer.tileformat.decode import decode_content
from explorer.tileformat.heightmap import decode_heights
from explorer.tileformat.terrain_content import decode_terrain
from explorer.tileformat.tileset import HeightPlace, Tileset


def decode_tile(
    tileset: Tileset,
    tile: int,
    data: bytes,
    uri: str,
    *,
    resolve: ResolveUri | None = None,
    with_skirts: bool = False,
    as_stored: bool = False,
) -> TileContent:
    """A content of one tile; see `decode_content`. `with_skirts`: for the eye, terrain hides its gaps.

    Raises ContentError where nothing can be made of it.
    """
    place = tileset.terrain.get(tile)
    if isinstance(place, HeightPlace):
        return decode_heights(data, uri, place, with_skirts=with_skirts)
    if place is not None:
        return decode_terrain(data, uri, place, with_skirts=with_skirts)
    return decode_content(data, uri, up_axis=tileset.up_axis_of(tile), resolve=resolve, as_stored=as_stored)
