"""Errors of tiles, measured on samples: against the leaves below them, at whatever depth, and nobody else's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from explorer.jobs import Progress
from explorer.tileformat import Tileset, read_tileset
from importers.tile_errors import MeasuredError, measure_errors
from tests.specimens import tile_json, tileset_json


def sheet(x: float, y: float, size: float, height: float) -> np.ndarray:
    """A level square, two triangles."""
    a, b, c, d = ((x + i * size, y + j * size, height) for i, j in ((0, 0), (1, 0), (1, 1), (0, 1)))
    return np.array([(a, b, c), (a, c, d)])


def tower(x: float, y: float, top: float) -> np.ndarray:
    """A triangle that stands on end."""
    return np.array([[(x, y, 0.0), (x + 1.0, y, 0.0), (x, y, top)]])


def measured(root: dict[str, Any], /, **triangles: np.ndarray) -> dict[str, MeasuredError]:
    tileset: Tileset = read_tileset(tileset_json(root), "tileset.json", lambda uri: b"")
    names = [tileset.content_uri[tile] or "" for tile in range(len(tileset))]
    given = {tile: triangles[name] for tile, name in enumerate(names) if name in triangles}
    return {names[tile]: found for tile, found in measure_errors(tileset, given, Progress()).items()}


#            root (error 8)                  heights: root 0
#           /              \
#      west (4)           east (leaf)                west 1, east 2
#     /        \
#  south      north                          south 1, north 3
def tree(*, east_first: bool = False, **more: Any) -> dict[str, Any]:
    west = tile_json("west", 4.0, children=[tile_json("south"), tile_json("north")], **more)
    children = [west, tile_json("east")]
    return tile_json("root", 8.0, refine="REPLACE", children=children[::-1] if east_first else children)


SHEETS = {
    "root": sheet(-50, -50, 100, 0.0),
    "west": sheet(-50, -50, 50, 1.0),
    "east": sheet(0, -50, 50, 2.0),
    "south": sheet(-50, -50, 25, 1.0),
    "north": sheet(-50, -25, 25, 3.0),
}


def test_a_tile_is_as_wrong_as_its_farthest_leaf() -> None:
    found = measured(tree(), **SHEETS)
    assert set(found) == {"root", "west"}, "leaves are the finest data themselves"
    assert found["west"].error == pytest.approx(25.0, abs=found["west"].spacing), "half of it lies beside its leaves"
    alike = SHEETS | {"west": np.concatenate([SHEETS["south"], SHEETS["north"] - (0.0, 0.0, 2.0)])}
    assert measured(tree(), **alike)["west"].error == pytest.approx(2.0, abs=0.01)


def test_what_stands_out_of_one_leaf_is_found_from_every_level_above() -> None:
    ground = {name: sheet(-50, -50, 100, 0.0) for name in SHEETS}
    spire = ground | {"north": np.concatenate([ground["north"], tower(-40.0, -20.0, 12.0)])}
    found = measured(tree(), **spire)
    assert found["west"].error == pytest.approx(12.0, abs=found["west"].spacing)
    assert found["root"].error == pytest.approx(12.0, abs=found["root"].spacing)
    assert measured(tree(), **ground)["root"].error == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("east_first", [False, True])
def test_what_a_tile_draws_beside_its_own_leaves_is_not_excused_by_those_of_its_neighbour(east_first: bool) -> None:
    over_east = SHEETS | {"west": np.concatenate([SHEETS["south"], SHEETS["north"], SHEETS["east"]])}
    found = measured(tree(east_first=east_first), **over_east)
    assert found["west"].error == pytest.approx(75.0, abs=found["west"].spacing), "its own end 75 m to the west"


def test_where_a_tile_adds_to_its_parent_nothing_above_is_measured() -> None:
    assert set(measured(tree(refine="ADD"), **SHEETS)) == set()
    below = tile_json("west", 4.0, refine="REPLACE", children=[tile_json("south"), tile_json("north")])
    root = tile_json("root", 8.0, refine="ADD", children=[below, tile_json("east")])
    assert set(measured(root, **SHEETS)) == {"west"}


def test_tiles_without_triangles_are_passed_over() -> None:
    without = {name: some for name, some in SHEETS.items() if name not in ("west", "south")}
    found = measured(tree(), **without)
    assert set(found) == {"root"}
    assert measured(tree(), root=SHEETS["root"]) == {}, "nothing to compare it with"
    assert measured(tree(), east=SHEETS["east"], north=SHEETS["north"]) == {}


def test_a_parent_that_states_less_than_its_child_is_sampled_as_densely_as_it_says() -> None:
    west = tile_json("west", 60.0, children=[tile_json("south"), tile_json("north")])
    root = tile_json("root", 1.0, refine="REPLACE", children=[west, tile_json("east")])
    ground = {name: sheet(-50, -50, 100, 0.0) for name in SHEETS}
    spire = ground | {"north": np.concatenate([ground["north"], tower(-40.0, -20.0, 3.0)])}
    found = measured(root, **spire)
    assert found["root"].spacing < 2.0 < found["west"].spacing
    assert found["root"].error == pytest.approx(3.0, abs=found["root"].spacing)
