"""Random walks among tiles that come late, and a judge of them that shares no code with the walker.

The judge shoots Embree's rays at all triangles, never at what the walker had loaded: from each eye to the next (a hit
is a wall or a floor gone through) and straight down from each eye (no hit is a fall out of the world).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import hypot

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray

from explorer.navigation import CollisionWorld, Walker, WalkState, WalkWish
from explorer.tileformat.surface_class import SurfaceClass

FloatArray = NDArray[np.float64]
DT = 1 / 30


@dataclass(frozen=True)
class Walk:
    """Where the eyes were in every step, and how far the feet went. [m]"""

    eyes: FloatArray
    distance: float
    held_steps: int


def random_walk(
    world: CollisionWorld,
    start: WalkState,
    secs: float,
    seed: int,
    tend: Callable[[float, float], None],
    walker: Walker | None = None,
) -> Walk:
    """Walk and run about, turning more when stuck; `tend(x, y)` is called every step and brings and takes tiles."""
    walker = walker or Walker()
    rng = np.random.default_rng(seed)
    state, last, turn, fast = start, start, 0.0, False
    eyes, distance, held = np.empty((round(secs / DT), 3)), 0.0, 0
    for step in range(len(eyes)):
        tend(state.x, state.y)
        if step % 30 == 0:
            is_stuck = hypot(state.x - last.x, state.y - last.y) < 0.3
            turn, fast = (rng.uniform(-6, 6) if is_stuck else rng.normal(0, 2)), rng.random() < 0.3
            last = state
        after = walker.step(state, WalkWish(forward=1.0, turn_deg=turn, fast=fast), DT, world)
        distance += hypot(after.x - state.x, after.y - state.y)
        held += after.is_held
        state = after
        eyes[step] = walker.eye(state)
    return Walk(eyes, distance, held)


def judge(walk: Walk, positions: FloatArray, surface_class: NDArray[np.uint8]) -> tuple[int, int]:
    """How many steps went through a surface, and how many had nothing below, or ground too close below."""
    solid = positions[surface_class != SurfaceClass.TREE]
    middle = walk.eyes.mean(axis=0)
    scene = EmbreeScene(robust=True)
    TriangleMesh(scene, np.ascontiguousarray(solid - middle, dtype=np.float32))
    eyes = walk.eyes - middle
    way = np.diff(eyes, axis=0)
    length = np.linalg.norm(way, axis=1)
    moved = length > 1e-6
    start, unit = eyes[:-1][moved], way[moved] / length[moved, None]
    hits = scene.run(
        start.astype(np.float32), unit.astype(np.float32), dists=length[moved].astype(np.float32), query="OCCLUDED"
    )
    down = np.broadcast_to(np.array([0.0, 0.0, -1.0], np.float32), eyes.shape).copy()
    nearest = np.full(len(eyes), np.inf)
    # a foot covers cracks of up to 0.2 m: below the eye itself or around it
    for dx, dy in ((0.0, 0.0), (0.2, 0.0), (-0.2, 0.0), (0.0, 0.2), (0.0, -0.2)):
        from_here = (eyes + np.array([dx, dy, 0.0])).astype(np.float32)
        missing = np.flatnonzero(nearest > 1e30)
        nearest[missing] = scene.run(from_here[missing], down[missing], query="DISTANCE") if len(missing) else 0.0
    fallen = (nearest > 30.0) | (nearest < 1.65 - 0.36)
    return int((np.asarray(hits) >= 0).sum()), int(fallen.sum())
