"""A fresh screen for each test, on the one graphics context of the process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from explorer.render import Engine
from tests.imgui_panda.screen import Screen


@pytest.fixture
def screen(gl_engine: Engine) -> Iterator[Screen]:
    """640 by 400 pixels and a Dear ImGui context of its own."""
    made = Screen(gl_engine)
    yield made
    made.close()
