"""Proposed buildings: coral, replaced when they change, gone when they are removed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.tileformat import Mesh
from tests.render.scenery import City, above, block, luma, sheet, towards

pytestmark = pytest.mark.xdist_group("gl")

CAMERA = above(0.0, 0.0, 120.0)
HOUSE = block((0.0, 0.0), (20.0, 20.0, 10.0))
ROOF = (0.0, 0.0, 10.0)


@pytest.fixture
def field(city: City) -> City:
    """Bare ground."""
    city.build(sheet((0.0, 0.0, 0.0), (400.0, 400.0)))
    return city


def test_a_proposal_is_coral_and_casts_a_shadow(field: City) -> None:
    field.propose(HOUSE)
    roof, shade, ground = field.colour_at(CAMERA, ROOF, (0.0, 14.0, 0.0), (0.0, -20.0, 0.0))
    assert roof[0] > roof[1] + 40.0 and roof[0] > roof[2] + 40.0
    assert luma(shade) < luma(ground) - 25.0


def test_a_preview_is_paler_and_a_selected_one_has_a_blue_outline(field: City) -> None:
    colours, outlines = {}, {}
    for name, look in {"plain": {}, "preview": {"is_preview": True}, "selected": {"is_selected": True}}.items():
        field.propose(HOUSE, **look)
        picture = field.look(CAMERA)
        (colours[name],) = field.colour_at(CAMERA, ROOF, picture=picture)
        outlines[name] = (picture[..., 2] - picture[..., 0]).max()
    assert np.ptp(colours["preview"]) < np.ptp(colours["plain"]) - 10.0
    assert np.array_equal(colours["selected"], colours["plain"])
    assert outlines["selected"] > 60.0 > outlines["plain"]


def test_storeys_are_told_by_lines_on_the_walls_and_are_part_of_the_look(field: City) -> None:
    wall = towards((0.0, -60.0, 5.0), (0.0, 0.0, 5.0))
    ends = np.array([[[-10.0, -10.0, z], [10.0, -10.0, z]] for z in (3.0, 6.0)])
    field.propose(HOUSE)
    plain = luma(field.look(wall))
    field.propose(HOUSE, storeys=ends)
    lined = luma(field.look(wall))
    rows = np.unique(np.nonzero(lined < plain - 8.0)[0])
    assert 2 <= len(rows) <= 4, "two lines across the wall"
    field.propose(HOUSE, storeys=ends[:1])
    assert len(np.unique(np.nonzero(luma(field.look(wall)) < plain - 8.0)[0])) in (1, 2)


def test_a_removed_proposal_leaves_no_trace(field: City) -> None:
    before = field.look(CAMERA)
    field.propose(HOUSE)
    assert not np.array_equal(field.look(CAMERA), before)
    field.propose()
    assert np.array_equal(field.look(CAMERA), before)


def test_a_changed_proposal_replaces_what_it_was(field: City) -> None:
    other = block((25.0, -10.0), (8.0, 30.0, 6.0))
    field.propose(other)
    wanted = field.look(CAMERA)
    field.propose(HOUSE)
    field.look(CAMERA)
    field.propose(other)
    assert np.array_equal(field.look(CAMERA), wanted)


def test_a_proposal_with_other_triangles_over_the_same_corners_is_another_one(field: City) -> None:
    roofless = replace(HOUSE, triangles=HOUSE.triangles[(HOUSE.positions[HOUSE.triangles][..., 2] < 10.0).any(axis=1)])
    field.propose(roofless)
    wanted = field.look(CAMERA)
    field.propose(HOUSE)
    assert not np.array_equal(field.look(CAMERA), wanted)
    field.propose(roofless)
    assert np.array_equal(field.look(CAMERA), wanted)


def test_an_unchanged_proposal_keeps_its_number_among_others(field: City) -> None:
    east = block((30.0, 0.0), (10.0, 10.0, 6.0))
    field.propose(HOUSE, east)
    field.look(CAMERA)
    field.propose(HOUSE, block((30.0, 0.0), (12.0, 12.0, 6.0)))
    field.look(CAMERA)
    names = []
    for point in (ROOF, (30.0, 0.0, 6.0)):
        x, y, _depth = CAMERA.project(np.array([point]))[0]
        found = field.renderer.pick(float(x), float(y))
        names.append(found and found.proposal_id)
    assert names == ["p0", "p1"]


def test_a_proposal_without_triangles_is_nothing(field: City) -> None:
    before = field.look(CAMERA)
    field.propose(Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.uint32)))
    assert np.array_equal(field.look(CAMERA), before)
