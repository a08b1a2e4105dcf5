"""Imagery in the layers' panel: by mouse, fingers and keys; each deed one command."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from explorer.i18n import set_language
from explorer.scenario import AddImagery, ImageryLayer
from tests.ui.fake_host import FakeHost, full_scenario
from tests.ui.finger_sizes import too_small
from tests.ui.imgui_fixture import Desk, imgui_context


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")


def _desk(*, touch: bool = False, profile: str = "planner") -> Desk:
    host = FakeHost(full_scenario())
    host.change_settings(touch=touch, profile=profile)
    for name in ("ortho", "map"):
        host.execute(AddImagery(ImageryLayer(id=name, name=f"{name.title()} of the year 2025", url=f"{name}.tif")))
    desk = Desk(host, (1280.0, 1400.0))
    desk.frames(4)
    return desk


def _layers(desk: Desk) -> list[ImageryLayer]:
    assert desk.host.scenario is not None
    return list(desk.host.scenario.imagery)


@pytest.mark.parametrize(("touch", "least"), [(False, 32.0), (True, 44.0)])
def test_every_control_of_it_is_large_enough(touch: bool, least: float) -> None:
    with imgui_context(touch=touch):
        desk = _desk(touch=touch)
        wanted = {"imagery_ortho", "imagery_opacity_map", "imagery_up_ortho", "imagery_down_map", "imagery_remove_map"}
        assert wanted | {"imagery_over", "imagery_text", "imagery_add", "imagery_file"} <= desk.log.keys()
        assert too_small(desk, least) == {}


def test_showing_ordering_removing() -> None:
    with imgui_context():
        desk = _desk()
        desk.click("imagery_ortho")
        assert [layer.is_visible for layer in _layers(desk)] == [False, True]
        assert "imagery_opacity_ortho" not in desk.log
        desk.click("imagery_ortho")
        desk.click("imagery_up_ortho")
        assert [layer.id for layer in _layers(desk)] == ["map", "ortho"]
        desk.click("imagery_remove_map")
        assert [layer.id for layer in _layers(desk)] == ["ortho"] and "imagery_up_ortho" not in desk.log
        assert desk.host.undo_label == "remove imagery"


def test_a_drag_of_the_opacity_is_seen_at_once_and_is_one_step() -> None:
    with imgui_context():
        desk = _desk()
        steps = len(desk.host.asked("execute"))
        desk.drag("imagery_opacity_map", 0.5)
        dragged = desk.host.view.dragged_opacity
        assert dragged is not None and dragged[0] == "map" and 0.3 < dragged[1] < 0.7
        desk.button(False)
        assert len(desk.host.asked("execute")) == steps + 1 and desk.host.view.dragged_opacity is None
        assert 0.3 < _layers(desk)[1].opacity < 0.7


def test_an_address_is_typed_and_a_service_asks_which() -> None:
    with imgui_context():
        desk = _desk()
        desk.fill("imagery_text", "https://x/{z}/{x}/{y}.png")
        assert desk.host.asked("add_imagery") == [("https://x/{z}/{x}/{y}.png",)]
        desk.click("imagery_file")
        assert len(desk.host.asked("ask_imagery_file")) == 1
        desk.host.view.imagery_choices = ("ortho", "infrared")
        desk.host.view.imagery_error = "The service has several. Which one?"
        desk.frames(2)
        desk.click("imagery_choice_1")
        assert desk.host.asked("choose_imagery") == [("infrared",)]


def test_a_workshop_has_none_of_it() -> None:
    with imgui_context():
        assert "imagery_text" not in _desk(profile="workshop").log
