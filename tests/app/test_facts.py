"""Places in words, on all four quarters of the globe."""

from __future__ import annotations

import pytest

from explorer.app.facts import place_words
from explorer.i18n import set_language


@pytest.mark.parametrize(
    ("lat", "lon", "language", "words"),
    [
        (52.0115, 4.3681, "en", ("52.01° N", "4.37° E")),
        (-33.87, 151.21, "en", ("33.87° S", "151.21° E")),
        (30.56, -98.77, "en", ("30.56° N", "98.77° W")),
        (-33.45, -70.67, "nl", ("33,45° Z", "70,67° W")),
    ],
)
def test_south_and_west_are_words_not_signs(lat: float, lon: float, language: str, words: tuple[str, str]) -> None:
    set_language(language)
    try:
        assert place_words(lat, lon, 2) == words
    finally:
        set_language("en")
