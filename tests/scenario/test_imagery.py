"""Imagery in the document: commands, undo, the file, and its schema."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path

import jsonschema
import pytest

from explorer.errors import ScenarioError
from explorer.scenario import (
    AddImagery,
    ChangeImagery,
    ImageryLayer,
    RaiseImagery,
    RemoveImagery,
    Scenario,
    ScenarioStore,
    Scene,
    read_scene,
    write_scene,
)
from explorer.scenario.scene_file import scene_bytes

SCHEMA = json.loads((Path(__file__).parents[2] / "scenes" / "scene.schema.json").read_text())


@pytest.fixture
def store() -> ScenarioStore:
    found = ScenarioStore(Scenario.of(Scene(crs="EPSG:28992", vertical_crs="EPSG:5709", imagery_over="roofs")))
    for name in ("a", "b", "c"):
        found.execute(AddImagery(ImageryLayer(id=name, name=name, url=f"https://x/{name}/{{z}}/{{x}}/{{y}}.png")))
    return found


def _order(store: ScenarioStore) -> str:
    return "".join(layer.id for layer in store.scenario.imagery)


def test_the_last_that_is_added_lies_on_top_and_each_can_be_moved(store: ScenarioStore) -> None:
    assert _order(store) == "abc"
    for step, wanted in ((RaiseImagery("a"), "bac"), (RaiseImagery("c", -1), "bca"), (RaiseImagery("b", -1), "bca")):
        store.execute(step)
        assert _order(store) == wanted
    store.undo()
    assert _order(store) == "bac"


def test_every_deed_is_undone(store: ScenarioStore) -> None:
    before = store.scenario
    for command in (
        ChangeImagery("b", {"opacity": 0.4}),
        ChangeImagery("a", {"is_visible": False}),
        RemoveImagery("c"),
    ):
        store.execute(command)
        assert store.scenario != before
        store.undo()
        assert store.scenario == before


@pytest.mark.parametrize("values", [{"opacity": 1.5}, {"opacity": -0.1}, {"colour": "red"}])
def test_what_cannot_be_is_refused(values: dict[str, object], store: ScenarioStore) -> None:
    with pytest.raises(ScenarioError):
        store.execute(ChangeImagery("a", values))
    with pytest.raises(ScenarioError):
        store.execute(RemoveImagery("scene"))


def test_a_file_keeps_it_and_what_newer_programs_wrote_and_fits_the_schema(
    store: ScenarioStore, tmp_path: Path
) -> None:
    store.execute(ChangeImagery("b", {"opacity": 0.4, "is_visible": False, "attribution": "Kadaster"}))
    layer = store.scenario.imagery[0]
    records = {**store.scenario.records, "a": ImageryLayer(id="a", url=layer.url, extra=(("gamma", 2.2),))}
    scenario = store.scenario.with_records(records, 1)
    write_scene(tmp_path / "a.cvscene", scenario)
    again = read_scene(tmp_path / "a.cvscene").scenario
    assert again == scenario and again.scene.imagery_over == "roofs"
    with zipfile.ZipFile(BytesIO(scene_bytes(again))) as archive:
        plain = json.loads(archive.read("scene.json"))
    jsonschema.validate(plain, SCHEMA)
    assert next(record for record in plain["records"] if record["id"] == "a")["gamma"] == 2.2
    for record in plain["records"]:
        if record["id"] == "b":
            record["opacity"] = 7
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain, SCHEMA)
