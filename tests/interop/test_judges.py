"""Judges made by others find no error in what an import writes, and do find what is broken on purpose.

They run where `node` is and `npm install` was done in this folder; README.md here says more.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from explorer.store import open_store
from explorer.streaming import load_tileset
from importers.city_import import import_city
from tests.importers.specimens import hamlet

HERE = Path(__file__).parent
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(
    NODE is None or not all((HERE / "node_modules" / name).is_dir() for name in ("gltf-validator", "3d-tiles-tools")),
    reason="node is not installed, or `npm install` was not done in tests/interop",
)


def judged(*folders: Path) -> tuple[int, list[dict[str, Any]]]:
    """Exit code of judge.mjs, and what it says of each folder."""
    command = [str(NODE), str(HERE / "judge.mjs"), *map(str, folders)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def hamlet_tiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hamlet")
    import_city(hamlet(folder / "hamlet.city.json"), folder / "tiles")
    return folder / "tiles"


def test_the_judges_find_no_error_in_an_import_and_in_the_town(hamlet_tiles: Path, small_town: Path) -> None:
    code, said = judged(hamlet_tiles, small_town)
    assert code == 0, said
    for one in said:
        assert one["errors"] == [] and one["gltf_errors"] == 0 and one["glbs"] >= 1 and one["values"] > 100
        # The glTF validator does not know the metadata extensions, so their buffer views look unused to it.
        assert set(one["gltf"]) <= {"info UNSUPPORTED_EXTENSION", "info UNUSED_OBJECT"}


def test_the_judges_find_what_is_broken_on_purpose(hamlet_tiles: Path, tmp_path: Path) -> None:
    small_box, swapped_errors = tmp_path / "box", tmp_path / "errors"
    for folder in (small_box, swapped_errors):
        shutil.copytree(hamlet_tiles, folder)
    tileset = json.loads((hamlet_tiles / "tileset.json").read_text())
    tileset["root"]["boundingVolume"]["box"][3] *= 0.9
    (small_box / "tileset.json").write_text(json.dumps(tileset))
    tileset["geometricError"] = -1.0
    (swapped_errors / "tileset.json").write_text(json.dumps(tileset))
    content = next(iter(sorted((small_box).rglob("*.glb"))))
    data = content.read_bytes()
    content.write_bytes(data.replace(b'"componentType":5126', b'"componentType":5125'))
    code, (boxes, errors) = judged(small_box, swapped_errors)
    assert code == 1
    assert boxes["gltf_errors"] > 0 and any("outside" in text for text in boxes["errors"])
    assert any("geometric error" in text for text in errors["errors"])


def test_an_archive_that_another_program_packed_opens_here(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "3dtiles/tienhoven-3dbag-implicit"
    program = HERE / "node_modules/.bin/3d-tiles-tools"
    archive = tmp_path / "village.3tz"
    command = [str(NODE), str(program), "convert", "-i", str(folder), "-o", str(archive)]
    subprocess.run(command, capture_output=True, check=True, timeout=60)
    store = open_store(archive)
    tileset = load_tileset(store)
    uris = [uri for uri in tileset.content_uri if uri]
    assert len(uris) == 4
    for uri in uris:
        assert store.read(store.resolve(tileset.base_uri, uri)) == (folder / uri).read_bytes()
    store.close()
