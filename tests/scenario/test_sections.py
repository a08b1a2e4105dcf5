"""Sections in the document: commands and the way back, files new and old, and what is no section."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from explorer.errors import ScenarioError, SceneFileError
from explorer.scenario import (
    ChangeSection,
    DeleteSection,
    PlaceSection,
    Scenario,
    ScenarioStore,
    Scene,
    Section,
    ShowSection,
    read_scene,
    section_cut,
    write_scene,
)

ROOT = Path(__file__).resolve().parents[2]
PLANE = Section(id="s1", name="Quay", easting=100.0, northing=50.0, height=2.0, heading_deg=90.0)
BOX = Section(id="s2", shape="box", easting=100.0, northing=50.0, size=(10.0, 20.0, 5.0), order=1)
RING = Section(id="s3", shape="polygon", ring=((0.0, 0.0), (9.0, 0.0), (0.0, 9.0)), floor=-2.0, keep="outside", order=2)


def _store() -> ScenarioStore:
    store = ScenarioStore(Scenario.of(Scene()))
    for section in (PLANE, BOX, RING):
        store.execute(PlaceSection(section))
    return store


def test_one_section_is_active_and_every_step_has_a_way_back() -> None:
    store = _store()
    assert store.scenario.section == RING
    store.execute(ShowSection("s1"))
    store.execute(ChangeSection("s1", {"heading_deg": 10.0, "pitch_deg": -90.0}))
    store.execute(DeleteSection("s1"))
    assert store.scenario.section is None and store.scenario.sections == (BOX, RING)
    for _ in range(6):
        store.undo()
    assert store.scenario == Scenario.of(Scene())
    for _ in range(6):
        store.redo()
    assert store.scenario.section is None and store.scenario.sections == (BOX, RING)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"size": (0.0, 1.0, 1.0)}, "no extent"),
        ({"keep": "both"}, "both"),
        ({"shape": "ball"}, "ball"),
        ({"easting": float("nan")}, "beyond|finite"),
        ({"easting": 1e12}, "beyond all maps"),
        ({"weight": 3.0}, "no such value"),
        ({"shape": "polygon", "ring": ((0.0, 0.0), (4.0, 4.0), (4.0, 0.0), (0.0, 4.0))}, "crosses"),
    ],
)
def test_a_change_that_makes_no_section_changes_nothing(values: dict[str, object], reason: str) -> None:
    store = _store()
    before = store.scenario
    with pytest.raises(ScenarioError, match=reason):
        store.execute(ChangeSection("s2", values))
    assert store.scenario == before


def test_a_plane_leaves_what_lies_behind_it_along_its_heading() -> None:
    ahead = np.array([[110.0, 50.0, 0.0], [90.0, 50.0, 0.0]])
    assert section_cut(PLANE).cuts_away(ahead).tolist() == [False, True]
    assert section_cut(PLANE, (100.0, 0.0, 0.0)).cuts_away(ahead - (100.0, 0.0, 0.0)).tolist() == [False, True]


def test_a_box_stands_on_its_height() -> None:
    heights = np.array([[100.0, 50.0, -0.1], [100.0, 50.0, 0.1], [100.0, 50.0, 4.9], [100.0, 50.0, 5.1]])
    assert section_cut(BOX).cuts_away(heights).tolist() == [True, False, False, True]


def test_scene_files_keep_sections_and_fit_their_schema(tmp_path: Path) -> None:
    path = tmp_path / "cut.cvscene"
    write_scene(path, _store().scenario)
    assert read_scene(path).scenario == _store().scenario
    with zipfile.ZipFile(path) as archive:
        document = json.loads(archive.read("scene.json"))
    jsonschema.validate(document, json.loads((ROOT / "scenes" / "scene.schema.json").read_text()))


def test_an_older_scene_has_no_section() -> None:
    old = read_scene(ROOT / "tests" / "data" / "scenes" / "version-1.cvscene").scenario
    assert old.section is None and old.sections == ()


@pytest.mark.parametrize(
    "record",
    [
        {"type": "section", "id": "s", "shape": "box", "size": [0, 1, 1]},
        {"type": "section", "id": "s", "shape": "ball"},
        {"type": "section", "id": "s", "shape": "polygon", "ring": [[0, 0], [4, 4], [4, 0], [0, 4]]},
        {"type": "section", "id": "s", "shape": "polygon", "ring": [[0, 0]] * 100_000},
        {"type": "section", "id": "s", "easting": "west"},
        {"type": "section", "id": "s", "size": [1, 2]},
    ],
)
def test_a_scene_with_a_broken_section_is_refused_by_its_name(tmp_path: Path, record: dict[str, object]) -> None:
    path = tmp_path / "bad.cvscene"
    document = {"format": "citiverse-scene", "version": 1, "records": [{"type": "scene", "id": "scene"}, record]}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("scene.json", json.dumps(document))
    with pytest.raises(SceneFileError, match="“s”") as caught:
        read_scene(path)
    assert str(path) in str(caught.value)


def test_an_active_section_that_is_not_there_cuts_nothing() -> None:
    assert Scenario.of(Scene(active_section="gone")).section is None
