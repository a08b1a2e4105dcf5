"""Every reader of foreign bytes by its name: those of tiles and styles here, those of files in `files_on_disk`."""

from __future__ import annotations

import gzip
import io
import json
import sys
import zlib
from collections.abc import Iterator

import brotli
import numpy as np
from PIL import Image

from explorer.app.bench_path import read_camera_path
from explorer.errors import ContentError, FetchError, ScenarioError
from explorer.layers.styling import Attributes, counted, legend_rows, read_style, with_hidden
from explorer.render import packed_tile
from explorer.scenario import read_scene
from explorer.settings import load_settings
from explorer.store.decoding import Damaged, TooLarge, decoded
from explorer.store.sessions import handed_out
from explorer.streaming.photos import decode_photo
from explorer.streaming.prepare import prepare_tile
from explorer.tileformat import (
    Budget,
    FeatureTable,
    GrowingTileset,
    decode_content,
    read_part,
    read_terrain_layer,
    read_tileset,
)
from explorer.tileformat.draco import decode_draco
from explorer.tileformat.meshopt_views import unfold, unfolded_size
from explorer.tileformat.quantized_mesh import Rectangle, read_quantized_mesh
from explorer.tileformat.subtree import read_subtree, read_tiling
from importers.cityjson import read_cityjson
from tests.fuzz.files_on_disk import (
    archive,
    archive_seeds,
    city_seeds,
    index,
    index_seeds,
    journal_seeds,
    journal_text,
    path_seeds,
    scene_seeds,
    servers,
    servers_seeds,
    settings_seeds,
)
from tests.fuzz.reader import ADDRESS, Reader, in_file
from tests.specimens import at_home, tile_json, tileset_json
from tests.tileformat.compressed_hill import encoded_hill, folded_hill, glb_of
from tests.tileformat.first_gltf import SQUARE, plain_house
from tests.tileformat.gltf_specimen import b3dm
from tests.tileformat.subtrees import implicit, subtree
from tests.tileformat.test_features import UV, png, square
from tests.tileformat.test_hierarchy import PLACES, hierarchy
from tests.tiles_of_bytes import cmpt, i3dm, pnts, unit_block_glb

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_AREA = Rectangle(4.3, 52.0, 4.4, 52.05)


def _nowhere(_uri: str) -> bytes:
    """What lies beside it is not there, which stores say in their own words."""
    raise FetchError(f"There is no such file. [{ADDRESS}.bin]")


def _content(data: bytes) -> object:
    """As the tools read it, and as it is read to be drawn."""
    prepare_tile(decode_content(data, ADDRESS, resolve=_nowhere), np.eye(4), at_home)
    content = decode_content(data, ADDRESS, resolve=_nowhere, as_stored=True)
    return packed_tile(prepare_tile(content, np.eye(4), at_home, is_replaced=True, geometric_error=10.0))


def _tileset(data: bytes) -> object:
    answers = iter([data] * 30)

    def itself(uri: str) -> bytes:
        """External tilesets and subtrees are the file itself, some times."""
        return next(answers, None) or _nowhere(uri)

    return read_tileset(data, ADDRESS, itself)


def _parts(data: bytes) -> object:
    """The same, read on three times where it was left for later; then what came last is given up, and read on again."""

    endless = subtree(1, [1], 1)

    def itself(uri: str) -> bytes:
        return endless if uri.endswith(".subtree") else data

    tileset = read_tileset(data, ADDRESS, itself, budget=Budget(files=0))
    growing = GrowingTileset(tileset)
    for may_give_up in (False, False, True, False):
        tileset, n = growing.tileset, len(growing.tileset)
        parts = {tile: read_part(tileset, tile, itself) for tile in list(tileset.unread)[:3]}
        if not parts:
            break
        stood_for = {tile: tileset.unread[tile] for tile in parts}
        growing.take(parts)
        tileset = growing.tileset
        assert int(tileset.child_count.sum()) >= len(tileset) - n
        assert np.isfinite(tileset.centre).all() and np.isfinite(tileset.half_axes).all()
        if may_give_up:
            firsts = [(tile, int(tileset.first_child[tile])) for tile in parts]
            growing.give_up(stood_for, [range(first, first + len(parts[tile])) for tile, first in firsts])
            assert stood_for.keys() <= growing.tileset.unread.keys()
    return growing.tileset


def _part_seeds() -> Iterator[bytes]:
    yield tileset_json(tile_json("a.json", 9.0, children=[tile_json("b.json"), implicit(levels=1, available=3)]))
    yield tileset_json(implicit(content="{level}_{x}_{y}.json", refine="ADD", transform=np.eye(4).ravel().tolist()))


def _content_seeds() -> Iterator[bytes]:
    yield unit_block_glb()
    yield glb_of(folded_hill())
    yield glb_of(square(np.zeros((4, 4, 4), np.uint8), {"channels": [0]}, UV))
    hierarchic = pnts(
        {"POINTS_LENGTH": 2, "BATCH_LENGTH": 2, "BATCH_ID": {"componentType": "UNSIGNED_BYTE"}},
        hierarchy(), POSITION=PLACES, BATCH_ID=np.array([0, 1], "u1"),
    )  # fmt: skip
    trees = i3dm({"INSTANCES_LENGTH": 2, "EAST_NORTH_UP": True}, POSITION=PLACES)
    yield from (hierarchic, trees, cmpt(hierarchic, trees, unit_block_glb()))
    house = plain_house()
    yield house.glb()
    house.accessor("places", SQUARE, extensions={"WEB3D_quantized_attributes": {"decodeMatrix": [*np.eye(4).ravel()]}})
    yield b3dm(house.glb(), {"BATCH_LENGTH": 1}, {"name": ["barn"]})


def _tileset_seeds() -> Iterator[bytes]:
    said = {"token": "47c5b5c4", "minimumHeight": -5.0, "maximumHeight": 95.0}
    volume = {"extensions": {"3DTILES_bounding_volume_S2": said}}
    children = [implicit(boundingVolume=volume), tile_json("a.glb", boundingVolume=volume)]
    yield tileset_json(tile_json(None, 9.0, boundingVolume=volume, children=children))


def _body(data: bytes) -> object:
    """The first byte says how the rest is packed."""
    return decoded(data[1:], ("gzip", "deflate", "br", "zstd")[data[0] % 4], 1 << 20) if data else None


def _body_seeds() -> Iterator[bytes]:
    for i, packed in enumerate((gzip.compress, zlib.compress, brotli.compress, zstd.compress)):
        yield bytes([i]) + packed(b"a city " * 50)


def _subtree(data: bytes) -> object:
    tile = implicit(levels=3, available=6)
    tiling = read_tiling(tile["implicitTiling"])
    return read_subtree(data, ADDRESS, tiling, 0, 2, _nowhere)


def _draco(data: bytes) -> object:
    return decode_draco(data, 1 << 20)


def _meshopt(data: bytes) -> object:
    """The first eight bytes say what the rest is."""
    if len(data) < 8:
        return None
    modes, filters = ("ATTRIBUTES", "TRIANGLES", "INDICES", "x"), (None, "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL")
    count, stride = int.from_bytes(data[:3], "little"), int(data[3])
    mode, chosen = modes[data[4] % 4], filters[data[5] % 4]
    unfolded_size(count, stride, mode, chosen, len(data) - 8)
    return unfold(memoryview(data)[8:], count, stride, mode, chosen)


def _meshopt_seeds() -> Iterator[bytes]:
    import meshopt

    rows = np.arange(48, dtype=np.uint32).reshape(12, 4)
    yield bytes([12, 0, 0, 16, 0, 0, 0, 0]) + bytes(meshopt.encode_gltf_buffer(rows, "ATTRIBUTES"))
    triangles = np.array([0, 1, 2, 2, 1, 3], np.uint32)
    yield bytes([6, 0, 0, 4, 1, 0, 0, 0]) + bytes(meshopt.encode_gltf_buffer(triangles, "TRIANGLES"))
    yield bytes([6, 0, 0, 4, 2, 0, 0, 0]) + bytes(meshopt.encode_gltf_buffer(triangles, "INDICES"))


def _photo_seeds() -> Iterator[bytes]:
    image = Image.fromarray(np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3))
    for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP"):
        stream = io.BytesIO()
        image.save(stream, kind)
        yield stream.getvalue()
    yield png(np.zeros((4, 4, 4), np.uint8))


def _style(data: bytes) -> object:
    """Read, worked out for some features, and its legend."""
    style = read_style(data, ADDRESS)
    columns = {"height": [1.5, None, "x"], "use": ["home", "shop", None], "a b": [[1, 2], {"c": 3}, True]}
    table = Attributes([FeatureTable(("1", "2", "3"), columns)])
    looks = style.looks(table)
    assert looks.colours.shape == (3, 4)
    if rows := legend_rows(style):
        counted(rows, style, table)
        read_style(with_hidden(style.plain, frozenset({0}))).looks(table)
    return style.meta_of(table)


def _style_seeds() -> Iterator[bytes]:
    rows = [["${height} > 1.0 && (${use} === 'home')", "color('#ff0000', 0.5)"], ["true", "rgb(${height} * 2, 3, 4)"]]
    yield json.dumps({"color": {"conditions": rows}, "show": "!isNaN(${height})"}).encode()
    yield b"""{"color": "mix(color('red'), hsl(0.5, 1, 0.2), clamp(${height} / 3, 0, 1))", "pointSize": "${a b.c}"}"""
    yield b"""{"defines": {"h": "${feature['a b'][0]}"}, "meta": {"m": "`${use} ${h}`"}, "extras": {"citiverse": {}}}"""
    yield b"""{"show": "regExp('^h(.)', 'i').exec(${use}) === 'o' || 'x' !~ regExp('y')", "color": "vec4(1)"}"""


READERS: dict[str, Reader] = {
    "content": Reader(
        _content, (".b3dm", ".i3dm", ".pnts", ".cmpt", ".glb", ".gltf"), _content_seeds, (ContentError, FetchError)
    ),
    "tileset": Reader(_tileset, ("tileset.json",), _tileset_seeds),
    "body": Reader(_body, (), _body_seeds, (Damaged, TooLarge), names_address=False),
    "handed out": Reader(lambda data: handed_out("https://a.org/root.json", data), ("tileset.json",), _part_seeds, ()),
    "parts": Reader(_parts, ("tileset.json",), _part_seeds, names_address=False),
    "subtree": Reader(
        _subtree, (".subtree",), lambda: iter([subtree([1] * 21, ([1] * 21,), 1), subtree(1, (0, 1), [0, 1] * 32)])
    ),
    "draco": Reader(_draco, (".drc",), lambda: iter([encoded_hill()]), (ValueError,), names_address=False),
    "meshopt": Reader(_meshopt, (), _meshopt_seeds, (ValueError,), names_address=False),
    "style": Reader(_style, (".style.json",), _style_seeds),
    "photo": Reader(decode_photo, (".jpg", ".png", ".webp"), _photo_seeds, names_address=False),
    "ktx2": Reader(decode_photo, (".ktx2",), names_address=False),
    "terrain": Reader(lambda data: read_quantized_mesh(data, ADDRESS), (".terrain",)),
    "layer": Reader(
        lambda data: read_terrain_layer(data, ADDRESS, _AREA, most_tiles=500), ("layer.json", ".tile.json")
    ),
    "3tz": Reader(archive("one.3tz"), (), archive_seeds("one.3tz"), (FetchError,)),
    "3dtiles": Reader(archive("one.3dtiles"), (), archive_seeds("one.3dtiles"), (FetchError,)),
    "cityjson": Reader(
        lambda data: read_cityjson(in_file("one.city.json", data)), (".city.json", ".city.jsonl"), city_seeds
    ),
    "scene": Reader(
        lambda data: read_scene(in_file("one.cvscene", data)), (".cvscene",), scene_seeds, (ScenarioError,)
    ),
    "journal": Reader(journal_text, (), journal_seeds, ()),
    "index": Reader(index, (), index_seeds),
    "settings": Reader(lambda data: load_settings(in_file("settings.json", data)), (), settings_seeds, ()),
    "servers": Reader(servers, (), servers_seeds, ()),
    "camera path": Reader(lambda data: read_camera_path(in_file("path.json", data)), (), path_seeds),
}
"""By name."""
