"""Features in a hierarchy: what holds for the house holds for its door."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from explorer.tileformat import TileContent, decode_content
from tests.tiles_of_bytes import pnts

PLACES = np.array([[1, 2, 3], [4, 5, 6]], "<f4")


def hierarchy(**more: Any) -> dict[str, Any]:
    """Two doors in a house in a block; the second door is of two houses."""
    whole = {
        "classes": [
            {"name": "Door", "length": 2, "instances": {"width": [0.9, 1.2]}},
            {"name": "House", "length": 2, "instances": {"height": [7, 8], "street": ["Oude Delft", None]}},
            {"name": "Block", "length": 1, "instances": {"district": ["Centrum"], "height": [99]}},
        ],
        "instancesLength": 5,
        "classIds": [0, 0, 1, 1, 2],
        "parentCounts": [1, 2, 1, 1, 0],
        "parentIds": [2, 3, 2, 4, 4],
        **more,
    }
    return {"extensions": {"3DTILES_batch_table_hierarchy": whole}}


def batches(table: dict[str, Any]) -> TileContent:
    values = {"POINTS_LENGTH": 2, "BATCH_LENGTH": 2, "BATCH_ID": {"componentType": "UNSIGNED_BYTE"}}
    return decode_content(pnts(values, table, POSITION=PLACES, BATCH_ID=np.array([0, 1], "u1")), "x")


def test_what_holds_for_the_house_holds_for_its_door() -> None:
    content = batches(hierarchy())
    assert content.features.row(0) == {
        "class": "Door", "width": 0.9, "height": 7, "street": "Oude Delft", "district": "Centrum",
    }  # fmt: skip
    second = content.features.row(1)
    assert (second["height"], second["street"], second["district"]) == (8, "Oude Delft", "Centrum")


def test_parents_one_each_may_be_themselves_and_the_old_name_is_read() -> None:
    table = hierarchy(parentIds=[2, 3, 4, 4, 4])["extensions"]["3DTILES_batch_table_hierarchy"]
    del table["parentCounts"]
    content = batches({"HIERARCHY": table})
    assert content.features.row(1) == {"class": "Door", "width": 1.2, "height": 8, "district": "Centrum"}


def test_a_circle_is_cut_and_told() -> None:
    content = batches(hierarchy(parentCounts=[1, 1, 1, 1, 1], parentIds=[2, 3, 4, 4, 2]))
    assert content.features.row(0)["district"] == "Centrum"
    assert any("circle" in sentence for sentence in content.diagnostics)


@pytest.mark.parametrize(
    "broken",
    [
        {"classIds": [0, 0, 1, 1, 3]},
        {"parentIds": [2, 3, 2, 4, 5]},
        {"parentCounts": [9, 9]},
        {"instancesLength": 10**12},
    ],
)
def test_a_hierarchy_that_does_not_fit_is_left_out_and_told(broken: dict[str, Any]) -> None:
    content = batches(hierarchy(**broken))
    assert "width" not in content.features.columns
    assert any("hierarchy" in sentence for sentence in content.diagnostics)
