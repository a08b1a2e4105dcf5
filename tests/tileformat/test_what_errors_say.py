"""An error names the file and the place in it, in a sentence of a length that people read, whatever the file says."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest

from explorer.errors import ContentError, DataError
from explorer.tileformat import decode_content, read_tileset
from tests.specimens import tile_json, tileset_json
from tests.tiles_of_bytes import cmpt, unit_block_glb

LONG: list[Any] = ["x" * 50_000, [[1.5] * 9000], {"a": {"b": ["c"] * 5000}}]


def gltf(**more: Any) -> bytes:
    """A triangle that reads nothing, and what else is said."""
    document: dict[str, Any] = {
        "asset": {"version": "2.0"},
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{"componentType": 5126, "type": "VEC3", "count": 3}],
    }
    return json.dumps({**document, **more}).encode()


def complaint(data: bytes) -> str:
    """What is said of a content that cannot be read."""
    with pytest.raises(ContentError) as caught:
        decode_content(data, "city/a.glb")
    assert "city/a.glb]" in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("long", LONG, ids=["text", "list", "object"])
def test_a_sentence_stays_short_however_long_what_it_tells_of(long: Any) -> None:
    one = {"attributes": {"POSITION": 0}}
    for document in (
        gltf(asset={"version": long}),
        gltf(extensionsRequired=[long]),
        gltf(nodes=[{"mesh": long}]),
        gltf(meshes=[{"primitives": [{"attributes": {"POSITION": long}}]}]),
        gltf(meshes=[{"primitives": [{**one, "indices": long}]}]),
        gltf(accessors=[{"componentType": long, "type": "VEC3", "count": 3}]),
        gltf(accessors=[{"componentType": 5126, "type": long, "count": 3}]),
        gltf(accessors=[{"componentType": 5126, "type": "VEC3", "count": long}]),
        gltf(accessors=[{"componentType": 5126, "type": "VEC3", "count": 3, "bufferView": long}]),
    ):
        assert len(complaint(document)) < 300
    content = decode_content(gltf(meshes=[{"primitives": [{**one, "mode": long}]}]), "city/a.glb")
    assert content.diagnostics and max(map(len, content.diagnostics)) < 400


@pytest.mark.parametrize("long", LONG, ids=["text", "list", "object"])
def test_a_tileset_is_told_of_in_short_too(long: Any) -> None:
    plain = json.loads(tileset_json(tile_json("a.glb", 1.0)))
    for more in ({"asset": {"version": long}}, {"extensionsRequired": [long]}):
        with pytest.raises(DataError) as caught:
            read_tileset(json.dumps({**plain, **more}).encode(), "city/tileset.json", None)
        assert len(str(caught.value)) < 300 and "city/tileset.json" in str(caught.value)


def test_what_no_check_foresaw_costs_one_primitive_and_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.tileformat import primitives as room

    def broken(_buffers: Any, primitive: dict[str, Any], *_rest: Any) -> Any:
        if "indices" in primitive:
            raise TypeError("nobody thought of this")
        return None

    monkeypatch.setattr(room, "read_outline", broken)
    glb = unit_block_glb()
    assert complaint(glb).startswith("meshes[0].primitives[0]: is damaged: nobody thought of this.")


def test_a_part_of_a_composite_is_named_with_its_byte() -> None:
    broken = b"b3dm" + struct.pack("<6I", 9, 28, 0, 0, 0, 0)
    content = decode_content(cmpt(unit_block_glb(), broken), "city/a.cmpt")
    at = 16 + len(unit_block_glb()) + -len(unit_block_glb()) % 8
    (said,) = content.diagnostics
    assert said.startswith(f"Part 2 of the composite content, at byte {at}: ") and "city/a.cmpt" in said


@pytest.mark.parametrize("name", ["Étage".encode("latin-1"), "建筑".encode("gbk"), b"\xff"])
def test_names_that_are_no_utf_8_are_marked_and_told_by_their_place(name: bytes) -> None:
    text = gltf().replace(b'"nodes": [{', b'"nodes": [{"name": "' + name + b'", ')
    at = next(i for i, byte in enumerate(text) if byte > 127)
    content = decode_content(text, "city/a.gltf")
    assert f"The glTF is not text in UTF-8 at its byte {at}: " in content.diagnostics[0]
    assert "[city/a.gltf]" in content.diagnostics[0] and len(content.diagnostics) == 1

    tables = b'{"BATCH_LENGTH":1} ', b'{"name":["' + name + b'"]}'
    glb = unit_block_glb()
    header = struct.pack(
        "<4s6I", b"b3dm", 1, 28 + sum(map(len, tables)) + len(glb), len(tables[0]), 0, len(tables[1]), 0
    )
    for data in (header + b"".join(tables) + glb, cmpt(header + b"".join(tables) + glb)):
        content = decode_content(data, "city/a.b3dm")
        assert "The batch table is not text in UTF-8 at its byte 10: " in content.diagnostics[0]
        assert "\ufffd" in content.features.columns["name"][0]


def test_a_tileset_that_is_no_utf_8_is_read_and_told_of() -> None:
    text = tileset_json(tile_json("a.glb", 1.0)).replace(b'"asset": {', b'"asset": {"copyright": "\xa9 M\xfcnchen", ')
    tileset = read_tileset(text, "city/tileset.json", None)
    assert f"The tileset is not text in UTF-8 at its byte {text.index(0xA9)}: " in tileset.diagnostics[0]
    assert tileset.asset["copyright"] == "\ufffd M\ufffdnchen"


@pytest.mark.parametrize("damage", [b"\xff", b"{\xff", b'{"a": \xff}', b"\xfe\xff\xd8"])
def test_bytes_that_are_neither_text_nor_json_are_told_by_their_place(damage: bytes) -> None:
    text = b'{"asset": {"version": "2.0"}, ' + damage
    at = next(i for i, byte in enumerate(text) if byte > 127)
    assert f"is not text in UTF-8 at its byte {at}." in complaint(text)


def test_an_implicit_tile_that_cannot_be_used_is_told_by_its_place() -> None:
    children = [tile_json(None, 1.0, implicitTiling={"subdivisionScheme": "HEXTREE"})]
    with pytest.raises(DataError, match=r"subdivisionScheme\. \[city/tileset\.json root\.children\[0\]\]"):
        read_tileset(tileset_json(tile_json(None, 2.0, children=children)), "city/tileset.json", None)
