"""A photograph is as sharp as can be seen: small from afar, and all of it from near by."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from explorer.render import OFFICE, Engine
from explorer.streaming import decode_photo
from explorer.tileformat import Mesh, SurfaceClass
from tests.render.scenery import PLAIN, City, above, luma, opened, tile

pytestmark = pytest.mark.xdist_group("gl")

SIDE_M, SIDE_PX = 40.0, 4096
NEAR, FAR = above(3.0, 3.0, 1.0, height=20.0), above(0.0, 0.0, 60.0)


@pytest.fixture(scope="module")
def stripes() -> bytes:
    """A photograph of stripes, two texels each: none of them is left at half its size or less."""
    rows = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    rows[:, 0::4] = rows[:, 1::4] = 255
    stream = io.BytesIO()
    Image.fromarray(rows).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def _lay(city: City, image: bytes) -> None:
    half = SIDE_M / 2.0
    square = Mesh(
        np.array([[-half, -half, 0.0], [half, -half, 0.0], [half, half, 0.0], [-half, half, 0.0]]),
        np.array([[0, 1, 2], [0, 2, 3]], np.uint32),
        surface_class=np.full(4, int(SurfaceClass.ROOF), np.uint8),
        texture_coordinates=np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32),
        image=image,
    )
    city.renderer.attach_tile("tile", tile(square))
    city.renderer.show_tiles(["tile"])


def _contrast(city: City) -> float:
    return float(luma(city.look(NEAR)).std())


def test_it_comes_small_and_is_sharp_once_somebody_stands_before_it(gl_engine: Engine, stripes: bytes) -> None:
    with opened(gl_engine, tier=replace(PLAIN, photo_px=SIDE_PX)) as city:
        _lay(city, stripes)
        renderer = city.renderer
        assert renderer.most_blurred(FAR) is None, "from here nobody could see more"
        blurred, held = _contrast(city), renderer.resident_bytes
        sides = []
        while (wish := renderer.most_blurred(NEAR)) is not None:
            sides.append(wish.side)
            more = renderer.sharpen(wish, decode_photo(wish.data, wish.side))
            assert renderer.needs_redraw and renderer.resident_bytes == held + more
            held += more
        assert sides and sides[-1] == SIDE_PX
        assert _contrast(city) > blurred + 20.0
        assert renderer.most_blurred(FAR) is None
        assert renderer.sharpen(wish_of_another_time(stripes), np.zeros((4, 4, 4), np.uint8)) == 0


def wish_of_another_time(data: bytes):  # type: ignore[no-untyped-def]
    """For a tile that is not there any more."""
    from explorer.render import PhotoWish

    return PhotoWish("gone", data, 64)


def test_a_tier_has_a_limit_and_plain_models_want_none(gl_engine: Engine, stripes: bytes) -> None:
    with opened(gl_engine, tier=OFFICE) as city:
        _lay(city, stripes)
        wish = city.renderer.most_blurred(NEAR)
        assert wish is not None and wish.side == OFFICE.photo_px == 2048
        city.renderer.set_photos(False)
        assert city.renderer.most_blurred(NEAR) is None
        city.renderer.set_photos(True)
        assert city.renderer.sharpen(wish, None) == 0
        assert city.renderer.most_blurred(NEAR) is None, "what cannot be had is not asked for again"


def test_what_is_not_drawn_wants_nothing(gl_engine: Engine, stripes: bytes) -> None:
    with opened(gl_engine, tier=OFFICE) as city:
        _lay(city, stripes)
        city.renderer.show_tiles([])
        assert city.renderer.most_blurred(NEAR) is None
