"""Contents of real cities and published samples: read whole, or refused with what they need."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.errors import ContentError, TilesetError
from explorer.tileformat import decode_content, read_tileset

REAL = {
    "amsterdam": (10, 200),
    "rotterdam-3857": (801, 9016),
    "tienhoven-3dbag-implicit": (4, 1784),
}


@pytest.mark.parametrize("name", REAL)
def test_real_cities_are_read_whole(shared_data: Path, name: str) -> None:
    files = sorted((shared_data / "3dtiles" / name).rglob("*.b3dm"))
    contents = [decode_content(path.read_bytes(), path.name) for path in files]
    assert (len(contents), sum(len(content.features) for content in contents)) == REAL[name]
    assert all(content.diagnostics == () for content in contents)
    assert all(mesh.feature_index is not None for content in contents for mesh in content.meshes)


def test_ids_of_rotterdam_are_those_of_its_buildings(shared_data: Path) -> None:
    files = (shared_data / "3dtiles/rotterdam-3857").rglob("*.b3dm")
    ids = {one for path in files for one in decode_content(path.read_bytes(), path.name).features.ids}
    assert len(ids) == 9016
    assert "0599100000752136" in ids


def test_property_tables_of_the_samples_are_read(shared_data: Path) -> None:
    folder = shared_data / "3dtiles/samples-gltf-ext/EXT_structural_metadata/ComplexTypes"
    path = next(iter([*folder.rglob("*.glb"), *folder.rglob("*.gltf")]))
    content = decode_content(path.read_bytes(), path.name, resolve=lambda uri: (path.parent / uri).read_bytes())
    assert content.diagnostics == ()
    assert len(content.features) > 0
    assert any(isinstance(value, list) for values in content.features.columns.values() for value in values)


def test_every_sample_is_read_or_says_what_it_needs(shared_data: Path) -> None:
    files = [path for path in sorted((shared_data / "3dtiles").rglob("*")) if path.suffix in (".glb", ".i3dm", ".cmpt")]
    assert len(files) > 100
    problems = []
    for path in files:
        try:
            decode_content(path.read_bytes(), path.name)
        except ContentError as problem:
            problems.append(str(problem))
    assert [problem for problem in problems if "needs" not in problem] == []


def test_every_real_tileset_is_read_or_says_what_it_needs(shared_data: Path) -> None:
    problems = []
    for path in sorted((shared_data / "3dtiles").rglob("tileset.json")):
        try:
            tileset = read_tileset(
                path.read_bytes(), path.name, lambda uri, base=path.parent: (base / uri).read_bytes()
            )
        except TilesetError as problem:
            problems.append(str(problem))
        else:
            assert len(tileset) > 0
    assert [problem for problem in problems if "needs" not in problem] == []
