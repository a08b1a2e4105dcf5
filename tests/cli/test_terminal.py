"""What a foreign name may do to a terminal: nothing."""

from __future__ import annotations

import io
import sys

import pytest

from explorer.cli.terminal import print_lines, say, say_what_can_be_said, terminal_progress

CLEARS = "a\x1b[2J\x1b]0;owned\x07\r\nb\x9b31m\u202egpj.exe\u2066 日本 😀 é"


def test_a_name_in_a_file_neither_moves_the_cursor_nor_turns_the_writing(capsys: pytest.CaptureFixture[str]) -> None:
    print_lines([CLEARS, "second"])
    say(CLEARS)
    shown = capsys.readouterr()
    assert shown.out.count("\n") == 2 and shown.err.count("\n") == 1
    for text in (shown.out, shown.err):
        assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in text.replace("\n", ""))
        assert "\u202e" not in text and "\u2066" not in text and "日本 😀 é" in text


def test_nor_does_one_in_the_line_of_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", stream)
    with terminal_progress("Reading") as progress:
        progress.report(1.0, "\x1b[2J\n")
    assert "\x1b" not in stream.getvalue() and "\n" not in stream.getvalue()


def test_half_a_character_and_an_old_encoding_stop_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    say_what_can_be_said()
    print_lines(["Zürich \ud800 日本"])
    sys.stdout.flush()
    assert raw.getvalue() == b"Z?rich ? ??\n"
