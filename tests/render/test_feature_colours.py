"""Styles by attribute as they are drawn: in every kind of geometry, over hiding and selecting, and in one frame."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from explorer.layers.styling import read_style
from explorer.render import LayerStyle
from explorer.streaming import PreparedTile, prepare_tile
from explorer.tileformat import FeatureTable, Lines, Mesh, Points, TileContent
from tests.render.scenery import City, above, block, pixels_of, sheet

pytestmark = pytest.mark.xdist_group("gl")

CAMERA = above(0.0, 0.0, 120.0)
WEST, EAST = (-30.0, 0.0, 10.0), (30.0, 0.0, 10.0)
GROUND = (0.0, 35.0, 0.0)
USES: dict[str, list[Any]] = {"use": ["home", "shop"], "height": [10.0, None]}


def content(*meshes: Mesh, columns: dict[str, list[Any]] | None = None, **more: Any) -> PreparedTile:
    columns = USES if columns is None else columns
    n = len(next(iter(columns.values()), []))
    ids = ("west", "east", "c", "d")[:n]
    what = TileContent(meshes, FeatureTable(ids, columns), **more)
    return prepare_tile(what, np.eye(4), lambda points: points, with_edges=False)


def houses() -> tuple[Mesh, ...]:
    return block((-30.0, 0.0), (20.0, 20.0, 10.0), 0), block((30.0, 0.0), (20.0, 20.0, 10.0), 1)


def show(city: City, tile: PreparedTile, key: Any = ("town", 0)) -> None:
    city.renderer.attach_tile(key, tile)
    city.keys.append(key)
    city.renderer.show_tiles(city.keys)


def style(**parts: Any) -> LayerStyle:
    return LayerStyle(read_style(parts))


BY_USE = style(color={"conditions": [["${use} === 'home'", "color('red')"], ["${use} === 'shop'", "color('blue')"]]})


def is_red(colour: Any) -> bool:
    return bool(colour[0] > colour[2] + 60)


def is_blue(colour: Any) -> bool:
    return bool(colour[2] > colour[0] + 60)


@pytest.fixture
def town(city: City) -> City:
    show(city, content(sheet((0.0, 0.0, 0.0), (400.0, 400.0)), *houses()))
    return city


def _under(city: City, column: float, row: float) -> str | None:
    found = city.renderer.pick(column, row)
    assert found is not None
    return found.feature_id


def colours(city: City, *places: tuple[float, float, float]) -> list[Any]:
    return list(city.colour_at(CAMERA, *places))


def test_features_have_the_colour_of_their_attribute_in_the_next_frame_and_lose_it_again(town: City) -> None:
    plain = town.look(CAMERA)
    town.renderer.set_layer_styles({"town": BY_USE})
    west, east, ground = colours(town, WEST, EAST, GROUND)
    assert is_red(west) and is_blue(east)
    assert not is_red(ground) and not is_blue(ground)
    swapped = style(color="${use} === 'shop' ? color('red') : color('blue')")
    town.renderer.set_layer_styles({"town": swapped})
    west, east = colours(town, WEST, EAST)
    assert is_blue(west) and is_red(east)
    town.renderer.set_layer_styles({})
    assert np.array_equal(town.look(CAMERA), plain)


def test_what_no_condition_names_keeps_its_colour(town: City) -> None:
    _west, was = colours(town, WEST, EAST)
    town.renderer.set_layer_styles({"town": style(color={"conditions": [["${height} > 5", "color('red')"]]})})
    west, east = colours(town, WEST, EAST)
    assert is_red(west)
    assert np.abs(np.asarray(east) - np.asarray(was)).max() <= 1.0


def test_another_layer_is_not_styled(town: City) -> None:
    plain = town.look(CAMERA)
    town.renderer.set_layer_styles({"elsewhere": BY_USE})
    assert np.abs(town.look(CAMERA) - plain).max() <= 1.0


def test_what_is_not_shown_leaves_no_trace_and_is_not_met_by_the_pointer(town: City) -> None:
    town.look(CAMERA)
    column, row = pixels_of(CAMERA, WEST)[0] + 0.5
    assert _under(town, column, row) == "west"
    town.renderer.set_layer_styles({"town": style(show="${use} !== 'home'")})
    west, ground = colours(town, (-30.0, 0.0, 0.0), GROUND)
    assert np.abs(np.asarray(west) - np.asarray(ground)).max() <= 3.0, "roof or shadow is left"
    assert _under(town, column, row) is None


def test_hidden_and_selected_features_stay_so_on_top_of_a_style(town: City) -> None:
    town.renderer.set_layer_styles({"town": BY_USE})
    (before,) = colours(town, WEST)
    town.renderer.set_highlight(frozenset({"west"}))
    (selected,) = colours(town, WEST)
    assert selected[2] > before[2] + 30
    town.renderer.set_highlight(frozenset())
    town.renderer.set_hidden_features(frozenset({"west"}))
    west, east = colours(town, (-30.0, 0.0, 0.0), EAST)
    assert not is_red(west) and is_blue(east)


def test_translucent_features_keep_their_share_of_pixels(town: City) -> None:
    town.renderer.set_layer_styles({"town": style(color="color('red', ${use} === 'home' ? 0.5 : 1.0)")})
    red = town.look(CAMERA)
    x, y = pixels_of(CAMERA, WEST)[0]
    patch = red[int(y) - 8 : int(y) + 8, int(x) - 8 : int(x) + 8]
    share = float((patch[..., 0] > patch[..., 2] + 60).mean())
    assert 0.3 < share < 0.7
    assert is_red(colours(town, EAST)[0])


def test_tiles_that_come_later_are_styled_when_they_are_drawn(city: City) -> None:
    city.renderer.set_layer_styles({"town": BY_USE})
    show(city, content(sheet((0.0, 0.0, 0.0), (400.0, 400.0)), columns={}), ("town", 1))
    assert not is_red(colours(city, WEST)[0])
    show(city, content(*houses()), ("town", 2))
    west, east = colours(city, WEST, EAST)
    assert is_red(west) and is_blue(east)
    city.renderer.detach_tile(("town", 2))
    show(city, content(*houses(), columns={"use": ["shop", "home"], "height": [1, 2]}), ("town", 3))
    west, east = colours(city, WEST, EAST)
    assert is_blue(west) and is_red(east), "the numbers of the tile that went were given to another"


def test_small_tiles_in_a_page_and_large_ones_are_coloured_alike(city: City) -> None:
    show(city, content(sheet((0.0, 0.0, 0.0), (400.0, 400.0), parts=40), *houses()))
    city.renderer.set_layer_styles({"town": BY_USE})
    large = city.look(CAMERA)
    city.renderer.detach_tile(("town", 0))
    show(city, content(sheet((0.0, 0.0, 0.0), (400.0, 400.0)), *houses()), ("town", 1))
    west, east = colours(city, WEST, EAST)
    assert is_red(west) and is_blue(east)
    assert np.abs(city.look(CAMERA) - large).mean() < 2.0


def test_a_block_without_a_feature_is_grey_among_styled_ones_and_ground_is_not(town: City) -> None:
    show(town, content(block((0.0, -30.0), (20.0, 20.0, 10.0), None)), ("town", 1))
    (ground,) = colours(town, GROUND)
    town.renderer.set_layer_styles({"town": BY_USE})
    block_now, ground_now = colours(town, (0.0, -30.0, 10.0), GROUND)
    assert np.ptp(np.asarray(block_now)) < 25
    assert np.abs(np.asarray(ground_now) - np.asarray(ground)).max() <= 1.0


def test_a_tile_without_features_is_one_feature_without_attributes(city: City) -> None:
    show(city, content(sheet((0.0, 0.0, 0.0), (400.0, 400.0)), columns={}))
    city.renderer.set_layer_styles({"town": style(color="${use} === undefined ? color('red') : color('blue')")})
    assert is_red(colours(city, GROUND)[0])


def test_points_and_lines_are_coloured_hidden_and_sized(city: City) -> None:
    grid = np.stack(np.meshgrid(np.arange(-40.0, 41.0), np.arange(-20.0, 21.0)), axis=-1).reshape(-1, 2)
    at = np.column_stack([grid, np.full(len(grid), 5.0)])
    rows = (at[:, 0] > 0).astype(np.uint32)
    ends = np.array([[-40.0, 30.0, 5.0], [-5.0, 30.0, 5.0], [5.0, 30.0, 5.0], [40.0, 30.0, 5.0]])
    lines = Lines(ends, np.array([[0, 1], [2, 3]], np.uint32), feature_index=np.array([0, 0, 1, 1], np.uint32))
    white = np.full((len(at), 4), 255, np.uint8)
    show(city, content(points=(Points(at, white, feature_index=rows),), lines=(lines,)))
    city.renderer.set_layer_styles({"town": BY_USE})
    places = ((-30.0, 0.0, 5.0), (30.0, 0.0, 5.0), (-30.0, 30.0, 5.0), (30.0, 30.0, 5.0))
    found = colours(city, *places)
    assert [is_red(one) for one in found] == [True, False, True, False]
    assert [is_blue(one) for one in found] == [False, True, False, True]
    sized = style(**BY_USE.style.plain, pointSize="${use} === 'home' ? 1 : 12")
    city.renderer.set_layer_styles({"town": sized})
    picture = city.look(CAMERA)
    blue = (picture[..., 2] > picture[..., 0] + 60).sum()
    red = (picture[..., 0] > picture[..., 2] + 60).sum()
    assert blue > red
    city.renderer.set_layer_styles({"town": style(show="${use} !== 'home'")})
    assert not is_red(colours(city, places[0])[0])


def test_one_frame_shows_a_new_style_on_a_hundred_thousand_features(city: City) -> None:
    """Every tile and every feature, however many: nothing is left for a later frame."""
    n = 50_000
    tables = [{"use": ["home", "shop"] * (n // 2), "height": list(range(n))} for _ in range(2)]
    last_two = [replace(mesh, feature_index=mesh.feature_index + np.uint32(n - 2)) for mesh in houses()]  # type: ignore[operator]
    for number, columns in enumerate(tables):
        what = TileContent(tuple(last_two), FeatureTable(tuple(map(str, range(n))), columns))
        turn = np.eye(4)
        turn[1, 3] = 30.0 * number
        show(city, prepare_tile(what, turn, lambda points: points, with_edges=False), ("town", number))
    city.renderer.set_layer_styles({"town": BY_USE})
    city.renderer.set_camera(CAMERA)
    city.renderer.render()
    picture = city.renderer.pixels().astype(float)
    for place, red in ((WEST, True), (EAST, False), ((-30.0, 30.0, 10.0), True), ((30.0, 30.0, 10.0), False)):
        column, row = pixels_of(CAMERA, place)[0]
        assert is_red(picture[int(row), int(column)]) is red
        assert is_blue(picture[int(row), int(column)]) is not red
