"""A city for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from explorer.render import Engine
from tests.render.scenery import City, opened


@pytest.fixture
def city(gl_engine: Engine) -> Iterator[City]:
    """Nothing but land under a noon sun; what is built is gone after the test."""
    with opened(gl_engine) as one:
        yield one
