"""Imagery in the window: added by address and by file, mixed, ordered, removed, and undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from explorer.render import Engine
from explorer.scenario import ChangeImagery, RaiseImagery
from tests.app.driver import Driver
from tests.imagery.pictures import write_tiff
from tests.imagery.seeing import EASTING, NORTHING
from tests.imagery.services import capabilities
from tests.importers.specimens import box_vertices, building, document, write
from tests.store.web import Reply, serving
from tests.tileformat.height_specimens import write_heights

pytestmark = pytest.mark.xdist_group("gl")
BOX = (EASTING - 400.0, NORTHING - 400.0, EASTING + 400.0, NORTHING + 400.0)


def _plain(colour: tuple[int, int, int]) -> object:
    return lambda x, _y: np.full((*x.shape, 3), colour, np.uint8)


@pytest.fixture
def desk(gl_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    """A city of one building, open."""
    from importers import import_city

    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))
    file = write(tmp_path / "x.json", document({"b": building()}, box_vertices(EASTING, NORTHING)))
    import_city([file], tmp_path / "city")
    driver = Driver(gl_engine)
    driver.app.change_settings(profile="planner", tier="office")
    driver.open(str(tmp_path / "city"))
    driver.app.view.left_visible, driver.app.view.right_visible = True, False
    yield driver
    driver.app.close(discard=True)


def _loaded(driver: Driver) -> np.ndarray:
    """The picture once all imagery is there."""
    driver.step(3)
    driver.wait(lambda: not driver.app.jobs.is_busy and not driver.app.imagery.is_busy, 60.0)
    driver.step(6, 0.2)
    driver.wait(lambda: not driver.app.jobs.is_busy and not driver.app.imagery.is_busy, 60.0)
    driver.step(3, 0.2)
    return driver.picture().astype(float)


def _share(picture: np.ndarray, channel: int) -> float:
    """Of the picture, where one colour leads by far."""
    others = np.delete(picture, channel, axis=-1).max(axis=-1)
    return float((picture[..., channel] > others + 60.0).mean())


def test_a_file_is_added_mixed_hidden_and_undone(desk: Driver, tmp_path: Path) -> None:
    app = desk.app
    before = _loaded(desk)
    red = write_tiff(tmp_path / "red.tif", _plain((230, 20, 20)), BOX, 1.0, photometric="RGB")  # type: ignore[arg-type]
    app.add_imagery(str(red))
    desk.wait(lambda: app.scenario is not None and app.scenario.imagery)
    assert _share(_loaded(desk), 0) > 0.2 and app.undo_label == "add imagery"
    layer = app.scenario.imagery[0]  # type: ignore[union-attr]
    app.execute(ChangeImagery(layer.id, {"is_visible": False}))
    assert np.array_equal(_loaded(desk), before) and app.undo_label == "hide layer"
    app.undo()
    assert _share(_loaded(desk), 0) > 0.2
    app.undo()
    assert np.array_equal(_loaded(desk), before)
    app.redo()
    assert _share(_loaded(desk), 0) > 0.2


def test_what_lies_on_top_hides_what_lies_below_and_the_order_can_be_changed(desk: Driver, tmp_path: Path) -> None:
    app = desk.app
    for name, colour in (("red", (230, 20, 20)), ("blue", (20, 20, 230))):
        path = write_tiff(tmp_path / f"{name}.tif", _plain(colour), BOX, 1.0, photometric="RGB")  # type: ignore[arg-type]
        count = len(app.scenario.imagery)  # type: ignore[union-attr]
        app.add_imagery(str(path))
        desk.wait(lambda count=count: len(app.scenario.imagery) > count)  # type: ignore[misc, union-attr]
    seen = _loaded(desk)
    assert _share(seen, 2) > 0.2 > 0.02 > _share(seen, 0)
    red, _blue = app.scenario.imagery  # type: ignore[union-attr]
    app.execute(RaiseImagery(red.id))
    seen = _loaded(desk)
    assert _share(seen, 0) > 0.2 > 0.02 > _share(seen, 2)


def test_a_service_with_several_layers_asks_which(desk: Driver) -> None:
    app = desk.app
    with serving(lambda _asked: Reply(b"")) as server:
        server.answer = lambda _asked: Reply(capabilities(server.base, 4, False).encode())
        app.add_imagery(server.base + "/wmts")
        desk.wait(lambda: app.view.imagery_choices)
        assert app.view.imagery_choices == ("ortho", "map") and not app.scenario.imagery  # type: ignore[union-attr]
        app.choose_imagery("map")
        desk.wait(lambda: app.scenario.imagery)  # type: ignore[union-attr]
    (layer,) = app.scenario.imagery  # type: ignore[union-attr]
    assert (layer.layer, layer.name, layer.attribution) == ("map", "Map", "Made-up Cadastre")
    desk.step(4)
    assert app.imagery_credit == "Made-up Cadastre" and app.view.imagery_choices == ()


def test_what_cannot_be_added_says_why_beside_the_field_and_changes_nothing(desk: Driver) -> None:
    app = desk.app
    app.add_imagery("/nowhere/at-all.tif")
    desk.wait(lambda: app.view.imagery_error)
    assert "no such file" in app.view.imagery_error and app.view.imagery_text == "/nowhere/at-all.tif"
    assert not app.scenario.imagery and not app.has_unsaved_changes  # type: ignore[union-attr]


def test_a_file_of_another_place_is_told_of_once(desk: Driver, tmp_path: Path) -> None:
    away = (BOX[0] + 5000.0, BOX[1], BOX[2] + 5000.0, BOX[3])
    desk.app.imagery.add(str(write_tiff(tmp_path / "away.tif", _plain((200, 40, 40)), away, 4.0)))
    _loaded(desk)
    _loaded(desk)
    (problem,) = desk.app.status.problems
    assert "“away” covers nothing of the city" in problem.text and problem.count == 1


def test_nothing_is_made_while_there_is_none(desk: Driver) -> None:
    assert desk.app.imagery._fetching is None
    assert "USE_IMAGERY" not in " ".join(desk.app.renderer._defines_now)


def test_opening_a_raster_of_heights_puts_it_below_the_city_once_its_zero_is_known(
    desk: Driver, tmp_path: Path
) -> None:
    app = desk.app
    path = write_heights(tmp_path / "dtm.tif")
    app.open_path(str(path))
    desk.wait(lambda: app.view.crs_question)
    question = app.view.crs_question
    assert question is not None and question.options[0].crs == "EPSG:5709" and "measured from" in question.sentence
    app.answer_crs(question.options[0].crs)
    desk.wait(lambda: app.place is not None and len(app.place.layers) == 2)
    assert app.scenario is not None and app.scenario.layers[1].source_crs == "EPSG:28992+5709"


def test_opening_a_picture_drapes_it(desk: Driver, tmp_path: Path) -> None:
    red = write_tiff(tmp_path / "red.tif", _plain((230, 20, 20)), BOX, 1.0, photometric="RGB")  # type: ignore[arg-type]
    before = _share(_loaded(desk), 0)
    desk.app.open_path(str(red))
    desk.wait(lambda: desk.app.scenario is not None and desk.app.scenario.imagery)
    assert _share(_loaded(desk), 0) > before + 0.1
