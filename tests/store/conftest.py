"""What tests of the store share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Closes what a test opened: servers first of all."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def waits() -> list[float]:
    """How long was waited, where nobody really waits. [s]"""
    return []
