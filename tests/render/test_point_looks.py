"""Points styled one by one: by place, colour and normal, though they share a feature or have none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from explorer.layers.styling import read_style
from explorer.render import LayerStyle
from explorer.streaming import PreparedTile, prepare_tile
from explorer.tileformat import FeatureTable, Points, SurfaceClass, TileContent
from tests.render.scenery import City, above, pixels_of, sheet
from tests.specimens import at_home

pytestmark = pytest.mark.xdist_group("gl")

CAMERA = above(0.0, 0.0, 40.0)
WEST, MIDDLE, EAST = (-10.0, 0.0, 2.0), (0.0, 0.0, 2.0), (10.0, 0.0, 2.0)
GREY, GREEN = (128, 128, 128, 255), (20, 200, 20, 255)


def cloud(ids: tuple[str, ...] = (), rows: list[int] | None = None, at: float = 0.0) -> PreparedTile:
    """Three points from west to east, the last one green."""
    places = np.array([WEST, MIDDLE, EAST]) + np.array([0.0, at, 0.0])
    index = None if rows is None else np.array(rows, np.uint32)
    points = Points(places, np.array([GREY, GREY, GREEN], np.uint8), feature_index=index)
    return prepared(TileContent((), FeatureTable(ids, {"use": ["home"] * len(ids)}), points=(points,)))


def prepared(content: TileContent) -> PreparedTile:
    return prepare_tile(content, np.eye(4), at_home, with_edges=False)


def show(city: City, *tiles: PreparedTile) -> None:
    """Clouds over the ground of another layer."""
    ground = prepared(TileContent((sheet((0.0, 0.0, 0.0), (80.0, 80.0), SurfaceClass.PAVING),)))
    there = {("ground", 0): ground, **{("cloud", number): tile for number, tile in enumerate(tiles)}}
    for key, tile in there.items():
        city.renderer.attach_tile(key, tile)
    city.renderer.show_tiles(list(there))


def style(city: City, **parts: Any) -> None:
    city.renderer.set_layer_styles({"cloud": LayerStyle(read_style(parts))} if parts else {})


def is_red(colour: Any) -> bool:
    return bool(colour[0] > colour[1] + 60 and colour[0] > colour[2] + 60)


@pytest.mark.parametrize(("ids", "rows"), [((), None), (("all",), [0, 0, 0]), (("a", "b", "c"), [0, 1, 2])])
def test_points_are_coloured_by_their_place_whoevers_they_are(
    city: City, ids: tuple[str, ...], rows: list[int] | None
) -> None:
    show(city, cloud(ids, rows))
    plain = city.look(CAMERA)
    style(city, color={"conditions": [["${POSITION}.x < -5", "color('red')"]]})
    west, middle, east = city.colour_at(CAMERA, WEST, MIDDLE, EAST)
    assert is_red(west)
    assert not is_red(middle) and not is_red(east)
    style(city)
    assert np.array_equal(city.look(CAMERA), plain)


def test_points_are_left_out_by_their_colour_and_not_met_by_the_pointer(city: City) -> None:
    show(city, cloud(("all",), [0, 0, 0]))
    style(city, show="${COLOR}.g < 0.6")
    west, east, ground = city.colour_at(CAMERA, WEST, EAST, (10.0, 6.0, 0.0))
    assert np.abs(np.asarray(east) - np.asarray(ground)).max() <= 3.0
    assert np.abs(np.asarray(west) - np.asarray(ground)).max() > 3.0
    met = [city.renderer.pick(*(pixels_of(CAMERA, place)[0] + 0.5)) for place in (WEST, EAST)]
    assert [None if one is None else one.feature_id for one in met] == ["all", None]


def test_points_are_of_the_size_that_each_has(city: City) -> None:
    show(city, cloud())
    style(city, color="color('red')", pointSize="${POSITION}.x < -5 ? 20 : 4")
    picture = city.look(CAMERA)
    red = (picture[:, :, 0] - picture[:, :, 2]) > 60.0
    half = picture.shape[1] // 3
    assert red[:, :half].sum() > 8 * red[:, half : 2 * half].sum() > 0


def test_points_that_are_nobodys_are_of_the_size_of_all(city: City) -> None:
    show(city, cloud())
    dark = []
    for size in ("3", "20"):
        style(city, color="color('red')", pointSize=size)
        picture = city.look(CAMERA)
        dark.append(int(((picture[:, :, 0] - picture[:, :, 2]) > 60.0).sum()))
    assert dark[1] > 10 * dark[0] > 0


def test_clouds_that_come_later_and_come_again_are_styled(city: City) -> None:
    style(city, color="${POSITION}.y > 5 ? color('red') : color('blue')")
    show(city, cloud(), cloud(at=8.0))
    near, far = city.colour_at(CAMERA, WEST, (-10.0, 8.0, 2.0))
    assert is_red(far) and not is_red(near)
    bytes_before = city.renderer.resident_bytes
    city.renderer.detach_tile(("cloud", 1))
    assert city.renderer.resident_bytes < bytes_before
    show(city, cloud(at=8.0), cloud())
    near, far = city.colour_at(CAMERA, WEST, (-10.0, 8.0, 2.0))
    assert is_red(far) and not is_red(near)


def test_half_translucent_points_keep_half_of_their_pixels(city: City) -> None:
    show(city, cloud())
    style(city, color="color('red', ${POSITION}.x < -5 ? 0.5 : 1.0)", pointSize="24")
    red = city.look(CAMERA)

    def share(place: tuple[float, float, float]) -> float:
        x, y = pixels_of(CAMERA, place)[0].astype(int)
        patch = red[y - 6 : y + 6, x - 6 : x + 6]
        return float(((patch[..., 0] - patch[..., 2]) > 60).mean())

    assert 0.3 < share(WEST) < 0.7
    assert share(MIDDLE) > 0.95
