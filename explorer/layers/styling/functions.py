"""The built-in functions of the styling language, each once: for single values, and for arrays where that can be.

What the standard does not define (a text's cosine, vectors of two lengths) is `undefined`, never an error: one odd
feature must not cost a city its style.
"""

from __future__ import annotations

import colorsys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

from explorer.errors import StyleError
from explorer.i18n import _
from explorer.layers.styling.values import UNDEFINED, Mixed, Pattern, Vector, is_number, number, same, text, truth

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Function:
    """One built-in function."""

    arity: tuple[int, int]
    of: Callable[..., Any]
    """Of single values."""
    on: Callable[[Sequence[FloatArray]], NDArray[Any] | None] | None = None
    """On arrays: numbers (n,) or vectors (n, k); None where the standard does not define it.

    Raises Mixed where it does for some rows alone."""


def arity_words(least: int, most: int) -> str:
    """How many arguments, in words."""
    return str(least) if least == most else _("{least} to {most}").format(least=least, most=most)


def width(value: Any) -> int | None:
    """Components of a vector, 0 of a number, None of anything else."""
    if isinstance(value, Vector):
        return len(value)
    return 0 if is_number(value) else None


def _as_array(value: Any) -> FloatArray:
    """One row: (1,) of a number, (1, k) of a vector."""
    return np.array([value], np.float64)


def _alone(on: Callable[[Sequence[FloatArray]], NDArray[Any] | None], values: Sequence[Any]) -> Any:
    """A function on arrays, of single numbers and vectors."""
    with np.errstate(all="ignore"):
        found = on([_as_array(one) for one in values])
    if found is None:
        return UNDEFINED
    if found.ndim == 2:
        return Vector(found[0].tolist())
    return found[0].item()


def _numeric(
    least: int, formula: Callable[..., Any], *, numbers_from: int | None = None, of: Callable[..., Any] | None = None
) -> Function:
    """A function of so many numbers or, component by component, of vectors of one length.

    `numbers_from`: from this argument on, plain numbers go with vectors, too.
    """

    def on(arguments: Sequence[FloatArray]) -> NDArray[Any] | None:
        vectors = [one.shape[1] for one in arguments if one.ndim == 2]
        if not vectors:
            return np.asarray(formula(*arguments))
        is_number_here = [one.ndim == 1 for one in arguments]
        first = len(arguments) if numbers_from is None else numbers_from
        if len(set(vectors)) > 1 or any(is_number_here[:first]) or len(set(is_number_here[first:])) > 1:
            return None
        return np.asarray(formula(*(one if one.ndim == 2 else one[:, None] for one in arguments)))

    def of_values(*values: Any) -> Any:
        return UNDEFINED if any(width(one) is None for one in values) else _alone(on, values)

    return Function((least, least), of or of_values, on)


def _reducing(least: int, of_numbers: Callable[..., Any], of_vectors: Callable[..., Any]) -> Function:
    """A function that makes one number of numbers, or of vectors of one length."""

    def on(arguments: Sequence[FloatArray]) -> NDArray[Any] | None:
        shapes = {one.shape[1:] for one in arguments}
        if len(shapes) > 1:
            return None
        return np.asarray((of_vectors if shapes != {()} else of_numbers)(*arguments))

    def of_values(*values: Any) -> Any:
        return UNDEFINED if any(width(one) is None for one in values) else _alone(on, values)

    return Function((least, least), of_values, on)


def _length(x: FloatArray) -> Any:
    return np.sqrt((x * x).sum(axis=1))


def _cross(arguments: Sequence[FloatArray]) -> NDArray[Any] | None:
    x, y = arguments
    return np.cross(x, y) if x.shape[1:] == y.shape[1:] == (3,) else None


def _cross_of(x: Any, y: Any) -> Any:
    if width(x) != 3 or width(y) != 3:
        return UNDEFINED
    return _alone(_cross, (x, y))


# -- vectors and colours -----------------------------------------------------------------------------------------------


def _vector(size: int) -> Function:
    """vec2, vec3, vec4: of one number, one vector that is long enough, or numbers and vectors that make up the size."""

    def on(arguments: Sequence[FloatArray]) -> NDArray[Any] | None:
        if not arguments:
            return None
        columns = [one[:, None] if one.ndim == 1 else one for one in arguments]
        if len(columns) == 1:
            only = columns[0]
            if only.shape[1] == 1:
                return np.repeat(only, size, axis=1)
            return only[:, :size] if only.shape[1] >= size else None
        joined = np.concatenate(columns, axis=1)
        return joined if joined.shape[1] == size else None

    def of(*values: Any) -> Any:
        return UNDEFINED if any(width(one) is None for one in values) else _alone(on, values)

    return Function((0, size), of, on)


def _color(keyword: Any = "#ffffff", alpha: Any = None) -> Any:
    if not isinstance(keyword, str) or not (alpha is None or is_number(alpha)):
        return UNDEFINED
    found = _css(keyword)
    if found is None:
        return UNDEFINED
    return Vector(found if alpha is None else (*found[:3], float(alpha)))


@lru_cache(maxsize=4096)
def _css(keyword: str) -> tuple[float, ...] | None:
    """Red, green, blue, alpha of a CSS colour; hexadecimal ones may have an alpha of their own (CSS Color 4, 4.2)."""
    word = keyword.strip().lower()
    if word == "transparent":
        return 0.0, 0.0, 0.0, 0.0
    named = ImageColor.colormap.get(word, word)
    hexes = named[1:] if isinstance(named, str) and named.startswith("#") else ""
    if len(hexes) in (3, 4):
        hexes = "".join(letter * 2 for letter in hexes)
    if len(hexes) not in (6, 8) or not set(hexes) <= set("0123456789abcdef"):
        return None
    return tuple(int((hexes + "ff")[i : i + 2], 16) / 255.0 for i in (0, 2, 4, 6))


def _rgba_on(arguments: Sequence[FloatArray]) -> NDArray[Any] | None:
    if any(one.ndim != 1 for one in arguments):
        return None
    rgb = np.stack(arguments[:3], axis=1) / 255.0
    alpha = arguments[3] if len(arguments) > 3 else np.ones(len(rgb))
    return np.concatenate([rgb, alpha[:, None]], axis=1)


def _rgba_of(*values: Any) -> Any:
    if not all(is_number(one) for one in values):
        return UNDEFINED
    return _alone(_rgba_on, values)


def _hsla_of(*values: Any) -> Any:
    if not all(is_number(one) and np.isfinite(one) for one in values):
        return UNDEFINED
    hue, saturation, lightness = (float(one) for one in values[:3])
    rgb = colorsys.hls_to_rgb(hue % 1.0, min(max(lightness, 0.0), 1.0), min(max(saturation, 0.0), 1.0))
    return Vector((*rgb, float(values[3]) if len(values) > 3 else 1.0))


def _hsla_on(arguments: Sequence[FloatArray]) -> NDArray[Any] | None:
    """As `colorsys.hls_to_rgb`, of which it is the same for arrays (CSS 3 Color, 4.2.4)."""
    if any(one.ndim != 1 for one in arguments):
        return None
    if not all(np.isfinite(one).all() for one in arguments):
        raise Mixed  # some are no colours
    hue, saturation, lightness = arguments[0] % 1.0, arguments[1].clip(0.0, 1.0), arguments[2].clip(0.0, 1.0)
    high = np.where(lightness <= 0.5, lightness * (1.0 + saturation), lightness + saturation - lightness * saturation)
    low = 2.0 * lightness - high

    def part(at: FloatArray) -> FloatArray:
        at = at % 1.0
        rising = low + (high - low) * at * 6.0
        falling = low + (high - low) * (2.0 / 3.0 - at) * 6.0
        found = np.where(at < 1.0 / 6.0, rising, np.where(at < 0.5, high, np.where(at < 2.0 / 3.0, falling, low)))
        return np.asarray(np.where(saturation == 0.0, lightness, found))

    alpha = arguments[3] if len(arguments) > 3 else np.ones(len(hue))
    return np.stack([part(hue + 1.0 / 3.0), part(hue), part(hue - 1.0 / 3.0), alpha], axis=1)


# -- texts and patterns ------------------------------------------------------------------------------------------------


def _pattern(source: Any = "(?:)", flags: Any = "") -> Any:
    if not isinstance(source, str) or not isinstance(flags, str):
        return UNDEFINED
    try:
        return Pattern(source, flags)
    except StyleError:
        return UNDEFINED


def matches(left: Any, right: Any) -> Any:
    """`left =~ right`: one is a pattern and the other a text; else undefined."""
    pattern, words = (left, right) if isinstance(left, Pattern) else (right, left)
    if not isinstance(pattern, Pattern) or not isinstance(words, str):
        return UNDEFINED
    return pattern.search(words) is not None


def _exec(pattern: Any, words: Any) -> Any:
    """The first group of the first match; null without a match."""
    if not isinstance(pattern, Pattern) or not isinstance(words, str):
        return UNDEFINED
    found = pattern.search(words)
    if found is None:
        return None
    group = found.group(1) if found.re.groups else None
    return UNDEFINED if group is None else group


def _is_class(classes: Any, name: Any) -> Any:
    """Whether a name is among a feature's classes."""
    return isinstance(classes, list) and any(same(one, name) for one in classes)


METHODS: dict[str, tuple[int, int]] = {"test": (1, 1), "exec": (1, 1), "toString": (0, 0)}
"""What may be called after a dot, and with how many arguments."""


def _fract(x: FloatArray) -> Any:
    return x - np.floor(x)


def _floor_half(x: FloatArray) -> Any:
    return np.floor(x + 0.5)


_OF_ONE: dict[str, Callable[..., Any]] = {
    "abs": np.abs, "sqrt": np.sqrt, "cos": np.cos, "sin": np.sin, "tan": np.tan, "acos": np.arccos,
    "asin": np.arcsin, "atan": np.arctan, "radians": np.radians, "degrees": np.degrees, "sign": np.sign,
    "floor": np.floor, "ceil": np.ceil, "round": _floor_half, "exp": np.exp, "log": np.log,
    "exp2": np.exp2, "log2": np.log2, "fract": _fract,
}  # fmt: skip
FUNCTIONS: dict[str, Function] = {
    **{name: _numeric(1, formula) for name, formula in _OF_ONE.items()},
    "atan2": _numeric(2, np.arctan2),
    "pow": _numeric(2, np.power),
    "min": _numeric(2, np.minimum, numbers_from=1),
    "max": _numeric(2, np.maximum, numbers_from=1),
    "clamp": _numeric(3, lambda x, low, high: np.minimum(np.maximum(x, low), high), numbers_from=1),
    "mix": _numeric(3, lambda x, y, share: x * (1.0 - share) + y * share, numbers_from=2),
    "length": _reducing(1, lambda x: x, _length),
    "normalize": _numeric(
        1, lambda x: np.ones_like(x) if x.ndim == 1 else x / np.sqrt((x * x).sum(axis=1, keepdims=True))
    ),
    "distance": _reducing(2, lambda x, y: np.abs(x - y), lambda x, y: _length(x - y)),
    "dot": _reducing(2, lambda x, y: x * y, lambda x, y: (x * y).sum(axis=1)),
    "cross": Function((2, 2), _cross_of, _cross),
    "vec2": _vector(2),
    "vec3": _vector(3),
    "vec4": _vector(4),
    "color": Function((0, 2), _color),
    "rgb": Function((3, 3), _rgba_of, _rgba_on),
    "rgba": Function((4, 4), _rgba_of, _rgba_on),
    "hsl": Function((3, 3), _hsla_of, _hsla_on),
    "hsla": Function((4, 4), _hsla_of, _hsla_on),
    "regExp": Function((0, 2), _pattern),
    "Boolean": Function((1, 1), truth),
    "Number": Function((1, 1), number),
    "String": Function((1, 1), text),
    "isNaN": Function((1, 1), lambda value: number(value) != number(value)),
    "isFinite": Function((1, 1), lambda value: bool(np.isfinite(number(value)))),
    "isExactClass": Function((1, 1), truth),
    "getExactClassName": Function((0, 0), lambda: UNDEFINED),
    "isClass": Function((1, 1), _is_class),
    ".test": Function((2, 2), matches),
    ".exec": Function((2, 2), _exec),
    ".toString": Function((1, 1), text),
}  # fmt: skip
"""By name; methods begin with a dot and take the thing before it first. Of those of classes two are never called, for
the parser makes variables of them; to the third it gives the classes first."""
