"""Servers' stores that end with the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from explorer.imagery.sources import OpenStore
from explorer.store import HttpStore, Store


@pytest.fixture
def open_store() -> Iterator[OpenStore]:
    """Opens a store for an address, one that asks once."""
    with ExitStack() as opened:

        def opening(address: str) -> Store:
            return opened.enter_context(closing(HttpStore(address, first_wait_secs=0.0, max_tries=1)))

        yield opening
