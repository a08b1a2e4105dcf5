"""Damaged subtrees and implicit tilesets: read, or refused with a sentence; never anything else."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import TilesetError
from explorer.tileformat import read_tileset
from tests.specimens import tileset_json
from tests.tileformat.subtrees import SubtreeMaker, implicit, subtree


def _described() -> bytes:
    maker = SubtreeMaker()
    maker.document |= {
        "tileAvailability": maker.availability([1, 1, 0, 1, 0]),
        "contentAvailability": [maker.availability([0, 1, 0, 1, 0])],
        "childSubtreeAvailability": {"constant": 0},
    }
    regions = np.full((3, 6), 0.5) + np.arange(6) * 1e-4
    tiles = maker.table("t", 3, box=np.ones((3, 12)), error=np.ones(3), ball=np.ones((3, 4)), region=regions)
    maker.document |= {"tileMetadata": tiles, "contentMetadata": [maker.table("t", 2, inner=np.ones((2, 12)))]}
    return maker.bytes()


def _property(semantic: str, count: int) -> dict[str, object]:
    return {"type": "SCALAR", "componentType": "FLOAT64", "array": count > 1, "count": count, "semantic": semantic}


_SCHEMA = {
    "id": "s",
    "classes": {
        "t": {
            "properties": {
                "box": _property("TILE_BOUNDING_BOX", 12),
                "error": _property("TILE_GEOMETRIC_ERROR", 1),
                "ball": _property("TILE_BOUNDING_SPHERE", 4),
                "region": _property("TILE_BOUNDING_REGION", 6),
                "inner": _property("CONTENT_BOUNDING_BOX", 12),
            }
        }
    },
}
_TILESET = tileset_json(implicit(levels=2, available=4), schema=_SCHEMA)
_SUBTREES = (_described(), subtree([1, 1, 0, 0, 1], [[1, 0, 1, 0, 1]], [1, 0, 1, 0] * 4), subtree(1, [1], 1))
_ODD = (b"9", b"-1", b"1e9", b"null", b"[]", b'"x"', b"\xff\xff\xff\xff", b"99999999999999999999", b"NaN", b"true", b"")


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """Bytes with a few of them changed, left out or replaced."""
    data = bytearray(whole)
    for _n in range(draw(st.integers(0, 3))):
        at, width = draw(st.integers(0, max(len(data) - 1, 0))), draw(st.sampled_from([1, 1, 4, 1000]))
        data[at : at + width] = draw(st.sampled_from(_ODD) | st.binary(min_size=1, max_size=4))
    return bytes(data)


@settings(max_examples=150, deadline=None)
@given(damaged(_TILESET), st.sampled_from(_SUBTREES).flatmap(damaged))
def test_damaged_tilesets_and_subtrees_are_read_or_refused(tileset: bytes, below: bytes) -> None:
    try:
        found = read_tileset(tileset, "t", lambda uri: below)
    except TilesetError:
        return
    for numbers in (found.centre, found.half_axes, found.geometric_error, found.content_volumes.half_axes):
        assert np.isfinite(numbers).all()
    assert len(found) < 100_000
