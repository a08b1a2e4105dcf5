"""What a run that was killed left behind, as the next run's user sees it."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.app.folders import data_folder
from explorer.render import Engine
from explorer.scenario import ChangeScene, RenameVariant
from tests.app.driver import Driver

pytestmark = pytest.mark.xdist_group("window")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def killed_run(engine: Engine, what: Path, name: str, save_as: Path | None = None) -> None:
    """A run that renames a variant and ends without anybody having closed it."""
    driver = Driver(engine, draws=False)
    driver.app.view.show_recovery = False
    driver.open(str(what))
    if save_as is not None:
        driver.app.save(str(save_as))
    driver.app.execute(RenameVariant("variant-1", name))
    driver.app.execute(ChangeScene({"minute": 615}))
    driver.app.close()


def test_every_killed_run_is_offered_and_one_is_brought_back_with_its_layers(
    gl_engine: Engine, home: Path, small_town: Path, tmp_path: Path
) -> None:
    scene = tmp_path / "plans" / "plan.cvscene"
    scene.parent.mkdir()
    killed_run(gl_engine, small_town, "From a scene", save_as=scene)
    killed_run(gl_engine, small_town, "From a tileset")
    driver = Driver(gl_engine, draws=False)
    app = driver.app
    try:
        driver.step(3)
        assert [left.steps for left in app.left_work] == [2, 2]
        assert not any("-" in left.when for left in app.left_work)  # a date as people write it
        number = next(n for n, left in enumerate(app.left_work) if left.path)
        driver.click(f"recovery_yes_{number}")
        driver.wait(lambda: app.place is not None)
        driver.settle()
        assert app.scenario is not None
        assert app.scenario.variants[0].name == "From a scene"
        assert app.place is not None and len(app.place.layers) == 1  # found by its way from the scene file
        assert app.scene_path == str(scene)
        assert app.has_unsaved_changes
        assert len(app.left_work) == 1
    finally:
        app.close(discard=True)  # on purpose: what was brought back is given up, the other one stays
    again = Driver(gl_engine, draws=False)
    assert [left.path for left in again.app.left_work] == [""]
    again.app.recover(0, False)
    again.app.close()
    assert list((data_folder() / "journals").iterdir()) == []


def test_a_scene_that_is_gone_keeps_the_work_on_offer(
    gl_engine: Engine, home: Path, small_town: Path, tmp_path: Path
) -> None:
    scene = tmp_path / "plan.cvscene"
    killed_run(gl_engine, small_town, "Mine", save_as=scene)
    scene.unlink()
    driver = Driver(gl_engine, draws=False)
    try:
        driver.step(2)
        driver.click("recovery_yes_0")
        driver.wait(lambda: driver.app.place is not None)
        assert any("plan.cvscene" in problem.text for problem in driver.app.status.problems)
        assert driver.app.scenario is not None and driver.app.scenario.variants[0].name == "Mine"
    finally:
        driver.app.close(discard=True)


def test_a_backup_that_cannot_be_written_warns_for_as_long_as_it_is_so(
    gl_engine: Engine, home: Path, small_town: Path
) -> None:
    driver = Driver(gl_engine, draws=False)
    try:
        driver.open(str(small_town))
        journals = data_folder() / "journals"
        moved = journals.with_name("moved")
        driver.app.document._journal._close_file()  # type: ignore[union-attr]  # as when the drive is pulled out
        journals.rename(moved)
        journals.write_text("in the way")
        driver.app.execute(ChangeScene({"minute": 615}))
        driver.step(2)
        assert "backup" in driver.app.status.warnings[0]
        assert "warning_save" in driver.app.ui.widgets.log
        journals.unlink()
        moved.rename(journals)
        driver.app.execute(ChangeScene({"minute": 616}))
        assert driver.app.status.warnings == ()
    finally:
        driver.app.close(discard=True)
