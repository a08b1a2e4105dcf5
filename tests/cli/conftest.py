"""What the tests of the command line share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Program, village


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The program of this checkout."""
    return Program(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def village_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small city file."""
    return village(tmp_path_factory.mktemp("source") / "village.city.json")
