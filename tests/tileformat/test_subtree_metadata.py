"""What property tables in subtrees say of tiles and contents: boxes, errors, refinement, addresses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from explorer.geo import region_box
from explorer.tileformat import ADD, REPLACE, Tileset
from tests.specimens import tileset_json
from tests.tileformat.subtrees import (
    SubtreeMaker,
    implicit,
    opened,
)


def _schema(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"id": "s", "classes": {"tile": {"properties": properties}}}


def _array(semantic: str, count: int, component: str = "FLOAT64") -> dict[str, Any]:
    return {"type": "SCALAR", "componentType": component, "array": True, "count": count, "semantic": semantic}


def _number(semantic: str, component: str = "FLOAT64") -> dict[str, Any]:
    return {"type": "SCALAR", "componentType": component, "semantic": semantic}


def _described(schema: dict[str, Any], tiles: int = 0, contents: int = 0, **columns: Any) -> Tileset:
    """A root and its western children, contents in the children alone, with one property table."""
    maker = SubtreeMaker()
    maker.document |= {
        "tileAvailability": maker.availability([1, 1, 0, 1, 0]),
        "contentAvailability": [maker.availability([0, 1, 0, 1, 0])],
        "childSubtreeAvailability": {"constant": 0},
    }
    table = maker.table("tile", tiles or contents, **columns)
    maker.document |= {"tileMetadata": table} if tiles else {"contentMetadata": [table]}
    return opened(tileset_json(implicit(), schema=schema), s0_0_0=maker.bytes())


def test_metadata_tell_boxes_errors_and_refinement_of_tiles() -> None:
    boxes = np.array([[0, 0, 5, 50, 0, 0, 0, 50, 0, 0, 0, 5], [1, 2, 3, 4, 0, 0, 0, 5, 0, 0, 0, 6], [np.nan] * 12])
    tileset = _described(
        _schema(
            box=_array("TILE_BOUNDING_BOX", 12),
            error=_number("TILE_GEOMETRIC_ERROR", "FLOAT32"),
            refine=_number("TILE_REFINE", "UINT8"),
            horizon={"type": "VEC3", "componentType": "FLOAT64", "semantic": "TILE_HORIZON_OCCLUSION_POINT"},
        ),
        tiles=3,
        box=boxes,
        error=np.array([9.0, 7.0, -1.0], np.float32),
        refine=np.array([0, 1, 0], np.uint8),
        horizon=np.zeros((3, 3)),
    )
    np.testing.assert_allclose(tileset.centre, [[0, 0, 5], [1, 2, 3], [-25, 25, 10]])  # the last is told nothing
    np.testing.assert_allclose(tileset.half_axes[1], np.diag([4.0, 5.0, 6.0]))
    assert tileset.geometric_error.tolist() == [9.0, 7.0, 32.0]
    assert tileset.refine.tolist() == [ADD, REPLACE, ADD]
    assert tileset.diagnostics == ()


def test_metadata_tell_spheres_and_regions_of_tiles() -> None:
    spheres = np.array([[0, 0, 0, 100], [1, 2, 3, 4], [5, 6, 7, -8]], np.float32)
    tileset = _described(_schema(ball=_array("TILE_BOUNDING_SPHERE", 4, "FLOAT32")), tiles=3, ball=spheres)
    np.testing.assert_allclose(tileset.centre, [[0, 0, 0], [1, 2, 3], [-25, 25, 10]])
    np.testing.assert_allclose(tileset.half_axes[1], np.eye(3) * 4)
    regions = np.array([[0.08, 0.9, 0.0802, 0.9002, 0, 9]] * 3)
    tileset = _described(_schema(region=_array("TILE_BOUNDING_REGION", 6)), tiles=3, region=regions)
    np.testing.assert_allclose(tileset.centre[2], region_box(regions[0].tolist()).centre, atol=1e-6)


def test_metadata_tell_where_contents_are_and_what_they_are_called() -> None:
    boxes = np.array([[-30, -30, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1], [-30, 30, 1, 2, 0, 0, 0, 2, 0, 0, 0, 2]], np.float64)
    tileset = _described(_schema(box=_array("CONTENT_BOUNDING_BOX", 12)), contents=2, box=boxes)
    assert tileset.content_volumes.tile.tolist() == [1, 2]
    np.testing.assert_allclose(tileset.content_volumes.centre, boxes[:, :3])
    np.testing.assert_allclose(tileset.content_volumes.half_axes[1], np.eye(3) * 2)
    np.testing.assert_allclose(tileset.centre[1], [-25, -25, 10])  # the tile's own stays

    maker = SubtreeMaker()
    maker.document |= {"tileAvailability": {"constant": 1}, "childSubtreeAvailability": {"constant": 0}}
    maker.document["contentAvailability"] = [maker.availability([0, 1, 0, 0, 1])]
    stored = {
        "values": maker.view(b"west.glbeast.glb"),
        "stringOffsets": maker.view(np.array([0, 8, 16], "<u4").tobytes()),
    }
    maker.document["propertyTables"] = [{"class": "tile", "count": 2, "properties": {"uri": stored}}]
    maker.document["contentMetadata"] = [0]
    schema = _schema(uri={"type": "STRING", "semantic": "CONTENT_URI"})
    tileset = opened(tileset_json(implicit(), schema=schema), s0_0_0=maker.bytes())
    assert tileset.content_uri == (None, "west.glb", None, None, "east.glb")


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        (_schema(box=_array("TILE_BOUNDING_BOX", 11)), "unknown type"),
        (_schema(box=_array("TILE_BOUNDING_BOX", 12) | {"scale": [1, 2]}), "another shape"),
        (_schema(box=_array("TILE_BOUNDING_BOX", 12, "INT128")), "unknown type"),
    ],
)
def test_metadata_that_cannot_be_read_leave_tiles_where_they_are(schema: dict[str, Any], says: str) -> None:
    tileset = _described(schema, tiles=3, box=np.zeros((3, 12)))
    np.testing.assert_allclose(tileset.centre[1], [-25, -25, 10])
    assert any(says in sentence for sentence in tileset.diagnostics)
    short = _described(_schema(box=_array("TILE_BOUNDING_BOX", 12)), tiles=3, box=np.zeros((2, 12)))
    assert any("fewer values than rows" in sentence for sentence in short.diagnostics)
