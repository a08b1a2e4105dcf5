"""Styles as published: what they say of features, and how a broken one is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from explorer.errors import StyleError
from explorer.layers.styling import Attributes, Looks, read_style
from explorer.tileformat import FeatureTable

_RED, _BLUE, _LIME = [255, 0, 0, 255], [0, 0, 255, 255], [0, 255, 0, 255]


def looks(style: Any, **columns: list[Any]) -> Looks:
    n = len(next(iter(columns.values())))
    return read_style(style).looks(Attributes([FeatureTable(tuple(map(str, range(n))), dict(columns))]))


def test_the_first_example_of_the_standard() -> None:
    style = """{
        "show" : "${Area} > 0",
        "color" : {"conditions" : [
            ["${Height} < 60", "color('#13293D')"],
            ["${Height} < 120", "color('#1B98E0')"],
            ["true", "color('#E8F1F2', 0.5)"]
        ]}
    }"""
    found = looks(style, Area=[1.0, 0.0, 3.0, 4.0], Height=[10.0, 70.0, 200.0, None])
    assert found.shown.tolist() == [True, False, True, True]
    assert found.classes.tolist() == [0, 1, 2, 2]
    assert found.colours[0].tolist() == [0x13, 0x29, 0x3D, 255]
    assert found.colours[3].tolist() == [0xE8, 0xF1, 0xF2, 128]


def test_where_no_condition_holds_the_feature_keeps_its_colour() -> None:
    found = looks({"color": {"conditions": [["${id} === '1'", "color('red')"]]}}, id=["1", "2"])
    assert found.is_coloured.tolist() == [True, False]
    assert found.classes.tolist() == [0, -1]
    assert found.shown.all()


def test_defines_stand_for_what_they_define_and_may_use_the_attribute_of_their_name() -> None:
    style = {
        "defines": {"Height": "${Height} / 2.0"},
        "color": {"conditions": [["${Height} >= 100.0", "color('blue')"], ["${Height} >= 1.0", "color('red')"]]},
    }
    assert looks(style, Height=[150.0, 250.0]).colours.tolist() == [_RED, _BLUE]


def test_results_may_depend_on_the_feature_behind_constant_ones() -> None:
    style = {
        "defines": {"grey": "rgb(${Height}, ${Height}, ${Height})"},
        "color": {"conditions": [["${Height} > 100", "${grey}"], ["true", "color('lime')"]]},
        "pointSize": "${Height} * 0.5",
    }
    found = looks(style, Height=[120.0, 10.0])
    assert found.colours.tolist() == [[120, 120, 120, 255], _LIME]
    assert found.point_px is not None
    assert found.point_px.tolist() == [60.0, 5.0]


def test_meta_may_be_of_any_kind() -> None:
    style = read_style({"meta": {"description": "'Hello, ${featureName}.'", "volume": "${h} * 2"}})
    table = Attributes([FeatureTable(("0", "1"), {"featureName": ["Oude Kerk", None], "h": [2, 3.5]})])
    assert style.meta_of(table) == {"description": ["Hello, Oude Kerk.", "Hello, null."], "volume": [4.0, 7.0]}


def test_meta_in_words_leaves_out_what_is_undefined() -> None:
    style = read_style({"meta": {"size": "'about ' + ${h} + ' m'", "none": "${nothing}", "at": "vec2(1, ${h})"}})
    table = Attributes([FeatureTable(("0",), {"h": [3.5]})])
    assert style.meta_words(table) == (("size", "about 3.5 m"), ("at", "(1, 3.5)"))
    assert read_style({}).meta_words(table) == ()


def test_show_may_have_conditions_and_plain_truth_values() -> None:
    assert looks({"show": {"conditions": [["${a} > 1", False], ["true", True]]}}, a=[1, 2]).shown.tolist() == [
        True,
        False,
    ]
    assert looks({"show": False}, a=[1]).shown.tolist() == [False]


def test_a_style_says_which_attributes_it_asks_for() -> None:
    style = read_style({"show": "${a} > 1", "color": {"conditions": [["${b.c} === 1", "rgb(${d}, 0, 0)"]]}})
    assert style.names == {"a", "b", "d"}


def test_an_unknown_member_is_told_and_kept() -> None:
    style = read_style({"labelText": "${name}", "extras": {"x": 1}})
    assert len(style.notes) == 1
    assert "labelText" in style.notes[0]
    assert style.plain["extras"] == {"x": 1}


@pytest.mark.parametrize(
    ("style", "words"),
    [
        ("{", "line 1, column 2"),
        ("[]", "JSON object"),
        ({"color": 3}, ""),
        ({"color": ["a"]}, "color: an expression in quotes"),
        ({"color": {"conditions": "x"}}, "list of pairs"),
        ({"color": {"conditions": [["true"]]}}, "list of pairs"),
        ({"color": {"conditions": [["true", "color('red')"], ["${a} >", "1"]]}}, "color.conditions[1][0]: Character 7"),
        ({"defines": {"x": "1 +"}}, "defines.x: Character 4"),
        ({"meta": {"x": "1 +"}}, "meta.x"),
        ({"show": "true", "defines": []}, "defines"),
        (b"\xff\xfe\x00", "UTF-8"),
        ("[" * 100_000, "not JSON"),
        ({"show": {"conditions": [["true", "true"]] * 5001}}, "5000 conditions"),
    ],
)
def test_a_broken_style_is_refused_with_its_place(style: Any, words: str) -> None:
    if not words:
        assert not read_style(style).looks(Attributes([FeatureTable(("0",))])).is_coloured.any()
        return
    with pytest.raises(StyleError, match=r".*") as caught:
        read_style(style, "my.json")
    assert words in str(caught.value)
    assert str(caught.value).endswith("[my.json]")


def test_a_style_of_no_features_is_no_error() -> None:
    style = read_style(json.dumps({"color": {"conditions": [["${a} > 1", "rgb(${a}, 0, 0)"]]}, "show": "${a} > 1"}))
    assert len(style.looks(Attributes([])).shown) == 0
    assert len(style.looks(Attributes([FeatureTable((), {"a": []})])).colours) == 0
