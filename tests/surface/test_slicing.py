"""What a plane cuts out of solids has the area that geometry says, however the solids are given."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from explorer.surface.slicing import filled, slice_triangles

FloatArray = np.ndarray


def _hull(seed: int, n: int = 24) -> tuple[FloatArray, FloatArray]:
    """Points of a random convex solid and its triangles, wound outwards."""
    points = np.random.default_rng(seed).normal(size=(n, 3)) * (6.0, 4.0, 5.0)
    hull = ConvexHull(points)
    corners = points[hull.simplices]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    is_inwards = (normals * hull.equations[:, :3]).sum(axis=1) < 0.0
    corners[is_inwards] = corners[is_inwards][:, ::-1]
    return points, corners


def _analytic(points: FloatArray) -> float:
    """Area of the cut at height 0: the hull of where all chords meet it."""
    above, below = points[points[:, 2] >= 0.0], points[points[:, 2] < 0.0]
    if not len(above) or not len(below):
        return 0.0
    a, b = above[:, None], below[None]
    share = a[..., 2] / (a[..., 2] - b[..., 2])
    met = (a + share[..., None] * (b - a))[..., :2].reshape(-1, 2)
    return float(ConvexHull(met).volume)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), height=st.floats(-3.0, 3.0))
def test_the_cut_of_a_convex_solid_has_the_area_of_geometry(seed: int, height: float) -> None:
    points, corners = _hull(seed)
    shift = np.array([0.0, 0.0, -height])
    segments, _rows = slice_triangles(corners + shift)
    wanted = _analytic(points + shift)
    assert filled(segments).area == pytest.approx(wanted, rel=2e-3, abs=0.02)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_order_and_winding_of_triangles_do_not_matter(seed: int) -> None:
    _points, corners = _hull(seed)
    before = filled(slice_triangles(corners)[0]).area
    rng = np.random.default_rng(seed)
    mixed = corners[rng.permutation(len(corners))]
    turned = rng.random(len(mixed)) < 0.5
    mixed[turned] = mixed[turned][:, ::-1]
    assert filled(slice_triangles(mixed)[0]).area == pytest.approx(before, abs=1e-2)


def _box(lo: tuple[float, ...], hi: tuple[float, ...], *, without_floor: bool = False) -> FloatArray:
    points = np.array(
        [[(lo, hi)[i][0], (lo, hi)[j][1], (lo, hi)[k][2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)]
    )
    hull = ConvexHull(points)
    corners = points[hull.simplices]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    is_inwards = (normals * hull.equations[:, :3]).sum(axis=1) < 0.0
    corners[is_inwards] = corners[is_inwards][:, ::-1]
    # the plane of the cut is height 0 of the third axis: "below" in the drawing is along the second
    return corners[hull.equations[:, 1] > -0.9] if without_floor else corners


def test_a_house_without_a_floor_is_filled_and_does_not_bleed() -> None:
    segments, _rows = slice_triangles(_box((0.0, 0.0, -5.0), (10.0, 6.0, 5.0), without_floor=True))
    area = filled(segments)
    assert area.area == pytest.approx(60.0, abs=0.1)
    assert area.bounds == pytest.approx((0.0, 0.0, 10.0, 6.0), abs=0.01)


def test_a_low_shed_without_a_floor_is_filled_too() -> None:
    segments, _rows = slice_triangles(_box((0.0, 0.0, -5.0), (80.0, 3.0, 5.0), without_floor=True))
    assert filled(segments).area == pytest.approx(240.0, abs=0.2)


def test_houses_of_one_feature_with_walls_between_and_no_floor_are_filled() -> None:
    """As LoD2 often comes: every part has its own walls and roof, none has a floor; walls between are there once."""
    whole = slice_triangles(_box((0.0, 0.0, -5.0), (30.0, 6.0, 5.0), without_floor=True))[0]
    walls = np.array([[[10.0, 6.0], [10.0, 0.0]], [[20.0, 0.0], [20.0, 6.0]]])
    assert filled(np.concatenate([whole, walls])).area == pytest.approx(180.0, abs=0.1)


def test_what_stands_open_below_a_roof_on_two_houses_stays_open() -> None:
    """A gate: two houses and a storey across, all without floors."""
    ring = np.array([[0, 0], [0, 9], [20, 9], [20, 0], [14, 0], [14, 5], [6, 5], [6, 0]], float)
    segments = np.stack([ring, np.roll(ring, -1, axis=0)], axis=1)[:, ::-1]
    gate = segments[[0, 1, 2, 4, 5, 6]]  # the two floors are missing
    assert filled(gate).area == pytest.approx(180.0 - 8.0 * 5.0, abs=0.1)


def test_a_terraced_house_without_party_walls_is_filled() -> None:
    """Roof and floor are there, the walls to the neighbours are not: so the Rotterdam model has them."""
    roof = np.array([[[10.0, 6.0], [5.0, 9.0]], [[5.0, 9.0], [0.0, 6.1]]])
    floor = np.array([[[0.1, 0.0], [4.0, 0.0]], [[4.0, 0.0], [10.0, 0.0]]])
    assert filled(np.concatenate([roof, floor])).area == pytest.approx(75.2, abs=0.6)


def test_a_courtyard_stays_open() -> None:
    outer, inner = _box((0, 0, -5), (10, 10, 5)), _box((3, 3, -6), (7, 7, 6))[:, ::-1]
    segments = np.concatenate([slice_triangles(outer)[0], slice_triangles(inner)[0]])
    assert filled(segments).area == pytest.approx(84.0, abs=0.1)


def test_two_solids_of_one_house_that_overlap_are_one_area() -> None:
    one, two = _box((0, 0, -5), (10, 5, 5)), _box((6, 0, -5), (14, 8, 5))
    segments = np.concatenate([slice_triangles(one)[0], slice_triangles(two)[0]])
    assert filled(segments).area == pytest.approx(50.0 + 64.0 - 20.0, abs=0.1)


def test_a_single_sheet_fills_nothing() -> None:
    sheet = np.array([[[0.0, 2.0, -1.0], [9.0, 2.5, -1.0], [4.0, 3.0, 1.0]]])
    assert filled(slice_triangles(sheet)[0]).area == 0.0


def test_the_solid_lies_to_the_left_of_its_cut() -> None:
    segments, _rows = slice_triangles(_box((0, 0, -5), (10, 5, 5)))
    a, b = segments[:, 0], segments[:, 1]
    assert 0.5 * (a[:, 0] * b[:, 1] - b[:, 0] * a[:, 1]).sum() == pytest.approx(50.0, abs=1e-6)
