"""The panels at the sides: layers, variants, and what is selected."""

from __future__ import annotations

import pytest
from imgui_bundle import imgui

from explorer.scenario import CopyVariant, DeleteVariant, RenameVariant, ShowLayer
from tests.ui.fake_host import select_feature, select_proposal
from tests.ui.imgui_fixture import Desk


def test_a_layer_can_be_hidden(desk: Desk) -> None:
    desk.click("layer_layer-1")
    assert desk.host.asked("execute") == [(ShowLayer("layer-1", False),)]


def test_a_click_switches_the_variant(desk: Desk) -> None:
    desk.click("variant_variant-b")
    assert desk.host.scenario is not None
    assert desk.host.scenario.scene.active_variant == "variant-b"


def test_variants_are_added_copied_renamed_and_deleted(desk: Desk) -> None:
    desk.click("variant_copy")
    assert isinstance(desk.host.asked("execute")[-1][0], CopyVariant)
    desk.click("variant_variant-a")
    desk.fill("variant_name", "Groen hof")
    assert desk.host.asked("execute")[-1] == (RenameVariant("variant-a", "Groen hof"),)
    desk.click("variant_delete")
    assert desk.host.asked("execute")[-1] == (DeleteVariant("variant-a"),)
    desk.click("variant_add")
    assert desk.host.scenario is not None
    assert len(desk.host.scenario.variants) == 3


def test_panels_can_be_put_away_and_brought_back(desk: Desk) -> None:
    desk.click("left_hide")
    desk.click("right_hide")
    assert "variant_add" not in desk.log
    desk.click("left_show")
    desk.click("right_show")
    assert {"variant_add", "right_hide"} <= desk.log.keys()


def test_a_building_shows_its_source_id_and_attributes(desk: Desk) -> None:
    select_feature(desk.host)
    desk.frames(2)
    rows = dict(desk.log["attributes"].value)
    assert rows["Source id"] == "gebouw-1"
    assert rows["bouwjaar"] == "1924"
    assert rows["monument"] == "yes"
    assert rows["eigenaar"] == "–"


def test_many_attributes_can_be_filtered(desk: Desk) -> None:
    select_feature(desk.host)
    selected = desk.host.view.selected
    assert selected is not None
    object.__setattr__(selected, "attributes", tuple((f"kenmerk_{i}", i) for i in range(30)))
    desk.frames(2)
    desk.click("attribute_filter")
    desk.type("_29")
    assert [name for name, _value in desk.log["attributes"].value] == ["Source id", "kenmerk_29"]


def test_the_source_id_can_be_copied(desk: Desk) -> None:
    select_feature(desk.host)
    desk.frames(2)
    desk.click("selection_copy_id")
    assert desk.host.asked("copy_text") == [("gebouw-1",)]


def _value_of(desk: Desk, field: str) -> object:
    assert desk.host.scenario is not None
    return getattr(desk.host.scenario.proposal("proposal-1"), field)


@pytest.mark.parametrize(
    ("widget_id", "text", "field", "value"),
    [
        ("proposal_name", "Kadetoren", "name", "Kadetoren"),
        ("proposal_storeys", "12", "storeys", 12),
        ("proposal_storey_height", "3,25", "storey_height", 3.25),
        ("proposal_roof_height", "4.5", "roof_height", 4.5),
        ("proposal_rotation_deg", "-12.5", "rotation_deg", -12.5),
        ("proposal_easting", "85012.34", "easting", 85012.34),
        ("proposal_northing", "447001.5", "northing", 447001.5),
    ],
)
def test_a_typed_number_is_exact(desk: Desk, widget_id: str, text: str, field: str, value: object) -> None:
    select_proposal(desk.host)
    desk.frames(2)
    desk.fill(widget_id, text)
    assert _value_of(desk, field) == value


def test_words_where_a_number_belongs_change_nothing(desk: Desk) -> None:
    select_proposal(desk.host)
    desk.frames(2)
    desk.fill("proposal_easting", "over there")
    assert desk.host.asked("execute") == []


def test_escape_in_a_field_keeps_the_old_number(desk: Desk) -> None:
    select_proposal(desk.host)
    desk.frames(2)
    desk.click("proposal_easting")
    desk.key(imgui.Key.a, ctrl=True)
    desk.type("99")
    desk.key(imgui.Key.escape)
    assert desk.host.asked("execute") == []


def test_the_figures_of_a_proposal_are_shown_with_units(desk: Desk) -> None:
    select_proposal(desk.host)
    desk.frames(2)
    assert dict(desk.log["figures"].value)["Footprint"] == "240 m²"


def test_a_proposal_is_copied_and_deleted(desk: Desk) -> None:
    select_proposal(desk.host)
    desk.size = (1280.0, 1000.0)
    desk.frames(3)
    desk.click("proposal_copy")
    desk.click("proposal_delete")
    assert desk.host.asked("copy_selected") == [None]
    assert desk.host.asked("delete_selected") == [None]


def test_what_panels_cover_is_what_they_take_of_the_window(desk: Desk) -> None:
    view = desk.host.view
    view.selected, view.mode = None, "explore"
    desk.frames(3)
    left, bottom, right, top = desk.ui.covered(*desk.size)
    assert 200.0 < left < 320.0 and right == 0.0, "the note on the right is small"
    assert top == pytest.approx(desk.ui.top.height, abs=12.0) and bottom == pytest.approx(
        desk.ui.bottom.height, abs=12.0
    )
    view.mode = "propose"
    desk.frames(2)
    assert 300.0 < desk.ui.covered(*desk.size)[2] < 400.0
    view.left_visible = False
    assert desk.ui.covered(*desk.size)[0] == 0.0
    view.panels_visible = False
    assert desk.ui.covered(*desk.size) == (0.0, 0.0, 0.0, 0.0)


def test_in_a_small_window_the_panel_of_layers_does_not_push_the_city_aside(desk: Desk) -> None:
    """One panel shows at a time, and which depends on what was done last."""
    view = desk.host.view
    view.selected, view.mode = None, "explore"
    for view.left_visible, view.right_visible in ((True, False), (False, True), (True, True)):
        left, bottom, right, top = desk.ui.covered(960.0, 600.0)
        assert left == right == 0.0 and bottom > 0.0 and top > 0.0


def test_tools_of_a_section_cover_the_city_though_nothing_is_selected(desk: Desk) -> None:
    view = desk.host.view
    view.selected, view.mode, view.right_visible = None, "explore", True
    view.show_section = True
    assert desk.ui.covered(*desk.size)[2] > 300.0
