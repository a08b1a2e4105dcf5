"""Panels without a window, for all tests of this room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from explorer.i18n import set_language
from tests.ui.fake_host import FakeHost, full_scenario
from tests.ui.imgui_fixture import Desk, imgui_context
from tests.ui.widget_page import Page


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Panels over a full scenario, two frames old."""
    set_language("en")
    with imgui_context():
        made = Desk(FakeHost(full_scenario()))
        made.frames(3)
        yield made


@pytest.fixture
def page() -> Iterator[Page]:
    """An empty panel."""
    with imgui_context():
        yield Page()
