"""Events reach the panel or the world, never both."""

from __future__ import annotations

import time

import pytest
from imgui_bundle import imgui

from explorer.ui.widgets import Widgets
from tests.imgui_panda.screen import Screen

WORLD = (500.0, 300.0)


class Form:
    """A panel on the left with a button and a field."""

    def __init__(self) -> None:
        self.presses = 0
        self.committed: list[str] = []
        self.text = "old"

    def draw(self, w: Widgets) -> None:
        imgui.set_next_window_pos((0.0, 0.0))
        imgui.set_next_window_size((300.0, 300.0))
        imgui.begin("form", None, imgui.WindowFlags_.no_decoration)
        self.presses += w.button("Place building", "place")
        is_committed, text = w.input_text("Name", "name", self.text)
        if is_committed:
            self.text = text
            self.committed.append(text)
        imgui.end()


@pytest.fixture
def form(screen: Screen) -> Form:
    made = Form()
    screen.draw = made.draw
    screen.frames(3)
    return made


def kinds(screen: Screen) -> list[str]:
    return [event.kind for event in screen.backend.take_world_events()]


def test_clicking_the_recorded_rectangle_presses_the_button(screen: Screen, form: Form) -> None:
    screen.click("place")
    assert form.presses == 1


def test_a_click_on_a_panel_does_not_reach_the_world(screen: Screen, form: Form) -> None:
    screen.click("place")
    assert not {"mouse_down", "mouse_up"} & set(kinds(screen))


def test_a_tap_that_jumps_from_the_world_onto_a_button_is_the_button_s(screen: Screen, form: Form) -> None:
    screen.backend.inject_mouse_move(*WORLD)
    screen.frames(3)
    screen.backend.take_world_events()
    screen.click("place")
    assert form.presses == 1
    assert not {"mouse_down", "mouse_up"} & set(kinds(screen))


def test_a_tap_that_jumps_from_a_panel_into_the_world_is_the_world_s(screen: Screen, form: Form) -> None:
    screen.backend.inject_mouse_move(*screen.widgets.log["place"].centre)
    screen.frames(3)
    screen.backend.take_world_events()
    screen.backend.inject_mouse_move(*WORLD)
    screen.backend.inject_button("mouse1", True)
    screen.backend.inject_button("mouse1", False)
    screen.frames(1)
    events = [e for e in screen.backend.take_world_events() if e.kind != "mouse_move"]
    assert [(e.kind, e.name, e.x, e.y) for e in events] == [
        ("mouse_down", "left", *WORLD),
        ("mouse_up", "left", *WORLD),
    ]
    assert form.presses == 0


def test_a_drag_that_began_in_the_world_stays_with_it_over_a_panel(screen: Screen, form: Form) -> None:
    screen.backend.inject_mouse_move(*WORLD)
    screen.frames(2)
    screen.backend.inject_button("mouse3", True)
    screen.frames(2)
    screen.backend.take_world_events()
    screen.backend.inject_mouse_move(*screen.widgets.log["place"].centre)
    screen.frames(2)
    screen.backend.inject_button("mouse3", False)
    screen.frames(2)
    events = screen.backend.take_world_events()
    assert [(e.kind, e.name) for e in events] == [("mouse_move", ""), ("mouse_up", "right")]
    assert events[0].dx == pytest.approx(screen.widgets.log["place"].centre[0] - WORLD[0])


def test_a_press_on_a_panel_that_is_let_go_over_the_world_stays_with_the_panel(screen: Screen, form: Form) -> None:
    screen.press("place")
    screen.frames(2)
    screen.backend.inject_mouse_move(*WORLD)
    screen.frames(2)
    screen.backend.inject_button("mouse1", False)
    screen.frames(2)
    assert kinds(screen) == []
    assert form.presses == 0


def test_the_wheel_goes_to_whom_the_pointer_is_over(screen: Screen, form: Form) -> None:
    screen.backend.inject_mouse_move(*WORLD)
    screen.backend.inject_button("wheel_up", True)
    screen.backend.inject_button("wheel_up", False)
    screen.frames(2)
    assert [e.wheel for e in screen.backend.take_world_events() if e.kind == "wheel"] == [1.0]
    screen.backend.inject_mouse_move(100.0, 250.0)
    screen.backend.inject_button("wheel_down", True)
    screen.backend.inject_button("wheel_down", False)
    screen.frames(2)
    assert "wheel" not in kinds(screen)


def test_two_quick_clicks_at_one_place_are_a_double_click(screen: Screen, form: Form) -> None:
    screen.backend.inject_mouse_move(*WORLD)
    for _number in range(2):
        for is_down in (True, False):
            screen.backend.inject_button("mouse1", is_down)
            screen.frames(1)
    ups = [e.double_click for e in screen.backend.take_world_events() if e.kind == "mouse_up"]
    assert ups == [False, True]


@pytest.mark.parametrize(("frames", "is_double"), [(1, True), (4, False)])
def test_a_second_click_that_a_slow_frame_held_up_is_a_double_click_and_one_that_came_late_is_not(
    screen: Screen, form: Form, frames: int, is_double: bool
) -> None:
    screen.backend.inject_mouse_move(*WORLD)
    for number in range(2):
        for is_down in (True, False):
            screen.backend.inject_button("mouse1", is_down)
        if number == 0:
            screen.frames(frames)
            time.sleep(0.4)
    screen.frames(2)
    ups = [e.double_click for e in screen.backend.take_world_events() if e.kind == "mouse_up"]
    assert ups == [False, is_double]


def test_two_quick_clicks_far_apart_are_two_clicks(screen: Screen, form: Form) -> None:
    for x in (400.0, 500.0):
        screen.backend.inject_mouse_move(x, 300.0)
        for is_down in (True, False):
            screen.backend.inject_button("mouse1", is_down)
            screen.frames(1)
    ups = [e.double_click for e in screen.backend.take_world_events() if e.kind == "mouse_up"]
    assert ups == [False, False]


def test_typing_replaces_a_field_and_enter_commits_it_once(screen: Screen, form: Form) -> None:
    screen.click("name")
    screen.backend.inject_button("lcontrol", True)
    screen.key("a")
    screen.backend.inject_button("lcontrol", False)
    screen.frames(2)
    screen.backend.inject_text("Kadehuis ë")
    screen.frames(3)
    assert form.committed == []
    screen.key("enter")
    assert form.committed == ["Kadehuis ë"]


def test_who_clicks_a_field_and_types_within_one_slow_frame_types_into_it(screen: Screen, form: Form) -> None:
    backend = screen.backend
    screen.press("name")
    backend.inject_button("mouse1", False)
    for key in ("lcontrol", "a"):
        backend.inject_button(key, True)
    for key in ("a", "lcontrol"):
        backend.inject_button(key, False)
    for figure in "84950":
        backend.inject_button(figure, True)
        backend.inject_text(figure)
        backend.inject_button(figure, False)
    screen.frames(20)
    assert "key_down" not in kinds(screen)
    screen.key("enter")
    assert form.committed == ["84950"]


@pytest.mark.parametrize("frames_between", [0, 1, 2])
def test_ctrl_let_go_before_its_key_within_one_slow_frame_is_ctrl_all_the_same(
    screen: Screen, form: Form, frames_between: int
) -> None:
    screen.click("name")
    screen.key("end")
    screen.backend.inject_button("lcontrol", True)
    screen.frames(frames_between)
    screen.backend.inject_button("a", True)
    screen.backend.inject_button("lcontrol", False)
    screen.backend.inject_button("a", False)
    screen.backend.inject_text("new")
    screen.frames(6)
    screen.key("enter")
    assert form.committed == ["new"]


def test_a_click_into_the_world_and_a_key_behind_it_come_in_that_order(screen: Screen, form: Form) -> None:
    backend = screen.backend
    backend.inject_mouse_move(600.0, 380.0)
    backend.inject_button("mouse1", True)
    backend.inject_button("mouse1", False)
    backend.inject_button("delete", True)
    backend.inject_button("delete", False)
    backend.inject_mouse_move(620.0, 380.0)
    backend.inject_button("mouse1", True)
    backend.inject_button("mouse1", False)
    screen.frames(8)
    told = [(e.kind, e.x) for e in screen.backend.take_world_events() if e.kind != "mouse_move"]
    assert [kind for kind, _x in told] == ["mouse_down", "mouse_up", "key_down", "key_up", "mouse_down", "mouse_up"]
    assert (told[0][1], told[4][1]) == (600.0, 620.0)


def test_control_characters_are_not_typed(screen: Screen, form: Form) -> None:
    screen.click("name")
    screen.key("end")
    screen.backend.inject_text("\x01\x7f\x1bx")
    screen.frames(3)
    screen.key("enter")
    assert form.committed == ["oldx"]


def test_keys_typed_into_a_field_do_not_move_the_world(screen: Screen, form: Form) -> None:
    screen.click("name")
    screen.backend.take_world_events()
    screen.backend.inject_button("w", True)
    screen.frames(2)
    assert screen.backend.wants_keyboard
    assert "key_down" not in kinds(screen)
    assert screen.backend.held_keys == frozenset()


def test_keys_held_over_the_world_are_known_until_let_go(screen: Screen, form: Form) -> None:
    screen.backend.inject_button("w", True)
    screen.backend.inject_button("lshift", True)
    screen.frames(2)
    assert screen.backend.held_keys == {"w", "shift"}
    screen.backend.inject_button("w", False)
    screen.frames(2)
    assert screen.backend.held_keys == {"shift"}


def test_world_events_carry_the_modifiers(screen: Screen, form: Form) -> None:
    screen.backend.inject_button("lcontrol", True)
    screen.backend.inject_button("z", True)
    screen.frames(1)
    pressed = [e for e in screen.backend.take_world_events() if e.name == "z"]
    assert [(e.ctrl, e.shift, e.alt) for e in pressed] == [(True, False, False)]


def test_cut_and_paste_between_fields_needs_no_system_clipboard(screen: Screen, form: Form) -> None:
    screen.click("name")
    for keys in ("a", "x", "v", "v"):
        screen.backend.inject_button("lcontrol", True)
        screen.key(keys)
        screen.backend.inject_button("lcontrol", False)
        screen.frames(2)
    screen.key("enter")
    assert form.committed == ["oldold"]


def test_copied_text_is_what_a_field_pastes(screen: Screen, form: Form) -> None:
    screen.backend.copy_text("52.07, 4.30")
    screen.click("name")
    for keys in ("a", "v"):
        screen.backend.inject_button("lcontrol", True)
        screen.key(keys)
        screen.backend.inject_button("lcontrol", False)
        screen.frames(2)
    screen.key("enter")
    assert form.committed == ["52.07, 4.30"]
