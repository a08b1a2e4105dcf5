"""Scenes that say something odd about their place: told, mended where that can be, and the rest opens."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from explorer.app.finding import open_place
from explorer.app.saving import save_place
from explorer.app.scene_saver import saved_words
from explorer.errors import CrsError
from tests.importers.specimens import E, N, box_vertices, building, document, write


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A light scene over a city of one house."""
    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))
    city = write(tmp_path / "city.city.json", document({"b": building()}, box_vertices(E, N)))
    place = open_place(str(city))
    path = tmp_path / "a.cvscene"
    save_place(place, place.scenario, path, thumbnail=None, packed=False)
    return path


def changed(scene: Path, kind: str, **values: Any) -> str:
    """The scene with other values in its record of a kind."""
    with zipfile.ZipFile(scene) as archive:
        plain = json.loads(archive.read("scene.json"))
    for record in plain["records"]:
        if record["type"] == kind:
            record.update(values)
    with zipfile.ZipFile(scene, "w") as archive:
        archive.writestr("scene.json", json.dumps(plain))
    return str(scene)


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "", "Europe"])
def test_a_time_zone_that_nobody_knows_is_that_of_the_place(scene: Path, name: str) -> None:
    place = open_place(changed(scene, "scene", time_zone=name))
    assert place.time_zone == "Europe/Amsterdam"
    assert any("not known on this computer" in warning for warning in place.warnings)


def test_a_scene_in_the_wrong_crs_says_how_far_off_its_city_is(scene: Path) -> None:
    place = open_place(changed(scene, "scene", crs="EPSG:6677", vertical_crs="ellipsoidal"))
    assert any("9" in warning and "km from the middle of the scene" in warning for warning in place.warnings)


def test_a_scene_whose_origin_is_nowhere_on_its_map_is_refused_by_its_name(scene: Path) -> None:
    with pytest.raises(CrsError, match=r"outside what EPSG:32633.*a\.cvscene"):
        open_place(changed(scene, "scene", crs="EPSG:32633"))


def test_a_layer_whose_crs_leads_elsewhere_is_missing_and_the_rest_opens(scene: Path) -> None:
    place = open_place(changed(scene, "tileset", source_crs="EPSG:3857+ellipsoidal"))
    assert place.layers == []
    assert any("is missing; the rest is open" in warning for warning in place.warnings)


@pytest.mark.parametrize(
    "url", ["/dev/zero", "a\0b", "x" * 5000, "", "~nobody-of-that-name/tiles", "file:///etc/passwd"]
)
def test_a_layer_that_names_no_city_is_missing_and_the_rest_opens(scene: Path, url: str) -> None:
    place = open_place(changed(scene, "tileset", url=url))
    assert place.layers == []
    assert any("is missing; the rest is open" in warning for warning in place.warnings)


@pytest.mark.parametrize(("named", "known", "shown"), [("nope", True, "variant-1"), ("city", True, "variant-1"),
                                                       ("nope", False, None), (None, True, None)])  # fmt: skip
def test_an_active_variant_that_is_not_there_is_told_and_another_is_shown(
    scene: Path, named: str | None, known: bool, shown: str | None
) -> None:
    path = changed(scene, "scene", active_variant=named)
    if not known:
        path = changed(scene, "variant", type="sketch")  # of a kind that this version does not know
    place = open_place(path)
    assert place.scenario.scene.active_variant == shown
    assert any("active variant" in warning for warning in place.warnings) == (named is not None)


def test_a_scene_of_an_imported_city_finds_it_again_wherever_it_was_moved(scene: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "somewhere" / "deeper"
    elsewhere.mkdir(parents=True)
    moved = scene.rename(elsewhere / "a.cvscene")
    place = open_place(str(moved))
    assert place.warnings == [] and len(place.layers) == 1


def test_a_name_alone_finds_only_what_is_kept(scene: Path) -> None:
    place = open_place(changed(scene, "tileset", url="nowhere/city-0000000000000000"))
    assert place.layers == []


def test_whoever_saves_an_imported_city_light_is_told_that_it_is_not_in_the_file(scene: Path, small_town: Path) -> None:
    path, words = Path("plan.cvscene"), "save it packed"
    imported, from_folder = open_place(str(scene)), open_place(str(small_town))
    assert words in saved_words(path, imported, packed=False)
    assert words not in saved_words(path, imported, packed=True)
    assert words not in saved_words(path, from_folder, packed=False)
