"""Ground where a dataset has none."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.surface.estimated_ground import building_feet, estimated_ground
from explorer.surface.triangles import TriangleSoup
from explorer.tileformat.surface_class import SurfaceClass
from tests.navigation.solids import block

AREA = (-100.0, -100.0, 100.0, 100.0)


def test_buildings_on_a_level_give_level_ground() -> None:
    rng = np.random.default_rng(1)
    feet = np.column_stack([rng.uniform(-200, 200, (60, 2)), np.full(60, 3.5)])
    ground = estimated_ground(feet, AREA)
    assert ground.positions[:, :, 2] == pytest.approx(3.5)
    assert (ground.surface_class == SurfaceClass.TERRAIN).all()


def test_ground_stays_between_the_lowest_and_the_highest_foot() -> None:
    rng = np.random.default_rng(2)
    feet = np.column_stack([rng.uniform(-200, 200, (60, 2)), rng.uniform(-1, 9, 60)])
    heights = estimated_ground(feet, AREA).positions[:, :, 2]
    assert heights.min() >= feet[:, 2].min()
    assert heights.max() <= feet[:, 2].max()


def test_the_order_of_the_buildings_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    feet = np.column_stack([rng.uniform(-200, 200, (60, 2)), rng.uniform(-1, 9, 60)])
    assert np.array_equal(estimated_ground(feet, AREA).positions, estimated_ground(feet[::-1], AREA).positions)


def test_land_far_from_all_buildings_is_unknown() -> None:
    assert len(estimated_ground(np.array([[5000.0, 0.0, 1.0]]), AREA)) == 0
    assert len(estimated_ground(np.zeros((0, 3)), AREA)) == 0


def test_a_buildings_foot_is_its_lowest_point_in_its_middle() -> None:
    positions = np.concatenate([block(0, 0, 10, 6, 2.5, 9), block(50, 50, 60, 60, -1.0, 9)])
    owner = np.repeat([0, 1], 10).astype(np.int32)
    feet = building_feet(TriangleSoup(positions, np.full(20, SurfaceClass.WALL, np.uint8), owner, ("a", "b")))
    assert feet.tolist() == [[5.0, 3.0, 2.5], [55.0, 55.0, -1.0]]
