"""Where CesiumJS and we read a style differently, and the standard is on its side."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from explorer.layers.styling import Attributes, read_style
from explorer.layers.styling.recipes import with_hidden
from explorer.tileformat import FeatureTable


def table(**columns: list[Any]) -> Attributes:
    n = len(next(iter(columns.values())))
    return Attributes([FeatureTable(tuple(map(str, range(n))), columns)])


def looks(style: dict[str, Any], attributes: Attributes) -> Any:
    return read_style(json.dumps(style).encode(), "a.json").looks(attributes)


def meta(expression: str, **columns: list[Any]) -> list[Any]:
    style = read_style(json.dumps({"meta": {"m": expression}}).encode(), "a.json")
    return list(style.meta_of(table(**columns))["m"])


@pytest.mark.parametrize("mixed", [False, True])
def test_a_colour_of_thousands_of_numbers_is_none_and_no_crash(mixed: bool) -> None:
    values: list[Any] = [k + 0.5 for k in range(3000)]
    if mixed:
        values[7] = "red"
    for style in ({"color": "color(${h})"}, {"color": {"conditions": [["true", "color(${h})"]]}}):
        found = looks(style, table(h=values))
        assert np.flatnonzero(found.is_coloured).tolist() == ([7] if mixed else [])


def test_what_no_condition_hides_is_shown() -> None:
    """`show` is true where nothing is said, as a colour is the default one."""
    style = {"show": {"conditions": [["${n} > 3", "false"]]}}
    attributes = table(n=[1, 5, None])
    assert looks(style, attributes).shown.tolist() == [True, False, True]
    again = read_style(json.dumps({**style, "color": {"conditions": [["true", "color('red')"]]}}).encode(), "a.json")
    hidden = read_style(json.dumps(with_hidden(again.plain, frozenset())).encode(), "a.json")
    assert hidden.looks(attributes).shown.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("${s}.length", 3.0),
        ("${s}[1]", "b"),
        ("'abc'.length", 3.0),
        ("${l}['0']", 70),
        ("${l}[5] === undefined", True),
        ("String(72057594037927936)", "72057594037927940"),
        ("String(9007199254740991)", "9007199254740991"),
        ("Number([null])", 0.0),
        ("Number([[5]])", 5.0),
    ],
)
def test_members_and_numbers_are_those_of_the_language(expression: str, value: Any) -> None:
    assert meta(expression, s=["abc"], l=[[70, 80]]) == [value]


@pytest.mark.parametrize(
    ("colour", "rgba"),
    [
        ("color('transparent')", [0, 0, 0, 0]),
        ("color('red', 0.5)", [255, 0, 0, 128]),
        ("color('#00ff0080')", [0, 255, 0, 128]),
        ("color('#0f08')", [0, 255, 0, 136]),
        ("color('#00ff0080', 1.0)", [0, 255, 0, 255]),
    ],
)
def test_colours_of_css_may_be_seen_through(colour: str, rgba: list[int]) -> None:
    assert looks({"color": colour}, table(n=[1])).colours[0] == pytest.approx(rgba, abs=1)
