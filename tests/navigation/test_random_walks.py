"""Walking about a dense made-up quarter for a long time, with tiles that come late and go again."""

from __future__ import annotations

from collections.abc import Callable
from math import hypot

import numpy as np
import pytest

from explorer.navigation import CollisionWorld, Walker
from explorer.navigation.collision_tile import CollisionTile
from explorer.tileformat.surface_class import SurfaceClass
from tests.navigation.random_walk import DT, Walk, judge, random_walk
from tests.navigation.solids import FloatArray, block, slab, wall

SIZE = 32.0


def _quarter(seed: int) -> tuple[FloatArray, np.ndarray]:
    """Rolling ground of 160 m x 160 m with houses without floors, low walls, kerbs, thin screens and passages."""
    rng = np.random.default_rng(seed)
    n = 40
    x, y = np.meshgrid(np.arange(n + 1) * 4.0, np.arange(n + 1) * 4.0)
    nodes = np.stack([x, y, 2.0 * np.sin(x / 23.0) + 1.5 * np.cos(y / 17.0)], axis=2)
    sw, se, nw, ne = nodes[:-1, :-1], nodes[:-1, 1:], nodes[1:, :-1], nodes[1:, 1:]
    ground = np.concatenate([np.stack([sw, se, ne], axis=2), np.stack([sw, ne, nw], axis=2)]).reshape(-1, 3, 3)
    parts, kinds = [ground], [np.full(len(ground), SurfaceClass.TERRAIN)]
    for _ in range(220):
        cx, cy = rng.uniform(4, 156, 2)
        width, depth = rng.choice([0.02, 0.3, 2.0, 7.0]), rng.uniform(0.5, 8.0)
        height = rng.choice([0.3, 0.6, 1.2, 9.0])
        base = rng.choice([-8.0, 2.1 + 3.5])  # some hang in the air like a passage
        part = block(cx, cy, cx + width, cy + depth, base, 2.0 * np.sin(cx / 23.0) + 1.5 * np.cos(cy / 17.0) + height)
        parts.append(part)
        kinds.append(np.full(len(part), SurfaceClass.WALL))
    parts.append(slab(20, 20, 60, 26, 3.9))
    kinds.append(np.full(2, SurfaceClass.BRIDGE))
    return np.concatenate(parts), np.concatenate(kinds).astype(np.uint8)


def _late_tiles(
    world: CollisionWorld, positions: FloatArray, kinds: np.ndarray, seed: int
) -> Callable[[float, float], None]:
    """Tiles within 40 m are announced at once and come up to 10 s later; those further than 80 m go."""
    rng = np.random.default_rng(seed)
    square = np.floor(positions.mean(axis=1)[:, :2] / SIZE).astype(int)
    tiles = {}
    for key in np.unique(square, axis=0):
        rows = (square == key).all(axis=1)
        tiles[tuple(key.tolist())] = CollisionTile(positions[rows], kinds[rows])
    due: dict[tuple[int, ...], int] = {}
    step = -1

    def tend(x: float, y: float) -> None:
        nonlocal step
        step += 1
        if step % 15:
            return
        for key, tile in tiles.items():
            (x0, y0), (x1, y1) = tile.lo[:2], tile.hi[:2]
            distance = hypot(max(x0 - x, 0.0, x - x1), max(y0 - y, 0.0, y - y1))
            if key in due:
                if step >= due[key]:
                    world.add_prepared(key, tile)
                    del due[key]
            elif key in world:
                if distance > 80.0:
                    world.remove_tile(key)
            elif distance < 40.0:
                world.expect_tile(key, tile.lo, tile.hi)
                due[key] = step + int(rng.uniform(0.0, 10.0 / DT))

    return tend


def _walked(secs: float, seed: int) -> tuple[float, int, int]:
    positions, kinds = _quarter(seed)
    world = CollisionWorld()
    tend = _late_tiles(world, positions, kinds, seed)
    start = None
    while start is None:
        tend(80.0, 80.0)
        start = Walker().placed(80.0, 80.0, world)
    walk = random_walk(world, start, secs, seed, tend)
    through, fallen = judge(walk, positions, kinds)
    return walk.distance, through, fallen


def test_the_judge_sees_a_wall_gone_through_and_a_fall_out_of_the_world() -> None:
    positions = np.concatenate([slab(-5, -5, 5, 5), wall(0, -5, 0, 5, 0, 4)])
    kinds = np.full(len(positions), SurfaceClass.WALL, np.uint8)
    eyes = np.array([[-1.0, 0.1, 1.65], [-0.1, 0.1, 1.65], [0.1, 0.1, 1.65], [4.0, 0.1, 1.65], [9.0, 0.1, 1.65]])
    assert judge(Walk(eyes, 10.0, 0), positions, kinds) == (1, 1)
    below = Walk(eyes[:2] - [0.0, 0.0, 1.0], 1.0, 0)
    assert judge(below, positions, kinds) == (0, 2)


@pytest.mark.parametrize("seed", [1, 2])
def test_five_minutes_among_late_tiles_go_through_no_wall_and_never_below_ground(seed: int) -> None:
    distance, through, fallen = _walked(300.0, seed)
    assert (through, fallen) == (0, 0)
    assert distance > 200.0


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 4])
def test_an_hour_among_late_tiles_goes_through_no_wall_and_never_below_ground(seed: int) -> None:
    distance, through, fallen = _walked(3600.0, seed)
    assert (through, fallen) == (0, 0)
    assert distance > 2000.0
