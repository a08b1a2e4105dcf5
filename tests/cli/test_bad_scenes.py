"""Scene files that are cut off, hostile, from the future or without their city, given to the commands."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Program, tree

pytestmark = pytest.mark.xdist_group("cli")


@pytest.fixture(scope="module")
def scenes(program: Program, village_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a village's tiles, a light scene and a packed one."""
    folder = tmp_path_factory.mktemp("scenes")
    for words in (
        ("import", village_file, "-o", "tiles"),
        ("scene", "new", "tiles", "-o", "light.cvscene"),
        ("scene", "pack", "light.cvscene", "-o", "packed.cvscene"),
    ):
        assert program.call(*words, cwd=folder).code == 0
    return folder


def plain(scene: Path) -> dict[str, Any]:
    """What a scene file says."""
    with zipfile.ZipFile(scene) as archive:
        return dict(json.loads(archive.read("scene.json")))


def zipped(path: Path, scene: Any, **more: bytes) -> Path:
    """A scene file made by hand; `more` entries by name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("scene.json", scene if isinstance(scene, (str, bytes)) else json.dumps(scene))
        for name, data in more.items():
            archive.writestr(name, data)
    return path


def hostile(scenes: Path, path: Path, case: str) -> None:
    """Write the bad scene of a case."""
    whole, said = (scenes / "packed.cvscene").read_bytes(), plain(scenes / "light.cvscene")
    if case == "cut off":
        path.write_bytes(whole[: len(whole) // 2])
    elif case == "cut off at the end":
        path.write_bytes(whole[:-4])
    elif case == "one byte other":
        path.write_bytes(whole[:9000] + bytes([whole[9000] ^ 255]) + whole[9001:])
    elif case == "no zip":
        path.write_bytes(b"hello")
    elif case == "half its json":
        zipped(path, json.dumps(said)[:100])
    elif case == "leads out":
        zipped(path, said, **{"assets/../../../evil.txt": b"evil"})
    elif case == "leads to the root":
        zipped(path, said, **{"/tmp/evil.txt": b"evil"})
    elif case == "a bomb":
        zipped(path, said, **{"assets/tiles/city/bomb.glb": bytes(10_000_000)})
    elif case == "a bomb of words":
        zipped(path, b" " * 10_000_000)
    elif case == "newer":
        zipped(path, {**said, "version": 99})


REASONS = {
    "cut off": "damaged or not a scene.*Use an earlier copy",
    "cut off at the end": "damaged or not a scene",
    "one byte other": "damaged or not a scene.*CRC",
    "no zip": "damaged or not a scene",
    "half its json": "cannot be read",
    "leads out": "not allowed.*evil",
    "leads to the root": "not allowed.*evil",
    "a bomb": "far too much.*bomb",
    "a bomb of words": "far too much.*scene.json",
    "newer": "newer version.*99.*Install the newest version",
}


@pytest.mark.parametrize("case", REASONS)
def test_a_scene_that_cannot_be_trusted_is_refused_and_leaves_nothing(scenes: Path, tmp_path: Path, case: str) -> None:
    visitor = Program(tmp_path / "home")
    hostile(scenes, tmp_path / "bad.cvscene", case)
    before = (tmp_path / "bad.cvscene").read_bytes()
    visitor.call("info", "bad.cvscene", cwd=tmp_path).expect_sentence(REASONS[case], place="bad.cvscene")
    assert tree(tmp_path) == {"bad.cvscene"}
    assert not Path("/tmp/evil.txt").exists()
    assert (tmp_path / "bad.cvscene").read_bytes() == before


def test_a_scene_without_its_city_opens_and_says_where_it_was_looked_for(
    program: Program, scenes: Path, tmp_path: Path
) -> None:
    shutil.copy(scenes / "light.cvscene", tmp_path)
    opened = program.call("info", "light.cvscene", "--json", cwd=tmp_path)
    assert opened.code == 0 and opened.json["layers"] == [] and opened.json["variants"]
    where = f"[{(tmp_path / 'tiles')}]"
    assert "“village” is missing; the rest is open" in opened.err and where in opened.err
    asked = program.call("simulate", "light.cvscene", "sun_hours", "--json", cwd=tmp_path)
    assert asked.code == 1 and "every layer of the scene is missing" in asked.err
    drawn = program.call("render", "light.cvscene", "-o", "picture.png", cwd=tmp_path)
    assert drawn.code == 1 and "every layer of the scene is missing" in drawn.err
    packed = program.call("scene", "pack", "light.cvscene", "-o", "packed.cvscene", cwd=tmp_path)
    assert packed.code == 1 and "“village” is missing" in packed.err.splitlines()[-1]
    assert tree(tmp_path) == {"light.cvscene"}


def test_a_city_that_changed_since_is_told(program: Program, scenes: Path, tmp_path: Path) -> None:
    shutil.copytree(scenes / "tiles", tmp_path / "tiles")
    shutil.copy(scenes / "light.cvscene", tmp_path)
    path = tmp_path / "tiles" / "tileset.json"
    path.write_text(path.read_text().replace("village", "town"))
    opened = program.call("info", "light.cvscene", cwd=tmp_path)
    assert opened.code == 0 and "is not the same data as when the scene was saved" in opened.err


def test_an_unpacked_city_that_a_cleaner_of_caches_damaged_is_mended(
    program: Program, scenes: Path, tmp_path: Path
) -> None:
    visitor = Program(tmp_path / "home")
    assert visitor.call("info", scenes / "packed.cvscene", cwd=tmp_path).code == 0
    (unpacked,) = (tmp_path / "home" / "cache" / "scenes").iterdir()
    files = {path: path.read_bytes() for path in unpacked.rglob("*") if path.is_file()}
    first, second, *_others = sorted(files)
    first.unlink()
    second.write_bytes(files[second][:10])
    assert visitor.call("info", scenes / "packed.cvscene", cwd=tmp_path).code == 0
    assert {path: path.read_bytes() for path in unpacked.rglob("*") if path.is_file()} == files
