"""Broken, hostile and odd contents: refused with their address and the place, or drawn as far as they go."""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from explorer.errors import ContentError
from explorer.tileformat import decode_content
from explorer.tileformat.container import join_glb
from tests.specimens import block_glb
from tests.tileformat.gltf_specimen import TRIANGLE, Gltf, b3dm


def test_positions_that_are_no_numbers_cost_their_triangles_only() -> None:
    gltf = Gltf()
    soup = np.concatenate([TRIANGLE, TRIANGLE + 5]).astype("<f4")
    soup[4, 1] = np.nan
    gltf.primitive(soup)
    content = gltf.decode()
    assert len(content.meshes[0].triangles) == 1
    assert np.isfinite(content.meshes[0].positions).all()
    assert any("no numbers" in sentence for sentence in content.diagnostics)


def test_indices_past_the_end_cost_their_triangles_only() -> None:
    gltf = Gltf()
    made = gltf.primitive()
    made["indices"] = gltf.accessor(np.array([0, 1, 2, 0, 1, 9], "<u2"))
    content = gltf.decode()
    assert len(content.meshes[0].triangles) == 1
    assert any("not there" in sentence for sentence in content.diagnostics)


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("accessors", 0, "count"), 4, "do not fit"),
        (("accessors", 0, "count"), 2**62, "more than"),
        (("accessors", 0, "count"), -1, "whole number"),
        (("accessors", 0, "count"), "3", "whole number"),
        (("accessors", 0, "byteOffset"), 2**40, "do not fit"),
        (("accessors", 0, "bufferView"), 7, "not there"),
        (("accessors", 0, "componentType"), 1, "unknown type"),
        (("accessors", 0, "type"), ["VEC3"], "unknown type"),
        (("accessors", 0), None, "not an object"),
        (("bufferViews", 0, "byteLength"), 10**9, "past the end"),
        (("bufferViews", 0, "byteStride"), 4, "stride"),
        (("bufferViews", 0, "buffer"), 3, "not there"),
        (("buffers", 0, "uri"), "x.bin", "not read here"),
        (("meshes",), [], "not there"),
        (("meshes", 0, "primitives", 0), 5, "not an object"),
        (("meshes", 0, "primitives", 0, "attributes"), {}, "no positions"),
        (("nodes",), [], "not there"),
        (("asset", "version"), "1.0", "version 1.0"),
        (("extensionsRequired",), ["XYZ_squeezed"], "needs XYZ_squeezed"),
    ],
)
def test_a_broken_file_is_refused_with_its_address_and_the_place(path: tuple[Any, ...], value: Any, says: str) -> None:
    gltf = Gltf()
    gltf.primitive()
    gltf.glb()
    target: Any = gltf.document
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    with pytest.raises(ContentError, match=says) as caught:
        decode_content(join_glb(gltf.document, gltf.binary), "tiles/x.glb")
    assert "tiles/x.glb" in str(caught.value)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty"),
        (b"\r\n<html>404</html>", "a web page"),
        (b'{"asset": {"version": "1.0"}, "geometricError": 5, "root": {}}', "a tileset of its own"),
    ],
)
def test_what_comes_instead_of_a_content_is_told_by_its_name(data: bytes, says: str) -> None:
    with pytest.raises(ContentError, match=says):
        decode_content(data, "x.b3dm")


def test_nodes_that_contain_themselves_end() -> None:
    gltf = Gltf()
    gltf.primitive()
    gltf.document["nodes"] = [{"mesh": 0, "children": [1]}, {"children": [0, "x", 1]}]
    content = gltf.decode()
    assert len(content.meshes) == 1
    assert content.diagnostics


def test_a_deep_chain_of_nodes_is_walked() -> None:
    gltf = Gltf()
    gltf.primitive()
    gltf.document["nodes"] = [{"children": [i + 1]} for i in range(20_000)] + [{"mesh": 0}]
    assert len(gltf.decode().meshes) == 1


def test_a_small_file_that_unfolds_without_end_is_refused() -> None:
    gltf = Gltf()
    gltf.document["accessors"] = [{"componentType": 5121, "count": 1 << 25, "type": "VEC3"}]
    gltf.document["meshes"][0]["primitives"] = [{"attributes": {"POSITION": 0}}] * 1000
    with pytest.raises(ContentError, match="more than"):
        gltf.decode()


@pytest.mark.parametrize("data", [b"", b"glTF", b"b3dm" * 3, b"cmpt\1\0\0\0\xff\0\0\0\1\0\0\0", b"<html>", b"{}", b"{"])
def test_what_is_no_content_is_refused(data: bytes) -> None:
    with pytest.raises(ContentError, match=r"x\.glb"):
        decode_content(data, "x.glb")


@seed(5)
@settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    cut=st.integers(0, 6000),
    changes=st.lists(st.tuples(st.integers(0, 6000), st.integers(0, 255)), max_size=6),
    wrapped=st.booleans(),
)
def test_whatever_happens_to_a_file_only_a_content_error_comes_out(
    cut: int, changes: list[tuple[int, int]], wrapped: bool
) -> None:
    data = bytearray(block_glb("x", (0, 0, 0), (1, 1, 3)))
    if wrapped:
        data = bytearray(b3dm(bytes(data), {"BATCH_LENGTH": 1}, {"id": ["x"]}))
    for at, value in changes:
        data[at % len(data)] = value
    if cut < len(data):
        del data[cut:]
    with suppress(ContentError):
        decode_content(bytes(data), "x.glb")


def test_a_b3dm_that_ends_inside_its_header_is_said() -> None:
    short = b"b3dm" + struct.pack("<II", 1, 27) + bytes(15)
    with pytest.raises(ContentError, match=r"x\.b3dm"):
        decode_content(short, "x.b3dm")
