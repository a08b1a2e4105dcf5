"""Points and lines: in their colours, of a size that follows distance, pointed at, hidden; casting no shadow."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.streaming import PreparedTile, prepare_tile
from explorer.streaming.prepare_points import levels_added, spacing
from explorer.tileformat import ADD, FeatureTable, Lines, Points, SurfaceClass, TileContent
from tests.render.scenery import City, above, luma, sheet, towards
from tests.specimens import at_home

RED, BLUE = (230, 20, 20, 255), (20, 20, 230, 255)
GROUND = sheet((0.0, 0.0, 0.0), (80.0, 80.0), SurfaceClass.PAVING)


def tile(content: TileContent) -> PreparedTile:
    return prepare_tile(content, np.eye(4), at_home, with_edges=False)


def cloud(*places: tuple[float, float, float], ids: tuple[str, ...] = ("west", "east")) -> PreparedTile:
    colours = np.array([RED, BLUE], np.uint8)[np.arange(len(places)) % 2]
    rows = np.arange(len(places), dtype=np.uint32) if ids else None
    points = Points(np.array(places, float), colours, feature_index=rows)
    return tile(TileContent((GROUND,), FeatureTable(ids), points=(points,)))


def show(city: City, one: PreparedTile) -> None:
    city.renderer.attach_tile("cloud", one)
    city.renderer.show_tiles(["cloud"])


def reddish(picture: NDArray[np.float64]) -> int:
    return int((picture[:, :, 0] - picture[:, :, 2] > 60.0).sum())


def test_points_show_their_own_colours_where_they_are(city: City) -> None:
    show(city, cloud((-10.0, 0.0, 2.0), (10.0, 0.0, 2.0)))
    red, blue, ground = city.colour_at(above(0.0, 0.0, 40.0), (-10.0, 0.0, 2.0), (10.0, 0.0, 2.0), (0.0, 5.0, 0.0))
    assert red[0] > red[2] + 60.0
    assert blue[2] > blue[0] + 60.0
    assert abs(ground[0] - ground[2]) < 40.0


def test_a_point_is_smaller_from_afar_but_never_lost(city: City) -> None:
    pair = Points(np.array([[0.0, 0.0, 2.0], [0.4, 0.0, 2.0]]), np.array([RED] * 2, np.uint8))
    show(city, tile(TileContent((GROUND,), points=(pair,))))
    sizes = [reddish(city.look(above(0.0, 0.0, width, height=100.0))) for width in (20.0, 100.0, 400.0)]
    assert sizes[0] > 2 * sizes[2]
    assert sizes[2] >= 1


def test_a_point_behind_another_is_covered(city: City) -> None:
    show(city, cloud((0.0, 0.0, 2.0), (0.0, 0.0, 6.0)))
    (seen,) = city.colour_at(above(0.0, 0.0, 40.0), (0.0, 0.0, 6.0))
    assert seen[2] > seen[0] + 60.0


def test_points_and_lines_cast_no_shadow(city: City) -> None:
    grid = np.stack(np.meshgrid(np.linspace(-5, 5, 60), np.linspace(-5, 5, 60), [8.0]), axis=-1).reshape(-1, 3)
    bare = tile(TileContent((GROUND,)))
    show(city, bare)
    camera = above(0.0, 0.0, 60.0)
    shade = (0.0, 8.0, 0.0)  # the noon sun stands 45 degrees in the south
    before = luma(city.colour_at(camera, shade))
    pieces = np.arange(len(grid), dtype=np.uint32).reshape(-1, 2)
    show(city, tile(TileContent((GROUND,), points=(Points(grid),), lines=(Lines(grid, pieces),))))
    np.testing.assert_allclose(luma(city.colour_at(camera, shade)), before, atol=2.0)


def test_each_point_is_picked_as_its_own_feature_even_a_little_beside_it(city: City) -> None:
    show(city, cloud((-10.0, 0.0, 2.0), (10.0, 0.0, 2.0)))
    camera = above(0.0, 0.0, 40.0)
    city.look(camera)
    for place, feature in (((-10.0, 0.0, 2.0), "west"), ((10.0, 0.0, 2.0), "east")):
        at = camera.project(np.array([place]))[0]
        for off in (0.0, 1.2):
            pick = city.renderer.pick(at[0] + off, at[1])
            assert pick is not None
            assert pick.feature_id == feature
            assert pick.position[2] == pytest.approx(2.0, abs=0.1)
    pick = city.renderer.pick(*camera.project(np.array([[0.0, 8.0, 0.0]]))[0][:2])
    assert pick is not None
    assert pick.feature_id is None


def test_a_hidden_point_is_gone_and_a_selected_one_marked(city: City) -> None:
    show(city, cloud((-10.0, 0.0, 2.0), (10.0, 0.0, 2.0)))
    camera = above(0.0, 0.0, 40.0)
    west, east = (-10.0, 0.0, 2.0), (10.0, 0.0, 2.0)
    before = city.colour_at(camera, west, east)
    city.renderer.set_hidden_features(frozenset({"west"}))
    after = city.colour_at(camera, west, east)
    assert after[0][0] - after[0][2] < 40.0
    np.testing.assert_allclose(after[1], before[1], atol=3.0)
    pick = city.renderer.pick(*camera.project(np.array([west]))[0][:2])
    assert pick is not None
    assert pick.feature_id is None
    city.renderer.set_hidden_features(frozenset())
    city.renderer.set_highlight(frozenset({"west"}))
    marked = city.colour_at(camera, west)
    assert marked[0][2] > before[0][2] + 30.0


def test_points_without_colours_are_plain(city: City) -> None:
    points = Points(np.array([[-0.1, 0.0, 2.0], [0.1, 0.0, 2.0], [0.0, 0.1, 2.0]]))
    show(city, tile(TileContent((GROUND,), points=(points,))))
    (seen,) = city.colour_at(above(0.0, 0.0, 10.0), (0.0, 0.0, 2.0))
    assert np.ptp(seen) < 30.0


def wire(height: float = 3.0) -> PreparedTile:
    places = np.array([[-15.0, 0.0, height], [15.0, 0.0, height]])
    lines = Lines(places, np.array([[0, 1]], np.uint32), np.array([RED] * 2, np.uint8), np.zeros(2, np.uint32))
    return tile(TileContent((GROUND,), FeatureTable(("wire",)), lines=(lines,)))


def test_lines_have_one_width_at_every_distance(city: City) -> None:
    show(city, wire())
    for height in (40.0, 400.0):
        camera = above(0.0, 0.0, 20.0 * height / 40.0, height=height)
        picture = city.look(camera)
        middle = picture[:, picture.shape[1] // 2]
        assert 1 <= int((middle[:, 0] - middle[:, 2] > 25.0).sum()) <= 4


def test_a_line_that_passes_the_eye_is_drawn_to_the_rim(city: City) -> None:
    show(city, wire())
    picture = city.look(towards((-5.0, 0.0, 3.3), (15.0, 0.0, 3.0)))
    rows, columns = np.nonzero(picture[:, :, 0] - picture[:, :, 2] > 60.0)
    assert rows.max() == picture.shape[0] - 1  # its one end is behind the eye, below the picture
    assert np.ptp(columns) < 10


def test_a_line_is_picked_and_hidden(city: City) -> None:
    show(city, wire())
    camera = above(0.0, 0.0, 40.0)
    city.look(camera)
    at = camera.project(np.array([[3.0, 0.0, 3.0]]))[0]
    pick = city.renderer.pick(at[0], at[1] + 1.5)
    assert pick is not None
    assert pick.feature_id == "wire"
    assert pick.position[2] == pytest.approx(3.0, abs=0.1)
    city.renderer.set_hidden_features(frozenset({"wire"}))
    assert reddish(city.look(camera)) == 0


def test_a_detached_cloud_leaves_no_bytes(city: City) -> None:
    show(city, cloud((0.0, 0.0, 2.0)))
    assert city.renderer.resident_bytes > 0
    city.renderer.detach_tile("cloud")
    assert city.renderer.resident_bytes == 0


def test_the_spacing_of_a_grid_is_its_step() -> None:
    grid = np.stack(np.meshgrid(np.arange(30) * 0.5, np.arange(20) * 0.5, [0.0]), axis=-1).reshape(-1, 3)
    assert spacing(grid) == pytest.approx(0.5)
    assert spacing(grid[:1]) > 0.0
    assert spacing(np.zeros((5, 3))) > 0.0


def test_only_tiles_that_are_added_to_count_levels() -> None:
    from dataclasses import replace

    from explorer.tileformat import read_tileset
    from tests.specimens import three_level_city

    tileset = read_tileset(three_level_city()["tileset.json"], "t")
    assert levels_added(tileset).max() == 0
    added = levels_added(replace(tileset, refine=np.full(len(tileset), ADD, np.uint8)))
    np.testing.assert_array_equal(added, 2 - tileset.level)


def test_points_are_drawn_at_another_size_when_told(city: City) -> None:
    pair = Points(np.array([[0.0, 0.0, 2.0], [0.4, 0.0, 2.0]]), np.array([RED] * 2, np.uint8))
    show(city, tile(TileContent((GROUND,), points=(pair,))))
    camera = above(0.0, 0.0, 20.0, height=100.0)
    before = reddish(city.look(camera))
    city.renderer.resize_points("cloud", 0.5)
    assert reddish(city.look(camera)) < 0.5 * before
    city.renderer.resize_points("cloud", 1.0)
    assert reddish(city.look(camera)) == before
    city.renderer.resize_points("nobody", 0.5)
