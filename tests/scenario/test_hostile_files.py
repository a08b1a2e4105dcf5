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
    MoveProposal,
    PlaceProposal,
    Proposal,
    Scenario,
    ScenarioStore,
    Scene,
    Variant,
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
