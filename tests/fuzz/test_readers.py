"""Every reader of foreign bytes, on files of a sound frame and an unsound content: a result, or a sentence of ours.

A few dozen changes each; the search that takes hours is `python -m tests.fuzz`.
"""

from __future__ import annotations

import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.mutation import changed
from tests.fuzz.reader import ADDRESS
from tests.fuzz.readers import READERS


@cache
def _seeds(name: str) -> tuple[bytes, ...]:
    reader = READERS[name]
    return (*reader.made(), b"{}", b"")


@pytest.mark.parametrize("name", sorted(READERS))
def test_its_own_seeds_are_read(name: str) -> None:
    """Else the search would begin at the front door."""
    for data in READERS[name].made():
        READERS[name].read(data)


@pytest.mark.parametrize("name", sorted(READERS))
@settings(max_examples=40, deadline=None)
@given(dice=st.integers(0, 2**32), rounds=st.integers(1, 4))
def test_whatever_it_says_is_read_or_refused_with_its_address(name: str, dice: int, rounds: int) -> None:
    reader, rolled = READERS[name], random.Random(dice)

    def anyhow(data: bytes) -> bytes:
        """A few bytes other, gone or more."""
        at = rolled.randrange(len(data) + 1)
        more = rolled.randbytes(rolled.randrange(4))
        return data[:at] + more + data[at + rolled.choice((0, 1, len(more), 40)) :]

    data = rolled.choice(_seeds(name))
    for _round in range(rounds):
        data = changed(data, rolled, anyhow)
    said = ""
    try:
        reader.read(data)
    except reader.refuses as problem:
        said = str(problem)
    assert not said or not reader.names_address or ADDRESS in said
    assert len(said) < 2000
