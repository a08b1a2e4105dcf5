"""Equal rows are found whatever their hashes are."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from explorer.tileformat.vertices import in_order, unique_rows


def in_turn(rows: list[tuple[int, ...]]) -> tuple[list[int], list[int]]:
    first: dict[tuple[int, ...], int] = {}
    for place, row in enumerate(rows):
        first.setdefault(row, place)
    number = {row: n for n, row in enumerate(first)}
    return list(first.values()), [number[row] for row in rows]


@given(st.lists(st.tuples(*[st.sampled_from([0, 1, 2, 7, 2**31, 2**32 - 1])] * 3)))
def test_rows_are_numbered_by_when_they_first_appear(rows: list[tuple[int, ...]]) -> None:
    first, which = unique_rows(np.array(rows, np.uint32).reshape(-1, 3))
    assert (first.tolist(), which.tolist()) == in_turn(rows)


def test_rows_of_the_same_hash_are_told_apart() -> None:
    """What the first column makes of the hash, the second can take away again where both have 64 bits."""
    start, factor = 0x9E3779B97F4A7C15, 0xFF51AFD7ED558CCD

    def mixed(value: int) -> int:
        key = ((start ^ value) * factor) % 2**64
        return key ^ (key >> 32)

    rows = [(1, 5), (2, 5 ^ mixed(1) ^ mixed(2)), (1, 5), (3, 5)]
    first, which = unique_rows(np.array(rows, np.uint64))
    assert (first.tolist(), which.tolist()) == in_turn(rows)


@given(st.lists(st.integers(0, 5)), st.sampled_from([6, 1 << 30, 1 << 62]))
def test_places_come_by_key_and_among_equal_ones_as_they_stand(keys: list[int], n_keys: int) -> None:
    """Also where keys are too large to be sorted together with their places."""
    order, ordered = in_order(np.array(keys, np.int64), n_keys)
    assert order.tolist() == sorted(range(len(keys)), key=keys.__getitem__)
    assert ordered.tolist() == sorted(keys)
