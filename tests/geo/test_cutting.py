"""What a section leaves of the world, and shapes that are none."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from explorer.errors import ScenarioError
from explorer.geo import Cut, box_cut, plane_cut, prism_cut

RING = [(0.0, 0.0), (8.0, 0.0), (8.0, 8.0), (4.0, 3.0), (0.0, 8.0)]
CUTS = {
    "plane": plane_cut((1.0, 2.0, 3.0), (1.0, -2.0, 0.5)),
    "box": box_cut((1.0, 2.0, 3.0), (8.0, 6.0, 4.0), 30.0),
    "box kept outside": box_cut((1.0, 2.0, 3.0), (8.0, 6.0, 4.0), 30.0, keeps_inside=False),
    "prism": prism_cut(RING, -2.0, 5.0),
    "endless prism": prism_cut(RING[::-1]),
}


@pytest.mark.parametrize("name", list(CUTS))
def test_faces_lie_between_what_is_left_and_what_is_cut_away(name: str) -> None:
    cut = CUTS[name]
    for face in cut.faces():
        assert np.cross(face.right, face.up) == pytest.approx(face.normal, abs=1e-9)
        outline = np.array([[-5.0, -5.0], [5.0, -5.0], [5.0, 5.0], [-5.0, 5.0]])
        outline = np.clip(outline if face.outline is None else face.outline, -20.0, 20.0)
        inner = np.array(shapely.Polygon(outline).representative_point().coords)
        middle = face.to_world(inner)
        assert not cut.cuts_away(middle - 1e-3 * face.normal)[0]
        assert cut.cuts_away(middle + 1e-3 * face.normal)[0]
        assert face.to_face(middle)[0, :2] == pytest.approx(inner[0], abs=1e-9)


@pytest.mark.parametrize("name", list(CUTS))
@given(at=st.tuples(*[st.floats(-15.0, 15.0)] * 3), size=st.floats(0.1, 12.0))
@example(at=(0.5, 0.5, 0.0), size=0.5)  # one corner lies in the plane
def test_a_box_that_is_left_out_has_nothing_in_it_that_is_left(
    name: str, at: tuple[float, float, float], size: float
) -> None:
    cut, lo = CUTS[name], np.array([at])
    if cut.cuts_away_boxes(lo, lo + size)[0]:
        grid = np.stack(np.meshgrid(*[np.linspace(0.0, size, 4)] * 3), axis=-1).reshape(-1, 3)
        assert cut.cuts_away(lo + grid).all()


def test_a_plane_leaves_what_is_behind_it() -> None:
    cut = plane_cut((0.0, 0.0, 0.0), (0.0, -3.0, 0.0))
    assert cut.cuts_away(np.array([[0.0, -1.0, 0.0], [0.0, 1.0, 0.0]])).tolist() == [True, False]


def test_a_box_is_turned_clockwise_from_north() -> None:
    cut = box_cut((0.0, 0.0, 0.0), (2.0, 20.0, 2.0), 90.0)
    assert cut.cuts_away(np.array([[9.0, 0.0, 0.0], [0.0, 9.0, 0.0]])).tolist() == [False, True]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: plane_cut((0, 0, 0), (0, 0, 0)), "its normal is zero"),
        (lambda: plane_cut((0, math.nan, 0), (0, 0, 1)), "not finite"),
        (lambda: plane_cut((0, 0, 0), (0, math.inf, 1)), "not finite"),
        (lambda: box_cut((0, 0, 0), (1, 0, 1)), "no extent"),
        (lambda: box_cut((0, 0, 0), (1, -4, 1)), "no extent"),
        (lambda: box_cut((0, 0, 0), (1, 1, 1), math.nan), "not finite"),
        (lambda: prism_cut([(0, 0), (4, 4), (4, 0), (0, 4)]), "crosses or touches itself"),
        (lambda: prism_cut([(0, 0), (4, 0)]), "2 corners"),
        (lambda: prism_cut([(float(i), float(i % 2)) for i in range(400)]), "400 corners"),
        (lambda: prism_cut([(0, 0), (4, 0), (8, 0)]), "itself|no area"),
        (lambda: prism_cut([(0, 0), (4, 0), (math.nan, 3)]), "finite"),
        (lambda: prism_cut(RING, 5.0, 5.0), "above its floor"),
    ],
)
def test_what_is_no_section_is_refused_in_words(make: Any, reason: str) -> None:
    with pytest.raises(ScenarioError, match=reason):
        make()


def test_a_closed_ring_of_a_file_is_the_same_ring() -> None:
    a, b = prism_cut(RING), prism_cut([*RING, RING[0]])
    assert isinstance(a, Cut) and a.ring is not None and b.ring is not None
    assert a.ring.tolist() == b.ring.tolist()
