"""Clicks where frames are slow: the window tells of buttons a frame late, and of the pointer at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from imgui_bundle import imgui

from explorer.imgui_panda.input import InputBridge
from tests.ui.imgui_fixture import imgui_context

pytestmark = pytest.mark.xdist_group("gl")


class SlowWindow:
    """A window whose pointer is where the hand is, and whose buttons are heard of when a frame ends."""

    buttonThrowers: tuple[Any, ...] = ()

    def __init__(self) -> None:
        self.hand = (100.0, 100.0)
        self._heard: dict[str, tuple[Callable[..., None], list[Any]]] = {}
        self._events: list[tuple[str, str]] = []
        self.bridge = InputBridge(self, self, offscreen=False)

    def accept(self, name: str, act: Callable[..., None], more: list[Any] | None = None) -> None:
        self._heard[name] = (act, more or [])

    def get_properties(self) -> Any:
        return SimpleNamespace(get_foreground=lambda: True)

    def get_pointer(self, _device: int) -> Any:
        x, y = self.hand
        return SimpleNamespace(get_x=lambda: x, get_y=lambda: y, get_in_window=lambda: True)

    def button(self, is_down: bool) -> None:
        self._events.append(("imgui-down" if is_down else "imgui-up", "mouse1"))

    def frame(self) -> list[Any]:
        """A frame, as the backend turns it; what the world got of it."""
        self.bridge.begin()
        self.bridge.poll_pointer()
        io = imgui.get_io()
        io.display_size, io.delta_time = imgui.ImVec2(640.0, 400.0), 0.1
        imgui.new_frame()
        self.bridge.settle()
        imgui.render()
        events, self._events = self._events, []
        for name, button in events:
            act, more = self._heard[name]
            act(*more, button)
        return self.bridge.take()


@pytest.fixture
def window() -> Iterator[SlowWindow]:
    with imgui_context():
        made = SlowWindow()
        made.frame()
        made.frame()
        yield made


def test_who_clicks_and_goes_on_within_a_frame_has_clicked_where_the_click_was(window: SlowWindow) -> None:
    window.button(True)
    events = window.frame()
    window.button(False)
    window.hand = (300.0, 200.0)
    for _ in range(4):
        events += window.frame()
    assert [(e.kind, e.x, e.y) for e in events] == [
        ("mouse_down", 100.0, 100.0),
        ("mouse_up", 100.0, 100.0),
        ("mouse_move", 300.0, 200.0),
    ]


def test_a_drag_is_a_drag_a_frame_later(window: SlowWindow) -> None:
    window.button(True)
    events = window.frame()
    for x in (150.0, 200.0, 250.0):
        window.hand = (x, 100.0)
        events += window.frame()
    window.button(False)
    events += window.frame() + window.frame()
    assert [e.kind for e in events] == ["mouse_down", "mouse_move", "mouse_move", "mouse_up"]
    assert sum(e.dx for e in events) == 150.0 and events[-1].x == 250.0
