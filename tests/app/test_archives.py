"""Archives and implicit tilesets, opened, asked for figures, and packed into a scene."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from explorer.app.finding import is_city_file, open_place
from explorer.app.references import References
from explorer.app.saving import save_place
from explorer.geo import OrientedBox
from explorer.tileformat import TileNode, encode_tileset
from tests.specimens import block_glb
from tests.store.archives import three_dtiles, three_tz
from tests.tileformat.subtrees import implicit_tileset, subtree

HERE = References("EPSG:32631", vertical="ellipsoidal")
EVERYWHERE = (-100.0, -100.0, 100.0, 100.0)


def implicit_city() -> dict[str, bytes]:
    """A root and two of its quarters, south-west and north-east; each tile is one block that bears its name."""
    bits = [1, 1, 0, 0, 1]
    tileset = json.loads(implicit_tileset(content="c/{level}_{x}_{y}.glb"))
    tileset["root"]["viewerRequestVolume"] = {"sphere": [0, 0, 0, 1]}  # nobody is that near: figures do not mind
    return {
        "tileset.json": json.dumps(tileset).encode(),
        "s/0_0_0.subtree": subtree(bits, [bits]),
        "c/0_0_0.glb": block_glb("whole", (0.0, 0.0, 10.0), (80.0, 80.0, 20.0)),
        "c/1_0_0.glb": block_glb("south-west", (-25.0, -25.0, 10.0), (30.0, 30.0, 20.0)),
        "c/1_1_1.glb": block_glb("north-east", (25.0, 25.0, 10.0), (30.0, 30.0, 20.0)),
    }


def folder(path: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def test_figures_are_the_same_from_a_folder_and_from_archives(tmp_path: Path) -> None:
    files = implicit_city()
    made = [
        folder(tmp_path / "city", files),
        three_tz(tmp_path / "city.3tz", files),
        three_dtiles(tmp_path / "city.3dtiles", files),
    ]
    soups = []
    for where in made:
        assert not is_city_file(str(where))
        place = open_place(str(where), HERE)
        assert place.layers[0].layer.name == where.name
        soups.append(place.surface().triangles(EVERYWHERE))
        assert set(soups[-1].features) == {"south-west", "north-east"}
    high = soups[0].positions[soups[0].positions[..., 2] > 1.0]
    np.testing.assert_allclose([high.min(axis=0), high.max(axis=0)], [[-40, -40, 20], [40, 40, 20]], atol=0.01)
    for soup in soups[1:]:
        np.testing.assert_array_equal(soup.positions, soups[0].positions)


@pytest.mark.parametrize("name", ["city", "city.3tz"])
def test_a_packed_scene_brings_subtrees_and_external_tilesets(name: str, tmp_path: Path) -> None:
    files = {f"east/{part}": data for part, data in implicit_city().items()}
    files["tileset.json"] = encode_tileset(
        TileNode(OrientedBox.from_bounds((-50, -50, 0), (50, 50, 20)), 100.0, "east/tileset.json")
    )
    where = three_tz(tmp_path / name, files) if name.endswith("3tz") else folder(tmp_path / name, files)
    place = open_place(str(where), HERE)
    scene = tmp_path / "plan.cvscene"
    save_place(place, place.scenario, scene, thumbnail=None, packed=True)
    names = {n.removeprefix("assets/tiles/city/") for n in zipfile.ZipFile(scene).namelist() if "/tiles/" in n}
    assert names == files.keys()
    again = open_place(str(scene))
    assert again.layers[0].is_packed
    assert set(again.surface().triangles(EVERYWHERE).features) == {"south-west", "north-east"}


def test_a_scene_names_an_archive_beside_it(tmp_path: Path) -> None:
    three_tz(tmp_path / "city.3tz", implicit_city())
    place = open_place(str(tmp_path / "city.3tz"), HERE)
    save_place(place, place.scenario, tmp_path / "plan.cvscene", thumbnail=None, packed=False)
    again = open_place(str(tmp_path / "plan.cvscene"))
    assert again.scenario.layers[0].url == "city.3tz"
    assert len(again.layers[0].tileset) == 3
