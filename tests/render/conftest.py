"""A city for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from explorer.render import Engine
from tests.render.scenery import City, opened


@pytest.fixture(autouse=True)
def unshown_host(gl_engine: Engine) -> Iterator[None]:
    """The host's own picture, which nobody looks at, is not drawn: twenty times as fast."""
    gl_engine.window.set_active(False)
    yield
    gl_engine.window.set_active(True)


@pytest.fixture
def city(gl_engine: Engine) -> Iterator[City]:
    """Nothing but land under a noon sun; what is built is gone after the test."""
    with opened(gl_engine) as one:
        yield one
