"""A language that is asked for on the command line holds for that run, and is not what the user chose."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.app.application import Application
from explorer.i18n import _, set_language
from explorer.render import Engine
from explorer.settings import load_settings

pytestmark = pytest.mark.xdist_group("window")


@pytest.fixture
def application(gl_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Application]:
    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))
    application = Application(gl_engine, language="nl")
    yield application
    application.close(discard=True)
    set_language("en")


def test_it_is_not_kept_with_the_settings(application: Application) -> None:
    assert _("Layers") == "Lagen"
    application.change_settings(recent=("town.cvscene",))
    assert _("Layers") == "Lagen"
    assert load_settings(application.settings_path).language == ""


def test_a_language_that_is_chosen_in_the_window_wins(application: Application) -> None:
    application.change_settings(language="en")
    assert _("Layers") == "Layers"
    assert load_settings(application.settings_path).language == "en"
