"""Real and published glTF contents against what their own JSON says: counts of triangles and boxes of accessors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.tileformat import TileContent, decode_content
from explorer.tileformat.container import split_glb

FOLDERS = {
    "3dtiles/amsterdam": (10, 35_102),
    "3dtiles/tienhoven-3dbag-implicit/content": (4, 93_422),
    "3dtiles/tienhoven-3dbag-glb": (23, 93_423),
    "3dtiles/samples-1.1": (91, 13_424),
    "3dtiles/samples-gltf-ext/EXT_mesh_features/FeatureIdAttribute": (1, 8),
    "3dtiles/samples-gltf-ext/EXT_structural_metadata/SharedPropertyTable": (1, 16),
    "3dtiles/samples-gltf-ext/EXT_structural_metadata/ComplexTypes": (1, 8),
    "3dtiles/samples-gltf-ext/CESIUM_primitive_outline": (1, 12),
}
"""Content files, and triangles that do not name a vertex twice (each file is held against its own JSON as well)."""


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".glb", ".gltf", ".b3dm"))


def document_of(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    if path.suffix == ".gltf":
        found: dict[str, Any] = json.loads(data)
        return found
    return split_glb(data[data.index(b"glTF") :], path.name)[0]


def decoded(path: Path) -> TileContent:
    return decode_content(path.read_bytes(), path.name, resolve=lambda uri: (path.parent / uri).read_bytes())


def placed(document: dict[str, Any]) -> Iterator[tuple[np.ndarray, dict[str, Any]]]:
    """(4x4, primitive) by the plain recursion of the standard, translations, rotations and scales written out anew."""

    def walk(index: int, above: np.ndarray) -> Iterator[tuple[np.ndarray, dict[str, Any]]]:
        node = document["nodes"][index]
        matrix = above @ local(node)
        for primitive in document["meshes"][node["mesh"]]["primitives"] if "mesh" in node else ():
            yield matrix, primitive
        for child in node.get("children", ()):
            yield from walk(child, matrix)

    for root in document["scenes"][document.get("scene", 0)]["nodes"]:
        yield from walk(root, np.eye(4))


def local(node: dict[str, Any]) -> np.ndarray:
    if "matrix" in node:
        return np.array(node["matrix"], float).reshape(4, 4).T
    matrix = np.diag([*node.get("scale", (1, 1, 1)), 1.0])
    x, y, z, w = node.get("rotation", (0, 0, 0, 1))
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    turn = np.eye(4)
    turn[:3, :3] = np.eye(3) + 2 * w * cross + 2 * cross @ cross
    shift = np.eye(4)
    shift[:3, 3] = node.get("translation", (0, 0, 0))
    return np.asarray(shift @ turn @ matrix)


def box_of(document: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, int]:
    """Least and largest coordinates, Z up, of the accessors' boxes where their nodes put them; and triangles."""
    corners, n = [], 0
    for matrix, primitive in placed(document):
        accessor = document["accessors"][primitive["attributes"]["POSITION"]]
        n += (document["accessors"][primitive["indices"]] if "indices" in primitive else accessor)["count"] // 3
        lo, hi = np.array(accessor["min"]), np.array(accessor["max"])
        box = np.array(
            [[(lo, hi)[i][0], (lo, hi)[j][1], (lo, hi)[k][2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)]
        )
        box = box @ matrix[:3, :3].T + matrix[:3, 3]
        corners.append(np.stack([box[:, 0], -box[:, 2], box[:, 1]], axis=1))
    return np.concatenate(corners).min(axis=0), np.concatenate(corners).max(axis=0), n


@pytest.mark.parametrize("folder", list(FOLDERS))
def test_contents_have_the_triangles_and_the_boxes_that_their_json_says(shared_data: Path, folder: str) -> None:
    total = 0
    for path in files(shared_data / folder):
        document = document_of(path)
        drawn = [one.get("mode", 4) == 4 for mesh in document["meshes"] for one in mesh["primitives"]]
        if not all(drawn):
            continue
        content = decoded(path)
        lo, hi, n = box_of(document)
        found = np.concatenate([mesh.positions for mesh in content.meshes])
        # Draco's boxes are a step wide of what they hold; boxes that a node turns are wider than what is in them
        step = (hi - lo).max() / 2047 * 1.01 if "tienhoven-3dbag-glb" in folder else np.abs([lo, hi]).max() * 1e-6
        turned = any("rotation" in node for node in document["nodes"])
        assert (found.min(axis=0) >= lo - step).all() and (found.max(axis=0) <= hi + step).all(), path.name
        if not turned:
            np.testing.assert_allclose([found.min(axis=0), found.max(axis=0)], [lo, hi], atol=step, err_msg=path.name)
        n_triangles = sum(len(mesh.triangles) for mesh in content.meshes)
        assert n - 2 <= n_triangles <= n, path.name
        total += n_triangles
    assert (len(files(shared_data / folder)), total) == FOLDERS[folder]


def test_the_village_has_the_same_buildings_as_draco_tiles_and_as_plain_ones(shared_data: Path) -> None:
    """The same 1,784 buildings of 3DBAG, cut into tiles twice by one tool: ids agree, and triangles nearly do.

    (Their sizes cannot be compared: the Draco ones are in a map tile's own units, 8,192 across.)
    """
    triangles: list[dict[str, int]] = []
    for folder in ("3dtiles/tienhoven-3dbag-glb", "3dtiles/tienhoven-3dbag-implicit/content"):
        found: dict[str, int] = {}
        for path in files(shared_data / folder):
            content = decoded(path)
            mesh = content.meshes[0]
            assert mesh.feature_index is not None
            rows = mesh.feature_index[mesh.triangles]
            assert (rows == rows[:, :1]).all()
            for row, n in zip(*np.unique(rows[:, 0], return_counts=True), strict=True):
                one = content.features.ids[row]
                found[one] = found.get(one, 0) + int(n)
        triangles.append(found)
    draco, plain = triangles
    assert draco.keys() == plain.keys()
    assert len(plain) == 1783  # one building is in the tables twice
    assert sum(draco[one] == plain[one] for one in plain) >= 1770
