"""Styles for who writes none: classes and steps, their legend, classes switched off, and attributes of a whole city."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import StyleError
from explorer.layers import FeatureIndex
from explorer.layers.styling import (
    Attributes,
    CityAttributes,
    DistinctFeatures,
    Looks,
    counted,
    hidden_of,
    legend_rows,
    read_style,
    style_by,
    summary_of,
    with_hidden,
)
from explorer.layers.styling.recipes import literal, variable
from explorer.tileformat import FeatureTable
from importers.feature_index import FeatureIndexWriter


def table(**columns: list[Any]) -> Attributes:
    n = len(next(iter(columns.values())))
    return Attributes([FeatureTable(tuple(map(str, range(n))), columns)])


def drawn(plain: dict[str, Any], features: Attributes) -> Looks:
    return read_style(plain).looks(features)


def test_classes_are_the_most_frequent_values_then_others_then_no_data() -> None:
    uses = ["home"] * 9 + [f"use {i % 10}" for i in range(30)] + [None] * 2
    features = table(use=uses)
    style = read_style(style_by(summary_of("use", features), "classes"))
    rows = counted(legend_rows(style), style, features)
    about = [dict(row.about) for row in rows]
    assert about[0] == {"value": "home"}
    assert rows[0].count == 9
    assert about[-2] == {"others": 4}
    assert about[-1] == {"missing": True}
    assert [row.count for row in rows[-2:]] == [12, 2]
    assert sum(row.count or 0 for row in rows) == len(uses)
    assert len({row.colour for row in rows}) == len(rows)
    assert style.looks(features).is_coloured.all()


def test_steps_are_round_cover_all_values_and_are_listed_from_the_highest() -> None:
    rng = np.random.default_rng(1)
    heights = [*rng.gamma(3.0, 3.0, 2000).tolist(), None]
    features = table(h=heights)
    for way in ("steps", "quantiles"):
        style = read_style(style_by(summary_of("h", features), way))
        rows = counted(legend_rows(style), style, features)
        bounds = [dict(row.about).get("from") for row in rows[:-2]]
        assert bounds == sorted(bounds, reverse=True)
        assert 4 <= len(bounds) <= 9
        assert sum(row.count or 0 for row in rows) == len(heights)
        assert rows[-1].count == 1 and dict(rows[-1].about) == {"missing": True}
        if way == "quantiles":
            counts = [row.count or 0 for row in rows[:-1]]
            assert max(counts) < 1.3 * min(counts)
        else:
            assert all(float(bound) == round(float(bound), 1) for bound in bounds)  # type: ignore[arg-type]


def test_what_is_a_measure_and_what_is_a_word() -> None:
    assert summary_of("h", table(h=[1.0, 2.0, 3.5])).is_measured
    assert not summary_of("code", table(code=["1", "2", "3"])).is_measured
    assert not summary_of("flag", table(flag=[True, False, True])).is_measured
    assert not summary_of("one", table(one=[7, 7, 7])).is_measured


def test_features_of_kinds_that_never_have_the_attribute_are_left_as_they_are() -> None:
    features = table(kind=["Building", "Building", "Road"], height=[3.0, None, None])
    summary = summary_of("height", features)
    assert (summary.n, summary.n_missing, summary.kinds) == (2, 1, ("Building",))
    looks = drawn(style_by(summary, "steps"), features)
    assert looks.is_coloured.tolist() == [True, True, False]


@pytest.mark.parametrize("name", ["a b", "it's", "b3:h-dak", 'say "x"', "feature", "naïef", "a.b", "x[0]"])
def test_any_name_of_an_attribute_can_be_asked_for(name: str) -> None:
    looks = drawn({"show": f"{variable(name)} === 1"}, table(**{name: [1, 2]}))
    assert looks.shown.tolist() == [True, False]


@pytest.mark.parametrize("value", ["it's", 'a "b"', "`", "", "ünï", True, False, 3.25, -7, 1e21])
def test_any_value_can_be_asked_for(value: Any) -> None:
    text = literal(value)
    assert text is not None
    assert drawn({"show": f"${{x}} === {text}"}, table(x=[value, "something else"])).shown.tolist() == [True, False]


@pytest.mark.parametrize("value", ["${x}", "a\\", "'\"`", "x" * 500, None, [1]])
def test_what_no_expression_can_say_is_not_written(value: Any) -> None:
    assert literal(value) is None


def test_nothing_to_colour_by_is_said() -> None:
    with pytest.raises(StyleError, match="No feature has a value"):
        style_by(summary_of("x", table(x=[None, None])), "classes")
    with pytest.raises(StyleError, match="no measure"):
        style_by(summary_of("x", table(x=["a", "b"])), "steps")


def test_a_class_is_switched_off_by_show_and_on_again_as_it_was() -> None:
    features = table(use=["home", "shop", "home", "bar"], height=[1, 2, 3, 4])
    plain = {**style_by(summary_of("use", features), "classes"), "show": "${height} < 4"}
    off = with_hidden(plain, frozenset({0}))
    assert drawn(off, features).shown.tolist() == [False, True, False, False]
    assert hidden_of(off) == {0}
    assert [row.is_hidden for row in legend_rows(read_style(off))] == [True, False, False]
    both = with_hidden(off, frozenset({0, 1}))
    assert drawn(both, features).shown.tolist() == [False, True, False, False]
    assert with_hidden(both, frozenset()) == plain
    bare = {name: value for name, value in off.items() if name != "extras"}
    assert drawn(bare, features).shown.tolist() == [False, True, False, False], "other programs hide it, too"


@pytest.mark.parametrize("rows", [[[False, 2], [1, True]], {"false": "false", "true": True}], ids=["list", "draft"])
def test_a_show_of_json_s_own_values_is_kept_when_a_class_is_switched_off(rows: Any) -> None:
    """Found by fuzzing: false became False, which means nothing in an expression."""
    plain = {"color": {"conditions": [["${h} > 2", "color('red')"], ["true", "color('blue')"]]}}
    off = with_hidden({**plain, "show": {"conditions": rows}}, frozenset({0}))
    assert drawn(off, table(h=[1, 3])).shown.tolist() == [True, False]


def test_classes_of_somebodys_own_style_are_switched_off_too() -> None:
    plain = {
        "color": {"conditions": [["${h} > 2", "color('red')"], ["true", "rgb(${h}, 0, 0)"]]},
        "show": {"conditions": [["${h} === 4", "false"], ["true", "true"]]},
    }
    features = table(h=[1, 3, 4])
    rows = legend_rows(read_style(plain))
    assert [row.words for row in rows] == ["h > 2", "true"]
    assert [row.colour for row in rows] == [(255, 0, 0), None]
    off = with_hidden(plain, frozenset({1}))
    assert drawn(off, features).shown.tolist() == [False, True, False]
    assert with_hidden(off, frozenset()) == plain
    with pytest.raises(StyleError, match="no classes"):
        with_hidden({"color": "color('red')"}, frozenset({0}))


@pytest.fixture
def city(tmp_path: Path) -> CityAttributes:
    with FeatureIndexWriter(tmp_path / "features.sqlite") as writer:
        writer.add("house", None, "Building", "1.glb", None, {"year": 1900, "name": "Huis"})
        writer.add("part", "house", "BuildingPart", "1.glb", None, {"height": 7.5})
        writer.add("shed", None, "Building", "1.glb", None, {"year": None})
        writer.add("road", None, "Road", "1.glb", None, {})
    return CityAttributes(FeatureIndex.open(tmp_path / "features.sqlite"))


def test_coarse_tiles_and_parts_have_the_attributes_of_the_index(city: CityAttributes) -> None:
    assert not city.has({"year"})
    city.load({"year", "height", "kind"})
    assert city.has({"year", "height"})
    tile = FeatureTable(
        ("part", "road", "unknown", "shed"), {"parent": ["house", None, None, None], "own": [1, 2, 3, 4]}
    )
    features = city.of_tables([tile])
    looks = read_style({"show": "${year} === 1900", "pointSize": "${own}"}).looks(features)
    assert looks.shown.tolist() == [True, False, False, False]
    assert looks.point_px is not None and looks.point_px.tolist() == [1.0, 2.0, 3.0, 4.0]
    kinds = read_style({"show": "${kind} === 'BuildingPart' && ${height} > 7 && ${id} === 'part'"}).looks(features)
    assert kinds.shown.tolist() == [True, False, False, False]


def test_the_whole_city_counts_what_is_drawn_once(city: CityAttributes) -> None:
    city.load({"year", "kind"})
    features = city.of_all()
    assert len(features) == 3, "the house is drawn as its part"
    summary = summary_of("year", features)
    assert summary.counts == ((1900.0, 1),)
    assert summary.kinds == ("BuildingPart",)


def test_a_feature_in_tiles_of_several_levels_counts_once() -> None:
    coarse = FeatureTable(("a", "b"), {})
    fine = [FeatureTable(("a",), {"use": ["home"]}), FeatureTable(("b",), {"use": ["shop"]})]
    features = DistinctFeatures([*fine, coarse])
    assert len(features) == 2
    assert summary_of("use", features).counts == (("home", 1), ("shop", 1))
    numbered = [FeatureTable(("0", "1"), {"use": ["home", "bar"]}), FeatureTable(("0",), {"use": ["home"]})]
    assert len(DistinctFeatures(numbered)) == 3, "numbers of rows are no ids"
