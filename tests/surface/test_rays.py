"""Rays: the same as in float64 but for those that graze an edge, and each for itself."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.surface import RayCaster, TriangleSoup
from explorer.tileformat.surface_class import SurfaceClass
from tests.navigation.solids import FloatArray, block, slab
from tests.surface.reference import first_hit


def _caster(
    positions: FloatArray, kind: SurfaceClass = SurfaceClass.WALL, origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> RayCaster:
    n = len(positions)
    return RayCaster(
        TriangleSoup(positions - np.asarray(origin), np.full(n, kind, np.uint8), np.full(n, -1, np.int32), (), origin)
    )


def _scattered(seed: int, n: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    return rng.uniform(-300, 300, (n, 1, 3)) * [1, 1, 0.1] + rng.normal(0, 15, (n, 3, 3))


def _rays(seed: int, n: int) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    directions = rng.normal(size=(n, 3)) * [1, 1, 0.4]
    return rng.uniform(-300, 300, (n, 3)) * [1, 1, 0.1], directions / np.linalg.norm(directions, axis=1)[:, None]


@pytest.mark.parametrize("seed", [1, 2])
def test_rays_agree_with_the_float64_reference_except_for_a_few_that_graze(seed: int) -> None:
    triangles, (origins, directions) = _scattered(seed, 400), _rays(seed, 20_000)
    expected, narrow = first_hit(origins, directions, triangles)
    caster = _caster(triangles)
    occluded = caster.occluded(origins, directions)
    differs = occluded != np.isfinite(expected)
    assert differs.mean() < 2e-4
    assert (narrow[differs] < 2e-3).all()
    distances, _rows = caster.first_hit(origins, directions)
    assert (~np.isclose(distances, expected, rtol=0.0, atol=1e-6)).mean() < 5e-4


def test_an_answer_does_not_depend_on_the_other_rays_or_on_their_order() -> None:
    caster, (origins, directions) = _caster(_scattered(3, 500)), _rays(3, 500)
    whole = caster.occluded(origins, directions)
    assert (caster.occluded(origins[::-1], directions[::-1])[::-1] == whole).all()
    one_by_one = [bool(caster.occluded(o[None], d[None])[0]) for o, d in zip(origins, directions, strict=True)]
    assert one_by_one == whole.tolist()


def test_a_city_a_hundred_kilometres_from_the_worlds_origin_is_as_exact_as_one_at_it() -> None:
    far = np.array([120_000.0, -80_000.0, 40.0])
    positions = block(0, 0, 10, 10, 0, 12) + far
    caster = _caster(positions, origin=(120_000.0, -80_000.0, 0.0))
    start = np.array([[-5.0, 5.0, 6.0], [-5.0, 5.0, 11.99], [-5.0, 5.0, 12.01]]) + far
    distances, _rows = caster.first_hit(start, np.array([1.0, 0.0, 0.0]))
    assert distances[:2] == pytest.approx(5.0, abs=1e-9)
    assert np.isinf(distances[2])


def test_no_ray_slips_between_triangles_that_share_an_edge() -> None:
    rng = np.random.default_rng(5)
    x, y = np.meshgrid(np.arange(41.0), np.arange(41.0))
    nodes = np.stack([x * 7.3, y * 7.3, rng.normal(0, 2, x.shape)], axis=2)
    sw, se, nw, ne = nodes[:-1, :-1], nodes[:-1, 1:], nodes[1:, :-1], nodes[1:, 1:]
    sheet = np.concatenate([np.stack([sw, se, ne], axis=2), np.stack([sw, ne, nw], axis=2)]).reshape(-1, 3, 3)
    corners = nodes[1:-1, 1:-1].reshape(-1, 3)
    down = np.array([0.0, 0.0, -1.0])
    assert _caster(sheet).occluded(corners + np.array([0.0, 0.0, 50.0]), down).all()
    inside = np.column_stack([rng.uniform(10, 280, (20_000, 2)), np.full(20_000, 50.0)])
    assert _caster(sheet).occluded(inside, down).all()


def test_ground_is_the_highest_of_the_ground_classes_and_nothing_where_there_is_none() -> None:
    parts = [slab(-9, -9, 9, 9, 1.0), slab(-2, -2, 2, 2, 6.0), block(4, 4, 6, 6, 1, 9)]
    kinds = [SurfaceClass.TERRAIN, SurfaceClass.BRIDGE, SurfaceClass.ROOF]
    positions = np.concatenate(parts)
    surface_class = np.concatenate([np.full(len(p), k, np.uint8) for p, k in zip(parts, kinds, strict=True)])
    caster = RayCaster(TriangleSoup(positions, surface_class, np.full(len(positions), -1, np.int32), ()))
    heights = caster.ground_height(np.array([[-5.0, -5.0], [0.5, 0.1], [5.0, 5.1], [20.0, 0.0]]))
    assert heights[:3].tolist() == pytest.approx([1.0, 6.0, 1.0])
    assert np.isnan(heights[3])


def test_a_point_is_inside_a_house_but_not_in_front_of_it_above_it_or_in_its_archway() -> None:
    house = np.concatenate([block(0, 0, 10, 10, 4, 12), slab(0, 0, 10, 10, 4)[:, ::-1], block(10, 0, 20, 10, 0, 12)])
    points = np.array([[5.0, 5.0, 0.0], [5.0, 5.1, 8.0], [15.0, 5.1, 0.1], [5.0, 5.1, 12.1], [-1.0, 5.0, 0.0]])
    assert _caster(house).inside_building(points).tolist() == [False, True, True, False, False]


def test_a_crawl_space_below_a_house_is_inside() -> None:
    house = np.concatenate([block(0, 0, 10, 10, 0.4, 9), slab(0, 0, 10, 10, 0.4)[:, ::-1]])
    assert _caster(house).inside_building(np.array([[5.0, 5.1, 0.0]])).tolist() == [True]


def test_an_empty_place_answers_everything_with_nothing() -> None:
    caster = _caster(np.zeros((0, 3, 3)))
    point = np.array([[0.0, 0.0, 1.0]])
    assert not caster.occluded(point, point).any()
    assert np.isinf(caster.first_hit(point, point)[0]).all()
    assert np.isnan(caster.ground_height(point[:, :2])).all()
    assert not caster.inside_building(point).any()
    assert len(_caster(block(0, 0, 1, 1, 0, 1)).occluded(np.zeros((0, 3)), np.zeros((0, 3)))) == 0


def test_points_without_a_height_are_not_occluded() -> None:
    caster = _caster(slab(-9, -9, 9, 9, 5.0))
    points = np.array([[0.1, 0.0, np.nan], [0.1, 0.0, 0.0]])
    assert caster.occluded(points, np.array([0.0, 0.0, 1.0])).tolist() == [False, True]
