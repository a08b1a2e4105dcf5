"""Whatever a server does, the picture stays, and one plain sentence says what is missing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from explorer.errors import DataError, ExplorerError
from explorer.imagery import Where, is_imagery, open_imagery
from explorer.imagery.runtime import ImageryRuntime
from explorer.imagery.sources import OpenStore
from tests.fakes import FakeStore
from tests.imagery.pictures import RD, marked, png, write_tiff
from tests.imagery.seeing import DOWN, EASTING, NORTHING, RD_FRAME, UTM_FRAME, red_middle, runtime_of, settled
from tests.imagery.services import TileServer, capabilities
from tests.store.web import Reply, WebServer, serving

WAY = "/xyz/{z}/{x}/{y}.png#zoom=0-17"
GREY = np.full((256, 256, 3), 90, np.uint8)


@pytest.fixture
def tiles() -> TileServer:
    return TileServer(marked((EASTING, NORTHING)))


@pytest.fixture
def server(tiles: TileServer) -> Iterator[WebServer]:
    with serving(tiles) as running:
        yield running


def _runtime(server: WebServer, open_store: OpenStore) -> ImageryRuntime:
    return runtime_of(open_imagery(Where.of(server.base + WAY), open_store))


def _fine(server: WebServer, runtime: ImageryRuntime) -> set[tuple[int, int, int]]:
    """The tiles of the finest level that a view asks for."""
    settled(runtime)
    names = [one.path.removesuffix(".png").split("/")[2:] for one in server.asked]
    tiles = [(int(z), int(x), int(y)) for z, x, y in names]
    return {tile for tile in tiles if tile[0] == max(zoom for zoom, _x, _y in tiles)}


def test_what_is_not_there_is_a_hole_through_which_coarser_imagery_is_seen(
    tiles: TileServer, server: WebServer, open_store: OpenStore
) -> None:
    tiles.holes = _fine(server, _runtime(server, open_store))
    asked = len(server.asked)
    runtime = _runtime(server, open_store)
    composed = settled(runtime)
    red_middle(composed, EASTING, NORTHING, 6.0)
    assert composed.texels[0][..., 3].min() == 255 and runtime.news == {}
    again = len(server.asked)
    for _frame in range(20):
        settled(runtime)
    assert len(server.asked) == again < asked * 3  # nobody asks for a hole twice


def test_where_not_one_tile_is_there_that_is_said(server: WebServer, open_store: OpenStore) -> None:
    wrong = Where.of(f"{server.base}/nothing/{{z}}/{{x}}/{{y}}.png#zoom=0-17")
    runtime = runtime_of(open_imagery(wrong, open_store))
    settled(runtime)
    assert any("none of the tiles" in sentence for sentence in runtime.news.values())
    assert not any("none of the tiles" in sentence for sentence in _settled_news(server, open_store))


def _settled_news(server: WebServer, open_store: OpenStore) -> list[str]:
    runtime = _runtime(server, open_store)
    settled(runtime)
    return list(runtime.news.values())


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(b"<html>busy</html>", headers={"Content-Type": "text/html"}), "no picture, but a web page"),
        (Reply(png(GREY)[:200]), "damaged"),
        (Reply(b'{"error": "no key"}'), "error"),
        (Reply(b"", 500), "500"),
    ],
)
def test_one_sentence_tells_and_the_rest_is_drawn(
    reply: Reply, said: str, tiles: TileServer, server: WebServer, open_store: OpenStore
) -> None:
    fine = _fine(server, _runtime(server, open_store))
    tiles.answers = {f"/xyz/{z}/{x}/{y}.png": reply for z, x, y in fine}
    runtime = _runtime(server, open_store)
    composed = settled(runtime, frames=40)
    (sentence,) = runtime.news.values()
    assert said in sentence and "layer 0" in sentence
    red_middle(composed, EASTING, NORTHING, 6.0)


def test_a_server_that_comes_back_is_drawn_without_asking(
    tiles: TileServer, server: WebServer, open_store: OpenStore
) -> None:
    runtime = _runtime(server, open_store)
    working, server.answer = server.answer, lambda _asked: Reply(b"", 503)
    for _frame in range(30):
        runtime.update(DOWN, 0.0, 150.0)
        runtime.collect()  # type: ignore[attr-defined]
    assert len(runtime.news) == 1 and len(server.asked) < 60
    server.answer = working
    end = time.monotonic() + 20.0
    while runtime.is_busy and time.monotonic() < end:
        runtime.last = runtime.update(DOWN, 0.0, 150.0) or getattr(runtime, "last", None)  # type: ignore[attr-defined]
        runtime.collect()  # type: ignore[attr-defined]
        time.sleep(0.02)
    red_middle(settled(runtime), EASTING, NORTHING, 6.0)
    assert runtime.news == {}


def test_tiles_of_another_size_are_taken(tiles: TileServer, server: WebServer, open_store: OpenStore) -> None:
    server.answer = lambda _asked: Reply(png(np.full((512, 512, 3), 77, np.uint8)))
    assert (settled(_runtime(server, open_store)).texels[0][..., :3] == 77).all()


def test_what_is_no_longer_in_view_is_not_asked_for_any_more(server: WebServer, open_store: OpenStore) -> None:
    runtime = _runtime(server, open_store)
    runtime.update(DOWN, 0.0, 150.0)
    assert runtime.loading > 0
    runtime.set_layers([])
    assert runtime.update(DOWN, 0.0, 150.0) is None and not runtime.is_busy


_CHANGES: list[tuple[str, Callable[[str], str], str]] = [
    ("/wmts", lambda text: text, "choose one by #layer=NAME.*ortho, map"),
    ("/wmts#layer=orto", lambda text: text, "no layer “orto”. It has: ortho, map"),
    ("/wmts#layer=map&matrix_set=x", lambda text: text, "matrix_set"),
    ("/wmts#layer=map&style=x", lambda text: text, "style.*plain"),
    ("/wmts#layer=map", lambda text: text[:300], "cannot be read"),
    ("/wmts#layer=map", lambda text: text.replace("image/png", "application/pbf"), "no pictures"),
    ("/wmts#layer=map", lambda text: text.replace("<TileWidth>256", "<TileWidth>0"), "lacks something"),
    ("/wmts#layer=map", lambda text: text.replace("Capabilities", "Nonsense"), "describes no tiles"),
    ("/wmts#lair=map", lambda text: text, "“lair” is nothing"),
]


@pytest.mark.parametrize(("way", "change", "said"), _CHANGES)
def test_a_service_that_cannot_be_used_says_why_and_what_to_do(
    way: str, change: Callable[[str], str], said: str, server: WebServer, open_store: OpenStore
) -> None:
    server.answer = lambda _asked: Reply(change(capabilities(server.base, 4, False)).encode())
    with pytest.raises(DataError, match=said):
        open_imagery(Where.of(server.base + way), open_store, near_crs=RD)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://x/{z}/{x}.png", "holds {z}, {x} and {y}"),
        ("https://x/{z}/{x}/{y}.png#crs=EPSG:25832", "EPSG:25832 is cut"),
        ("https://x/{z}/{x}/{y}.png#zoom=a", "FIRST-LAST"),
        ("/nowhere/ortho.tif", "no such file"),
        (" ", "Say where"),
    ],
)
def test_a_place_that_means_nothing_is_refused(text: str, said: str, open_store: OpenStore) -> None:
    with pytest.raises(ExplorerError, match=said):
        open_imagery(Where.of(text), open_store)


class _Closing(FakeStore):
    is_closed = False

    def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize(("text", "is_closed"), [("<html/>", True), (capabilities("https://x", 3, False), False)])
def test_the_connections_of_a_service_that_cannot_be_used_end(text: str, is_closed: bool) -> None:
    address = "https://x/WMTSCapabilities.xml"
    store = _Closing({"WMTSCapabilities.xml": text.encode()}, address)
    with suppress(DataError):
        open_imagery(Where.of(f"{address}#layer=ortho"), lambda _address: store)
    assert store.is_closed == is_closed


def test_what_looks_like_imagery_is_told_from_cities() -> None:
    assert all(map(is_imagery, ["a/{z}/{x}/{y}.png", "ortho.tif", "https://x/wmts?", "a/tilemapresource.xml"]))
    assert not any(map(is_imagery, ["a/tileset.json", "city.json", "https://x/tiles/", "layer.json"]))


def test_a_place_is_written_as_it_was_said() -> None:
    text = "https://x/wmts#layer=ortho&style=plain&matrix_set=EPSG:28992"
    assert str(Where.of(text)) == text and str(Where.of("a.tif")) == "a.tif"


CITY = (EASTING - 300.0, NORTHING - 300.0, EASTING + 300.0, NORTHING + 300.0)
FAR = (EASTING - 900e3, NORTHING, EASTING - 899e3, NORTHING + 1e3)
"""Beyond the grid that Dutch services share."""


@pytest.mark.parametrize(
    ("city", "is_said"), [(CITY, False), ((EASTING + 90.0, NORTHING, EASTING + 9e3, NORTHING + 9e3), False),
                          ((EASTING + 900.0, NORTHING, EASTING + 9e3, NORTHING + 9e3), True), (FAR, True)]
)  # fmt: skip
@pytest.mark.parametrize("crs", [RD, "EPSG:32631"])
def test_a_file_of_another_place_is_told_of(
    city: tuple[float, float, float, float], is_said: bool, crs: str, tmp_path: Path, open_store: OpenStore
) -> None:
    corners = np.array([[EASTING - 100.0, NORTHING - 100.0], [EASTING + 100.0, NORTHING + 100.0]])
    if crs != RD:
        corners = UTM_FRAME.transform.from_lonlat(RD_FRAME.transform.to_lonlat(corners))
    path = write_tiff(tmp_path / "a.tif", _grey, (*corners[0], *corners[1]), 2.0, crs=crs)
    runtime = runtime_of(open_imagery(Where.of(str(path)), open_store), city=city)
    for _frame in range(3):
        runtime.update(DOWN, 0.0, 150.0)
    assert [kind for kind, text in runtime.news.items() if "covers nothing of the city" in text] == (
        ["0 elsewhere"] if is_said else []
    )


def _grey(x: np.ndarray, _y: np.ndarray) -> np.ndarray:
    return np.full((*x.shape, 3), 90, np.uint8)


@pytest.mark.parametrize(
    "way", ["/xyz/{z}/{x}/{y}.png#zoom=0-14&crs=EPSG:28992", "/wmts#layer=map&matrix_set=EPSG:28992"]
)
def test_a_grid_that_ends_before_the_city_is_told_of(way: str, server: WebServer, open_store: OpenStore) -> None:
    source = open_imagery(Where.of(server.base + way), open_store, near_crs=RD)
    assert runtime_of(source, city=CITY).news == {}
    runtime = runtime_of(source, city=FAR)
    assert [text for text in runtime.news.values() if "covers nothing of the city" in text and "layer 0" in text]
    runtime.retry_failed()
    assert list(runtime.news) == ["0 elsewhere"]  # and once told, it is no news
