"""Expressions of the styling language: what they mean, by the standard's own sentences, and how they are refused."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest

from explorer.errors import StyleError
from explorer.layers.styling import UNDEFINED, Vector, parse
from explorer.layers.styling.scalar import worker

_FEATURE = {
    "enabled": True,
    "description": None,
    "order": 1.0,
    "name": "Building 1",
    "address.street": "Maple Street",
    "address": {"street": "Oak Street", "city": "Delft"},
    "temperatures": {"scale": "fahrenheit", "values": [70.0, 80.0, 90.0]},
    "feature": "building",
    "a b": 3.0,
    "getExactClassName()": "door",
    "isClass()": ["door", "wall", "building"],
    "place": Vector((1.0, 2.0, 3.0)),
}


def value(expression: str, **attributes: Any) -> Any:
    known = {**_FEATURE, **attributes}
    return worker(parse(expression))(lambda name: known.get(name, UNDEFINED))


@pytest.mark.parametrize(
    "expression",
    [
        # 22-025r4, “Operators”, “Types”, “RegExp”, “Type conversions”, “Variables”
        "1 + 2 * 3 === 7",
        "-(1) + 2 === 1 && !false",
        "7 % 4 === 3 && -7 % 4 === -3",
        "(1 < 2 ? 'a' : 'b') === 'a'",
        "true || ${nothing}.x",
        "!(false && ${nothing}.x)",
        "isNaN(NaN) && isNaN(0 / 0) && !isNaN(1) && isFinite(1) && !isFinite(Infinity)",
        "regExp('a').test('abc') === true",
        "regExp('a(.)', 'i').exec('Abc') === 'b'",
        r"regExp('Building\s(\d)').exec(${name}) === '1'",
        "regExp('a').exec('xyz') === null",
        "regExp('a') =~ 'abc' && 'abc' =~ regExp('a') && regExp('a') !~ 'bcd' && 'bcd' !~ regExp('a')",
        "regExp('^b', 'm').test(`a\nb`) && !regExp('b', 'y').test('ab')",
        "Boolean(1) === true && Boolean('') === false && Number('1') === 1 && String(1) === '1'",
        "Number('0x10') === 16 && isNaN(Number('1_0')) && isNaN(Number('nan')) && Number('') === 0",
        "String(undefined) === 'undefined' && String(null) === 'null' && String(5.0) === '5'",
        "String([0, 1, 2]) === '[0, 1, 2]' && String(vec2(1, 2)) === '(1, 2)' && regExp('a').toString() === '/a/'",
        "'name' + 10 === 'name10' && 1e21 + '' === '1e+21' && 0.0000001 + '' === '1e-7'",
        "vec4(1.0) === vec4(1.0) && vec3(1) !== vec4(1) && vec2(1, 2) !== vec2(2, 1)",
        "color('red').x === 1 && color('red').r === 1 && color('red')[0] === 1",
        "color('red') * vec4(0.5) === vec4(0.5, 0.0, 0.0, 0.5)",
        "color() === color('#FFFFFF') && color('CYAN') === color('#0FF') && color('cyan', 0.5).a === 0.5",
        "rgb(255, 0, 0) === color('red') && rgba(255, 0, 0, 0.25).a === 0.25",
        "hsl(0, 1, 0.5) === color('red') && hsla(0, 1, 0.5, 0.75).w === 0.75",
        "3 * vec3(1.0) === vec3(3) && vec3(3) / 3 === vec3(1) && -vec2(1) === vec2(-1)",
        "vec3(vec2(1, 2), 3).z === 3 && vec4(1, vec3(2)).y === 2 && vec2(vec4(1, 2, 3, 4)) === vec2(1, 2)",
        "${enabled} === true && ${description} === null && ${order} === 1 && ${name} === 'Building 1'",
        "${address.street} === `Oak Street` && ${address['city']} === 'Delft'",
        "${feature.address.street} === `Oak Street` && ${feature['address'].street} === `Oak Street`",
        "${feature['address.street']} === `Maple Street` && ${feature['a b']} === 3",
        "${feature} === `building` && ${feature.feature} === `building`",
        "${temperatures['scale']} === 'fahrenheit' && ${temperatures.values[0]} === 70",
        "${temperatures}.values[1] === 80 && ${temperatures['values'][2]} === 90",
        "`Name is ${name}, order is ${order}` === 'Name is Building 1, order is 1'",
        "'Hello, ${name}.' === 'Hello, Building 1.'",
        "${missing} === undefined && ${temperatures.values[9]} === undefined && ${description} !== undefined",
        "Math.PI > 3.14159 && Math.E < 2.71829",
        "abs(-1) === 1 && sqrt(4) === 2 && isNaN(sqrt(-1)) && cos(0) === 1 && sign(-3) === -1 && sign(0) === 0",
        "floor(1.7) === 1 && ceil(1.2) === 2 && round(2.5) === 3 && fract(1.25) === 0.25",
        "exp2(3) === 8 && log2(8) === 3 && pow(2, 3) === 8 && radians(180) === Math.PI && degrees(Math.PI) === 180",
        "atan2(1, 1) === atan(1) && min(1, 2) === 1 && max(vec2(1, 5), 3) === vec2(3, 5)",
        "clamp(5, 0, 1) === 1 && clamp(vec2(5, -5), 0, 1) === vec2(1, 0) && mix(20.0, 40, 0.25) === 25",
        "mix(vec2(0), vec2(4), 0.5) === vec2(2)",
        "length(vec2(3, 4)) === 5 && distance(vec2(1, 1), vec2(4, 5)) === 5 && length(-2) === -2",
        "normalize(vec2(3, 4)) === vec2(0.6, 0.8) && normalize(7) === 1",
        "dot(vec3(1, 2, 3), vec3(1)) === 6 && cross(vec3(1, 0, 0), vec3(0, 1, 0)) === vec3(0, 0, 1)",
        "abs(vec3(-1, 2, -3)) === vec3(1, 2, 3) && ${place}.z === 3",
        "isExactClass('door') && getExactClassName() === 'door' && !isExactClass('wall')",
        "isClass('door') && isClass('wall') && isClass('building') && !isClass('roof') && !isClass(1)",
        "${tiles3d_tileset_time} === 0",
        r"'it\'s' === `it's`",
    ],
)
def test_what_the_standard_says_holds(expression: str) -> None:
    assert value(expression) is True


@pytest.mark.parametrize(
    "expression",
    ["'5' < 6", "null < 5", "undefined >= 0", "'5' * 2", "undefined + 1", "vec2(1) + vec3(1)", "1 / vec2(1)", "-'a'",
     "abs('a')", "dot(vec2(1), 1)", "vec3(1, 2)", "true + 1", "1 =~ 'a'", "color(1)", "regExp('(').test('a')",
     "rgb('a', 0, 0)", "vec3(1).q", "cross(vec2(1), vec2(1))"],
)  # fmt: skip
def test_what_the_standard_does_not_define_is_undefined(expression: str) -> None:
    try:
        found = value(expression)
    except StyleError:  # a constant pattern is refused when it is read
        assert "regExp" in expression
        return
    assert found is UNDEFINED


@pytest.mark.parametrize(
    ("expression", "at", "words"),
    [
        ("${Height} > ", 12, "it ends here"),
        ("(${a}", 5, "“)” was expected"),
        ("1 == 2", 2, "write “===”"),
        ("a = 1", 2, "write “===”"),
        ("~1", 0, "“~”"),
        ("1 2", 2, "“2”"),
        ("Height > 3", 0, "write ${Height} for an attribute"),
        ("colour('red')", 0, "no function “colour”"),
        ("color('rod')", 6, "“rod” is no colour"),
        ("vec3(1, 2", 9, "“,” or “)”"),
        ("abs(1, 2)", 0, "takes 1 arguments"),
        ("true ? 1", 8, "“:” was expected"),
        ("${foo[${bar}]}", 6, "inside the name of another"),
        ("${a", 0, "no closing “}”"),
        ("'abc", 0, "no closing '"),
        ("regExp('(?=a)')", 7, "cannot be read"),
        ("Math.LN2", 5, "“PI”, “E”"),
        ("${a}.foo()", 5, "no function “foo”"),
        ("'a' + import('os')", 6, "no function “import”"),
    ],
)
def test_an_error_names_the_character_and_what_was_expected(expression: str, at: int, words: str) -> None:
    with pytest.raises(StyleError) as caught:
        parse(expression)
    assert caught.value.at == at
    assert words in str(caught.value)
    assert caught.value.expression == expression


@pytest.mark.parametrize(
    "hostile",
    ["(" * 5000, "!" * 5000 + "true", "[" * 500 + "]" * 500, "1" + "+1" * 60_000, "-" * 300 + "1", "a" * 200_000,
     "true ? " * 500 + "1" + " : 1" * 500, "${a" + ".a" * 50_000 + "}", "vec4(" * 300],
)  # fmt: skip
def test_a_hostile_expression_is_refused_or_read_but_never_breaks_the_reader(hostile: str) -> None:
    said = ""
    try:
        worker(parse(hostile))
    except StyleError as error:
        said = str(error)
    assert len(said) < 500


def test_a_thousand_conditions_in_one_expression_are_no_depth() -> None:
    chain = " || ".join(f"${{name}} === 'no {i}'" for i in range(1500)) + " || ${order} === 1"
    assert value(chain) is True


def test_a_pattern_that_would_take_others_for_ever_takes_no_time() -> None:
    start = time.perf_counter()
    assert value("regExp('^(a+)+$').test(${name})", name="a" * 5000 + "b") is False
    assert time.perf_counter() - start < 1.0


def test_numbers_are_written_as_javascript_writes_them() -> None:
    written = {
        0.1: "0.1",
        1e20: "100000000000000000000",
        123456789.5: "123456789.5",
        -0.00001: "-0.00001",
        1e300: "1e+300",
    }
    assert {number: value("String(${x})", x=number) for number in written} == written
    assert value("String(${x})", x=math.inf) == "Infinity"
