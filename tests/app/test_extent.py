"""Where a city is, when only the boxes of its tiles say so."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.app.extent import tile_points
from explorer.streaming import TileTree


def _tree(*tiles: tuple[tuple[float, float, float], float, float, bool]) -> TileTree:
    """A root over leaves: middle, half width, turn about the easting axis in degrees, whether it has content."""
    n = len(tiles) + 1
    axes = np.tile(np.eye(3), (n, 1, 1))
    for row, (_middle, _half, turn, _has) in enumerate(tiles, 1):
        c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
        axes[row] = [(1.0, 0.0, 0.0), (0.0, c, s), (0.0, -s, c)]
    return TileTree(
        centre=np.array([(0.0, 0.0, 0.0), *(tile[0] for tile in tiles)]),
        axes=axes,
        half_lengths=np.array([(5000.0,) * 3, *((tile[1],) * 3 for tile in tiles)]),
        geometric_error=np.zeros(n),
        parent=np.array([-1] + [0] * (n - 1), np.int32),
        first_child=np.array([1] + [n] * (n - 1), np.int32),
        child_count=np.array([n - 1] + [0] * (n - 1), np.int32),
        adds=np.zeros(n, bool),
        has_content=np.array([False, *(tile[3] for tile in tiles)]),
    )


def test_only_the_finest_tiles_with_content_count() -> None:
    points = tile_points([_tree(((100.0, 0.0, 20.0), 50.0, 0.0, True), ((4000.0, 0.0, 0.0), 50.0, 0.0, False))])
    assert points.min(axis=0) == pytest.approx((50.0, -50.0, -30.0))
    assert points.max(axis=0) == pytest.approx((150.0, 50.0, 70.0))


def test_a_box_that_leans_says_little_of_heights() -> None:
    points = tile_points([_tree(((0.0, 0.0, 40.0), 900.0, 38.0, True))])
    assert points[:, 2].min() == pytest.approx(25.0) and points[:, 2].max() == pytest.approx(55.0)
    assert np.ptp(points[:, 0]) == pytest.approx(1800.0) and np.ptp(points[:, 1]) > 1800.0


def test_without_any_tile_there_is_still_something_to_look_at() -> None:
    assert np.ptp(tile_points([]), axis=0) == pytest.approx((200.0, 200.0, 200.0))
