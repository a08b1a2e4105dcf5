"""Extents of tables of points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.geo import least_and_greatest


@given(st.integers(1, 700), st.integers(1, 4), st.integers(0, 2**32 - 1), st.sampled_from([np.float32, np.float64]))
def test_the_extent_is_that_of_each_column(n: int, k: int, seed: int, dtype: type) -> None:
    points = np.random.default_rng(seed).normal(size=(n, k)).astype(dtype)
    lo, hi = least_and_greatest(points)
    assert (lo == points.min(axis=0)).all()
    assert (hi == points.max(axis=0)).all()


def test_points_that_lie_otherwise_in_memory_have_the_same_extent() -> None:
    points = np.asfortranarray(np.random.default_rng(1).normal(size=(900, 3)))
    assert (least_and_greatest(points)[0] == points.min(axis=0)).all()


def test_no_points_have_no_extent() -> None:
    with pytest.raises(ValueError, match="zero-size"):
        least_and_greatest(np.zeros((0, 3)))
