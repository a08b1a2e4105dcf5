"""The real window, resized as fast as events come, to nothing, taken off the screen, and over all of it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.window.test_real_window import SIZE, Hands, display, shown, wait

__all__ = ["display"]
pytestmark = [pytest.mark.window, pytest.mark.xdist_group("window")]

_MOST_MORE_MB = 80.0
"""What buffers of the largest size may leave with the allocator."""
_LAST_LINE = 45
"""Height of the line that tells of the pointer, and its rim. [px]"""
_LARGE = (1900, 1300)


class Screen:
    """What a display shows, and its one large window."""

    def __init__(self, name: str) -> None:
        from Xlib.display import Display

        self._display = Display(name)
        self._root = self._display.screen().root

    def window(self) -> Any:
        """The program's window; None while there is none."""
        large = (one for one in self._root.query_tree().children if one.get_geometry().width > 300)
        return next(large, None)

    def sized(self, window: Any, width: int, height: int) -> None:
        """What a hand at a window's corner does."""
        window.configure(width=width, height=height)
        self._display.sync()

    def mapped(self, window: Any, is_on: bool) -> None:
        """What a window manager does when a window is minimised, and called back."""
        window.map() if is_on else window.unmap()
        self._display.sync()

    def pixels(self) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """All that the screen shows, (rows, columns, 3)."""
        image = self._root.get_image(0, 0, *SIZE, 2, 0xFFFFFFFF)  # 2: ZPixmap
        data = image.data if isinstance(image.data, bytes) else image.data.encode("latin-1")
        return np.frombuffer(data, np.uint8).reshape(SIZE[1], SIZE[0], 4)[:, :, 2::-1].copy()


def _rests(screen: Screen, secs: float = 1.5) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The picture once it stays as it is."""
    seen: list[Any] = []

    def is_still() -> bool:
        time.sleep(secs)
        seen.append(screen.pixels())
        return len(seen) > 1 and np.array_equal(seen[-1], seen[-2])

    wait(is_still)
    return np.asarray(seen[-1])


def _is_again(screen: Screen, before: np.ndarray[Any, Any], height: int = SIZE[1]) -> Callable[[], bool]:
    """Whether panels and city are where they were; the last line tells of the pointer, which events move about."""

    def is_again() -> bool:
        other = np.abs(screen.pixels().astype(int) - before).max(axis=-1) > 2
        return bool(other[: height - _LAST_LINE].mean() < 0.001)

    return is_again


def _resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def test_every_size_is_survived_and_the_picture_comes_back(display: str, small_town: Path, tmp_path: Path) -> None:
    program = shown(display, tmp_path / "home", small_town, lambda hands: hands.colours() > 30)
    try:
        hands, screen = Hands(display), Screen(display)
        hands.move(SIZE[0] // 2, SIZE[1] - 5)
        before = _rests(screen)
        window = screen.window()
        screen.sized(window, *_LARGE)
        time.sleep(1.0)
        screen.sized(window, *SIZE)
        wait(_is_again(screen, before))
        held = _resident_mb(program.pid)

        rng = np.random.default_rng(3)
        for turn in range(80):
            sizes = ((1, 1), _LARGE, (180, 30), tuple(int(n) for n in rng.integers(40, 900, 2)))
            screen.sized(window, *sizes[turn % 4])
            time.sleep(0.02)
        screen.sized(window, 1, 1)
        time.sleep(1.0)
        screen.sized(window, *SIZE)
        wait(_is_again(screen, before))
        assert _resident_mb(program.pid) < held + _MOST_MORE_MB

        screen.mapped(window, False)
        time.sleep(1.0)
        assert len(np.unique(screen.pixels().reshape(-1, 3), axis=0)) == 1, "it is off the screen"
        screen.mapped(window, True)
        wait(_is_again(screen, before))

        screen.sized(window, 700, 500)
        wait(lambda: (screen.pixels()[:, 720:] == 0).all())
        small = _rests(screen)
        hands.key("F11")
        wait(lambda: (g := window.get_geometry()).width == SIZE[0] and g.height == SIZE[1])
        wait(_is_again(screen, before))
        hands.key("F11")
        wait(lambda: (g := window.get_geometry()).width == 700 and g.height == 500)
        wait(_is_again(screen, small, 500))
        assert program.poll() is None
    finally:
        program.send_signal(signal.SIGKILL)
        program.wait(10)
