"""The quadtree: every feature in one leaf, tiles of like weight."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from importers.tiling import Cell, plan_tiles, walk


def leaves(root: Cell) -> list[Cell]:
    return [cell for cell in walk(root) if cell.is_leaf]


def houses(n: int, seed: int = 1) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    random = np.random.default_rng(seed)
    lo = random.uniform(0, 1000, (n, 2))
    return lo, lo + 10.0, random.integers(20, 200, n)


@pytest.mark.parametrize("n", [1, 7, 500])
def test_every_feature_is_in_exactly_one_leaf(n: int) -> None:
    lo, hi, vertices = houses(n)
    rows = np.concatenate([cell.rows for cell in leaves(plan_tiles(lo, hi, vertices, 1000))])
    assert sorted(rows.tolist()) == list(range(n))


def test_leaves_are_no_heavier_than_asked() -> None:
    lo, hi, vertices = houses(500)
    assert all(vertices[cell.rows].sum() <= 1000 for cell in leaves(plan_tiles(lo, hi, vertices, 1000)))


@pytest.mark.parametrize("n", [0, 1, 3])
def test_there_are_always_two_levels(n: int) -> None:
    root = plan_tiles(*houses(n), 100_000)
    assert not root.is_leaf


def test_inner_cells_stand_for_all_below_them() -> None:
    lo, hi, vertices = houses(300)
    for cell in walk(plan_tiles(lo, hi, vertices, 1000)):
        if not cell.is_leaf:
            below = np.concatenate([leaf.rows for leaf in leaves(cell)])
            assert sorted(below.tolist()) == sorted(cell.rows.tolist())


def test_a_wide_feature_gets_a_leaf_of_its_own_near_the_root() -> None:
    lo, hi, vertices = houses(300)
    lo, hi = np.vstack([lo, [[-200.0, -200.0]]]), np.vstack([hi, [[1500.0, 1500.0]]])
    own = next(cell for cell in leaves(plan_tiles(lo, hi, np.append(vertices, 500), 1000)) if 300 in cell.rows)
    assert own.rows.tolist() == [300]
    assert own.level == 1


def test_features_at_one_place_do_not_split_for_ever() -> None:
    lo = np.zeros((50, 2))
    assert len(leaves(plan_tiles(lo, lo + 1.0, np.full(50, 100), 1000))) >= 1


def test_numbers_follow_the_levels() -> None:
    cells = sorted(walk(plan_tiles(*houses(400), 1000)), key=lambda cell: cell.number)
    assert [cell.number for cell in cells] == list(range(len(cells)))
    assert all(a.level <= b.level for a, b in itertools.pairwise(cells))
