"""Tilesets of the whole earth: somebody says which place is meant, and nothing of elsewhere is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from explorer.app.earth import PlaceNeeded, latitude_longitude
from explorer.app.finding import open_place
from explorer.app.references import References
from explorer.app.saving import packed_assets
from explorer.errors import CrsError, TilesetError
from explorer.scenario import write_scene
from tests.app.driver import Driver
from tests.globe import globe_file, tile_over
from tests.store.web import Asked, Reply, WebServer, serving

pytestmark = [pytest.mark.xdist_group("window"), pytest.mark.usefixtures("kept_home")]

CAPE_TOWN = (-33.92, 18.42)
DELFT = (52.01, 4.36)


@pytest.fixture
def asked_for() -> list[str]:
    return []


@pytest.fixture
def globe(asked_for: list[str]) -> Iterator[str]:
    def answer(asked: Asked) -> Reply:
        name = asked.name.rpartition("/")[2]
        asked_for.append(name)
        return Reply(globe_file(name))

    with serving(answer) as server:
        yield f"{_address(server)}/tileset.json"


def _address(server: WebServer) -> str:
    host, port = server.server_address[:2]
    return f"http://{host!s}:{port}"


@pytest.mark.parametrize("at", [DELFT, CAPE_TOWN])
def test_it_opens_at_a_place_and_reads_what_is_around_it(
    globe: str, asked_for: list[str], at: tuple[float, float]
) -> None:
    place = open_place(globe, References(at=at))
    assert place.frame.lonlat == pytest.approx((at[1], at[0]), abs=1e-4)
    lo, hi = place.city_bounds()
    assert np.abs([*lo[:2], *hi[:2]]).max() <= 1000.0
    soup = place.surface().known_triangles((-700.0, -700.0, 700.0, 700.0))
    n_blocks = len(soup) // 12
    assert 1 <= n_blocks <= 30  # those of leaves, and of the tiles above that have a shape in the map
    assert np.abs(soup.world[:, :, 2]).max() < 25.0
    for name in {name for name in asked_for if name.count("-") == 2 and name != "tileset.json"}:
        level, column, row = (int(number) for number in name.removesuffix(".json").split("-"))
        if level >= 6:  # a tile of 2.8 degrees: those beside the one that is meant are within reach
            there = tile_over(level, at[1], at[0])
            assert abs(column - there[0]) <= 1 and abs(row - there[1]) <= 1, name
    assert len(asked_for) < 60, "the earth has 10,000 times as many files"


def test_who_does_not_say_a_place_is_told_to(globe: str) -> None:
    with pytest.raises(PlaceNeeded, match="--at"):
        open_place(globe)


def test_the_window_asks_for_the_place_once_and_shows_it(driver: Driver, globe: str) -> None:
    app = driver.app
    app.open_path(globe)
    driver.wait(lambda: app.view.crs_question is not None)
    app.answer_crs("somewhere nice")
    question = app.view.crs_question
    assert question is not None and "latitude" in question.error
    app.answer_crs("52.01, 4.36")
    driver.wait(lambda: app.place is not None)
    driver.settle()
    assert app.tiles is not None and app.tiles.resident_bytes > 0 and not app.tiles.problems()
    driver.open(globe)  # what was said once is not asked again
    assert app.view.crs_question is None


def test_a_scene_of_it_opens_where_it_was_saved_and_is_not_packed(globe: str, tmp_path: Path) -> None:
    place = open_place(globe, References(at=DELFT))
    path = tmp_path / "delft.cvscene"
    write_scene(path, place.scenario)
    again = open_place(str(path))
    assert again.frame == place.frame
    assert again.layers[0].opened.first.reach is not None
    np.testing.assert_allclose(again.city_bounds(), place.city_bounds())
    with pytest.raises(TilesetError, match="cannot be packed"):
        packed_assets(place)


@pytest.mark.parametrize("text", ["52.01,4.36", " 52.01, 4.36 ", "52.01;4.36", "52.01 4.36"])
def test_places_are_said_as_maps_on_the_web_give_them(text: str) -> None:
    assert latitude_longitude(text) == DELFT


@pytest.mark.parametrize("text", ["", "52.01", "152.01, 4.36", "nan, 4", "52,01, 4,36", "Delft"])
def test_what_is_no_place_is_refused_in_words(text: str) -> None:
    with pytest.raises(CrsError, match="latitude and longitude"):
        latitude_longitude(text)
