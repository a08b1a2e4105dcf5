"""What a shell sees: exit codes, and what goes to which stream."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from explorer.cli.commands import run_open
from explorer.cli.main import with_default_command
from explorer.cli.parser import build_parser
from explorer.errors import SceneFileError
from tests.cli.program import Program

pytestmark = pytest.mark.xdist_group("cli")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("import",), "SOURCE"),
        (("render", "x", "-o", "x.png", "--size", "big"), "WIDTHxHEIGHT"),
        (("render", "x", "-o", "x.png", "--size", "9000x10"), "at most 8192 pixels"),
        (("render", "x", "-o", "x.png", "--date", "1st of May"), "YYYY-MM-DD"),
        (("render", "x", "-o", "x.png", "--date", "9999-12-31"), "between the years 1583 and 2999"),
        (("simulate", "x", "sun_hours", "--json", "--date", "0001-01-01"), "between the years 1583 and 2999"),
        (("render", "x", "-o", "x.png", "--time", "25:00"), "HH:MM"),
        (("render", "x", "-o", "x.png", "--error", "0"), "above 0"),
        (("simulate", "x", "wind"), "sun_hours"),
        (("simulate", "x", "sun_hours", "--area", "1,2"), "E0,N0,E1,N1"),
        (("import", "x", "-o", "y", "--lod", "fine"), "for example 2.2"),
        (("sample", "-o", "x", "--buildings", "²"), "whole number above 0"),
        (("sample", "-o", "x", "--buildings", "-3"), "whole number above 0"),
        (("scene",), "action"),
    ],
)
def test_a_wrong_command_line_ends_with_2_and_how_to_write_it(
    program: Program, tmp_path: Path, words: tuple[str, ...], reason: str
) -> None:
    ended = program.call(*words, cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("usage: citiverse") and reason in ended.err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("simulate", "x", "sun_hours"), "Say where the result goes with -o"),
        (("simulate", "x", "sun_hours", "-o", "x.docx"), r"\.tif"),
        (("render", "x", "-o", "x.docx"), r"\.png"),
        (("scene", "new", "x", "-o", "x.zip"), r"ends in \.cvscene"),
        (("scene", "pack", "x", "-o", "x.cvscene"), "Only a scene can be packed"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_is_read(
    program: Program, tmp_path: Path, words: tuple[str, ...], reason: str
) -> None:
    ended = program.call(*words, cwd=tmp_path)
    assert (ended.code, ended.out) == (1, "")
    assert len(ended.err.splitlines()) == 1 and re.search(reason, ended.err)


def test_the_traceback_is_shown_to_who_asks(program: Program, tmp_path: Path) -> None:
    assert program.call("info", "no.cvscene", cwd=tmp_path).code == 1
    with pytest.raises(SceneFileError):  # Python shows it, and ends with 1
        program.call("info", "no.cvscene", "--debug", cwd=tmp_path)


def test_messages_are_in_the_language_asked_for_before_or_after_the_command(program: Program, tmp_path: Path) -> None:
    for words in (("info", "no.cvscene", "--language", "nl"), ("--language", "nl", "info", "no.cvscene")):
        ended = program.call(*words, cwd=tmp_path)
        assert ended.code == 1 and "Het scènebestand" in ended.err


def test_the_words_of_the_command_line_itself_are_in_that_language_too(program: Program, tmp_path: Path) -> None:
    told = program.call("simulate", "--language", "nl", "--help", cwd=tmp_path)
    assert told.code == 0 and told.out.startswith("gebruik: citiverse simulate") and "\nopties:\n" in told.out
    for words, sentence in (
        (("simulate",), "deze argumenten zijn nodig: what, "),
        (("info", "here", "--nothing"), "onbekende argumenten: --nothing"),
        (("simulate", "here", "moon"), "ongeldige keuze: 'moon'"),
    ):
        refused = program.call("--language", "nl", *words, cwd=tmp_path)
        assert refused.code == 2 and sentence in refused.err and "fout: " in refused.err


@pytest.mark.parametrize("words", [(), ("town",), ("--language=nl", "town"), ("--debug",), ("--size", "640x360")])
def test_without_a_command_the_window_opens(words: tuple[str, ...]) -> None:
    opened = build_parser().parse_args(with_default_command(list(words)))
    assert opened.run is run_open and opened.what == ("town" if "town" in words else None)


def hears_signals() -> None:
    """As in a terminal; a shell that runs the tests in its background, or `nohup`, would have them ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_who_stops_a_command_gets_130_and_keeps_what_was_there(program: Program, tmp_path: Path, name: str) -> None:
    command = program.words("sample", "-o", "town", "--buildings", "200")
    working = subprocess.Popen(
        command, cwd=tmp_path, env=program.environment(), stderr=subprocess.PIPE, text=True, preexec_fn=hears_signals
    )
    end = time.monotonic() + 60.0
    while not list(tmp_path.iterdir()):
        assert working.poll() is None and time.monotonic() < end
        time.sleep(0.001)
    working.send_signal(getattr(signal, name))
    _out, err = working.communicate(timeout=60)
    assert (working.returncode, err) == (130, "Stopped. Nothing was changed.\n")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_behind_the_answer_is_said_and_a_closed_stream_is_no_error(
    program: Program, village_file: Path, tmp_path: Path
) -> None:
    assert program.call("import", village_file, "-o", "tiles", cwd=tmp_path).code == 0
    command = f"{sys.executable} -m explorer info tiles"
    for redirection, code, told in (
        (">/dev/full", 1, "citiverse: The answer cannot be written: No space left on device.\n"),
        ("--json >/dev/full", 1, "citiverse: The answer cannot be written: No space left on device.\n"),
        (">&-", 0, ""),
        ("2>&- >/dev/null", 0, ""),
    ):
        ended = subprocess.run(
            f"{command} {redirection}", shell=True, cwd=tmp_path, env=program.environment(),
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        assert (ended.returncode, ended.stderr) == (code, told), redirection
