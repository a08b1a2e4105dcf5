"""Scenes of the built-in town: the example that comes with the program, and what a user saves."""

from __future__ import annotations

from pathlib import Path

import pytest

import explorer.app.finding as finding
from explorer.app.finding import example_scene, open_place
from explorer.app.made_tilesets import TOWN_URL
from explorer.app.saving import save_place
from explorer.i18n import set_language
from explorer.scenario import read_scene


@pytest.fixture(autouse=True)
def smaller_town(small_town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What every machine makes for itself takes ten seconds; here it is a village of the same kind."""
    monkeypatch.setattr(finding, "built_in_town", lambda _progress: small_town)


def test_the_example_opens_without_a_complaint_and_is_not_saved_over() -> None:
    place = open_place(str(example_scene()))
    assert place.warnings == [] and place.scene_path is None
    assert [variant.name for variant in place.scenario.variants] == ["Tower", "Courtyard"]
    assert all(place.scenario.proposals(variant.id) for variant in place.scenario.variants)


def test_a_scene_of_the_built_in_town_names_it_and_no_folder_of_this_machine(tmp_path: Path) -> None:
    place = open_place(None)
    save_place(place, place.scenario, tmp_path / "plan.cvscene", thumbnail=None, packed=False)
    assert [layer.url for layer in read_scene(tmp_path / "plan.cvscene").scenario.layers] == [TOWN_URL]
    again = open_place(str(tmp_path / "plan.cvscene"))
    assert again.warnings == [] and len(again.layers) == 1 and again.scene_path == tmp_path / "plan.cvscene"


def test_a_packed_scene_brings_the_town_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = open_place(None)
    save_place(place, place.scenario, tmp_path / "plan.cvscene", thumbnail=None, packed=True)
    monkeypatch.setattr(finding, "built_in_town", lambda _progress: pytest.fail("it is in the file"))
    again = open_place(str(tmp_path / "plan.cvscene"))
    assert again.warnings == [] and again.layers[0].is_packed


def test_the_town_says_that_it_is_made_up_in_the_language_of_whoever_opens_it(small_town: Path) -> None:
    titles = {}
    for language in ("en", "nl"):
        set_language(language)
        place = open_place(None)
        titles[language] = (place.scenario.scene.title, place.layers[0].attribution)
    set_language("en")
    name = titles["en"][0].partition(",")[0]
    assert titles["en"] == (f"{name}, a made-up harbour town", "made by citiverse sample")
    assert titles["nl"] == (f"{name}, een verzonnen havenstadje", "gemaakt met citiverse sample")
    assert "made-up" not in (small_town / "tileset.json").read_text()  # the same bytes, whatever language made them
