"""A city of the web in a packed scene: what is saved opens again, or it is said that it cannot be packed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.app.finding import open_place
from explorer.app.references import References
from explorer.app.saving import packed_assets, save_place
from explorer.errors import FetchError
from explorer.geo import enu_matrix
from explorer.streaming import load_tileset
from explorer.tileformat.container import join_glb
from explorer.tileformat.outside import files_beside
from tests.specimens import four_leaf_city, tile_json, tileset_json
from tests.store.web import Asked, Reply, serving
from tests.tiles_of_bytes import cmpt, i3dm

FILES = four_leaf_city()
NAMES = sorted(FILES.keys() - {"tileset.json"})


def city(addresses: dict[str, str]) -> bytes:
    """The tileset with its contents at other addresses, where the earth is."""
    document = json.loads(FILES["tileset.json"])
    document["root"]["transform"] = enu_matrix(4.5, 52.0, 0.0).T.ravel().tolist()
    text = json.dumps(document)
    for name, address in addresses.items():
        text = text.replace(f'"{name}"', f'"{address}"')
    return text.encode()


def saved(tmp_path: Path, addresses: dict[str, str]) -> Path:
    """The scene, packed from a server that finds its files by the last part of their paths."""

    def answer(asked: Asked) -> Reply:
        if asked.name.endswith("tileset.json"):
            return Reply(city(addresses))
        wanted = [name for name in NAMES if f"{name}&" in f"{asked.path}&".replace("?v=2", "").replace("%20", " ")]
        return Reply(FILES[wanted[0]]) if wanted else Reply(status=404)

    with serving(answer) as server:
        place = open_place(f"{server.base}/city/tileset.json", References("EPSG:28992", "ellipsoidal"))
        save_place(place, place.scenario, tmp_path / "a.cvscene", thumbnail=None, packed=True)
    return tmp_path / "a.cvscene"


@pytest.mark.parametrize("how", ["t/{}?v=2", "my%20tiles/{}", "./t/../u/{}"])
def test_files_are_found_by_their_addresses_when_it_is_opened_again(tmp_path: Path, how: str) -> None:
    place = open_place(str(saved(tmp_path, {name: how.format(name) for name in NAMES})))
    (layer,) = place.layers
    tileset = load_tileset(layer.store)
    assert layer.is_packed and place.warnings == [] and len(tileset) == len(NAMES)
    read = [layer.store.read(layer.store.resolve(layer.store.root_uri, str(uri))) for uri in tileset.content_uri]
    assert sorted(read) == sorted(FILES[name] for name in NAMES)


@pytest.mark.parametrize("how", ["get?file={}", "/v1/{}", "../{}", "con/{}"])
def test_what_cannot_be_opened_again_is_not_saved(tmp_path: Path, how: str) -> None:
    with pytest.raises(FetchError, match=r"no file can have.*without packing"):
        saved(tmp_path, {name: how.format(name) for name in NAMES})
    assert not (tmp_path / "a.cvscene").exists()


def test_buffers_and_pictures_beside_a_gltf_come_along(tmp_path: Path) -> None:
    gltf = {"asset": {"version": "2.0"}, "buffers": [{"uri": "data%200.bin", "byteLength": 4}, {"uri": "data:,x"}]}
    gltf["images"] = [{"uri": "../pictures/wall.png"}, {"bufferView": 0}]
    files = {"t/1.gltf": json.dumps(gltf).encode(), "t/data 0.bin": b"data", "pictures/wall.png": b"picture"}
    root = tile_json("t/1.gltf") | {"transform": enu_matrix(4.5, 52.0, 0.0).T.ravel().tolist()}
    for name, data in (files | {"tileset.json": tileset_json(root)}).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    place = open_place(str(tmp_path / "tileset.json"), References("EPSG:28992", "ellipsoidal"))
    read = {name.removeprefix("tiles/city/"): read() for name, read in packed_assets(place).items()}
    assert read == files | {"tileset.json": tileset_json(root)}


def placed(tmp_path: Path, files: dict[str, bytes], *contents: str) -> dict[str, bytes]:
    """What a packed scene would hold of a city of these contents, its tileset apart."""
    children = [tile_json(content) for content in contents]
    root = tile_json(None, 50.0, refine="ADD", children=children) | {
        "transform": enu_matrix(4.5, 52.0, 0.0).T.ravel().tolist()
    }
    for name, data in (files | {"tileset.json": tileset_json(root)}).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    place = open_place(str(tmp_path / "tileset.json"), References("EPSG:28992", "ellipsoidal"))
    read = {name.removeprefix("tiles/city/"): read for name, read in packed_assets(place).items()}
    return {name: read() for name, read in read.items() if name != "tileset.json"}


def glb_with(**parts: object) -> bytes:
    return join_glb({"asset": {"version": "2.0"}, **parts}, b"")


@pytest.mark.parametrize("wrapped", [lambda tile: tile, lambda tile: cmpt(tile)], ids=["i3dm", "cmpt"])
def test_the_model_that_trees_share_comes_along_with_what_it_names_itself(
    wrapped: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    model = json.dumps({"asset": {"version": "2.0"}, "buffers": [{"uri": "oak.bin", "byteLength": 4}]}).encode()
    trees = i3dm({"INSTANCES_LENGTH": 1, "POSITION": [0, 0, 0]}, body=b"../models/oak.gltf", kind=0)
    name = "t/trees.i3dm" if wrapped(trees) is trees else "t/trees.cmpt"
    files = {name: wrapped(trees), "models/oak.gltf": model, "models/oak.bin": b"data"}
    assert placed(tmp_path, files, name) == files


def test_pictures_beside_binary_tiles_come_along_whichever_names_them(tmp_path: Path) -> None:
    files = {f"t/{k}.glb": glb_with(images=[{"uri": f"wall{k}.jpg"}]) for k in range(6)}
    pictures = {f"t/wall{k}.jpg": b"picture" for k in range(6)}
    assert placed(tmp_path, files | pictures, *files) == files | pictures


def test_pictures_that_the_finest_tiles_alone_name_come_along(tmp_path: Path) -> None:
    files = {f"t/{k:02}.glb": glb_with(images=[{"uri": "wall.jpg"}] if k > 20 else []) for k in range(30)}
    assert placed(tmp_path, files | {"t/wall.jpg": b"picture"}, *files).keys() == files.keys() | {"t/wall.jpg"}


def test_a_composite_in_a_composite_without_end_names_nothing() -> None:
    deep = b""
    for _level in range(200):
        deep = (
            b"cmpt"
            + (1).to_bytes(4, "little")
            + (16 + len(deep)).to_bytes(4, "little")
            + (1).to_bytes(4, "little")
            + deep
        )
    assert files_beside(deep, "a") == []


def test_of_tiles_that_name_nothing_the_first_few_are_read_to_know(tmp_path: Path) -> None:
    files = {f"t/{k}.glb": glb_with() for k in range(6)}
    assert placed(tmp_path, files, *files) == files


@pytest.mark.parametrize("data", [b"", b"glTF", b"i3dm" + bytes(40), b"{", b"cmpt" + b"\xff" * 20, b"b3dm\1"])
def test_of_what_is_damaged_nothing_is_named(data: bytes) -> None:
    assert files_beside(data, "a") == []
