"""What all rooms' tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["tests.render.engine_fixture"]

settings.register_profile("steady", deadline=None)  # how long an example takes on a busy machine says nothing
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-slow", action="store_true", help="also run tests marked slow")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--run-slow"):
        return
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="slow: run with --run-slow"))


SHARED = Path(__file__).resolve().parents[2] / "shared"


def _shared(folder: str) -> Path:
    path = SHARED / folder
    if not path.is_dir():
        pytest.skip(f"real city data is not here: ../shared/{folder}")
    return path


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real city data that lies beside the project; the test is skipped where it is not."""
    return _shared("data")


@pytest.fixture(scope="session")
def small_town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tileset of a sample town of 60 buildings, made once a process."""
    from importers.sampletown import write_sample_town

    folder = tmp_path_factory.mktemp("town") / "tiles"
    write_sample_town(folder, buildings=60, seed=7)
    return folder


@pytest.fixture(scope="session")
def shared_validation() -> Path:
    """The folder of published reference figures that lies beside the project; skipped where it is not."""
    return _shared("validation")
