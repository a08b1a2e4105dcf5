"""The real program with a town, for tests that look at one thing of it after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.render import Engine
from tests.app.driver import Driver


@pytest.fixture(scope="module")
def opened(gl_engine: Engine, small_town: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """The sample town in the program, opened once for a file's tests: each begins by tidying up after the others."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path_factory.mktemp("home")))
        driver = Driver(gl_engine)
        driver.app.view.show_welcome = False
        driver.open(str(small_town))
        yield driver
        driver.app.close()
