"""A city's own file, opened in the window: asked about, imported, framed; and nothing unsaved lost on the way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from imgui_bundle import imgui

from explorer.app.plausible_crs import plausible
from explorer.render import Engine
from explorer.scenario import RenameVariant, read_scene, write_scene
from tests.app.driver import Driver
from tests.importers.specimens import box_vertices, building, document, one_box, write

pytestmark = pytest.mark.xdist_group("window")

HORIZONTAL = {"metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/28992"}}


@pytest.fixture
def driver(gl_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))
    driver = Driver(gl_engine, draws=False)
    yield driver
    driver.app.close(discard=True)


def asked(driver: Driver) -> str:
    driver.wait(lambda: driver.app.view.crs_question is not None)
    driver.step(2)
    question = driver.app.view.crs_question
    assert question is not None
    return question.sentence


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


# -- choosing files --------------------------------------------------------------------------------------------------


def test_the_list_in_the_window_goes_through_folders_to_a_file(driver: Driver, tmp_path: Path) -> None:
    folder = tmp_path / "cities" / "delft"
    folder.mkdir(parents=True)
    one_box(folder, **HORIZONTAL)
    write(folder / "notes.txt", "not a city")
    app = driver.app
    driver.press("lcontrol", "o")
    assert app.view.files is not None
    app.list_folder(str(tmp_path))
    driver.wait(lambda: app.view.files is not None and app.view.files.folder == str(tmp_path.resolve()))
    for name in ("cities", "delft", "one.city.json"):
        driver.step(2)
        assert app.view.files is not None
        number = [entry.name for entry in app.view.files.entries].index(name)
        _left, top, _right, bottom = app.ui.widgets.log[f"file_{number}"].rect
        assert bottom - top >= 32.0
        driver.click(f"file_{number}")
        driver.wait(lambda: app.view.files is None or not app.view.files.is_reading)
    assert "1 building" in asked(driver)


def test_keys_alone_choose_a_file(driver: Driver, tmp_path: Path) -> None:
    (tmp_path / "city").mkdir()
    one_box(tmp_path / "city", **HORIZONTAL)
    app = driver.app
    app.view.show_welcome = False
    driver.press("lcontrol", "o")
    app.list_folder(str(tmp_path / "city"))
    driver.wait(lambda: app.view.files is not None and app.view.files.folder.endswith("city"))
    driver.step(3)
    driver.press("backspace")
    driver.wait(lambda: app.view.files is not None and app.view.files.folder == str(tmp_path.resolve()))
    driver.step(3)
    driver.press("enter")
    driver.wait(lambda: app.view.files is not None and app.view.files.folder.endswith("city"))
    driver.step(3)
    driver.press("enter")
    driver.wait(lambda: app.view.files is None)
    assert "1 building" in asked(driver)


def test_a_folder_that_cannot_be_read_is_said(driver: Driver, tmp_path: Path) -> None:
    driver.app.choose_open()
    driver.app.list_folder(str(tmp_path / "nowhere"))
    driver.wait(lambda: driver.app.view.files is not None and bool(driver.app.view.files.error))
    driver.app.choose_file(str(tmp_path / "nothing.json"))
    assert driver.app.view.files is not None and "nothing.json" in driver.app.view.files.error


class FakeDialogs:
    """A system whose dialogs answer when the test says so."""

    def __init__(self) -> None:
        self.reply: str | None = None
        self.is_closed = False
        self.asked: list[Path] = []

    def is_available(self) -> bool:
        return True

    def ask_open(self, title: str, folder: Path) -> FakeDialogs:
        self.asked.append(folder)
        return self

    def ask_save(self, title: str, suggestion: Path) -> FakeDialogs:
        self.asked.append(suggestion)
        return self

    def answer(self) -> str | None:
        return self.reply

    def close(self) -> None:
        self.is_closed = True


def test_the_systems_dialog_is_asked_between_frames_and_may_be_closed_without_an_answer(
    driver: Driver, tmp_path: Path
) -> None:
    dialogs = driver.app.chooser._dialogs = FakeDialogs()
    driver.press("lcontrol", "o")
    driver.step(3)
    assert driver.app.chooser.is_waiting and driver.app.view.files is None
    dialogs.reply = ""
    driver.step(2)
    assert not driver.app.chooser.is_waiting and not driver.app.opener.is_busy
    dialogs.reply = None
    driver.app.choose_open()
    dialogs.reply = str(one_box(tmp_path, **HORIZONTAL))
    assert "1 building" in asked(driver)
    driver.app.change_settings(touch=True)  # fingers get our own list
    driver.app.choose_open()
    assert driver.app.view.files is not None


# -- saving and leaving ----------------------------------------------------------------------------------------------


def renamed(driver: Driver, town: Path, name: str = "Mine") -> None:
    driver.open(str(town))
    driver.app.execute(RenameVariant("variant-1", name))


def test_the_first_save_asks_for_a_name_and_the_next_one_does_not(
    driver: Driver, small_town: Path, tmp_path: Path
) -> None:
    app = driver.app
    renamed(driver, small_town)
    driver.press("lcontrol", "s")
    assert app.view.files is not None and app.view.files.is_saving
    app.list_folder(str(tmp_path))
    driver.wait(lambda: app.view.files is not None and app.view.files.folder == str(tmp_path.resolve()))
    driver.step(4)
    driver.click("files_name")
    driver.press("lcontrol", "a")
    imgui.get_io().add_input_characters_utf8("plan")
    driver.step(2)
    driver.click("files_save")
    scene = tmp_path / "plan.cvscene"
    assert scene.is_file() and not app.has_unsaved_changes
    app.execute(RenameVariant("variant-1", "Second"))
    driver.press("lcontrol", "s")
    assert app.view.files is None
    assert read_scene(scene).scenario.variants[0].name == "Second"

    # under another name that is taken: asked before it is replaced
    app.execute(RenameVariant("variant-1", "Third"))
    driver.press("lcontrol", "lshift", "s")
    driver.wait(lambda: app.view.files is not None and not app.view.files.is_reading)
    driver.step(2)
    driver.click("files_save")
    assert app.view.files is not None and app.view.files.asks_overwrite
    assert read_scene(scene).scenario.variants[0].name == "Second"
    driver.step(2)
    driver.click("files_save")
    assert read_scene(scene).scenario.variants[0].name == "Third"


def test_what_somebody_else_saved_meanwhile_is_not_overwritten_without_a_word(
    driver: Driver, small_town: Path, tmp_path: Path
) -> None:
    app, scene = driver.app, tmp_path / "plan.cvscene"
    renamed(driver, small_town)
    app.save(str(scene))
    theirs = read_scene(scene).scenario
    write_scene(scene, theirs, thumbnail=b"of another program")
    app.execute(RenameVariant("variant-1", "Second"))
    driver.press("lcontrol", "s")
    assert app.view.files is not None and app.view.files.is_saving  # where to, then?
    assert read_scene(scene).thumbnail == b"of another program" and app.has_unsaved_changes
    app.choose_file(str(scene))
    assert app.view.files is not None and app.view.files.asks_overwrite
    app.choose_file(str(scene))  # on purpose
    assert read_scene(scene).scenario.variants[0].name == "Second" and not app.has_unsaved_changes
    app.execute(RenameVariant("variant-1", "Third"))
    driver.press("lcontrol", "s")
    assert app.view.files is None and read_scene(scene).scenario.variants[0].name == "Third"


def test_a_packed_scene_is_written_beside_the_frame_loop(driver: Driver, small_town: Path, tmp_path: Path) -> None:
    renamed(driver, small_town)
    scene = tmp_path / "packed.cvscene"
    driver.app.save(str(scene), packed=True)
    assert driver.app.saver.is_busy
    driver.app.execute(RenameVariant("variant-1", "While it was being written"))
    driver.wait(lambda: not driver.app.saver.is_busy)
    assert read_scene(scene, unpack_to=tmp_path / "unpacked").scenario.variants[0].name == "Mine"
    assert driver.app.has_unsaved_changes
    assert driver.app.scene_path == str(scene)


def test_unsaved_work_is_asked_about_before_it_is_lost(driver: Driver, small_town: Path, tmp_path: Path) -> None:
    app = driver.app
    renamed(driver, small_town)
    before = app.place
    app.open_path(str(one_box(tmp_path)))
    driver.step(2)
    driver.click("unsaved_cancel")
    driver.step(2)
    assert app.place is before and not app.opener.is_busy
    driver.press("lcontrol", "q")
    driver.step(2)
    assert not app.wants_quit
    driver.click("unsaved_save")
    assert app.view.files is not None  # it was never saved: where to?
    app.choose_file(str(tmp_path / "kept.cvscene"))
    assert app.wants_quit
    assert read_scene(tmp_path / "kept.cvscene").scenario.variants[0].name == "Mine"


def test_work_that_is_given_up_lets_the_next_place_in(driver: Driver, small_town: Path, tmp_path: Path) -> None:
    renamed(driver, small_town)
    driver.app.open_path(str(one_box(tmp_path)))
    driver.step(2)
    driver.click("unsaved_discard")
    driver.wait(lambda: driver.app.crs_name == "EPSG:28992+5709" and not driver.app.has_unsaved_changes)


def test_packing_says_how_far_it_is_and_ends_at_once_when_it_is_not_wanted(small_town: Path, tmp_path: Path) -> None:
    from explorer.app.finding import open_place
    from explorer.app.saving import save_place
    from explorer.jobs import Cancelled, Progress

    place = open_place(str(small_town))
    told: list[float] = []
    progress = Progress(lambda fraction, _text: told.append(fraction))
    save_place(place, place.scenario, tmp_path / "a.cvscene", thumbnail=None, packed=True, progress=progress)
    assert told[0] == 0.0 and told == sorted(set(told)) and 0.5 < told[-1] < 1.0
    unwanted = Progress()
    unwanted.cancel()
    with pytest.raises(Cancelled):
        save_place(place, place.scenario, tmp_path / "b.cvscene", thumbnail=None, packed=True, progress=unwanted)
    assert [path.name for path in tmp_path.iterdir()] == ["a.cvscene"]


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
