"""The program as a user meets it: words in; exit code, output and pictures out."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from explorer.cli import main
from tests.importers.specimens import E, N, hamlet

ROOT = Path(__file__).resolve().parents[2]
PICTURES = Path(__file__).parent / "pictures"
SMALL = (80, 45)
"""Pictures are compared at this size, so that an edge drawn half a pixel further does not count. [px]"""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.out)

    def expect_sentence(self, reason: str, *, place: str) -> None:
        """It gave up, and said so in one sentence on standard error that holds the reason and ends with the place."""
        lines = self.err.splitlines()
        assert self.code == 1 and self.out == "", self
        assert len(lines) == 1 and lines[0].startswith("citiverse: "), self
        assert re.search(reason, lines[0]) and lines[0].endswith(f"[{place}]"), self
        assert "inside the program" not in self.err, self


@dataclass(frozen=True)
class Program:
    """`citiverse` with a home folder of its own."""

    home: Path
    code: Path = ROOT
    """Folder that holds the packages."""

    def environment(self) -> dict[str, str]:
        """That of a machine without a display, on which only `code` is installed."""
        kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        return {**kept, "CITIVERSE_HOME": str(self.home), "PYTHONPATH": str(self.code), "LC_ALL": "C.UTF-8"}

    def words(self, *words: object) -> list[str]:
        """The command line."""
        return [sys.executable, "-P", "-m", "explorer", *map(str, words)]

    def run(self, *words: object, cwd: Path) -> Ended:
        """Run a command in a process of its own, to its end."""
        done = subprocess.run(
            self.words(*words), cwd=cwd, env=self.environment(), capture_output=True, text=True, timeout=120
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def call(self, *words: object, cwd: Path) -> Ended:
        """Run a command in this process: the same from the words to the exit code, without a second of start."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.ExitStack() as stack:
            stack.enter_context(_variable("CITIVERSE_HOME", str(self.home)))
            stack.enter_context(contextlib.chdir(cwd))
            stack.enter_context(contextlib.redirect_stdout(out))
            stack.enter_context(contextlib.redirect_stderr(err))
            try:
                code = main([*map(str, words)])
            except SystemExit as ended:  # a wrong command line
                code = int(ended.code or 0)
        return Ended(code, out.getvalue(), err.getvalue())

    def forget_the_web(self) -> None:
        """Throw away what was kept of servers."""
        from explorer.app.web import web_access

        with _variable("CITIVERSE_HOME", str(self.home)):
            cache = web_access().cache
            assert cache is not None
            cache.clear()


@contextlib.contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def village(path: Path) -> Path:
    """A CityJSON 2.0 file of 36 houses beside a road, on a piece of land of 200 m."""
    plain = json.loads(hamlet(path).read_text())
    first = len(plain["vertices"])
    plain["vertices"] += [
        [E - 20, N - 20, 0.9],
        [E + 180, N - 20, 0.9],
        [E + 180, N + 180, 0.9],
        [E - 20, N + 180, 0.9],
    ]
    rings = [[[first, first + 1, first + 2]], [[first, first + 2, first + 3]]]
    plain["CityObjects"]["land"] = {
        "type": "TINRelief",
        "geometry": [{"type": "CompositeSurface", "lod": "1", "boundaries": rings}],
    }
    path.write_text(json.dumps(plain))
    return path


def tree(folder: Path) -> set[str]:
    """All files below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def pixels(path: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A picture, 0 … 255, shrunk to what the eye takes in at a glance."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB").resize(SMALL, Image.Resampling.BOX), np.float64)


def differs(one: Path, other: Path) -> float:
    """Mean difference of two pictures. [levels of 255]"""
    return float(np.abs(pixels(one) - pixels(other)).mean())


def looks_like(picture: Path, known: str) -> bool:
    """Whether a picture is the known one, but for what drivers do otherwise. NEW_PICTURES=1 makes it the known one."""
    golden = PICTURES / known
    if os.environ.get("NEW_PICTURES"):
        with Image.open(picture) as image:
            image.convert("RGB").save(golden, optimize=True)
    off = np.abs(pixels(picture) - pixels(golden))
    return float(off.mean()) < 2.0 and float(np.percentile(off, 99.0)) < 25.0
