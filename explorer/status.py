"""What is going on and what is wrong: written by anyone, read by the interface. Thread-safe."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StatusLine:
    """Something under way."""

    key: str
    text: str
    fraction: float | None = None
    """Share that is done; None: not known."""
    can_cancel: bool = False
    seconds_left: float | None = None
    """How long it will still take; None: not known. [s]"""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that went wrong, for a person to read and copy."""

    text: str
    count: int = 1


class Status:
    """The board."""

    def __init__(self, max_problems: int = 200) -> None:
        self._lock = threading.Lock()
        self._lines: dict[str, StatusLine] = {}
        self._problems: dict[str, int] = {}
        self._max_problems = max_problems
        self._unread: list[str] = []
        self._warnings: dict[str, str] = {}
        self._passing: set[str] = set()
        self._mended: list[str] = []
        self._answers: set[str] = set()
        self._refusal = ""

    def set(
        self,
        key: str,
        text: str,
        fraction: float | None = None,
        *,
        can_cancel: bool = False,
        seconds_left: float | None = None,
    ) -> None:
        """Say how a piece of work is doing."""
        with self._lock:
            self._lines[key] = StatusLine(key, text, fraction, can_cancel, seconds_left)

    def clear(self, key: str) -> None:
        """A piece of work has ended."""
        with self._lock:
            self._lines.pop(key, None)

    def problem(self, text: str, *, is_quiet: bool = False, is_asked: bool = False) -> None:
        """Report what went wrong; the same sentence again is counted, not repeated.

        `is_quiet`: listed, not shown. `is_asked`: a person asked for it, and is told each time.
        """
        with self._lock:
            if (text not in self._problems and not is_quiet) or is_asked:
                self._unread.append(text)
            if is_asked:
                self._answers.add(text)
            if text not in self._problems and len(self._problems) >= self._max_problems:
                self._problems.pop(next(iter(self._problems)))
            self._problems[text] = self._problems.get(text, 0) + 1

    def mend(self, text: str) -> None:
        """What a problem says is no longer so: nobody needs to read it any more."""
        with self._lock:
            self._problems.pop(text, None)
            self._unread = [other for other in self._unread if other != text]
            self._mended.append(text)

    def take_mended(self) -> list[str]:
        """Problems that are none any more, since the last call."""
        with self._lock:
            mended, self._mended = self._mended, []
            return mended

    def warn(self, key: str, text: str) -> None:
        """Say something that stays on screen until it is no longer so."""
        with self._lock:
            self._warnings[key] = text

    def unwarn(self, key: str) -> None:
        """It is no longer so."""
        with self._lock:
            self._warnings.pop(key, None)

    def refuse(self, text: str) -> None:
        """Say why what a person just tried cannot be done, in place of what was said before; "": it went well."""
        with self._lock:
            self._refusal = text

    @property
    def refusal(self) -> str:
        """Why what a person tried last cannot be done; "": it went well."""
        with self._lock:
            return self._refusal

    def notice(self, text: str, *, is_passing: bool = False) -> None:
        """Tell the user something good, once; it is no problem and is not counted as one.

        `is_passing`: nobody needs to close it ("Saved."); it goes by itself.
        """
        with self._lock:
            self._unread.append(text)
            if is_passing:
                self._passing.add(text)

    def is_passing(self, text: str) -> bool:
        """Whether a notice goes by itself after a while."""
        with self._lock:
            return text in self._passing

    def is_answer(self, text: str) -> bool:
        """Whether a person waits for it, having just done what it is about: it is told before all else."""
        with self._lock:
            return text in self._answers or text in self._passing

    def take_unread(self) -> list[str]:
        """Problems and notices that were not shown yet; each is given once."""
        with self._lock:
            unread, self._unread = self._unread, []
            return unread

    def forget_problems(self) -> None:
        """The user has read them."""
        with self._lock:
            self._problems.clear()
            self._unread.clear()

    @property
    def lines(self) -> tuple[StatusLine, ...]:
        """What is under way."""
        with self._lock:
            return tuple(self._lines.values())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What stays on screen until it is no longer so."""
        with self._lock:
            return tuple(self._warnings.values())

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What went wrong, oldest first."""
        with self._lock:
            return tuple(Problem(text, count) for text, count in self._problems.items())
