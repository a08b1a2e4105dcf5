"""Columns at once mean what one feature at a time means, for any expression and any data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.layers.styling import UNDEFINED, Attributes, Measured, Vector, column_of, parse, read_style
from explorer.layers.styling.columnwise import first_true, truths, values
from explorer.layers.styling.scalar import worker
from explorer.layers.styling.values import plain_value, truth
from explorer.tileformat import FeatureTable

_numbers = st.one_of(st.integers(-5, 300), st.floats(allow_nan=False, width=32), st.just(0.0), st.just(10**400))
_cells = {
    "height": st.one_of(_numbers, st.none()),
    "area": st.floats(0.0, 1e6),
    "use": st.sampled_from(["home", "shop", "", None]),
    "year": st.integers(1600, 2020),
    "flag": st.one_of(st.booleans(), st.none()),
    "odd": st.one_of(
        _numbers, st.text("ab1 ", max_size=3), st.booleans(), st.none(), st.just([1, 2]), st.just({"x": 1})
    ),
}
_atoms = st.sampled_from(
    ["${height}", "${area}", "${use}", "${year}", "${flag}", "${odd}", "${none}", "1", "0", "-2.5", "100", "'home'",
     "true", "null", "undefined", "NaN", "color('red')", "vec2(1, 2)", "vec2(${area}, ${height})", "${odd}.x"]
)  # fmt: skip
_BINARY = ["+", "-", "*", "/", "%", "<", "<=", ">", ">=", "===", "!==", "&&", "||"]
_CALLS = ["abs({})", "floor({})", "sign({})", "min({}, {})", "clamp({}, 0, {})", "mix({}, {}, 0.5)", "Boolean({})",
          "Number({})", "String({})", "isNaN({})", "isFinite({})", "rgb({}, {}, 3)", "hsl({}, 0.5, {})",
          "color('blue', {})", "vec2({}, {})", "vec3({})", "length({})", "dot({}, {})", "regExp('o').test({})",
          "normalize({})", "distance({}, {})", "({}).x", "`a ${{year}}` + {}", "[{}, {}][0]"]  # fmt: skip


def _more(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def call(form: str) -> st.SearchStrategy[str]:
        return st.tuples(*[inner] * form.count("{}")).map(lambda some: form.format(*some))

    return st.one_of(
        st.tuples(inner, st.sampled_from(_BINARY), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from("+-!"), inner).map("".join),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} ? {t[1]} : {t[2]})"),
        st.sampled_from(_CALLS).flatmap(call),
    )


_expressions = st.recursive(_atoms, _more, max_leaves=8)
_rows = st.lists(st.fixed_dictionaries(_cells), min_size=1, max_size=12)


def _table(rows: list[dict[str, Any]]) -> FeatureTable:
    return FeatureTable(tuple(map(str, range(len(rows)))), {name: [row[name] for row in rows] for name in _cells})


def _alike(a: Any, b: Any) -> bool:
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return type(a) is type(b) and len(a) == len(b) and all(map(_alike, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9) or (a != a and b != b) or a == b
    return type(a) is type(b) and a == b


@settings(max_examples=100, deadline=None)
@given(_expressions, _rows)
def test_columns_at_once_agree_with_one_feature_at_a_time(expression: str, rows: list[dict[str, Any]]) -> None:
    node = parse(expression)
    work = worker(node)
    with np.errstate(all="ignore"):
        expected = [work(lambda name, row=row: plain_value(row.get(name, UNDEFINED))) for row in rows]
    for few in (-1, 2000):  # all measures as arrays, and all by number
        table = Attributes([_table(rows)], few=few)
        found, true = values(node, table), truths(node, table)
        first = first_true([node, parse("${year} > 1800")], table)
        assert all(map(_alike, found, expected)), (found, expected)
        assert true.tolist() == [truth(one) for one in expected]
        plain = [0 if truth(one) else 1 if row["year"] > 1800 else -1 for one, row in zip(expected, rows, strict=True)]
        assert first.tolist() == plain


def test_a_measure_beyond_all_numbers_makes_no_other_row_colourless() -> None:
    table = Attributes([FeatureTable(("a", "b"), {"height": [0.25, 10**400]})], few=-1)
    with np.errstate(all="ignore"):
        first, second = values(parse("hsl(${height}, 1.0, 0.5)"), table)
    assert _alike(first, Vector((0.5, 1.0, 0.0, 1.0))) and second is UNDEFINED


def test_measures_with_gaps_are_arrays_and_gaps_fulfil_no_condition() -> None:
    heights = [None if i % 10 == 0 else i * 0.37 for i in range(10_000)]
    table = Attributes([FeatureTable(tuple(map(str, range(10_000))), {"h": heights})])
    assert isinstance(table.column("h"), Measured)
    high = truths(parse("${h} >= 0"), table)
    assert high.tolist() == [one is not None for one in heights]
    assert truths(parse("${h} === null"), table).tolist() == [one is None for one in heights]


def test_an_attribute_that_some_tiles_lack_is_undefined_there() -> None:
    one = FeatureTable(("a", "b"), {"use": ["home", None]})
    other = FeatureTable(("c",), {})
    table = Attributes([one, other])
    assert values(parse("${use}"), table) == ["home", None, UNDEFINED]
    assert values(parse("${id}"), table) == ["a", "b", "c"]


def test_whole_numbers_true_and_texts_stay_apart() -> None:
    values_of = [1, True, "1", 1.0, None, False, 0]
    column = column_of(values_of)
    assert column.to_list() == [1.0, True, "1", 1.0, None, False, 0.0]
    assert [type(one) for one in column.to_list()[:3]] == [float, bool, str]


def test_a_colour_may_depend_on_a_measure_in_every_part() -> None:
    table = Attributes([FeatureTable(("a", "b", "c"), {"red": [255, 0, None], "volume": [10.0, 200.0, 5.0]})])
    style = read_style({"color": "rgba(${red}, 10, 20, (${volume} > 100 ? 0.5 : 1.0))"})
    looks = style.looks(table)
    assert looks.colours[:2].tolist() == [[255, 10, 20, 255], [0, 10, 20, 128]]
    assert looks.is_coloured.tolist() == [True, True, False]
    assert isinstance(values(parse("rgb(1, 2, 3)"), table)[0], Vector)
