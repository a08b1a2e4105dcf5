"""What the tests of the command line share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.i18n import set_language
from tests.cli.program import Program, village


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The program of this checkout."""
    return Program(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def village_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small city file."""
    return village(tmp_path_factory.mktemp("source") / "village.city.json")


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    """A command that was asked for Dutch speaks it to the end of its process, which is that of the tests."""
    yield
    set_language("en")
