"""The section's panel: placing, typing, and all of it by fingers and keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from explorer.i18n import set_language
from explorer.scenario import DeleteSection, PlaceSection, Section, ShowSection
from explorer.ui.keys import press
from tests.ui.fake_host import FakeHost, full_scenario
from tests.ui.finger_sizes import too_small
from tests.ui.imgui_fixture import Desk, imgui_context

SECTIONS = {
    "plane": Section(id="s", name="Quay", heading_deg=30.0),
    "box": Section(id="s", name="Quay", shape="box"),
    "polygon": Section(id="s", shape="polygon", ring=((0, 0), (9, 0), (0, 9)), floor=-2.0, top=9.0),
}


def _desk(section: Section | None, *, touch: bool = False) -> Desk:
    host = FakeHost(full_scenario())
    host.change_settings(touch=touch)
    if section is not None:
        host.execute(PlaceSection(section))
    host.view.show_section = True
    desk = Desk(host, (1280.0, 1200.0))
    desk.frames(4)
    return desk


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")


@pytest.mark.parametrize("shape", [None, *SECTIONS])
@pytest.mark.parametrize(("touch", "least"), [(False, 32.0), (True, 44.0)])
def test_every_control_of_it_is_large_enough(shape: str | None, touch: bool, least: float) -> None:
    with imgui_context(touch=touch):
        desk = _desk(SECTIONS[shape] if shape else None, touch=touch)
        assert {"section_plane", "section_box", "section_polygon", "section_underground"} <= desk.log.keys()
        assert too_small(desk, least) == {}


def test_buttons_ask_for_sections_and_what_becomes_of_them() -> None:
    with imgui_context():
        desk = _desk(SECTIONS["box"])
        for widget in ("section_plane", "section_polygon", "section_flip", "section_underground", "section_delete"):
            desk.click(widget)
        assert desk.host.asked("place_section") == [("plane",), ("polygon",)]
        assert desk.host.asked("change_section") == [{"keep": "outside"}]
        assert desk.host.asked("set_underground") == [(True,)]
        scenario = desk.host.scenario
        assert scenario is not None and scenario.sections == ()


@pytest.mark.parametrize(
    ("shape", "fields"),
    [
        ("plane", {"section_easting", "section_heading_deg", "section_pitch_deg"}),
        ("box", {"section_height", "section_size_0", "section_size_1", "section_size_2"}),
        ("polygon", {"section_floor", "section_top"}),
    ],
)
def test_each_shape_has_its_numbers_and_a_workshop_has_none(shape: str, fields: set[str]) -> None:
    with imgui_context():
        desk = _desk(SECTIONS[shape])
        assert fields <= desk.log.keys()
        desk.host.change_settings(profile="workshop")
        desk.frames(2)
        assert not fields & desk.log.keys() and "section_plane" in desk.log


def test_the_key_opens_it_and_puts_it_away_while_the_cut_stays() -> None:
    with imgui_context():
        desk = _desk(SECTIONS["plane"])
        assert press(desk.host, "k", False)
        desk.frames(2)
        assert "section_plane" not in desk.log
        assert desk.host.scenario is not None and desk.host.scenario.section is not None
        press(desk.host, "k", False)
        desk.frames(2)
        assert "section_plane" in desk.log


def test_what_is_shown_is_chosen_by_name() -> None:
    with imgui_context():
        desk = _desk(SECTIONS["plane"])
        host = desk.host
        host.execute(ShowSection(None))
        desk.frames(2)
        assert "section_flip" not in desk.log and "section_shown" in desk.log
        host.execute(DeleteSection("s"))
        desk.frames(2)
        assert "section_shown" not in desk.log
