"""Photographs on surfaces: the right way up, in sun and shade, and only while they are wanted."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from explorer.render import OverlayDrape
from explorer.tileformat import Mesh, SurfaceClass
from tests.render.scenery import City, above, block, luma, sheet

pytestmark = pytest.mark.xdist_group("gl")

CAMERA = above(0.0, 0.0, 60.0)
QUARTERS = {(-5.0, 5.0): (220, 40, 40), (5.0, 5.0): (40, 220, 40), (-5.0, -5.0): (40, 40, 220), (5.0, -5.0): (230,) * 3}
"""Colours of the photograph's four quarters by where they lie, north on top."""


def _photographed(alpha: int = 255, kind: SurfaceClass = SurfaceClass.ROOF) -> Mesh:
    """A level square of 20 m, 0.2 m over the ground, under a photograph of four colours."""
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
        texture_coordinates=np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32),
        image=stream.getvalue(),
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
