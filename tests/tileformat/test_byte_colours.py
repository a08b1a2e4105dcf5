"""Colours of bytes by a table."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.tileformat.byte_colours import ByteColours


@pytest.mark.parametrize("n", [0, 1, 1000])
def test_three_channels_are_looked_up_and_alpha_stays(n: int) -> None:
    rng = np.random.default_rng(4)
    table, colours = rng.permutation(256).astype(np.uint8), rng.integers(0, 256, (n, 4)).astype(np.uint8)
    before = colours.copy()
    found = ByteColours(table)(colours)
    assert np.array_equal(found[:, :3], table[colours[:, :3]])
    assert np.array_equal(found[:, 3], colours[:, 3])
    assert np.array_equal(colours, before)


def test_colours_that_do_not_lie_together_are_looked_up_too() -> None:
    colours = np.arange(64, dtype=np.uint8).reshape(8, 8)[:, 2:6]
    assert np.array_equal(ByteColours(255 - np.arange(256, dtype=np.uint8))(colours)[:, :3], 255 - colours[:, :3])
