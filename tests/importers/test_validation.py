"""`citiverse validate` on what others wrote: boxes that are too small for what is in them, and tilesets of nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.store import FolderStore
from importers.validation import validate_tileset
from tests.specimens import tile_json, tileset_json
from tests.tileformat.gltf_specimen import Gltf
from tests.tiles_of_bytes import i3dm, pnts

FAR = np.array([[0, 0, 0], [9, 0, 0], [0, 30, 0]], "<f4")


def plain() -> Gltf:
    gltf = Gltf()
    gltf.primitive(FAR)
    return gltf


def lines() -> Gltf:
    gltf = Gltf()
    gltf.primitive(FAR, mode=3)
    return gltf


def instanced() -> Gltf:
    gltf = Gltf()
    gltf.primitive(np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4"))
    places = {"attributes": {"TRANSLATION": gltf.accessor(np.array([[0, 0, 0], [0, 29, 0]], "<f4"))}}
    gltf.document["nodes"] = [{"mesh": 0, "extensions": {"EXT_mesh_gpu_instancing": places}}]
    return gltf


FILES = {
    "plain.glb": lambda: plain().glb(),
    "lines.glb": lambda: lines().glb(),
    "instanced.glb": lambda: instanced().glb(),
    "trees.i3dm": lambda: i3dm({"INSTANCES_LENGTH": 2}, POSITION=np.array([[0, 0, 0], [0, 0, 29.5]], "<f4")),
    "cloud.pnts": lambda: pnts({"POINTS_LENGTH": 2}, POSITION=np.array([[0, 0, 0], [0, 0, 30]], "<f4")),
}


@pytest.mark.parametrize("name", list(FILES))
@pytest.mark.parametrize("reach", [5.0, 40.0])
def test_what_sticks_out_of_its_box_is_said_whatever_it_is(name: str, reach: float, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(FILES[name]())
    box = {"box": [0, 0, 0, reach, 0, 0, 0, reach, 0, 0, 0, reach]}
    (tmp_path / "tileset.json").write_bytes(tileset_json(tile_json(name, boundingVolume=box)))
    report = validate_tileset(str(tmp_path), store=FolderStore(tmp_path))
    found = [sentence for sentence in report.warnings if "sticks out of its box" in sentence]
    assert bool(found) == (reach == 5.0)
    assert not found or "25.00 m" in found[0] or name == "trees.i3dm"


def test_a_tileset_in_which_nothing_can_be_drawn_is_not_sound(tmp_path: Path) -> None:
    root = tile_json(None, 9.0, refine="ADD", children=[tile_json("../elsewhere/tileset.json")])
    (tmp_path / "tileset.json").write_bytes(tileset_json(root))
    report = validate_tileset(str(tmp_path))
    assert any("Nothing in the tileset can be drawn" in sentence for sentence in report.errors)


def test_errors_that_grow_downwards_are_warned_of_for_everything_is_drawn(tmp_path: Path) -> None:
    """As photogrammetry writes, and as the standard's own validator takes it."""
    (tmp_path / "a.glb").write_bytes(plain().glb())
    root = tile_json(None, 0.0, refine="REPLACE", children=[tile_json("a.glb", 2.0)])
    (tmp_path / "tileset.json").write_bytes(tileset_json(root))
    report = validate_tileset(str(tmp_path))
    assert report.ok
    assert any("2.000 m is larger than its parent's 0.000 m" in sentence for sentence in report.warnings)


def test_contents_that_hold_nothing_to_draw_are_told_of(tmp_path: Path) -> None:
    gltf = plain()
    gltf.document["nodes"], gltf.document["scenes"] = [], [{"nodes": []}]
    (tmp_path / "a.glb").write_bytes(gltf.glb())
    (tmp_path / "tileset.json").write_bytes(tileset_json(tile_json("a.glb", refine="ADD")))
    report = validate_tileset(str(tmp_path))
    assert any("hold no triangles, lines or points" in sentence for sentence in report.warnings)
