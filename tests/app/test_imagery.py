"""Imagery over a city: seen at its place, saved with the scene and opened again, headless."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.app.finding import open_place
from explorer.app.picture import draw_picture, view_camera
from explorer.app.places import Place
from explorer.app.references import References
from explorer.app.saving import save_place
from explorer.errors import ExplorerError
from explorer.jobs import ThreadJobs
from explorer.render import OFFICE, Engine
from explorer.scenario import read_scene
from tests.imagery.pictures import marked, write_tiff
from tests.imagery.services import TileServer
from tests.store.web import Reply, serving

EASTING, NORTHING = 84_600.0, 447_300.0
MARK = (EASTING - 21.0, NORTHING + 13.0)
BOX = (EASTING - 200.0, NORTHING - 200.0, EASTING + 200.0, NORTHING + 200.0)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))


@pytest.fixture
def ortho(tmp_path: Path) -> Path:
    return write_tiff(tmp_path / "ortho.tif", marked(MARK, radius=6.0), BOX, 0.5, photometric="RGB", overviews=(2, 4))


def _picture(place: Place, engine: Engine) -> tuple[np.ndarray, tuple[float, float]]:
    """The city from above, and where in the picture the mark should be. [px]"""
    camera = view_camera(place, f"{EASTING},{NORTHING},150,0,-90", 320, 240)
    problems: list[str] = []
    jobs = ThreadJobs(2)
    seen = draw_picture(
        place, camera, day="2026-06-21", minute=720.0, variant_id=None, tier=OFFICE, engine=engine, jobs=jobs,
        on_problem=problems.append,
    )  # fmt: skip
    jobs.close()
    assert problems == []
    ground = float(place.city_bounds()[0][2]) - 0.3
    at = np.array([[*(np.array(MARK) - place.frame.origin[:2]), ground]])
    x, y, _depth = camera.project(at)[0]
    return seen.astype(float), (float(x), float(y))


def _red_middle(seen: np.ndarray) -> tuple[float, float]:
    weight = np.clip(seen[..., 0] - seen[..., 1] - 40.0, 0.0, None)
    rows, columns = np.indices(weight.shape)
    return float((columns + 0.5).ravel() @ weight.ravel() / weight.sum()), float(
        (rows + 0.5).ravel() @ weight.ravel() / weight.sum()
    )


@pytest.mark.xdist_group("gl")
def test_a_picture_shows_a_file_at_its_place(city: str, ortho: Path, gl_engine: Engine) -> None:
    seen, (x, y) = _picture(open_place(city, References(imagery=(str(ortho),))), gl_engine)
    assert _red_middle(seen) == pytest.approx((x, y), abs=1.0)


@pytest.mark.xdist_group("gl")
def test_a_picture_shows_a_server_at_its_place_and_offline_what_is_kept(city: str, gl_engine: Engine) -> None:
    from explorer.app.web import web_access

    with serving(TileServer(marked(MARK, radius=6.0))) as server:
        place = open_place(city, References(imagery=(server.base + "/xyz/{z}/{x}/{y}.png#attribution=Me",)))
        seen, (x, y) = _picture(place, gl_engine)
        assert _red_middle(seen) == pytest.approx((x, y), abs=1.0)
        assert place.scenario.imagery[0].attribution == "Me"
    web_access().is_offline = True  # and the server is gone
    again, _where = _picture(place, gl_engine)
    assert np.array_equal(again, seen)


@pytest.mark.xdist_group("gl")
def test_a_picture_of_another_place_is_said_once(city: str, tmp_path: Path, gl_engine: Engine) -> None:
    away = (BOX[0] + 5000.0, BOX[1], BOX[2] + 5000.0, BOX[3])
    path = write_tiff(tmp_path / "away.tif", marked(MARK), away, 2.0)
    place = open_place(city, References(imagery=(str(path),)))
    problems: list[str] = []
    draw_picture(
        place, view_camera(place, "bird", 160, 120), day="2026-06-21", minute=720.0, variant_id=None, tier=OFFICE,
        engine=gl_engine, on_problem=problems.append,
    )  # fmt: skip
    (said,) = problems
    assert "“away” covers nothing of the city" in said


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_scene_keeps_its_imagery(city: str, ortho: Path, tmp_path: Path, elsewhere: bool) -> None:
    place = open_place(city, References(imagery=(str(ortho), f"{ortho}#attribution=Kadaster"), imagery_over="roofs"))
    folder = tmp_path / "plans" if elsewhere else tmp_path
    folder.mkdir(exist_ok=True)
    save_place(place, place.scenario, folder / "plan.cvscene", thumbnail=None, packed=False)
    saved = read_scene(folder / "plan.cvscene").scenario
    assert [layer.url for layer in saved.imagery] == [("../" if elsewhere else "") + "ortho.tif"] * 2
    again = open_place(str(folder / "plan.cvscene"))
    assert again.warnings == [] and len(again.imagery) == 2
    assert again.scenario.imagery[1].attribution == "Kadaster" and again.scenario.scene.imagery_over == "roofs"


def test_a_packed_scene_takes_its_pictures_along(city: str, ortho: Path, tmp_path: Path) -> None:
    place = open_place(city, References(imagery=(str(ortho), "https://tiles.example.org/{z}/{x}/{y}.png")))
    save_place(place, place.scenario, tmp_path / "plan.cvscene", thumbnail=None, packed=True)
    ortho.unlink()
    again = open_place(str(tmp_path / "plan.cvscene"))
    assert again.warnings == [] and [one.layer.name for one in again.imagery] == ["ortho", "tiles.example.org"]
    assert again.imagery[0].source.read((0, 0, 0)) is not None
    save_place(again, again.scenario, tmp_path / "again.cvscene", thumbnail=None, packed=False)  # it stays packed
    assert open_place(str(tmp_path / "again.cvscene")).warnings == []


def test_imagery_that_is_gone_is_named_and_the_rest_opens(city: str, ortho: Path, tmp_path: Path) -> None:
    place = open_place(city, References(imagery=(str(ortho),)))
    save_place(place, place.scenario, tmp_path / "plan.cvscene", thumbnail=None, packed=False)
    ortho.unlink()
    again = open_place(str(tmp_path / "plan.cvscene"))
    assert again.layers and again.imagery == []
    (warning,) = again.warnings
    assert "“ortho” is missing" in warning and "ortho.tif" in warning


def test_keys_stand_in_no_scene(city: str, tmp_path: Path) -> None:
    with serving(lambda _asked: Reply(b"", 404)) as server:
        place = open_place(city, References(imagery=(server.base + "/xyz/{z}/{x}/{y}.png?key=s3cret",)))
        save_place(place, place.scenario, tmp_path / "plan.cvscene", thumbnail=None, packed=False)
        place.imagery[0].source.read((3, 4, 2))
        assert "key=s3cret" in server.asked[-1].path
    assert place.scenario.imagery[0].url == server.base + "/xyz/{z}/{x}/{y}.png"


def test_what_cannot_be_opened_stops_with_a_sentence(city: str) -> None:
    with pytest.raises(ExplorerError, match=r"no such file.*nowhere\.tif"):
        open_place(city, References(imagery=("nowhere.tif",)))
