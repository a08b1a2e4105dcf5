"""What is said of a place behind its address."""

from __future__ import annotations

import pytest

from explorer.errors import DataError
from explorer.store.said import read_said, with_said

KNOWN = ("layer", "crs", "zoom")
WRONG = "{name} is not among {known}. [{where}]"


@pytest.mark.parametrize(
    "text",
    ["ortho.tif", "https://x/{z}/{x}/{y}.png#crs=EPSG:28992&zoom=0-19", "https://x/wmts?a=b#layer=lucht/foto+2024"],
)
def test_a_place_is_written_as_it_was_read(text: str) -> None:
    assert with_said(*read_said(text, KNOWN, WRONG)) == text


def test_spaces_and_signs_survive_being_written() -> None:
    said = {"layer": "Lucht & foto #1 + rand", "crs": "EPSG:28992+5709"}
    assert read_said(with_said("ortho.tif", said), KNOWN, WRONG) == ("ortho.tif", said)


def test_the_plus_of_a_compound_system_is_one() -> None:
    assert read_said("dtm.tif#crs=EPSG:28992+5709&layer=a+b", KNOWN, WRONG)[1] == {
        "crs": "EPSG:28992+5709",
        "layer": "a b",
    }


def test_what_is_empty_is_not_said() -> None:
    assert with_said("ortho.tif", {"layer": "", "crs": "EPSG:4326"}) == "ortho.tif#crs=EPSG:4326"


def test_an_unknown_name_is_refused_without_telling_the_key() -> None:
    with pytest.raises(DataError) as refused:
        read_said("https://x/wmts?key=geheim#leyer=ortho", KNOWN, WRONG)
    assert "leyer is not among layer, crs, zoom" in str(refused.value)
    assert "geheim" not in str(refused.value)
