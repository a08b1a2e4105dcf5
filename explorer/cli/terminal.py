"""What is said in a terminal: results, sentences, and long work as one line with a bar and the time left."""

from __future__ import annotations

import io
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from explorer.errors import FetchError
from explorer.i18n import _
from explorer.jobs import Progress

_BAR_WIDTH = 28
_REDRAW_SECS = 0.1


_NOT_FOR_TERMINALS = {
    **dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), "\ufffd"),
    **dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xD800, 0xE000)), "\ufffd"),
    ord("\n"): " ",
    ord("\t"): " ",
}
"""Controls, marks that turn the direction of writing, and halves of characters: a name in a foreign file must not move
the cursor, clear the screen, or read backwards what stands beside it."""


def on_one_line(text: str) -> str:
    """`text` as a terminal may show it: controls as U+FFFD, line ends as spaces."""
    return text.translate(_NOT_FOR_TERMINALS)


def say_what_can_be_said() -> None:
    """A pipe in an old encoding gets question marks for what it cannot hold, not an error; and who closed a stream, or
    started the program without a terminal as Windows does, wants to hear nothing.
    """
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  as long as the program runs
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def print_lines(lines: Iterable[str]) -> None:
    """A result for people, on standard output."""
    _print("\n".join(on_one_line(line) for line in lines))


def print_json(plain: Any) -> None:
    """A result for programs, on standard output."""
    _print(json.dumps(plain, indent=1, ensure_ascii=False, default=str))


def _print(text: str) -> None:
    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise  # the reader has had enough, which is no error
    except OSError as error:
        raise FetchError(_("The answer cannot be written: {reason}.").format(reason=error.strerror or error)) from error


def say(sentence: str) -> None:
    """A sentence beside the result, on standard error."""
    print(f"citiverse: {on_one_line(sentence)}", file=sys.stderr)


@contextmanager
def terminal_progress(title: str) -> Iterator[Progress]:
    """A `Progress` drawn on standard error while the block runs; silent where nobody is looking."""
    line = _Line(title)
    progress = Progress(line.draw if sys.stderr.isatty() else None)
    try:
        yield progress
    finally:
        line.end()


class _Line:
    def __init__(self, title: str) -> None:
        self._title = title
        self._start = time.monotonic()
        self._drawn_at = 0.0
        self._width = 0

    def draw(self, fraction: float, text: str) -> None:
        now = time.monotonic()
        if now - self._drawn_at < _REDRAW_SECS and fraction < 1.0:
            return
        self._drawn_at = now
        filled = round(_BAR_WIDTH * fraction)
        bar = "█" * filled + "░" * (_BAR_WIDTH - filled)
        line = f"{self._title}  {bar} {fraction:4.0%}  {self._time_left(fraction, now)}  {text}"[:118]
        line = on_one_line(line)
        sys.stderr.write("\r" + line.ljust(self._width))
        sys.stderr.flush()
        self._width = len(line)

    def end(self) -> None:
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()

    def _time_left(self, fraction: float, now: float) -> str:
        if fraction < 0.02:
            return ""
        return _("{seconds} s left").format(seconds=round((now - self._start) * (1.0 - fraction) / fraction))
