"""What vertices reflect: the same whether they are looked at together or one by one."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.render.albedo import vertex_tints
from explorer.tileformat import NO_FEATURE, SurfaceClass

N = 20_000
CLASSES = np.array(
    [SurfaceClass.WALL, SurfaceClass.ROOF, SurfaceClass.UNKNOWN, SurfaceClass.TREE, SurfaceClass.FLOOR], np.uint8
)


@pytest.mark.parametrize("signal", [None, (0.1, 0.4, 0.8, 0.5)])
@pytest.mark.parametrize(("first", "n_features"), [(0, 40), (70_000, 40), (0, N)])
def test_colours_do_not_depend_on_what_else_a_mesh_holds(
    signal: tuple[float, float, float, float] | None, first: int, n_features: int
) -> None:
    """Few features and classes of many vertices are looked up in a table, others worked out one by one."""
    rng = np.random.default_rng(5)
    positions = rng.uniform(0.0, 30.0, (N, 3)).astype(np.float32)
    surfaces = rng.choice(CLASSES, N)
    colours = rng.integers(0, 256, (N, 4)).astype(np.uint8)
    features = (first + rng.integers(0, n_features, N)).astype(np.uint32)
    features[rng.uniform(size=N) < 0.1] = NO_FEATURE
    if first:
        features[features == NO_FEATURE] = first
    whole = vertex_tints(positions, surfaces, colours, features, signal=signal)
    for low in range(0, N, 1000):
        some = slice(low, low + 1000)
        apart = vertex_tints(positions[some], surfaces[some], colours[some], features[some], signal=signal)
        assert np.array_equal(whole[some, :3], apart[:, :3])
