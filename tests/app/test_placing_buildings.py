"""Placing buildings in the real program: where they stand, which variant they go into, their courtyards and trees."""

from __future__ import annotations

import pytest

from explorer.scenario import AddVariant
from tests.app.driver import Driver, the_building

pytestmark = pytest.mark.xdist_group("window")


@pytest.fixture
def driver(town_from_above: Driver) -> Driver:
    return town_from_above


def test_a_typed_place_and_a_copy_stand_on_the_ground_there_and_no_two_have_one_name(driver: Driver) -> None:
    app = driver.app
    driver.press("b")
    driver.click_at(440.0, 330.0)
    placed = the_building(driver)
    app.change_proposal(placed.id, base_height=placed.base_height + 9.0)
    assert the_building(driver).base_height == placed.base_height + 9.0  # who types a height means it
    app.change_proposal(placed.id, easting=placed.easting + 0.5)
    assert the_building(driver).base_height == pytest.approx(placed.base_height, abs=0.5)
    app.undo()
    assert the_building(driver).easting == placed.easting
    app.copy_selected()
    app.copy_selected()
    known = {proposal.name: proposal for proposal in app.document.scenario.proposals(app.active_variant)}
    assert sorted(known) == ["Building 1", "Building 2", "Building 3"]
    second = known["Building 2"]
    assert second.base_height == pytest.approx(placed.base_height, abs=0.5)
    app.select_proposal(second.id)
    app.delete_selected()
    driver.press("b")
    driver.click_at(300.0, 330.0)
    assert sorted(p.name for p in app.document.scenario.proposals(app.active_variant)) == [
        "Building 1", "Building 2", "Building 3",
    ]  # fmt: skip


def test_a_building_drawn_over_the_city_as_it_is_goes_into_the_variant_of_before(driver: Driver) -> None:
    app = driver.app
    app.execute(AddVariant("Two"))
    second = app.active_variant
    driver.press("0")
    assert app.active_variant is None
    driver.press("b")
    driver.step(2)
    driver.click_at(440.0, 330.0)
    assert app.active_variant == second
    assert the_building(driver).variant_id == second


def test_a_corner_aimed_at_a_tree_stands_on_the_ground_behind_it(driver: Driver) -> None:
    app = driver.app
    pixels = ((float(x), float(y)) for y in range(100, 440, 20) for x in range(300, 590, 15))
    x, y = next(pixel for pixel in pixels if is_tree(driver, *pixel))
    crown = app.pick(x, y)
    assert crown is not None
    driver.press("p")
    aimed = app.gestures.aimed_at(x, y)
    assert aimed is not None
    assert aimed[2] < crown.position[2] - 1.0
    assert aimed[2] == pytest.approx(app.tool.ground_at(aimed), abs=0.5)


def is_tree(driver: Driver, x: float, y: float) -> bool:
    found, place = driver.app.pick(x, y), driver.app.place
    assert place is not None
    index = place.layers[0].index
    assert index is not None
    hit = index.get(found.feature_id) if found is not None and found.feature_id is not None else None
    return hit is not None and hit.kind == "SolitaryVegetationObject"


def test_a_block_gets_a_courtyard_by_one_number_and_too_deep_wings_are_refused(driver: Driver) -> None:
    app = driver.app
    driver.press("b")
    driver.click_at(400.0, 300.0)
    block = the_building(driver)
    app.set_wings(block.id, 3.0)
    assert len(the_building(driver).holes) == 1
    figures = app.figures(block.id)
    assert figures is not None and figures.footprint_area == pytest.approx(240.0 - 14.0 * 6.0)
    app.set_wings(block.id, 7.0)
    assert "6" in app.status.refusal and len(the_building(driver).holes) == 1
    app.set_wings(block.id, 0.0)
    assert the_building(driver).holes == ()
    app.undo()
    assert len(the_building(driver).holes) == 1


def test_trees_in_a_block_go_and_those_in_its_courtyard_stay(driver: Driver) -> None:
    app = driver.app
    assert app.place is not None
    index = app.place.layers[0].index
    assert index is not None
    trees = [hit for hit in index.within((-1e9, -1e9, 1e9, 1e9)) if hit.kind == "SolitaryVegetationObject"]
    tree = trees[0]
    assert tree.bounds is not None
    app.place_block(((tree.bounds[0] + tree.bounds[3]) / 2.0, (tree.bounds[1] + tree.bounds[4]) / 2.0, tree.bounds[2]))
    block = the_building(driver)
    assert tree.id in block.hidden_features
    app.set_wings(block.id, 3.0)
    assert tree.id not in the_building(driver).hidden_features


def test_undo_takes_back_a_corner_while_an_outline_is_drawn(driver: Driver) -> None:
    app = driver.app
    driver.press("p")
    for x in (380.0, 440.0):
        driver.click_at(x, 300.0)
    assert app.view.drawing == 2 and app.undo_label is not None
    driver.click("undo")
    assert app.view.drawing == 1 and app.view.tool == "draw"
    driver.press("lcontrol", "z")
    assert app.view.drawing == 0 and app.undo_label is None


def test_no_cross_lies_over_the_handles_of_a_block_set_down_by_keys(driver: Driver) -> None:
    driver.press("b")
    driver.press("space")
    assert the_building(driver).storeys == 4 and not driver.app.view.crosshair
