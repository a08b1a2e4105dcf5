"""What Panda3D's keyboard does that nobody expects."""

from __future__ import annotations

import pytest
from imgui_bundle import imgui

from explorer.ui.widgets import Widgets
from tests.imgui_panda.screen import Screen

WORLD = (500.0, 300.0)


class Field:
    """A line to type into."""

    def __init__(self) -> None:
        self.text = ""

    def draw(self, w: Widgets) -> None:
        imgui.set_next_window_pos((0.0, 0.0))
        imgui.set_next_window_size((300.0, 200.0))
        imgui.begin("field", None, imgui.WindowFlags_.no_decoration)
        self.text = w.search_box("", "field", self.text)
        imgui.end()


@pytest.fixture
def field(screen: Screen) -> Field:
    made = Field()
    screen.draw = made.draw
    screen.frames(3)
    return made


def _kinds(screen: Screen) -> list[tuple[str, str]]:
    screen.frames()
    return [(e.kind, e.name) for e in screen.backend.take_world_events() if e.kind != "mouse_move"]


@pytest.mark.parametrize("name", ["control", "shift", "alt", "w-repeat"])
def test_names_that_come_beside_others_count_once(screen: Screen, field: Field, name: str) -> None:
    screen.backend.inject_button(name, True)
    assert _kinds(screen) == []


def test_alt_graph_types(screen: Screen, field: Field) -> None:
    """On Windows it arrives as control and alt; € and @ are typed with it."""
    screen.click("field")
    screen.backend.inject_button("lcontrol", True)
    screen.backend.inject_text("x")
    screen.backend.inject_button("ralt", True)
    screen.backend.inject_text("@")
    screen.frames(3)
    assert field.text == "@"


def test_letters_beyond_ascii_are_typed_and_drawn(screen: Screen, field: Field) -> None:
    before = screen.drawn()
    screen.click("field")
    screen.backend.inject_text("ĳsbaan ë €")
    screen.frames(3)
    assert field.text == "ĳsbaan ë €"
    assert (screen.drawn() != before).any() or (screen.picture() > 0).any()


def test_a_window_that_is_left_lets_go_of_every_key_and_button(screen: Screen, field: Field) -> None:
    screen.backend.inject_mouse_move(*WORLD)
    for name in ("w", "lshift", "mouse1"):
        screen.backend.inject_button(name, True)
    screen.frames(2)
    assert screen.backend.held_keys == {"w", "shift"}
    screen.backend.take_world_events()
    screen.backend._input.let_go()
    assert _kinds(screen) == [("mouse_up", "left")]
    assert screen.backend.held_keys == frozenset()
    assert not imgui.get_io().key_shift


def test_two_backends_may_follow_one_another(gl_engine, screen: Screen, field: Field) -> None:  # type: ignore[no-untyped-def]
    screen.close()
    second = Screen(gl_engine)
    second.draw = field.draw
    second.frames(3)
    assert second.drawn().any()
    # the fixture closes what is in `screen`
    screen.backend, screen.buffer = second.backend, second.buffer
