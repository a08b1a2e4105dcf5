"""The Dutch catalogue says everything that the program says."""

from __future__ import annotations

import re

import pytest

from explorer.i18n import _, current_language, languages, ngettext, set_language
from tests.i18n.extract import DUTCH, ROOT, dutch, messages, missing, placeholders


@pytest.fixture(autouse=True)
def _english_afterwards():
    yield
    set_language("en")


def test_every_message_has_a_dutch_translation() -> None:
    assert [f"{where}: {said!r}" for said, where in missing()] == []


def test_translations_fill_in_the_same_values() -> None:
    wrong = []
    for entry in dutch():
        if not entry.id:
            continue
        said = (entry.id,) if isinstance(entry.id, str) else entry.id
        forms = (entry.string,) if isinstance(entry.string, str) else entry.string
        wrong += [form for form, source in zip(forms, said, strict=True) if placeholders(form) != placeholders(source)]
    assert wrong == []


def test_the_catalogue_holds_nothing_that_nobody_says() -> None:
    said = {m[0] if isinstance(m, tuple) else m for m in messages()}
    kept = {e.id if isinstance(e.id, str) else e.id[0] for e in dutch() if e.id}
    assert kept - said == set()


def test_no_message_is_built_before_it_is_translated() -> None:
    """`_(f"…")` and `_("…".format(…))` cannot be translated: the catalogue has only the pattern."""
    built = re.compile(r"""\b_\(\s*f["']|\b_\(\s*(?:"[^"]*"|'[^']*')\s*\.format\(""")
    offenders = [
        str(path.relative_to(ROOT))
        for package in ("explorer", "importers")
        for path in (ROOT / package).rglob("*.py")
        if built.search(path.read_text(encoding="utf-8"))
    ]
    assert offenders == []


def test_the_languages_are_english_and_dutch() -> None:
    assert list(languages()) == ["en", "nl"]


def test_a_message_is_said_in_the_chosen_language() -> None:
    set_language("nl")
    assert _("Storeys") == "Bouwlagen"
    set_language("en")
    assert _("Storeys") == "Storeys"


def test_a_count_chooses_the_form() -> None:
    set_language("nl")
    assert ngettext("{count} building", "{count} buildings", 1) == "{count} gebouw"
    assert ngettext("{count} building", "{count} buildings", 2) == "{count} gebouwen"
    set_language("en")
    assert ngettext("{count} building", "{count} buildings", 1) == "{count} building"


def test_a_message_without_translation_is_said_in_english() -> None:
    set_language("nl")
    assert _("a sentence nobody has translated") == "a sentence nobody has translated"


@pytest.mark.parametrize(("asked", "given"), [("nl_NL.UTF-8", "nl"), ("nl-BE", "nl"), ("fr", "en"), ("C", "en")])
def test_a_locale_leads_to_a_language(asked: str, given: str) -> None:
    assert set_language(asked) == given
    assert current_language() == given


def test_without_a_choice_the_system_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "nl_NL.UTF-8")
    assert set_language(None) == "nl"


def test_dutch_sentences_end_as_the_english_ones_do() -> None:
    """A full stop, an ellipsis or nothing: the eye sees the difference in lists of buttons."""
    ends = tuple(".…:?")
    wrong = [
        entry.string
        for entry in dutch()
        if isinstance(entry.id, str) and entry.id and (entry.id[-1] in ends) != (entry.string[-1] in ends)
    ]
    assert wrong == [], DUTCH
