"""Scene files that are damaged or meant to do harm, and values that no field can have."""

from __future__ import annotations

import io
import json
import random
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import ExplorerError, ScenarioError, SceneFileError
from explorer.scenario import (
    ChangeScene,
    Command,
    MoveProposal,
    PlaceProposal,
    Proposal,
    SaveViewpoint,
    Scenario,
    ScenarioStore,
    Scene,
    Variant,
    Viewpoint,
    read_scene,
    write_scene,
)
from explorer.scenario.scene_file import scene_bytes

SQUARE = ((-5.0, -5.0), (5.0, -5.0), (5.0, 5.0), (-5.0, 5.0))


def scenario() -> Scenario:
    return Scenario.of(Scene(title="Harbour"), Variant(id="v1", name="Variant 1"))


def document() -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(scene_bytes(scenario()))) as archive:
        plain: dict[str, Any] = json.loads(archive.read("scene.json"))
    return plain


def zipped(path: Path, plain: dict[str, Any], others: Sequence[tuple[str, bytes]] = ()) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("scene.json", json.dumps(plain))
        for name, data in others:
            archive.writestr(name, data)
    return path


def forged(prefix: bytes, checksum: int) -> bytes:
    """`prefix` and four bytes that give it this CRC-32: the checksum is linear in every bit, so solve for them."""
    start = zlib.crc32(prefix + bytes(4))
    basis: dict[int, tuple[int, int]] = {}
    for bit in range(32):
        value, mask = zlib.crc32(prefix + (1 << bit).to_bytes(4, "little")) ^ start, 1 << bit
        while value and (top := value.bit_length()) in basis:
            value, mask = value ^ basis[top][0], mask ^ basis[top][1]
        if value:
            basis[value.bit_length()] = (value, mask)
    need, answer = start ^ checksum, 0
    while need:
        value, mask = basis[need.bit_length()]
        need, answer = need ^ value, answer ^ mask
    return prefix + answer.to_bytes(4, "little")


def test_damaged_files_end_in_our_errors_only(tmp_path: Path) -> None:
    whole, chance, path = scene_bytes(scenario()), random.Random(1), tmp_path / "a.cvscene"
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(bytes(data[: chance.randrange(len(data))] if chance.random() < 0.3 else data))
        try:
            read_scene(path)
        except ExplorerError:
            continue


@pytest.mark.parametrize(
    "name", ["../x", "/x", "a\\b", "C:/x", "assets/../../x", "assets/CON", "assets/x ", "assets//x", "assets/\x01"]
)
def test_a_name_that_one_system_reads_otherwise_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SceneFileError, match="not allowed"):
        read_scene(zipped(tmp_path / "a.cvscene", document(), [(name, b"1")]), unpack_to=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_two_names_alike_but_for_capitals_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SceneFileError, match="not allowed"):
        read_scene(zipped(tmp_path / "a.cvscene", document(), [("assets/A", b"1"), ("assets/a", b"2")]))


def test_a_pack_with_a_forged_checksum_does_not_pass_for_another(tmp_path: Path) -> None:
    honest = b"harmless" + bytes(4)
    other = forged(b"hostile!", zlib.crc32(honest))
    first = read_scene(zipped(tmp_path / "1.cvscene", document(), [("assets/t", honest)]), unpack_to=tmp_path / "c")
    second = read_scene(zipped(tmp_path / "2.cvscene", document(), [("assets/t", other)]), unpack_to=tmp_path / "c")
    assert first.assets_root is not None
    assert second.assets_root is not None
    assert (first.assets_root / "t").read_bytes() == honest
    assert (second.assets_root / "t").read_bytes() == other


def test_a_pack_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.cvscene", document(), [("assets/a", b"1"), ("assets/a/b", b"2")])
    with pytest.raises(SceneFileError):
        read_scene(path, unpack_to=tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize(
    "values",
    [
        {"storeys": 10**9},
        {"roof_form": "onion"},
        {"footprint": [[0, 0], [9, 9], [9, 0], [0, 9]]},
        {"footprint": [[0, 0], [9, 9]]},
        {"easting": 1e300},
        {"base_height": -1e10},
    ],
)
def test_a_proposal_that_cannot_be_built_is_refused_when_read(tmp_path: Path, values: dict[str, Any]) -> None:
    plain = document()
    footprint = [list(point) for point in SQUARE]
    plain["records"].append({"type": "proposal", "id": "p7", "variant_id": "v1", "footprint": footprint, **values})
    with pytest.raises(SceneFileError, match="p7"):
        read_scene(zipped(tmp_path / "a.cvscene", plain))


def test_members_of_a_newer_version_beside_the_records_survive_commands_and_a_save(tmp_path: Path) -> None:
    opened = read_scene(zipped(tmp_path / "a.cvscene", {**document(), "future": {"a": [1, 2]}}))
    store = ScenarioStore(opened.scenario)
    store.execute(PlaceProposal(Proposal(id="p1", variant_id="v1", footprint=SQUARE)))
    write_scene(tmp_path / "b.cvscene", store.scenario)
    with zipfile.ZipFile(tmp_path / "b.cvscene") as archive:
        assert json.loads(archive.read("scene.json"))["future"] == {"a": [1, 2]}


def test_a_number_that_is_not_finite_is_refused_and_changes_nothing() -> None:
    store = ScenarioStore(scenario())
    store.execute(PlaceProposal(Proposal(id="p1", variant_id="v1", footprint=SQUARE)))
    before = store.scenario
    with pytest.raises(ScenarioError, match="finite"):
        store.execute(MoveProposal("p1", float("nan"), 0.0, 0.0))
    with pytest.raises(ScenarioError, match="finite"):
        store.execute(PlaceProposal(Proposal(id="p2", variant_id="v1", footprint=SQUARE, easting=float("inf"))))
    assert store.scenario is before


@pytest.mark.parametrize(
    "values",
    [
        {"camera": [85000.0, 447500.0, 50.0, 0.0, -30.0, 0.0]},
        {"camera": [85000.0, 447500.0, 50.0, 0.0, -30.0, 180.0]},
        {"camera": [1e300, 447500.0, 50.0, 0.0, -30.0, 60.0]},
        {"camera": [1.0, 2.0]},
        {"date": "9999-12-31"},
        {"date": "0001-01-01"},
        {"eye_height": -5.0},
        {"origin": [1e300, 0.0, 0.0]},
    ],
)
def test_a_head_that_nothing_could_be_drawn_with_is_refused_when_read(tmp_path: Path, values: dict[str, Any]) -> None:
    plain = document()
    plain["records"][0].update(values)
    with pytest.raises(SceneFileError, match=rf"{next(iter(values))} cannot be"):
        read_scene(zipped(tmp_path / "a.cvscene", plain))


@pytest.mark.parametrize(
    "command",
    [
        ChangeScene({"date": "3500-06-21"}),
        ChangeScene({"date": "1066-10-14"}),
        ChangeScene({"minute": 1440}),
        SaveViewpoint(Viewpoint(id="w1", name="w1", fov_y_deg=0.0)),
        SaveViewpoint(Viewpoint(id="w1", name="w1", easting=1e300)),
        ChangeScene({"title": "half a smile: \ud83d"}),
        PlaceProposal(Proposal(id="p1", variant_id="v1", footprint=SQUARE, base_height=1e10)),
        PlaceProposal(Proposal(id="p1", variant_id="v1", footprint=SQUARE, name="\udc00")),
    ],
)
def test_what_would_be_refused_when_read_cannot_be_done_in_the_first_place(command: Command) -> None:
    store = ScenarioStore(scenario())
    before = store.scenario
    with pytest.raises(ScenarioError):
        store.execute(command)
    assert store.scenario is before


def test_half_a_character_in_a_scene_is_refused_when_read_not_when_it_is_saved(tmp_path: Path) -> None:
    plain = document()
    for name in ("title", "later"):
        plain["records"][0][name] = "\ud800"
        with pytest.raises(SceneFileError, match="not text"):
            read_scene(zipped(tmp_path / "a.cvscene", plain))
        del plain["records"][0][name]
    with pytest.raises(SceneFileError, match="not text"):
        read_scene(zipped(tmp_path / "a.cvscene", {**plain, "\udfff": 1}))


@pytest.mark.parametrize("values", [{"fov_y_deg": 0.0}, {"fov_y_deg": 180.0}, {"easting": 1e300}])
def test_a_viewpoint_from_which_nothing_can_be_seen_is_refused_when_read(
    tmp_path: Path, values: dict[str, float]
) -> None:
    plain = document()
    plain["records"].append({"type": "viewpoint", "id": "w7", "name": "From the quay", **values})
    with pytest.raises(SceneFileError, match="From the quay"):
        read_scene(zipped(tmp_path / "a.cvscene", plain))


@pytest.mark.parametrize(
    "members",
    [
        {"type": "proposal", "footprint": "x"},
        {"type": "proposal"},
        {"type": "variant", "name": 1e400},
        {"type": "proposal", "name": "\ud800"},
        {"type": "proposal", "variant_id": "nowhere", "footprint": SQUARE},
    ],
    ids=["field", "incomplete", "not finite", "half a letter", "no variant"],
)
def test_a_name_as_long_as_a_file_is_cut_in_what_is_said_of_it(tmp_path: Path, members: dict[str, Any]) -> None:
    plain = document()
    plain["records"].append({"id": "a" * 30_000, **members})
    with pytest.raises(SceneFileError, match="aaaa") as caught:
        read_scene(zipped(tmp_path / "long.cvscene", plain))
    assert len(str(caught.value)) < 1000
