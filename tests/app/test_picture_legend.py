"""The legends in a picture's corner: of styles, of a simulation, of both."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.app.finding import open_place
from explorer.app.layer_styles import LayerStyles, take_style
from explorer.app.picture_legend import with_legend
from explorer.app.places import Place
from explorer.i18n import set_language
from explorer.layers.colour import colour_table
from explorer.overlays import OverlayRequest, OverlayResult
from explorer.overlays.result import Legend

HEIGHT, WIDTH = 480, 640
PAPER = (249, 247, 243)
"""Of a sheet on white."""


@pytest.fixture
def place(small_town: Path) -> Place:
    set_language("en")
    return open_place(str(small_town))


def result(place: Place, low: float = 0.0, high: float = 12.0, table: str = "cividis") -> OverlayResult:
    request = OverlayRequest("sun_hours", date(2026, 3, 21), (0.0, 0.0, 40.0, 40.0))
    legend = Legend("Direct sun", "h/day", table, low, high)
    return OverlayResult(
        request, np.full((10, 10), 5.0, np.float32), place.frame.crs, 0.0, 40.0, 4.0, "h/day", legend, "key"
    )


def drawn(place: Place, overlay: OverlayResult | None, *, height: int = HEIGHT) -> NDArray[np.int64]:
    white = np.full((height, WIDTH, 3), 255, np.uint8)
    return np.asarray(with_legend(white, place, LayerStyles(place), overlay), np.int64)


def sheet_rows(picture: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(height,) where some sheet is."""
    return np.asarray((np.abs(picture - 255).max(axis=-1) > 2).any(axis=1))


def of_colour(picture: NDArray[np.int64], colour: Any) -> NDArray[np.bool_]:
    return np.asarray(np.abs(picture - np.asarray(colour, np.int64)).max(axis=-1) <= 3)


def test_without_style_and_overlay_the_picture_is_as_it_is(place: Place) -> None:
    assert not sheet_rows(drawn(place, None)).any()


def test_a_simulation_has_its_colours_from_low_to_high(place: Place) -> None:
    picture = drawn(place, result(place))
    table = colour_table("cividis").astype(int)
    columns = [np.flatnonzero(of_colour(picture, table[i]).any(axis=0)).mean() for i in (10, 70, 130, 190, 245)]
    assert columns == sorted(columns)
    assert columns[-1] - columns[0] > 100
    assert (np.flatnonzero(sheet_rows(picture)) > HEIGHT // 2).all(), "in the lower corner"


def test_a_difference_says_other_figures_and_colours(place: Place) -> None:
    sun, change = drawn(place, result(place)), drawn(place, result(place, -3.0, 3.0, "diverging"))
    assert of_colour(change, colour_table("diverging")[128]).sum() > 20
    assert not np.array_equal(sun, change)


def test_both_legends_stand_one_above_the_other(place: Place, tmp_path: Path) -> None:
    overlay = drawn(place, result(place))
    file = tmp_path / "style.json"
    file.write_text('{"color": {"conditions": [["${kind} === \'Building\'", "color(\'#ff0000\')"]]}}')
    take_style(place, file)
    styled, both = drawn(place, None), drawn(place, result(place))
    assert of_colour(styled, (255, 0, 0)).sum() > 20
    n = [int(sheet_rows(one).sum()) for one in (overlay, styled, both)]
    assert n[2] == n[0] + n[1], "neither covers the other"
    assert of_colour(both, (255, 0, 0)).sum() == of_colour(styled, (255, 0, 0)).sum()


def test_a_picture_that_is_too_small_for_both_is_drawn_all_the_same(place: Place) -> None:
    assert drawn(place, result(place), height=40).shape == (40, WIDTH, 3)
