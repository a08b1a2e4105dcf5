"""Addresses of tiles in every spelling that people copy from elsewhere, and TileJSON, which names one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import DataError
from explorer.imagery import Where, open_imagery
from explorer.imagery.sources import OpenStore, is_imagery
from explorer.imagery.templates import address_in, at_each_server, is_template
from explorer.imagery.tiled import TiledSource
from tests.imagery.pictures import MERCATOR, RD, marked
from tests.imagery.seeing import EASTING, NORTHING, red_middle, runtime_of, settled
from tests.imagery.services import TileServer
from tests.store.web import Reply, WebServer, serving

PICTURE = marked((EASTING - 17.0, NORTHING + 16.0))


@pytest.mark.parametrize(
    ("said", "made"),
    [
        ("https://t/{z}/{x}/{y}.png", "https://t/5/17/10.png"),
        ("https://t/{z}/{x}/{-y}.png", "https://t/5/17/21.png"),
        ("https://t/{z}/{x}/{reverseY}.png", "https://t/5/17/21.png"),
        ("https://t/${z}/${x}/${y}.png", "https://t/5/17/10.png"),
        ("https://t/%7Bz%7D/%7Bx%7D/%7By%7D.png", "https://t/5/17/10.png"),
        ("https://t/{z}/{x}/{y}{r}.png", "https://t/5/17/10.png"),
        ("https://t/{z}/{x}/{y}{ratio}.png", "https://t/5/17/10.png"),
        ("https://t/{z}/{x}/{y}{@2x}.png", "https://t/5/17/10.png"),
        ("https://{s}.t/{z}/{x}/{y}.png", "https://a.t/5/17/10.png"),
        ("https://{switch:t1,t2}.t/{zoom}/{x}/{y}.png", "https://t2.t/5/17/10.png"),
        ("https://t/tiles?x={TileCol}&y={TileRow}&z={TileMatrix}", "https://t/tiles?x=17&y=10&z=5"),
        (
            "https://t/{Style}/{TileMatrixSet}/{TileMatrix}/{TileCol}/{TileRow}#matrix_set=m",
            "https://t/default/m/5/17/10",
        ),
        ("https://t/a{q}.jpeg", "https://t/a12021.jpeg"),
        ("https://t/a{quadkey}.jpeg?g=1", "https://t/a12021.jpeg?g=1"),
    ],
)
def test_words_mean_what_those_who_write_them_mean(said: str, made: str) -> None:
    where = Where.of(said)
    assert is_template(where.url) and is_imagery(said)
    assert address_in(where, 5, 17, 10) == made


@given(st.integers(1, 20), st.integers(0, 2**20 - 1), st.integers(0, 2**20 - 1))
def test_a_quadkey_leads_to_its_tile(zoom: int, column: int, row: int) -> None:
    """Bing Maps Tile System: each digit halves the square once more."""
    column, row = column % 2**zoom, row % 2**zoom
    x = y = 0
    for digit in address_in(Where.of("{q}"), zoom, column, row):
        x, y = 2 * x + int(digit) % 2, 2 * y + int(digit) // 2
    assert (x, y) == (column, row)


@pytest.mark.parametrize("said", ["https://t/{z}/{x}/{y}/{date}.png", "https://t/{z}/{TileMatrixSet}/{x}/{y}.png"])
def test_a_word_that_nobody_knows_is_named(said: str, open_store: OpenStore) -> None:
    with pytest.raises(DataError, match=r"What \{(date|TileMatrixSet)\} stands for"):
        open_imagery(Where.of(said), open_store)


def test_an_address_that_names_its_map_is_cut_as_that_map_is(open_store: OpenStore) -> None:
    """As PDOK publishes its aerial pictures: taken for Web Mercator, they would lie elsewhere or nowhere."""
    for path in ("EPSG:28992/{z}/{x}/{y}.jpeg", "EPSG%3A28992/{TileMatrix}/{TileCol}/{TileRow}.jpeg"):
        source = open_imagery(Where.of(f"http://localhost:1/wmts/v1_0/ortho/{path}"), open_store)
        assert source.grid.crs == RD
    for path in ("EPSG:28992/{z}/{x}/{y}.jpeg#crs=EPSG:3857", "{z}/{x}/{y}.jpeg", "EPSG:31370/{z}/{x}/{y}.jpeg"):
        source = open_imagery(Where.of(f"http://localhost:1/wmts/v1_0/ortho/{path}"), open_store)
        assert source.grid.crs == MERCATOR


def test_each_server_of_an_address_is_known() -> None:
    assert at_each_server("https://{s}.t/{z}") == ["https://a.t/{z}", "https://b.t/{z}", "https://c.t/{z}"]
    assert at_each_server("https://{switch:u,v}.t/{z}") == ["https://u.t/{z}", "https://v.t/{z}"]
    assert at_each_server("https://t/{z}") == ["https://t/{z}"]


class Described:
    """A server of tiles with a TileJSON beside them."""

    def __init__(self, document: Any) -> None:
        self.document, self.tiles = document, TileServer(PICTURE)

    def __call__(self, asked: Any) -> Reply:
        if asked.path.startswith("/city.json"):
            return Reply(json.dumps(self.document).encode())
        return self.tiles(asked)


@pytest.fixture
def server() -> Iterator[WebServer]:
    with serving(Described({"tilejson": "3.0.0", "tiles": ["xyz/{z}/{x}/{y}.png"], "maxzoom": 19})) as running:
        yield running


@pytest.mark.parametrize("tiles", [["xyz/{z}/{x}/{y}.png"], ["tms/{z}/{x}/{y}.png"]])
def test_what_a_tilejson_names_lies_where_it_is(tiles: list[str], server: WebServer, open_store: OpenStore) -> None:
    answer = server.answer
    assert isinstance(answer, Described)
    answer.document |= {"tiles": tiles, "scheme": "tms" if "tms" in tiles[0] else "xyz", "name": "City"}
    answer.document["attribution"] = '<a href="https://city">&copy; City</a>'
    source = open_imagery(Where.of(f"{server.base}/city.json"), open_store)
    assert (source.title, source.attribution) == ("City", "© City")
    x, y, texel = red_middle(settled(runtime_of(source)), EASTING - 17.0, NORTHING + 16.0, 5.0)
    assert abs(x - EASTING + 17.0) < 0.1 * texel and abs(y - NORTHING - 16.0) < 0.1 * texel
    source.close()


def test_a_tilejson_on_this_computer_names_files_beside_it(tmp_path: Path, open_store: OpenStore) -> None:
    (tmp_path / "city.json").write_text('{"tiles": ["t/{z}/{x}/{y}.png"], "maxzoom": 3}', encoding="utf-8")
    source = open_imagery(Where.of(str(tmp_path / "city.json")), open_store)
    assert isinstance(source, TiledSource) and len(source.grid.levels) == 4
    assert source.address((2, 1, 3)) == str(tmp_path / "t/2/1/3.png")


@pytest.mark.parametrize(
    "more",
    [{"vector_layers": []}, {"vector_layers": None}, {"format": None}, {"minzoom": None}, {"format": "gif"}],
    ids=str,
)
def test_fields_of_a_tilejson_that_say_nothing_are_none(more: Any, tmp_path: Path, open_store: OpenStore) -> None:
    document = {"tiles": ["t/{z}/{x}/{y}.png"], "maxzoom": 3, **more}
    (tmp_path / "city.json").write_text(json.dumps(document), encoding="utf-8")
    source = open_imagery(Where.of(str(tmp_path / "city.json")), open_store)
    assert isinstance(source, TiledSource) and len(source.grid.levels) == 4


@pytest.mark.parametrize(
    ("document", "match"),
    [
        ({}, "lacks something: 'tiles'"),
        ({"tiles": []}, "lacks something"),
        ({"tiles": [7]}, "lacks something"),
        ([], "cannot be read"),
        ({"tiles": ["{z}/{x}/{y}.pbf"], "format": "pbf"}, "no pictures but pbf"),
        ({"tiles": ["{z}/{x}/{y}"], "vector_layers": [{"id": "roads"}]}, "no pictures but pbf"),
        ({"tiles": ["tile.png"]}, "holds {z}, {x} and {y}"),
        ({"tiles": ["{z}/{x}/{y}.png"], "maxzoom": "many"}, "lacks something"),
    ],
)
def test_a_tilejson_that_names_no_pictures_says_so(
    document: Any, match: str, server: WebServer, open_store: OpenStore
) -> None:
    answer = server.answer
    assert isinstance(answer, Described)
    answer.document = document
    with pytest.raises(DataError, match=match.replace("{", r"\{")):
        open_imagery(Where.of(f"{server.base}/city.json"), open_store)
