"""Saving and leaving in the window: nothing unsaved is lost, and what somebody else wrote is not overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest
from imgui_bundle import imgui

from explorer.scenario import RenameVariant, read_scene, write_scene
from tests.app.driver import Driver
from tests.importers.specimens import one_box

pytestmark = pytest.mark.xdist_group("window")


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
