"""Settings come back as they were kept, and never stop the program from starting."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.settings import Settings, load_settings, save_settings


def test_settings_come_back_as_they_were_kept(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "settings.json"
    kept = Settings(
        language="nl", theme="dark", scale=1.5, touch=True, eye_height=1.1, less_motion=True, show_edges=False,
        show_shadows=False, show_photos=False, tier="presentation", recent=("a.cvscene", "b"),
    )  # fmt: skip
    save_settings(path, kept)
    assert load_settings(path) == kept


def test_a_missing_file_means_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.json") == Settings()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00", '{"theme": {}}', '{"recent": [1]}', '{"scale": "x"}'])
def test_a_damaged_file_means_defaults(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    assert load_settings(path) == Settings()


def test_one_bad_value_does_not_cost_the_others(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    kept = {"theme": "pink", "tier": "best", "touch": "yes", "scale": 2, "unknown": 1, "language": "nl"}
    path.write_text(json.dumps(kept))
    assert load_settings(path) == Settings(scale=2.0, language="nl")


@pytest.mark.parametrize(("asked", "given"), [(0.1, 0.8), (9.0, 2.5), (1.25, 1.25)])
def test_the_scale_stays_readable(tmp_path: Path, asked: float, given: float) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"scale": asked}))
    assert load_settings(path).scale == given


def test_a_number_that_is_none_is_the_default(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"scale": NaN, "eye_height": Infinity}')
    loaded = load_settings(path)
    assert 0.8 <= loaded.scale <= 2.5
    assert 0.5 <= loaded.eye_height <= 3.0


def test_saving_replaces_whole_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    save_settings(path, Settings())
    save_settings(path, Settings(theme="dark"))
    assert [p.name for p in tmp_path.iterdir()] == ["settings.json"]
    assert load_settings(path).theme == "dark"


def test_the_last_place_opened_comes_first_and_once() -> None:
    settings = replace(Settings(), recent=("a", "b", "c"))
    assert settings.with_recent("b") == ("b", "a", "c")


def test_only_eight_recent_places_are_kept() -> None:
    settings = replace(Settings(), recent=tuple("abcdefgh"))
    assert settings.with_recent("new") == ("new", *"abcdefg")


def test_the_profile_is_kept_and_an_unknown_one_is_the_planners(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    save_settings(path, Settings(profile="workshop"))
    assert load_settings(path).profile == "workshop"
    path.write_text('{"profile": "king"}', encoding="utf-8")
    assert load_settings(path).profile == "planner"
