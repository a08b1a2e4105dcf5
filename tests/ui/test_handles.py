"""Handles on a proposal: they tell metres and degrees of what the pointer did on the ground."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from imgui_bundle import imgui

from explorer.geo import Camera
from explorer.ui import Handles, Measure
from tests.ui.fake_host import FakeHost, full_scenario, select_proposal
from tests.ui.imgui_fixture import Desk, imgui_context

FOOT = (10.0, 60.0, 2.0)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with imgui_context():
        host = FakeHost(full_scenario())
        select_proposal(host)
        host.view.left_visible = host.view.right_visible = False
        camera = Camera((10.0, 0.0, 50.0), 0.0, -38.0, 60.0, 1280, 800)
        host.shown_handles = Handles(camera, FOOT, 0.0, 14.0, 12.0)
        desk = Desk(host)
        desk.frames(3)
        yield desk


def on_screen(desk: Desk, x: float, y: float, z: float) -> tuple[float, float]:
    assert desk.host.shown_handles is not None
    seen = desk.host.shown_handles.camera.project(np.array([[x, y, z]]))[0]
    return float(seen[0]), float(seen[1])


def pull(desk: Desk, kind: str, to: tuple[float, float]) -> list[tuple[str, tuple[float, float], bool, bool]]:
    desk.move(desk.ui.handles.places[kind])
    desk.button(True)
    desk.move(to)
    desk.button(False)
    return desk.host.asked("drag_handle")


def test_the_handle_of_moving_tells_metres_on_the_ground(desk: Desk) -> None:
    asked = pull(desk, "move", on_screen(desk, FOOT[0] + 12.0, FOOT[1] + 5.0, FOOT[2]))
    kind, amount, is_over, _coarse = asked[-1]
    assert (kind, is_over) == ("move", True)
    assert amount == pytest.approx((12.0, 5.0), abs=0.2)
    assert [over for _kind, _amount, over, _c in asked].count(True) == 1  # one gesture, one end


def test_the_handle_of_turning_tells_degrees(desk: Desk) -> None:
    angle = np.radians(40.0)
    to = on_screen(desk, FOOT[0] + 14.0 * np.cos(angle), FOOT[1] + 14.0 * np.sin(angle), FOOT[2])
    kind, amount, _over, _coarse = pull(desk, "turn", to)[-1]
    assert kind == "turn"
    assert amount[0] == pytest.approx(40.0, abs=1.0)


def test_the_handle_of_the_roof_tells_metres_upwards(desk: Desk) -> None:
    x, y = desk.ui.handles.places["height"]
    a, b = on_screen(desk, *FOOT[:2], FOOT[2] + 12.0), on_screen(desk, *FOOT[:2], FOOT[2] + 21.0)
    kind, amount, _over, _coarse = pull(desk, "height", (x, y + b[1] - a[1]))[-1]
    assert kind == "height"
    assert amount[0] == pytest.approx(9.0, rel=0.25)


def test_handles_take_the_mouse_only_where_they_are(desk: Desk) -> None:
    desk.move((5.0, 400.0))
    assert not desk.ui.handles.has_mouse
    desk.move(desk.ui.handles.places["turn"])
    assert desk.ui.handles.has_mouse


def test_a_gesture_that_was_given_up_says_no_more(desk: Desk) -> None:
    desk.move(desk.ui.handles.places["move"])
    desk.button(True)
    desk.host.takes_drags = False
    desk.move((700.0, 420.0))
    count = len(desk.host.asked("drag_handle"))
    desk.move((720.0, 440.0))
    desk.button(False)
    assert len(desk.host.asked("drag_handle")) == count
    assert not desk.ui.handles.is_dragging


def test_the_handles_of_touch_are_as_large_as_a_finger(desk: Desk) -> None:
    desk.host.change_settings(touch=True)
    desk.frames(2)
    x, y = desk.ui.handles.places["turn"]
    desk.move((x + 21.0, y))
    assert desk.ui.handles.has_mouse


def test_measures_and_the_crosshair_are_drawn_over_the_city(desk: Desk) -> None:
    before = imgui.get_draw_data().total_vtx_count
    desk.host.shown_measures = [Measure(400.0, 300.0, "12.40 m"), Measure(420.0, 340.0, "240 m²", True)]
    desk.host.view.crosshair = True
    desk.frames(2)
    assert imgui.get_draw_data().total_vtx_count > before


@pytest.mark.parametrize("tool", ["draw", "block", "area"])
def test_the_mouse_is_a_cross_over_the_city_with_a_tool_in_hand(desk: Desk, tool: str) -> None:
    desk.host.shown_handles = None
    desk.host.view.tool = tool
    desk.move((640.0, 400.0))
    assert desk.ui.cursor == "cross"
    desk.move(desk.log["undo"].centre)
    assert desk.ui.cursor == "arrow"


def test_the_mouse_says_what_can_be_moved_and_where_one_can_type(desk: Desk) -> None:
    desk.move(desk.ui.handles.places["turn"])
    assert desk.ui.cursor == "move"
    desk.move(desk.log["date"].centre)
    assert desk.ui.cursor == "text"
    desk.move((30.0, 400.0))
    assert desk.ui.cursor == "arrow"


def test_from_far_away_the_handles_still_stand_apart(desk: Desk) -> None:
    camera = Camera((10.0, -2500.0, 1500.0), 0.0, -30.0, 60.0, 1280, 800)
    desk.host.shown_handles = Handles(camera, FOOT, 70.0, 14.0, 12.0)
    desk.frames(2)
    places = list(desk.ui.handles.places.values())
    assert len(places) == 3
    for number, (x0, y0) in enumerate(places):
        for x1, y1 in places[number + 1 :]:
            assert np.hypot(x1 - x0, y1 - y0) >= 30.0
