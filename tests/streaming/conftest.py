"""What several tests of streaming ask for."""

from __future__ import annotations

import pytest

from explorer.streaming import loading


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything as in a city, in less time."""
    monkeypatch.setattr(loading, "FIRST_WAIT_SECS", 0.05)
    monkeypatch.setattr(loading, "SLOW_SECS", 0.3)
    monkeypatch.setattr("explorer.store.servers.FIRST_REST_SECS", 0.05)
    monkeypatch.setattr("explorer.store.servers.LONGEST_REST_SECS", 0.2)
