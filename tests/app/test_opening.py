"""A city's own file, opened in the window: asked about, imported, framed."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from explorer.app.plausible_crs import plausible
from tests.app.driver import Driver, asked
from tests.importers.specimens import HORIZONTAL, box_vertices, building, document, one_box, write

pytestmark = pytest.mark.xdist_group("window")


# -- where on earth --------------------------------------------------------------------------------------------------


def test_a_file_without_heights_is_asked_about_once_in_a_sentence(driver: Driver, tmp_path: Path) -> None:
    path = one_box(tmp_path, **HORIZONTAL)
    driver.app.open_path(str(path))
    assert asked(driver) == "1 building, EPSG:28992, NAP height: correct?"
    driver.click("crs_open")
    driver.wait(lambda: driver.app.place is not None)
    assert driver.app.crs_name == "EPSG:28992+5709"
    driver.settle()
    x, y = driver.on_screen([0.0, 0.0, 3.0])  # framed: the building is in the middle
    assert abs(x / driver.app.renderer.width - 0.5) < 0.2 and abs(y / driver.app.renderer.height - 0.5) < 0.2

    # the same file under another name is not asked about again, nor imported again
    before, start = driver.app.place, time.monotonic()
    driver.app.open_path(str(path.rename(tmp_path / "renamed.city.json")))
    driver.wait(lambda: driver.app.place is not before)
    assert driver.app.view.crs_question is None
    assert time.monotonic() - start < 5.0


def test_a_file_without_any_system_gets_the_ones_that_fit(driver: Driver, tmp_path: Path) -> None:
    driver.app.open_path(str(one_box(tmp_path, metadata=None)))
    assert "does not say where on earth" in asked(driver)
    question = driver.app.view.crs_question
    assert question is not None
    assert question.options[0].crs == "EPSG:28992+5709"
    assert "52.0" in question.options[0].detail
    driver.click("crs_cancel")
    driver.step(2)
    assert driver.app.view.crs_question is None
    assert driver.app.view.show_welcome


def test_what_is_typed_and_cannot_be_is_said_and_the_question_stays(driver: Driver, tmp_path: Path) -> None:
    driver.app.open_path(str(one_box(tmp_path, metadata=None)))
    asked(driver)
    for typed, why in (
        ("EPSG:28992", "heights"),
        ("EPSG:99999999", "not known"),
        ("", "empty"),
    ):
        driver.app.answer_crs(typed)
        question = driver.app.view.crs_question
        assert question is not None
        assert why in question.error
    driver.app.answer_crs("EPSG:28992+5709")
    driver.wait(lambda: driver.app.place is not None)


def test_heights_without_a_geoid_on_this_computer_are_asked_for_as_a_number(driver: Driver, tmp_path: Path) -> None:
    path = one_box(tmp_path, metadata={"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/28992"})
    driver.app.open_path(str(path))
    asked(driver)
    driver.app.answer_crs("EPSG:28992+5710")  # Ostend, whose geoid is not here
    question = driver.app.view.crs_question
    assert question is not None and question.asks_offset
    driver.step(2)
    assert "crs_offset" in driver.app.ui.widgets.log
    driver.app.answer_crs("EPSG:28992+5710", "about forty")
    assert question is driver.app.view.crs_question and "number" in question.error
    driver.app.answer_crs("EPSG:28992+5710", "43,2")
    driver.wait(lambda: driver.app.place is not None)
    assert driver.app.place is not None and driver.app.place.frame.height_offset == 43.2


def test_a_city_in_feet_is_asked_about_its_heights_alone(driver: Driver, tmp_path: Path) -> None:
    corners = box_vertices(987000.0, 191000.0, 100.0, 1000.0)
    content = document({"b": building()}, corners, metadata={"referenceSystem": "urn:ogc:def:crs:EPSG::2263"})
    driver.app.open_path(str(write(tmp_path / "new-york.city.json", content)))
    assert asked(driver) == "1 building, EPSG:2263, NAVD88 height (ftUS): correct?"
    driver.click("crs_open")
    driver.step(2)
    question = driver.app.view.crs_question
    assert question is not None and question.asks_offset
    driver.app.answer_crs(question.options[0].crs, "-32")
    driver.wait(lambda: driver.app.place is not None)
    assert driver.app.crs_name == "EPSG:32618+5703"
    assert driver.app.place is not None
    lo, hi = driver.app.place.city_bounds()
    assert hi[2] - lo[2] == pytest.approx(304.8, abs=0.1)


@pytest.mark.parametrize("answer", ["ellipsoidal", "EPSG:4326+5709"])
def test_a_city_in_degrees_is_asked_about_its_heights_alone(driver: Driver, tmp_path: Path, answer: str) -> None:
    corners = [[52.0 + y * 9e-6, 4.36 + x * 1.4e-5, z] for x, y, z in box_vertices(0.0, 0.0)]
    content = document({"b": building()}, corners, metadata={"referenceSystem": "EPSG:4326"})
    driver.app.open_path(str(write(tmp_path / "delft.city.json", content)))
    assert asked(driver).startswith("1 building, EPSG:4326, ")
    driver.app.answer_crs(answer)
    driver.wait(lambda: driver.app.place is not None)
    assert driver.app.crs_name.startswith("EPSG:32631+")


@pytest.mark.parametrize(
    ("easting", "northing", "horizontal", "first"),
    [
        (85000.0, 447500.0, None, "EPSG:28992+5709"),
        (2600000.0, 1200000.0, None, "EPSG:2056+5728"),
        (652000.0, 6862000.0, None, "EPSG:2154+5720"),
        (392000.0, 5820000.0, "EPSG:25833", "EPSG:25833+7837"),
        (500000.0, 4649000.0, "EPSG:32633", "EPSG:32633+5214"),
    ],
)
def test_plausible_systems_are_those_of_the_place(
    easting: float, northing: float, horizontal: str | None, first: str
) -> None:
    options = plausible(np.array([[easting, northing], [easting + 300.0, northing + 300.0]]), horizontal)
    assert first in [option.crs for option in options[:2]]
    if horizontal is not None:
        assert options[-1].crs == f"{horizontal}+ellipsoidal"
    assert len(options) <= 5


# -- under way -------------------------------------------------------------------------------------------------------


def test_an_import_shows_a_bar_and_can_be_cancelled_with_nothing_left(driver: Driver, tmp_path: Path) -> None:
    from tests.importers.specimens import hamlet

    path = hamlet(tmp_path / "hamlet.city.json", rows=24)
    driver.app.open_path(str(path))
    driver.wait(lambda: "opening_cancel" in driver.app.ui.widgets.log)
    frames = 0
    while driver.app.opener.is_busy and frames < 5:
        driver.step()  # the window stays alive
        frames += 1
    driver.click("opening_cancel")
    driver.step(3)
    assert not driver.app.opener.is_busy
    assert "opening_bar" not in driver.app.ui.widgets.log
    assert driver.app.place is None and driver.app.status.problems == ()
    time.sleep(0.5)
    tilesets = tmp_path / "home" / "cache" / "tilesets"
    assert not tilesets.exists() or list(tilesets.glob("*/tileset.json")) == []


def test_a_city_that_needs_no_question_says_what_was_read(driver: Driver, tmp_path: Path) -> None:
    from tests.importers.specimens import hamlet

    told: list[str] = []
    status = driver.app.status
    path = hamlet(tmp_path / "hamlet.city.json", rows=2)
    driver.app.open_path(str(path))
    while driver.app.opener.is_busy:
        driver.app.jobs.collect(1.0)
        told += status.take_unread()
    said = next(text for text in told if text.startswith("Read: "))
    buildings = len(driver.app.place.layers[0].index.boxes("Building"))  # type: ignore[union-attr]
    assert f"{buildings} building" in said and "RD New" in said
