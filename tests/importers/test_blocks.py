"""Far tiles of a city with more houses than they can draw: blocks stand for houses, so that the city is recognised."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.tileformat import NO_FEATURE, SurfaceClass, TileContent, decode_content, read_tileset
from importers.pipeline import TilingOptions, write_tileset
from importers.sampletown import make_town
from importers.validation import validate_tileset


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crowded") / "town"
    write_tileset(make_town(buildings=120, seed=3), folder, options=TilingOptions(max_vertices=4000))
    return folder


def _contents(folder: Path) -> tuple[TileContent, list[TileContent]]:
    """The root's content, and those of all leaves."""
    path = folder / "tileset.json"
    tileset = read_tileset(path.read_bytes(), path.as_uri())
    read = [decode_content((folder / uri).read_bytes(), uri) if uri else None for uri in tileset.content_uri]
    leaves = [content for row, content in enumerate(read) if content is not None and not tileset.child_count[row]]
    assert read[0] is not None
    return read[0], leaves


def _roofed(content: TileContent) -> float:
    """Area of the map below roofs. [m²]"""
    area = 0.0
    for mesh in content.meshes:
        assert mesh.surface_class is not None
        roof = mesh.triangles[mesh.surface_class[mesh.triangles[:, 0]] == SurfaceClass.ROOF]
        a, b, c = (mesh.positions[roof[:, corner]] for corner in range(3))
        area += 0.5 * float(np.maximum(np.cross(b - a, c - a)[:, 2], 0.0).sum())
    return area


def test_the_far_town_has_as_much_roof_as_the_near_one(crowded: Path) -> None:
    far, near = _contents(crowded)
    assert _roofed(far) > 0.85 * sum(_roofed(content) for content in near)
    assert sum(len(mesh.positions) for mesh in far.meshes) < 0.2 * sum(len(m.positions) for c in near for m in c.meshes)


def test_a_block_is_no_feature_and_leaves_have_none(crowded: Path) -> None:
    far, near = _contents(crowded)
    assert any(NO_FEATURE in mesh.feature_index for mesh in far.meshes if mesh.feature_index is not None)
    for mesh in (mesh for content in near for mesh in content.meshes):
        assert mesh.feature_index is not None and NO_FEATURE not in mesh.feature_index


def test_what_is_stated_of_blocks_holds(crowded: Path) -> None:
    report = validate_tileset(str(crowded))
    assert report.ok, report.errors
    root = report.tiles[0]
    assert root.measured_error is not None and 2.0 < root.measured_error <= root.stated_error < 40.0
