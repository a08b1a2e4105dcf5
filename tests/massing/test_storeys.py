"""Lines between storeys."""

from __future__ import annotations

import numpy as np

from explorer.massing import BuildingMass, courtyards, storey_lines

BLOCK = ((0.0, 0.0), (50.0, 0.0), (50.0, 40.0), (0.0, 40.0))


def test_lines_go_round_outside_and_courtyard_between_every_two_storeys() -> None:
    mass = BuildingMass(BLOCK, courtyards(BLOCK, 10.0), storeys=3, storey_height=2.5)
    lines = storey_lines(mass)
    assert lines.shape == (2 * 8, 2, 3)
    assert sorted(set(lines[..., 2].ravel())) == [2.5, 5.0]
    lengths = np.linalg.norm(lines[:, 1] - lines[:, 0], axis=1)
    assert lengths.sum() == 2 * (180.0 + 100.0)


def test_one_storey_has_none() -> None:
    assert storey_lines(BuildingMass(BLOCK, storeys=1)).shape == (0, 2, 3)
