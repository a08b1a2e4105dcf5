"""The reader of .po files."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.i18n.po import read_po


def _po(folder: Path, text: str) -> Path:
    path = folder / "xx.po"
    path.write_text(text, encoding="utf-8")
    return path


def test_lines_of_one_message_are_joined(tmp_path: Path) -> None:
    path = _po(tmp_path, 'msgid ""\n"one "\n"two"\nmsgstr "een "\n"twee"\n')
    assert read_po(path).gettext("one two") == "een twee"


def test_escapes_are_read_as_gettext_writes_them(tmp_path: Path) -> None:
    path = _po(tmp_path, 'msgid "a \\"b\\"\\n"\nmsgstr "é \\"c\\"\\n"\n')
    assert read_po(path).gettext('a "b"\n') == 'é "c"\n'


def test_fuzzy_translations_are_not_used(tmp_path: Path) -> None:
    path = _po(tmp_path, '#, fuzzy\nmsgid "one"\nmsgstr "twee"\n\nmsgid "two"\nmsgstr "twee"\n')
    assert read_po(path).gettext("one") == "one"
    assert read_po(path).gettext("two") == "twee"


def test_empty_translations_are_not_used(tmp_path: Path) -> None:
    assert read_po(_po(tmp_path, 'msgid "one"\nmsgstr ""\n')).gettext("one") == "one"


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="line 2"):
        read_po(_po(tmp_path, 'msgid "one"\nmsgstr "twee\n'))
