"""One off-screen graphics context a process: Panda3D allows no second."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from explorer.errors import DisplayError
from explorer.render import Engine, make_engine


@pytest.fixture(scope="session")
def gl_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An off-screen engine; tests are skipped where there is no OpenGL at all."""
    try:
        engine = make_engine(offscreen=True, size=(960, 600), vsync=False, copies=tmp_path_factory.mktemp("copies"))
    except DisplayError as error:
        pytest.skip(f"no OpenGL on this machine: {error}")
    yield engine
    engine.close()
