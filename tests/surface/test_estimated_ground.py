"""Ground where a dataset has none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from explorer.surface.building_feet import APART, _pieces, building_feet
from explorer.surface.estimated_ground import estimated_ground
from explorer.surface.rays import RayCaster
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


def test_no_foot_is_above_the_ground_and_none_far_below_it() -> None:
    rng = np.random.default_rng(4)
    at = rng.uniform(-90, 90, (80, 2))
    feet = np.column_stack([at, 0.02 * at[:, 0] + rng.uniform(-0.2, 0.2, 80)])  # a slope, and houses that differ
    surface = RayCaster(estimated_ground(feet, AREA)).ground_height(feet[:, :2])
    assert (feet[:, 2] - surface).max() < 0.05, "a wall ends above the ground"
    assert (surface - feet[:, 2]).max() < 0.6, "a ground floor is buried"


def test_a_passage_and_a_cellar_leave_the_ground_as_it_is() -> None:
    x, y = np.meshgrid(np.arange(-80.0, 81.0, 20.0), np.arange(-80.0, 81.0, 20.0))
    houses = np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
    odd = np.array([[5.0, 5.0, 4.5], [-35.0, 25.0, -6.0]])
    assert np.abs(estimated_ground(np.concatenate([houses, odd]), AREA).positions[:, :, 2]).max() < 0.01


def test_flat_ground_takes_few_triangles() -> None:
    x, y = np.meshgrid(np.arange(-400.0, 401.0, 20.0), np.arange(-400.0, 401.0, 20.0))
    feet = np.column_stack([x.ravel(), y.ravel(), np.ones(x.size)])
    assert len(estimated_ground(feet, AREA)) <= 8


def test_what_is_asked_for_does_not_change_the_ground() -> None:
    rng = np.random.default_rng(5)
    feet = np.column_stack([rng.uniform(-200, 200, (200, 2)), rng.uniform(0, 2, 200)])
    whole = estimated_ground(feet, (-160.0, -160.0, 160.0, 160.0))
    part = (10.0, 10.0, 60.0, 60.0)
    assert np.array_equal(whole.over(part).positions, estimated_ground(feet, part).positions)


def test_a_buildings_feet_are_its_lowest_corners_and_points_between() -> None:
    positions = np.concatenate([block(0, 0, 10, 6, 2.5, 9), block(50, 50, 60, 60, -1.0, 9)])
    owner = np.repeat([0, 1], 10).astype(np.int32)
    feet = building_feet(TriangleSoup(positions, np.full(20, SurfaceClass.WALL, np.uint8), owner, ("a", "b")))
    of_a, of_b = feet[feet[:, 0] < 30.0], feet[feet[:, 0] > 30.0]
    assert set(of_a[:, 2]) == {2.5} and set(of_b[:, 2]) == {-1.0}
    for corner in ([0.0, 0.0], [10.0, 0.0], [0.0, 6.0], [10.0, 6.0]):
        assert corner in of_a[:, :2].tolist()
    along = np.sort(of_a[of_a[:, 1] == 0.0, 0])
    assert np.diff(along).max() <= APART


def _nobodys(*blocks: NDArray[np.float64], owner: int) -> TriangleSoup:
    positions = np.concatenate(blocks)
    n = len(positions)
    return TriangleSoup(positions, np.full(n, SurfaceClass.WALL, np.uint8), np.full(n, owner, np.int32), ("a",))


@pytest.mark.parametrize("owner", [-1, 0], ids=["no features", "one feature kilometres wide"])
def test_without_features_each_piece_has_feet_but_not_what_stands_on_another(owner: int) -> None:
    hall, house = block(0, 0, 60, 60, 1.0, 20), block(3000, 0, 3010, 10, 7.0, 12)
    lift = block(25, 25, 30, 30, 20.0, 23)
    feet = building_feet(_nobodys(hall, house, lift, owner=owner))
    assert sorted(set(feet[:, 2])) == [1.0, 7.0]


@pytest.mark.parametrize("moved", [0.0, 0.0024, 0.0049])
def test_a_loose_part_of_a_house_is_none_of_its_own_and_millimetres_part_no_walls(moved: float) -> None:
    """As files are that were quantised: corners of walls that are one differ by the last bit."""
    house, bay = block(0, 0, 10, 8, 2.0, 9), block(3, -0.5, 5, 4, 3.13, 5)
    wobble = np.random.default_rng(1).uniform(-0.002, 0.002, house.shape)
    walls = [house[k : k + 2] + wobble[k : k + 2] + moved for k in range(0, len(house), 2)]
    feet = building_feet(_nobodys(*walls, bay + moved, owner=-1))
    assert feet[:, 2].max() < 2.5


@given(st.lists(st.tuples(*[st.floats(-0.004, 0.004)] * 3), min_size=3, max_size=3), st.floats(-500.0, 500.0))
def test_corners_closer_than_a_centimetre_are_one_wherever_they_lie(apart: list[Any], at: float) -> None:
    left = np.array([[0.0, 0.0, 0.0], [5.0, 0.0, 0.0], [0.0, 5.0, 0.0]]) + at
    right = np.array([[0.0, 0.0, 0.0], [5.0, 0.0, 0.0], [0.0, 0.0, 5.0]]) + at + np.array(apart)
    assert len(set(_pieces(np.stack([left, right])).tolist())) == 1
    assert len(set(_pieces(np.stack([left, right + 20.0])).tolist())) == 2


def test_feet_of_a_country_are_sorted_and_none_is_lost() -> None:
    east, north = block(4e6, 3e5, 4e6 + 10, 3e5 + 10, 900.0, 905), block(-3e6, 4e6, -3e6 + 10, 4e6 + 10, -5.0, 5)
    alone = [building_feet(_nobodys(one, owner=-1)) for one in (north, east)]
    feet = building_feet(_nobodys(east, north, owner=-1))
    assert feet == pytest.approx(np.concatenate(alone))
