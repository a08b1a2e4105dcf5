"""Numbers as languages write them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from explorer.i18n import _, decimal, set_language


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    """Other tests read English."""
    yield
    set_language("en")


@pytest.mark.parametrize(
    ("language", "spec", "written"),
    [
        ("en", ".2f", "1234.50"),
        ("nl", ".2f", "1234,50"),
        ("en", ",.1f", "1\u00a0234.5"),
        ("nl", ",.1f", "1\u00a0234,5"),
        ("nl", "g", "1234,5"),
    ],
)
def test_a_number_has_the_decimal_sign_of_the_language(language: str, spec: str, written: str) -> None:
    set_language(language)
    assert decimal(1234.5, spec) == written


def test_a_sentence_writes_its_numbers_and_leaves_names_alone() -> None:
    set_language("nl")
    sentence = _("{length:.2f} m").format(length=3.25)
    assert sentence == "3,25 m"
    assert _("{crs}, {n:,} of {name!r}").format(crs="EPSG:28992+5709", n=1200, name="a.b") == (
        "EPSG:28992+5709, 1\u00a0200 of 'a.b'"
    )
    assert _("{:.1f} by {:.1f}").format(0.5, True) == "0,5 by 1.0"


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [
        (-0.001, ".2f", "0.00"),
        (-0.4, "+.0f", "0"),
        (0.2, "+.0f", "0"),
        (0.6, "+.0f", "+1"),
        (-0.006, ".2f", "-0.01"),
        (-1e-7, "g", "-1e-07"),
        (-0.0, "g", "0"),
        (-0.0, ".1%", "0.0%"),
    ],
)
def test_what_rounds_to_nothing_has_no_sign(value: float, spec: str, text: str) -> None:
    assert decimal(value, spec) == text
