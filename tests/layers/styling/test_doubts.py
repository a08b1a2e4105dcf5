"""A style that asks for what no feature has: said, with the names that may have been meant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from explorer.i18n import set_language
from explorer.layers.styling import nearest_names, read_style, unknown_attributes, unknown_words

NAMES = ("street", "storeys_above_ground", "measuredHeight", "roofType", "year_of_construction", "use", "b3_h_dak_max")


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("heigth", "measuredHeight"),
        ("MeasuredHeight", "measuredHeight"),
        ("roof_type", "roofType"),
        ("yearOfConstruction", "year_of_construction"),
        ("storey", "storeys_above_ground"),
        ("strete", "street"),
        ("b3_h_max", "b3_h_dak_max"),
        ("USE", "use"),
    ],
)
def test_the_nearest_name_comes_first(asked: str, meant: str) -> None:
    assert nearest_names(asked, NAMES)[0] == meant


@pytest.mark.parametrize("asked", ["hoogte", "xyz", "", "temperature"])
def test_what_is_like_nothing_has_no_suggestion(asked: str) -> None:
    assert nearest_names(asked, NAMES) == ()


def test_only_what_no_feature_has_is_unknown() -> None:
    style = read_style({
        "defines": {"tall": "${measuredHeight} > 10"},
        "show": "${tall} && isExactClass('door') && ${POSITION}.x > 0 && ${id} !== 'a' && ${kind} === 'Building'",
        "color": {"conditions": [["${use} === 'home'", "color('red')"], ["${Use} === 'shop'", "${COLOR}"]]},
    })  # fmt: skip
    assert unknown_attributes(style, NAMES) == ("Use",)
    assert unknown_words(style, (*NAMES, "Use"), is_whole=True) == ""


def test_what_is_said_names_the_attribute_and_what_may_be_meant() -> None:
    style = read_style({"color": "rgb(${heigth}, 0, 0)"})
    assert unknown_words(style, NAMES, is_whole=True) == (
        "No feature has the attribute “heigth” that the style asks for. Did you mean “measuredHeight”?"
    )
    assert unknown_words(style, (), is_whole=False) == (
        "No feature that is loaded has the attribute “heigth” that the style asks for."
    )
    set_language("nl")
    said = unknown_words(style, NAMES, is_whole=True)
    assert said.startswith("Geen enkel object heeft het kenmerk “heigth”")
    assert said.endswith("Bedoelde je “measuredHeight”?")


def test_a_style_for_another_city_does_not_fill_the_screen() -> None:
    style = read_style({"show": " || ".join(f"${{q{i}}} > 1" for i in range(200))})
    said = unknown_words(style, NAMES, is_whole=True)
    assert said.count("No feature") == 3
    assert len(said) < 400
