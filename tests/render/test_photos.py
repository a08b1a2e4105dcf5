"""Photographs on surfaces: the right way up, in sun and shade, and only while they are wanted."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from explorer.render import OverlayDrape
from explorer.tileformat import PLAIN_USE, ImageUse, Mesh, SurfaceClass
from tests.render.scenery import City, above, block, luma, sheet

pytestmark = pytest.mark.xdist_group("gl")

CAMERA = above(0.0, 0.0, 60.0)
QUARTERS = {(-5.0, 5.0): (220, 40, 40), (5.0, 5.0): (40, 220, 40), (-5.0, -5.0): (40, 40, 220), (5.0, -5.0): (230,) * 3}
"""Colours of the photograph's four quarters by where they lie, north on top."""


def _photographed(
    alpha: int = 255, kind: SurfaceClass = SurfaceClass.ROOF, use: ImageUse = PLAIN_USE, times: float = 1.0
) -> Mesh:
    """A level square of 20 m, 0.2 m over the ground, under a photograph of four colours, so many times a side."""
    image = Image.new("RGBA", (64, 64))
    for (x, y), colour in QUARTERS.items():
        left, top = (0 if x < 0 else 32), (0 if y > 0 else 32)
        image.paste((*colour, alpha if colour == (40, 220, 40) else 255), (left, top, left + 32, top + 32))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    corners = np.array([[-10.0, -10.0, 0.2], [10.0, -10.0, 0.2], [10.0, 10.0, 0.2], [-10.0, 10.0, 0.2]])
    return Mesh(
        corners,
        np.array([[0, 1, 2], [0, 2, 3]], np.uint32),
        surface_class=np.full(4, int(kind), np.uint8),
        feature_index=np.zeros(4, np.uint32),
        texture_coordinates=np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32) * np.float32(times),
        image=stream.getvalue(),
        image_use=use,
    )


def _lay(city: City, mesh: Mesh) -> None:
    city.build(sheet((0.0, 0.0, 0.0), (300.0, 300.0)), mesh, ids=("roof",))


def test_each_quarter_of_a_photograph_is_where_it_belongs_in_its_colour(city: City) -> None:
    _lay(city, _photographed())
    for (x, y), colour in QUARTERS.items():
        (seen,) = city.colour_at(CAMERA, (x, y, 0.2))
        assert (seen > 100.0).tolist() == [channel > 100 for channel in colour], (x, y, seen)


def test_photographs_can_be_taken_off_and_put_back(city: City) -> None:
    _lay(city, _photographed())
    before = city.look(CAMERA)
    city.renderer.set_photos(False)
    plain = city.colour_at(CAMERA, *((x, y, 0.2) for x, y in QUARTERS))
    assert np.ptp(plain, axis=0).max() <= 2.0
    city.renderer.set_photos(True)
    assert np.array_equal(city.look(CAMERA), before)


def test_what_a_photograph_leaves_out_is_seen_through(city: City) -> None:
    _lay(city, _photographed(alpha=0))
    ground, hole = city.colour_at(CAMERA, (20.0, -12.0, 0.0), (5.0, 5.0, 0.2))
    city.renderer.set_shadows(False)
    (lit,) = city.colour_at(CAMERA, (5.0, 5.0, 0.2))
    assert np.abs(lit - ground).max() <= 6.0
    assert luma(hole) <= luma(lit) + 1.0


def test_alpha_that_the_material_does_not_want_is_no_hole(city: City) -> None:
    _lay(city, _photographed(alpha=0, use=ImageUse(alpha_scale=np.inf)))
    (seen,) = city.colour_at(CAMERA, (5.0, 5.0, 0.2))
    assert (seen > 100.0).tolist() == [False, True, False]


RED, GREEN = [True, False, False], [False, True, False]


@pytest.mark.parametrize(
    ("wrap", "seen"), [("repeat", [RED, GREEN]), ("mirror", [GREEN, RED]), ("clamp", [GREEN, GREEN])]
)
def test_beyond_its_sides_a_photograph_goes_on_as_it_is_told(wrap: str, seen: list[list[bool]], city: City) -> None:
    """Twice as wide as its image: beyond the right side come red and green again, or the other way round, or green."""
    _lay(city, _photographed(use=ImageUse(wraps=(wrap, "clamp")), times=2.0))
    found = city.colour_at(CAMERA, (4.0, 8.0, 0.2), (8.0, 8.0, 0.2))
    assert (found > 100.0).tolist() == seen


def test_the_sun_shines_through_the_holes_of_a_photograph(city: City) -> None:
    """It hangs at 4.2 m, and the sun stands in the south, at 45 degrees: what is beyond the north side tells."""
    over = _photographed(alpha=0)
    _lay(city, replace(over, positions=over.positions + np.array([0.0, 0.0, 4.0])))
    behind_hole, behind_rest, lit = luma(city.colour_at(CAMERA, (5.0, 12.0, 0.0), (-5.0, 12.0, 0.0), (15.0, 12.0, 0.0)))
    assert behind_hole > lit - 4.0 and behind_rest < lit - 20.0


def test_a_photograph_lies_in_shade_and_turns_blue_when_it_is_selected(city: City) -> None:
    _lay(city, _photographed())
    spot = (5.0, -5.0, 0.2)
    (lit,) = city.colour_at(CAMERA, spot)
    city.build(block((0.0, -22.0), (60.0, 10.0, 30.0)), ids=("tower",), key="tower")
    (shaded,) = city.colour_at(CAMERA, spot)
    assert luma(shaded) < luma(lit) - 10.0
    city.renderer.set_highlight(frozenset({"roof"}))
    (selected,) = city.colour_at(CAMERA, spot)
    assert selected[2] - selected[0] > shaded[2] - shaded[0] + 20.0
    city.renderer.set_hidden_features(frozenset({"roof"}))
    (gone,) = city.colour_at(CAMERA, spot)
    assert np.abs(gone - selected).max() > 20.0


@pytest.mark.parametrize(("kind", "is_painted"), [(SurfaceClass.TERRAIN, True), (SurfaceClass.ROOF, False)])
def test_an_overlay_paints_photographed_ground_and_not_photographed_roofs(
    kind: SurfaceClass, is_painted: bool, city: City
) -> None:
    _lay(city, _photographed(kind=kind))
    legend = np.broadcast_to(np.array([250, 0, 250], np.uint8), (256, 3))
    city.renderer.set_overlay(
        OverlayDrape(np.ones((1, 1), np.float32), (-30.0, -30.0, 30.0, 30.0), np.ascontiguousarray(legend), 0.0, 1.0)
    )
    (white,) = city.colour_at(CAMERA, (5.0, -5.0, 0.2))
    assert (white[1] < white[0] - 100.0) == is_painted
