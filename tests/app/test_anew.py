"""Everything drawn anew in the real program: in the midst of work and of loading, by hand and by a failing driver."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from explorer.render import Engine
from tests.app.driver import Driver

pytestmark = pytest.mark.xdist_group("window")


@pytest.fixture
def driver(gl_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))
    driver = Driver(gl_engine)
    driver.app.view.show_welcome = False
    yield driver
    driver.app.close()


def _settle(driver: Driver) -> None:
    app = driver.app
    driver.step(2)
    driver.wait(lambda: not (app.jobs.is_busy or app.tile_jobs.is_busy) and app.tiles and not app.tiles.loading)
    driver.step(4, dt=0.5)  # what fades is there, or gone


def _alike(picture: np.ndarray, other: np.ndarray) -> bool:
    """Lines that cross are blended in the order in which their tiles came, and eight bits round otherwise then."""
    by = np.abs(picture.astype(int) - other)
    return bool(by.max() <= 1 and np.count_nonzero(by) < 1e-4 * by.size)


def test_in_the_midst_of_work_everything_is_as_before(driver: Driver, small_town: Path) -> None:
    app = driver.app
    driver.open(str(small_town))
    assert app.place is not None and app.place.layers[0].index is not None
    houses = [hit for hit in app.place.layers[0].index.search("house", 50) if hit.kind == "Building" and hit.bounds]
    house, other = houses[0], houses[1]
    assert house.centre is not None
    app.place_block(house.centre)
    (proposal,) = app.scenario.proposals(app.active_variant)  # type: ignore[union-attr]
    assert proposal.hidden_features
    app.select_proposal(proposal.id)
    app.frame_selection()
    driver.step(12, dt=0.2)
    app.place_section("plane")
    o = app.view.overlay
    o.area, o.resolution, o.step_minutes = "proposal", 8.0, 120.0
    app.simulate()
    driver.wait(lambda: o.has_result)
    app.select_feature(other.id)
    _settle(driver)
    before, held = driver.picture(), app.renderer.resident_bytes
    app.draw_anew()
    plots = app.renderer.resident_bytes
    assert plots < held / 4, "all tiles are gone; the plot of the replaced house is no tile of the data"
    _settle(driver)
    assert _alike(driver.picture(), before)
    assert app.renderer.resident_bytes == held
    assert app.tiles is not None and app.tiles.problems() == []

    # what follows finds everything where it was
    app.clear_simulation()
    app.undo()
    _settle(driver)
    app.draw_anew()
    app.redo()
    app.show_simulation("with")
    _settle(driver)
    assert app.scenario is not None and app.scenario.section is not None


def test_in_the_midst_of_loading_all_comes_to_its_end(driver: Driver, small_town: Path) -> None:
    app = driver.app
    driver.open(str(small_town))
    _settle(driver)
    whole = driver.picture()
    app.stage.close()
    driver.step()
    app.open_path(str(small_town))
    driver.wait(lambda: app.place is not None)
    for _turn in range(12):  # at every moment of it
        app.draw_anew()
        driver.step(1)
    _settle(driver)
    app.frame_city()
    driver.step(12, dt=0.2)
    _settle(driver)
    again = driver.picture()
    assert again.shape == whole.shape
    app.draw_anew()
    _settle(driver)
    assert _alike(driver.picture(), again)


def test_a_context_that_fails_is_used_again_and_said_once(driver: Driver, small_town: Path) -> None:
    """Panda3D stops drawing in a context in which everything fails; a lost one does."""
    app = driver.app
    driver.open(str(small_town))
    _settle(driver)
    before = driver.picture()
    gsg = driver.engine.window.get_gsg()
    gsg.set_active(False)
    _settle(driver)
    assert gsg.is_active()
    assert _alike(driver.picture(), before)
    assert ["lost the picture" in problem.text for problem in app.status.problems] == [True]


def test_a_context_that_is_lost_twice_is_replaced_and_work_goes_on(driver: Driver, small_town: Path) -> None:
    app = driver.app
    driver.open(str(small_town))
    app.view.show_settings = True
    _settle(driver)
    before, context = driver.picture(), driver.engine.window.get_gsg()
    for _loss in range(2):
        driver.engine.window.get_gsg().set_active(False)
        _settle(driver)
    assert driver.engine.window.get_gsg() != context
    assert _alike(driver.picture(), before)
    driver.click("draw_anew")
    driver.click("settings_close")
    assert not app.view.show_settings
    _settle(driver)
    assert _alike(driver.picture(), before)


def test_a_driver_that_fails_all_the_time_is_left_alone(driver: Driver) -> None:
    app = driver.app
    try:
        for _turn in range(9):
            driver.engine.window.get_gsg().set_active(False)
            app.anew.update()
        assert not driver.engine.window.get_gsg().is_active()
        assert sum("again and again" in problem.text for problem in app.status.problems) == 1
    finally:
        driver.engine.window.get_gsg().set_active(True)


def test_it_can_be_asked_for_in_the_settings(driver: Driver, small_town: Path) -> None:
    app = driver.app
    driver.open(str(small_town))
    _settle(driver)
    before = driver.picture()
    app.view.show_settings = True
    driver.step(3)
    driver.click("draw_anew")
    assert app.tiles is not None
    _settle(driver)
    assert _alike(driver.picture(), before)


def test_without_a_place_only_the_sky_is_drawn_anew(driver: Driver) -> None:
    driver.step(3)
    before = driver.picture()
    driver.app.draw_anew()
    driver.step(3)
    assert _alike(driver.picture(), before)
