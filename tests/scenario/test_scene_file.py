"""Scene files: round trips, same bytes, and what hostile or broken ones do."""

from __future__ import annotations

import errno
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from explorer.errors import FetchError, SceneFileError, SceneVersionError
from explorer.scenario import (
    Proposal,
    Scenario,
    Scene,
    TilesetLayer,
    Variant,
    Viewpoint,
    content_hash,
    read_scene,
    write_scene,
)
from explorer.store import write_atomically

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "tests" / "data" / "scenes"


def scenario() -> Scenario:
    return Scenario.of(
        Scene(title="Haven", crs="EPSG:28992", vertical_crs="EPSG:5709", origin=(78000.0, 437000.0, 0.0), minute=990),
        TilesetLayer(id="city", name="City", url="tiles/tileset.json", sha256="ab"),
        Variant(id="v1", name="Courtyard"),
        Proposal(
            id="p1",
            variant_id="v1",
            easting=78001.25,
            footprint=((0.0, 0.0), (20.0, 0.0), (20.0, 10.0)),
            hidden_features=("house",),
            roof_form="gabled",
            roof_height=3.5,
        ),
        Viewpoint(id="w1", name="Quay", easting=78010.0, heading_deg=45.0),
    )


def zipped(entries: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return stream.getvalue()


def document(**changes: Any) -> bytes:
    base = {"format": "citiverse-scene", "version": 1, "records": [{"type": "scene", "id": "scene"}]}
    return json.dumps({**base, **changes}).encode()


def test_a_scene_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.cvscene"
    write_scene(path, scenario(), thumbnail=b"png")
    opened = read_scene(path)
    assert opened.scenario == scenario()
    assert opened.thumbnail == b"png"


def test_same_content_gives_same_bytes(tmp_path: Path) -> None:
    write_scene(tmp_path / "a.cvscene", scenario())
    write_scene(tmp_path / "b.cvscene", Scenario.of(*reversed(list(scenario().records.values()))))
    assert (tmp_path / "a.cvscene").read_bytes() == (tmp_path / "b.cvscene").read_bytes()
    assert content_hash(scenario()) == content_hash(scenario())


def test_a_written_scene_meets_the_published_schema(tmp_path: Path) -> None:
    write_scene(tmp_path / "a.cvscene", scenario())
    with zipfile.ZipFile(tmp_path / "a.cvscene") as archive:
        written = json.loads(archive.read("scene.json"))
    jsonschema.validate(written, json.loads((ROOT / "scenes" / "scene.schema.json").read_text()))


def test_what_a_newer_version_added_survives(tmp_path: Path) -> None:
    records = [
        {"type": "scene", "id": "scene", "mood": ["calm", 3]},
        {"type": "bench", "id": "b1", "seats": 4},
    ]
    path = tmp_path / "new.cvscene"
    path.write_bytes(zipped({"scene.json": document(records=records)}))
    write_scene(tmp_path / "again.cvscene", read_scene(path).scenario)
    with zipfile.ZipFile(tmp_path / "again.cvscene") as archive:
        again = json.loads(archive.read("scene.json"))["records"]
    assert {"type": "bench", "id": "b1", "seats": 4} in again
    assert again[0]["mood"] == ["calm", 3]


def test_packed_tiles_come_out_where_they_are_asked(tmp_path: Path) -> None:
    path = tmp_path / "packed.cvscene"
    write_scene(path, scenario(), assets={"tiles/city/tileset.json": b"{}", "tiles/city/0/0.glb": b"glTF"})
    opened = read_scene(path, unpack_to=tmp_path / "cache")
    assert opened.assets_root is not None
    assert (opened.assets_root / "tiles/city/0/0.glb").read_bytes() == b"glTF"


@pytest.mark.parametrize("version", sorted(p.name for p in SAMPLES.glob("*.cvscene")))
def test_every_past_version_still_opens(version: str) -> None:
    opened = read_scene(SAMPLES / version)
    assert opened.scenario.variants[0].name == "Courtyard"


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a\\..\\evil", "C:evil", "assets/../../evil"])
def test_an_entry_that_leaves_the_folder_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "evil.cvscene"
    path.write_bytes(zipped({"scene.json": document(), name: b"x"}))
    with pytest.raises(SceneFileError, match="not allowed"):
        read_scene(path, unpack_to=tmp_path / "cache")
    assert not (tmp_path / "evil").exists()


def test_a_zip_bomb_is_refused_before_unpacking(tmp_path: Path) -> None:
    path = tmp_path / "bomb.cvscene"
    path.write_bytes(zipped({"scene.json": document(), "assets/tiles/a/zeros": bytes(80_000_000)}))
    with pytest.raises(SceneFileError, match="too much"):
        read_scene(path, unpack_to=tmp_path / "cache")


def test_every_truncation_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "a.cvscene"
    write_scene(path, scenario(), thumbnail=bytes(200))
    whole = path.read_bytes()
    for length in range(0, len(whole) - 1, 37):
        path.write_bytes(whole[:length])
        with pytest.raises(SceneFileError):
            read_scene(path)


@pytest.mark.parametrize(
    "scene",
    [
        b"{",
        b"[]",
        document(format="other"),
        document(version="1"),
        document(records={}),
        document(records=[{"type": "scene"}]),
        document(records=[{"type": "scene", "id": "scene", "minute": "noon"}]),
        document(records=[{"type": "scene", "id": "scene"}, {"type": "variant", "id": "scene"}]),
        document(records=[{"type": "proposal", "id": "p", "variant_id": "missing"}]),
        b'{"format": "citiverse-scene", "version": 1, "records": [{"type": "viewpoint", "id": "v", "height": NaN}]}',
        b"[" * 100_000,
    ],
)
def test_a_scene_that_says_nonsense_is_refused(scene: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.cvscene"
    path.write_bytes(zipped({"scene.json": scene}))
    with pytest.raises(SceneFileError):
        read_scene(path)


def test_a_newer_version_is_named(tmp_path: Path) -> None:
    path = tmp_path / "new.cvscene"
    path.write_bytes(zipped({"scene.json": document(version=99)}))
    with pytest.raises(SceneVersionError, match="99"):
        read_scene(path)


def test_a_full_disk_leaves_the_old_scene_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.cvscene"
    write_scene(path, scenario())
    before = path.read_bytes()

    def on_full_disk(target: Path, fill: Any) -> None:
        def write(stream: Any) -> None:
            fill(io.BytesIO())
            raise OSError(errno.ENOSPC, "No space left on device")

        write_atomically(target, write)

    with pytest.raises(FetchError, match="No space left"):
        write_scene(path, Scenario.of(), write=on_full_disk)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
