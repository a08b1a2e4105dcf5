"""Bounding volumes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.geo import (
    OrientedBox,
    ecef_from_geodetic,
    enu_matrix,
    looks_like_ecef,
    region_box,
    region_corners,
    sphere_box,
)

DELFT_REGION = [np.radians(4.34), np.radians(51.99), np.radians(4.40), np.radians(52.03), 40.0, 120.0]


def contains(box: OrientedBox, points: np.ndarray, slack: float = 1e-6) -> bool:
    along = np.linalg.solve(box.half_axes.T, (points - box.centre).T).T
    return bool((np.abs(along) <= 1.0 + slack).all())


def test_twelve_numbers_go_there_and_back() -> None:
    numbers = [1.0, 2.0, 3.0, 10.0, 0.0, 0.0, 0.0, 5.0, 1.0, 0.0, -1.0, 2.0]
    box = OrientedBox.from_tiles_box(numbers)
    assert box.to_list12() == numbers
    assert box.half_axes[1].tolist() == [0.0, 5.0, 1.0]


@pytest.mark.parametrize("numbers", [[], [1.0] * 11, [float("nan")] * 12])
def test_a_box_that_is_none_is_refused(numbers: list[float]) -> None:
    with pytest.raises(ValueError, match="twelve"):
        OrientedBox.from_tiles_box(numbers)


def test_a_box_around_points_holds_them_and_no_more() -> None:
    box = OrientedBox.from_points([[0.0, 1.0, 2.0], [4.0, 3.0, 8.0], [1.0, 1.0, 5.0]])
    low, high = box.bounds()
    assert low.tolist() == [0.0, 1.0, 2.0]
    assert high.tolist() == [4.0, 3.0, 8.0]
    assert len({tuple(corner) for corner in box.corners().tolist()}) == 8
    assert box.radius == pytest.approx(np.sqrt(4 + 1 + 9))


def test_no_points_make_no_box() -> None:
    with pytest.raises(ValueError, match="at least one point"):
        OrientedBox.from_points(np.zeros((0, 3)))


def test_a_turned_box_has_turned_corners() -> None:
    box = OrientedBox.from_bounds([-1.0, -2.0, -3.0], [1.0, 2.0, 3.0])
    matrix = enu_matrix(4.36, 52.0, 10.0)
    corners = np.column_stack([box.corners(), np.ones(8)]) @ matrix.T
    assert box.transformed(matrix).corners() == pytest.approx(corners[:, :3])


def test_a_sphere_becomes_the_box_around_it() -> None:
    box = sphere_box([1.0, 2.0, 3.0, 4.0])
    assert box.bounds()[0].tolist() == [-3.0, -2.0, -1.0]
    with pytest.raises(ValueError, match="four finite numbers"):
        sphere_box([1.0, 2.0, 3.0, -1.0])


def test_the_box_of_a_region_holds_all_of_it_and_is_tight() -> None:
    box = region_box(DELFT_REGION)
    rng = np.random.default_rng(1)
    points = ecef_from_geodetic(
        np.column_stack([rng.uniform(4.34, 4.40, 500), rng.uniform(51.99, 52.03, 500), rng.uniform(40.0, 120.0, 500)])
    )
    assert contains(box, points)
    assert np.linalg.norm(box.half_axes[2]) < 45.0
    assert contains(box, region_corners(DELFT_REGION))


def test_a_large_region_still_holds_its_bulge() -> None:
    region = [np.radians(-10.0), np.radians(30.0), np.radians(40.0), np.radians(70.0), 0.0, 1000.0]
    rng = np.random.default_rng(2)
    points = ecef_from_geodetic(
        np.column_stack([rng.uniform(-10, 40, 500), rng.uniform(30, 70, 500), rng.uniform(0, 1000, 500)])
    )
    assert contains(region_box(region), points)


@pytest.mark.parametrize("south", [89.9, 60.0, -5.0])
def test_a_region_around_a_pole_is_held_and_no_larger_than_it_is(south: float) -> None:
    region = [-np.pi, np.radians(south), np.pi, np.pi / 2.0, 0.0, 100.0]
    box = region_box(region)
    lon, lat, height = np.meshgrid(np.linspace(-180, 180, 97), np.linspace(south, 90, 97), [0.0, 100.0])
    assert contains(box, ecef_from_geodetic(np.stack([lon, lat, height], axis=-1).reshape(-1, 3)))
    if south > 89.0:
        assert box.radius < 2.5 * np.radians(90.0 - south) * 6.4e6


def test_a_region_across_the_date_line_is_small() -> None:
    region = [np.radians(179.9), np.radians(-18.0), np.radians(-179.9), np.radians(-17.9), 0.0, 10.0]
    assert region_box(region).radius < 20_000.0


def test_ecef_is_told_from_projected_coordinates() -> None:
    assert looks_like_ecef(region_box(DELFT_REGION))
    assert looks_like_ecef(OrientedBox(np.zeros(3), np.eye(3) * 6.4e6))
    assert not looks_like_ecef(OrientedBox.from_bounds([484_000, 6_780_000, 0], [488_000, 6_784_000, 50]))
    assert not looks_like_ecef(OrientedBox.from_bounds([-500.0, -500.0, 0.0], [500.0, 500.0, 80.0]))
    assert not looks_like_ecef(OrientedBox.from_bounds([85_000, 446_000, 0], [86_000, 447_000, 80]))


def test_real_tilesets_are_told_apart(shared_data: Path) -> None:
    import json

    found = {}
    for name in ("amsterdam", "rotterdam-3857"):
        document = json.loads((shared_data / "3dtiles" / name / "tileset.json").read_text())
        root = document["root"]
        box = OrientedBox.from_tiles_box(root["boundingVolume"]["box"])
        matrix = np.array(root.get("transform", np.eye(4).ravel())).reshape(4, 4).T
        found[name] = looks_like_ecef(box.transformed(matrix))
    assert found == {"amsterdam": True, "rotterdam-3857": False}
