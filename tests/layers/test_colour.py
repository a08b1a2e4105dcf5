"""Colour tables and legends."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from explorer.layers.colour import lightness
from explorer.overlays import Legend, OverlayRequest, colour_table, colours_for, table_names
from explorer.overlays.compute import make_legend


@pytest.mark.parametrize("name", table_names())
def test_a_table_has_256_colours_that_nobody_can_change(name: str) -> None:
    table = colour_table(name)
    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    with pytest.raises(ValueError, match="read-only"):
        table[0, 0] = 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # published values (matplotlib 3.9) at 0, 64, 128, 192 and 255
        ("viridis", [(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)]),
        ("cividis", [(0, 34, 78), (66, 78, 108), (125, 124, 120), (187, 173, 108), (254, 232, 56)]),
    ],
)
def test_known_tables_agree_with_the_published_ones(name: str, expected: list[tuple[int, int, int]]) -> None:
    found = colour_table(name)[[0, 64, 128, 192, 255]].astype(int)
    assert np.abs(found - np.array(expected)).max() <= 3


@pytest.mark.parametrize("name", ["viridis", "cividis"])
def test_sequential_tables_grow_evenly_lighter(name: str) -> None:
    light = lightness(colour_table(name))
    steps = np.diff(light[::15])
    assert steps.min() > 0.0
    assert steps.max() / steps.min() < 2.0


def test_the_diverging_table_is_balanced_about_a_light_middle() -> None:
    light = lightness(colour_table("diverging"))
    assert np.abs(light - light[::-1]).max() < 1.5  # a loss and a gain of one size look equally large
    assert light[127] > 94.0
    assert np.diff(light[:124:4]).min() > 0.0


def test_the_ends_of_the_diverging_table_differ_for_those_who_cannot_tell_red_from_green() -> None:
    # Deuteranopia (Vienot 1999, linear RGB): red and green fall together, blue stays
    matrix = np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]])
    seen = (colour_table("diverging")[[20, 235]] / 255.0) ** 2.2 @ matrix.T
    assert np.abs(seen[0] - seen[1]).max() > 0.2


def test_values_become_colours_and_nan_becomes_nothing() -> None:
    colours = colours_for([[0.0, 6.0, 12.0], [-5.0, 99.0, np.nan]], "cividis", 0.0, 12.0)
    table = colour_table("cividis")
    assert colours[0, 0, :3].tolist() == colours[1, 0, :3].tolist() == table[0].tolist()
    assert colours[0, 2, :3].tolist() == colours[1, 1, :3].tolist() == table[255].tolist()
    assert colours[0, 1, :3].tolist() == table[128].tolist()
    assert colours[..., 3].tolist() == [[255, 255, 255], [255, 255, 0]]


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(KeyError):
        colour_table("jet")


def test_ticks_are_round_and_within_the_legend() -> None:
    assert Legend("", "h/day", "cividis", 0.0, 17.0).ticks() == [0.0, 5.0, 10.0, 15.0]
    assert Legend("", "h/day", "diverging", -1.0, 1.0).ticks() == [-1.0, -0.5, 0.0, 0.5, 1.0]
    assert Legend("", "1", "cividis", 0.0, 1.0).ticks() == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]


def test_shade_is_dark_and_sun_is_bright() -> None:
    request = OverlayRequest("shadow", (0.0, 0.0, 1.0, 1.0), date(2025, 3, 21))
    colours = make_legend(request, 12.0).colours()
    light = lightness(colours[[0, 255]])
    assert light[0] > light[1]
