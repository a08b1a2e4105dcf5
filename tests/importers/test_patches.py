"""Rectangles and triangles as pieces: the same surface, the same distances."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from importers.batch import MeshBatch, batch_of
from importers.deviation import one_way_deviations
from importers.distances import TriangleTable, samples_on
from importers.model import LodMesh
from importers.near_search import search_near
from importers.patch_search import search_patches
from importers.patches import Patches, Pieces, convex_pieces
from importers.settling import Settling


def house(width: float, depth: float, eaves: float, ridge: float, turn: float) -> NDArray[np.float64]:
    """Walls and a gable roof of a house turned about its corner, rounded to a millimetre (m, 3, 3)."""
    w, d = width, depth
    low = [(0.0, 0.0, 0.0), (w, 0.0, 0.0), (w, d, 0.0), (0.0, d, 0.0)]
    high = [(x, y, eaves) for x, y, _z in low]
    top = [(0.0, d / 2, ridge), (w, d / 2, ridge)]
    quads = [[low[i], low[(i + 1) % 4], high[(i + 1) % 4], high[i]] for i in range(4)]
    quads += [[high[0], high[1], top[1], top[0]], [high[2], high[3], top[0], top[1]]]
    found = [[q[i] for i in corners] for q in quads for corners in ((0, 1, 2), (0, 2, 3))]
    found += [[high[1], high[2], top[1]], [high[3], high[0], top[0]]]
    c, s = np.cos(turn), np.sin(turn)
    return np.round(np.array(found) @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1.0]]), 3)


def pieces_of(corners: NDArray[np.float64], feature: NDArray[np.int64] | None = None) -> Pieces:
    of = np.zeros(len(corners), np.int64) if feature is None else feature
    return convex_pieces(corners.reshape(-1, 3), np.repeat(of, 3), np.arange(3 * len(of)).reshape(-1, 3), of)


def mesh(corners: NDArray[np.float64]) -> MeshBatch:
    n = len(corners)
    rows = np.arange(3 * n, dtype=np.int32).reshape(-1, 3)
    return batch_of([LodMesh(1, corners.reshape(-1, 3), rows, np.ones(n, np.uint8))])


def from_all(points: NDArray[np.float64], corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of each point from the nearest of all triangles, by pairs."""
    table, n = TriangleTable(corners), len(corners)
    each = table.distances(np.repeat(points, n, axis=0), np.tile(np.arange(n), len(points)))
    return each.reshape(len(points), n).min(axis=1)


def nearest_piece(points: NDArray[np.float64], pieces: Pieces) -> NDArray[np.float64]:
    patches = Patches(pieces, 1)
    found = [kind.squared(0, points, np.zeros(len(points), np.int64)) for kind in patches.kinds if kind.tables]
    return np.sqrt(np.concatenate(found, axis=1).min(axis=1))


@pytest.mark.parametrize("turn", [0.0, 0.4, 1.1])
def test_a_house_is_rectangles_and_two_gables(turn: float) -> None:
    pieces = pieces_of(house(9.3, 7.1, 5.2, 8.9, turn))
    assert pieces.is_rectangle.tolist() == [True] * 6 + [False] * 2
    assert pieces.misfit.max() <= 0.004
    assert len(pieces.points) == 10


def test_what_is_not_a_rectangle_stays_triangles() -> None:
    slanted = np.array([[(0.0, 0, 0), (4, 0, 0), (5, 3, 0)], [(0, 0, 0), (5, 3, 0), (1, 3, 0)]])
    folded = np.array([[(0.0, 0, 0), (4, 0, 0), (4, 3, 0)], [(0, 0, 0), (4, 3, 0), (0, 3, 0.5)]])
    twice = np.array([[(0.0, 0, 0), (4, 0, 0), (4, 3, 0)], [(0, 0, 0), (4, 0, 0), (4, 3, 0)]])
    for corners in (slanted, folded, twice):
        assert not pieces_of(corners).is_rectangle.any()


def test_halves_of_a_rectangle_in_two_features_stay_apart() -> None:
    corners = np.array([[(0.0, 0, 0), (4, 0, 0), (4, 3, 0)], [(0, 0, 0), (4, 3, 0), (0, 3, 0)]])
    assert pieces_of(corners, np.zeros(2, np.int64)).is_rectangle.tolist() == [True]
    assert not pieces_of(corners, np.array([0, 1])).is_rectangle.any()


def test_distances_from_pieces_are_those_from_the_triangles() -> None:
    corners = house(9.3, 7.1, 5.2, 8.9, 0.7)
    points = np.random.default_rng(1).uniform(-8, 14, (400, 3))
    pieces = pieces_of(corners)
    found, exact = nearest_piece(points, pieces), from_all(points, corners)
    assert np.abs(found - exact).max() <= pieces.misfit.max() + 1e-9


def test_distances_from_slivers_and_lines_are_never_too_small() -> None:
    line, point = [(0.0, 0, 0), (4, 0, 0), (2, 0, 0)], [(1.0, 1, 1)] * 3
    sliver = [(0.0, 0, 0), (9, 0, 0), (4, 1e-5, 0)]
    points = np.random.default_rng(2).uniform(-5, 12, (300, 3))
    for shape in (line, point, sliver):
        corners = np.array([shape])
        found = nearest_piece(points, pieces_of(corners))
        exact = from_all(points, corners)
        assert (found >= exact - 1e-6).all()
        assert found == pytest.approx(exact, abs=1e-4)


@pytest.mark.parametrize("turn", [0.0, 0.7])
@pytest.mark.parametrize("ridge", [5.2, 6.0, 9.0])
def test_no_sample_of_a_box_is_farther_from_a_house_than_its_bound(turn: float, ridge: float) -> None:
    fine, coarse = house(9.3, 7.1, 5.2, ridge, turn), house(9.0, 7.0, 6.5, 6.5, turn + 0.02)
    for source, target in ((fine, coarse), (coarse, fine)):
        bound = one_way_deviations(mesh(source), mesh(target), np.zeros(1))[0]
        worst = from_all(samples_on(source, 0.15), target).max()
        assert worst <= bound + 1e-9
        assert bound <= max(1.25 * worst, worst + 0.4) + 0.3


def test_the_search_for_large_features_gives_bounds_as_well() -> None:
    fine, coarse = house(9.3, 7.1, 5.2, 8.0, 0.3), house(9.0, 7.0, 6.5, 6.5, 0.3)
    none = np.zeros(1)
    near, every = Settling(none.copy()), Settling(none.copy())
    one, other = pieces_of(fine), pieces_of(coarse)
    search_near(*one.triangles(), *other.triangles(), near)
    search_patches(one, Patches(other, 1), every)
    worst = from_all(samples_on(fine, 0.15), coarse).max()
    assert worst <= near.result()[0] + 0.01
    assert worst <= every.result()[0] + 0.01


def test_a_neighbour_s_triangles_do_not_help_a_feature_of_few() -> None:
    """Both features lie about their own origins: one's triangles seem to be where the other's surface is not."""
    far = np.array([[(0.0, 0, 9), (4, 0, 9), (4, 3, 9)]])
    near = np.array([[(0.0, 0, 0), (4, 0, 0), (4, 3, 0)]])
    settling = Settling(np.zeros(2))
    feature = np.array([0, 1])
    search_near(np.concatenate([near, near]), feature, np.concatenate([far, near]), feature, settling)
    assert settling.result() == pytest.approx([9.0, 0.0], abs=1e-6)


@pytest.mark.parametrize(("along", "across"), [(10.0, 0.05), (0.05, 10.0), (0.4, 0.4)])
@pytest.mark.parametrize("skew", [-0.0039, 0.0039])
def test_thin_rectangles_that_are_millimetres_askew_are_as_far_away_as_they_are(
    along: float, across: float, skew: float
) -> None:
    """Five centimetres across and four millimetres askew are five degrees."""
    wide = along >= across
    edges = np.array([[along, 0.0 if wide else skew, 0.0], [skew if wide else 0.0, across, 0.0]])
    low, east, north = np.zeros(3), edges[0], edges[1]
    far = east + north
    corners = np.array(
        [[low, east, far], [low, far, north]] if skew > 0.0 else [[low, east, north], [far, north, east]]
    )
    pieces = pieces_of(corners)
    assert pieces.is_rectangle.tolist() == [True]
    around = np.random.default_rng(5).normal(0.0, 15.0, (400, 3))
    assert np.abs(nearest_piece(around, pieces) - from_all(around, corners)).max() <= pieces.misfit[0] + 1e-9
