"""The looks can be read: contrast by WCAG 2.2, measured on the colours themselves."""

from __future__ import annotations

import pytest

from explorer.imgui_panda.theme import SHAPE_PAIRS, TEXT_PAIRS, Rgba, colours
from explorer.settings import THEMES


def _luminance(rgb: tuple[float, float, float]) -> float:
    """Relative luminance (WCAG 2.2)."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _over(front: Rgba, back: float) -> tuple[float, float, float]:
    """A colour that lets a grey shine through."""
    r, g, b, alpha = front
    return r * alpha + back * (1 - alpha), g * alpha + back * (1 - alpha), b * alpha + back * (1 - alpha)


def contrast(front: Rgba, back: Rgba) -> float:
    """The worse of the two ratios over a black and over a white city."""
    ratios = []
    for city in (0.0, 1.0):
        a, b = _luminance(_over(front, city)), _luminance(_over(back, city))
        ratios.append((max(a, b) + 0.05) / (min(a, b) + 0.05))
    return min(ratios)


def test_black_on_white_is_twenty_one_to_one() -> None:
    assert contrast((0.0, 0.0, 0.0, 1.0), (1.0, 1.0, 1.0, 1.0)) == pytest.approx(21.0)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("letters", "ground"), TEXT_PAIRS)
def test_letters_stand_out_from_what_they_stand_on(theme: str, letters: str, ground: str) -> None:
    look = colours(theme)
    least = 7.0 if theme == "contrast" else 4.5
    assert contrast(look[letters], look[ground]) >= least


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("mark", "ground"), SHAPE_PAIRS)
def test_marks_stand_out_from_what_they_stand_on(theme: str, mark: str, ground: str) -> None:
    look = colours(theme)
    assert contrast(look[mark], look[ground]) >= 3.0
