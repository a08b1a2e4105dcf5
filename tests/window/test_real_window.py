"""The real program in a real window under Xvfb, driven by real mouse and key events, and killed without warning."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from explorer.scenario import Journal, Recovered

ROOT = Path(__file__).resolve().parents[2]
SIZE = (960, 600)

pytestmark = [pytest.mark.window, pytest.mark.xdist_group("window")]


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A screen of its own."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed")
    read, write = os.pipe()
    screen = f"{SIZE[0]}x{SIZE[1]}x24"
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", screen, "-nolisten", "tcp", "-noreset"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as answer:
        number = answer.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(10)


class Hands:
    """Mouse and keys of a display, through the XTEST extension: the program cannot tell them from a person's."""

    def __init__(self, display: str) -> None:
        from Xlib import XK, X
        from Xlib.display import Display

        self._x, self._keysyms, self._display = X, XK, Display(display)

    def _send(self, *event: Any, **more: Any) -> None:
        from Xlib.ext import xtest

        xtest.fake_input(self._display, *event, **more)
        self._display.sync()
        time.sleep(0.25)

    def move(self, x: int, y: int) -> None:
        self._send(self._x.MotionNotify, x=x, y=y)

    def click(self, x: int, y: int) -> None:
        self.move(x, y)
        self._send(self._x.ButtonPress, 1)
        self._send(self._x.ButtonRelease, 1)

    def key(self, *names: str) -> None:
        codes = [self._display.keysym_to_keycode(self._keysyms.string_to_keysym(name)) for name in names]
        for code in codes:
            self._send(self._x.KeyPress, code)
        for code in reversed(codes):
            self._send(self._x.KeyRelease, code)

    def colours(self) -> int:
        """How many different pixels the screen shows along its middle."""
        image = self._display.screen().root.get_image(0, SIZE[1] // 2, SIZE[0], 1, self._x.ZPixmap, 0xFFFFFFFF)
        data = image.data if isinstance(image.data, bytes) else image.data.encode("latin-1")
        return len({data[i : i + 3] for i in range(0, len(data), 4)})


def wait(condition: Callable[[], Any], secs: float = 90.0, *, of: subprocess.Popen[bytes] | None = None) -> Any:
    """What the condition gives once it gives something. Fails at once, with its last words, where the program ended."""
    end = time.monotonic() + secs
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        if of is not None and of.poll() is not None:
            said = b"" if of.stderr is None else of.stderr.read()
            raise AssertionError(f"the program ended with {of.returncode}: {said.decode(errors='replace')[-2000:]}")
        time.sleep(0.25)
    raise AssertionError("it did not come about in time")


def hears_ctrl_c() -> None:
    """As in a terminal; a shell that runs the tests in its background would have it ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(display: str, home: Path, what: Path) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "DISPLAY": display,
        "PYTHONFAULTHANDLER": "1",
        "CITIVERSE_HOME": str(home),
        "LIBGL_ALWAYS_SOFTWARE": "1",
    }
    command = [sys.executable, "-m", "explorer", "open", str(what), "--size", f"{SIZE[0]}x{SIZE[1]}"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, preexec_fn=hears_ctrl_c)


def shown(display: str, home: Path, what: Path, is_there: Callable[[Hands], Any]) -> subprocess.Popen[bytes]:
    """A program whose picture is there; where none comes, it is told what each thread is doing."""
    hands = Hands(display)
    program = start(display, home, what)
    try:
        wait(lambda: is_there(hands), of=program)
    except AssertionError as problem:
        program.send_signal(signal.SIGABRT)  # faulthandler writes the stacks of all threads
        _out, said = program.communicate(timeout=10)
        raise AssertionError(f"no picture ({problem}); its stacks: {said.decode(errors='replace')[-6000:]}") from None
    return program


def test_a_block_placed_by_mouse_survives_a_kill_and_is_offered_again(
    display: str, small_town: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "home" / "data" / "journals"

    def kept() -> Recovered | None:
        return next((found for path in folder.glob("*.journal") if (found := Journal.recover(path))), None)

    program = shown(
        display, tmp_path / "home", small_town, lambda hands: list(folder.glob("*.journal")) and hands.colours() > 30
    )
    try:
        hands = Hands(display)
        time.sleep(3.0)  # the last tiles
        hands.key("b")

        def placed() -> Any:
            hands.click(SIZE[0] // 2, SIZE[1] // 2)
            return kept()

        found = wait(placed)
        assert len(found.scenario.proposals(found.scenario.scene.active_variant)) >= 1
        hands.key("Control_L", "z")
        undone = wait(lambda: (r := kept()) and r.steps > found.steps and r)
        assert len(undone.scenario.proposals(undone.scenario.scene.active_variant)) == 0
        hands.key("Control_L", "y")
        wait(lambda: (r := kept()) and r.steps > undone.steps)
    finally:
        program.send_signal(signal.SIGKILL)
        program.wait(10)
    recovered = kept()
    assert recovered is not None
    assert recovered.scenario.scene.active_variant is not None
    assert len(recovered.scenario.proposals(recovered.scenario.scene.active_variant)) == 1


def with_a_step_that_is_not_saved(display: str, home: Path, town: Path, folder: Path) -> subprocess.Popen[bytes]:
    """A program in which somebody did one thing; `folder` is that of its journals."""
    program = shown(display, home, town, lambda hands: list(folder.glob("*.journal")) and hands.colours() > 30)
    hands = Hands(display)
    hands.key("n")
    hands.key("1")
    hands.key("0")  # the city as it is
    wait(lambda: any(Journal.recover(path) for path in folder.glob("*.journal")), of=program)
    return program


def close_window(display: str) -> None:
    """What a window manager sends when somebody presses the cross."""
    from Xlib.display import Display
    from Xlib.protocol.event import ClientMessage

    screen = Display(display)
    delete, protocols = screen.intern_atom("WM_DELETE_WINDOW"), screen.intern_atom("WM_PROTOCOLS")
    for window in screen.screen().root.query_tree().children:
        if delete in (window.get_wm_protocols() or []):
            window.send_event(ClientMessage(window=window, client_type=protocols, data=(32, [delete, 0, 0, 0, 0])))
    screen.flush()


def test_closing_the_window_asks_about_unsaved_work_and_then_leaves_nothing_to_offer(
    display: str, small_town: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "home" / "data" / "journals"
    program = with_a_step_that_is_not_saved(display, tmp_path / "home", small_town, folder)
    try:
        hands = Hands(display)
        close_window(display)
        time.sleep(2.0)
        assert program.poll() is None
        hands.key("Escape")
        hands.key("Control_L", "z")  # nothing is unsaved any more
        time.sleep(0.5)
        close_window(display)
        assert program.wait(30) == 0
        assert list(folder.iterdir()) == []
    finally:
        program.kill()
        program.wait(10)


def test_ctrl_c_in_the_terminal_ends_it_in_order_and_keeps_unsaved_work(
    display: str, small_town: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "home" / "data" / "journals"
    program = with_a_step_that_is_not_saved(display, tmp_path / "home", small_town, folder)
    try:
        program.send_signal(signal.SIGINT)
        _out, said = program.communicate(timeout=30)
        assert program.returncode == 130
        assert b"next start" in said and b"Assertion" not in said and b"Traceback" not in said
        assert any(Journal.recover(path) for path in folder.glob("*.journal"))
    finally:
        program.kill()
        program.wait(10)


def test_without_a_display_one_sentence_names_the_headless_command(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment["CITIVERSE_HOME"] = str(tmp_path)
    command = [sys.executable, "-m", "explorer", "--language", "en"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert "citiverse render" in done.stderr
    assert "Traceback" not in done.stderr
