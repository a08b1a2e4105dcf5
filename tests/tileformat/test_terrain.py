"""Quantized-mesh terrain: the published specimens, and a pyramid that another program's encoder wrote."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import ContentError, FetchError, NotThere, TilesetError
from explorer.geo import ELLIPSOIDAL, CompoundCrs, MapTransform
from explorer.geo.ellipsoid import geodetic_from_ecef
from explorer.tileformat import SurfaceClass, TileContent, Tileset, decode_tile, read_terrain_layer
from explorer.tileformat.quantized_mesh import Rectangle, oct_decoded, read_quantized_mesh
from explorer.tileformat.terrain_content import decode_terrain
from explorer.tileformat.terrain_tiling import GEOGRAPHIC, MERCATOR, TILINGS
from explorer.tileformat.tileset import TerrainPlace
from tests.tileformat.terrain_specimen import AREA, DEEPEST, land, layer, pyramid, pyramid_in_two, tile_at, tile_bytes

_FLOAT32 = 1e-3
"""Of a tile's area: the specimen's encoder takes degrees as float32."""


def _decoded(tileset: Tileset, files: dict[str, bytes], tile: int) -> TileContent:
    uri = tileset.content_uri[tile]
    assert uri is not None
    return decode_tile(tileset, tile, files[uri.partition("?")[0]], uri)


def _lonlath(content: TileContent) -> np.ndarray:
    return np.asarray(geodetic_from_ecef(np.concatenate([mesh.positions for mesh in content.meshes])))


def _whole(place: Rectangle) -> TerrainPlace:
    return TerrainPlace(place, place, 10.0)


def _area(content: TileContent) -> float:
    """Of all triangles in degrees, seen from above; negative where they look down."""
    total = 0.0
    for mesh in content.meshes:
        p = geodetic_from_ecef(mesh.positions)[mesh.triangles][:, :, :2]
        a, b = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
        total += float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / 2.0
    return total


# -- a tile --


@pytest.mark.parametrize("bounds", [[-180, -89, -1e308, 0], [1e308, 1e308, 1e308, 1e308], [0, 0, 0, 0]])
def test_bounds_beyond_the_globe_are_read_and_hold_nothing(bounds: list[float]) -> None:
    """Found by fuzzing."""
    document = {**layer({}, bounds=bounds, maxzoom=20)}
    del document["available"]
    with pytest.raises(TilesetError, match=r"nothing over this area.*layer\.json"):
        read_terrain_layer(json.dumps(document).encode(), "layer.json", AREA)


def test_a_tile_comes_back_where_its_encoder_put_it() -> None:
    tile = tile_at(13, 4.357, 52.01)
    place = GEOGRAPHIC.rectangle(tile)
    content = decode_terrain(tile_bytes(tile), "x.terrain", _whole(place), with_skirts=False)
    found = _lonlath(content)
    assert len(found) == 17 * 17
    assert found[:, 2] == pytest.approx(land(found[:, 0], found[:, 1]), abs=0.01)
    assert (found[:, 0].min(), found[:, 0].max()) == pytest.approx((place.west, place.east), abs=1e-9)
    assert (found[:, 1].min(), found[:, 1].max()) == pytest.approx((place.south, place.north), abs=1e-9)
    side = 180.0 / 2**13
    assert _area(content) == pytest.approx(side * side, rel=1e-6)


def test_the_highest_mountain_is_as_high_as_it_is(shared_data: Path) -> None:
    data = (shared_data / "terrain/quantized-mesh-cesium/9_759_335/9_759_335.terrain").read_bytes()
    content = decode_terrain(data, "9/759/335", _whole(GEOGRAPHIC.rectangle((9, 759, 335))), with_skirts=False)
    found = _lonlath(content)
    top = found[np.argmax(found[:, 2])]
    # Everest: 86.925° E, 27.988° N, 8,849 m above the geoid, which lies about 28 m below the ellipsoid there
    assert top[:2] == pytest.approx([86.925, 27.988], abs=0.02) and 8700.0 < top[2] < 8849.0
    assert _area(content) == pytest.approx((180.0 / 2**9) ** 2, rel=1e-3)
    (mesh,) = content.meshes
    assert mesh.normals is not None
    face = np.cross(*(mesh.positions[mesh.triangles][:, k] - mesh.positions[mesh.triangles][:, 0] for k in (1, 2)))
    face /= np.linalg.norm(face, axis=1)[:, None]
    assert (np.einsum("ij,ij->i", face, mesh.normals[mesh.triangles[:, 0]]) > 0.5).mean() > 0.95


@pytest.mark.parametrize(
    ("name", "vertices", "triangles", "normals", "water"),
    [
        ("tile.terrain", 219, 402, False, None),
        ("tile.octvertexnormals.terrain", 214, 392, True, None),
        ("tile.octvertexnormals.unknownext.terrain", 214, 392, True, None),
        ("tile.watermask.terrain", 218, 400, False, 256),
        ("tile.32bitIndices.terrain", 65612, 131103, False, None),
        ("tile.metadataavailability.terrain", 208, 380, False, None),
    ],
)
def test_every_published_kind_of_tile_is_read(
    shared_data: Path, name: str, vertices: int, triangles: int, normals: bool, water: int | None
) -> None:
    mesh = read_quantized_mesh((shared_data / "terrain/quantized-mesh-cesium" / name).read_bytes(), name)
    assert (len(mesh.u), len(mesh.triangles)) == (vertices, triangles)
    assert (mesh.normals is not None) == normals
    assert (None if mesh.water is None else len(mesh.water)) == water


def test_what_the_mask_says_is_water_is_water() -> None:
    tile = tile_at(13, 4.357, 52.01)
    mask = np.zeros((256, 256), np.uint8)
    mask[:64] = 255  # the northern quarter
    data = tile_bytes(tile) + struct.pack("<BI", 2, mask.size) + mask.tobytes()
    content = decode_terrain(data, "x", _whole(GEOGRAPHIC.rectangle(tile)), with_skirts=False)
    land_mesh, water = content.meshes
    assert (water.surface_class == SurfaceClass.WATER).all() and (land_mesh.surface_class == SurfaceClass.TERRAIN).all()
    assert len(water.triangles) == 512 // 4
    assert geodetic_from_ecef(water.positions)[:, 1].min() > GEOGRAPHIC.rectangle(tile).south + 0.7 * 180.0 / 2**13


def test_skirts_hang_down_and_look_outwards() -> None:
    tile = tile_at(13, 4.357, 52.01)
    place = TerrainPlace(GEOGRAPHIC.rectangle(tile), GEOGRAPHIC.rectangle(tile), 8.0)
    plain = decode_terrain(tile_bytes(tile), "x", place, with_skirts=False)
    skirted = decode_terrain(tile_bytes(tile), "x", place)
    strips = skirted.meshes[len(plain.meshes) :]
    assert len(strips) == 4 and all(len(strip.triangles) == 32 for strip in strips)
    middle = plain.meshes[0].positions.mean(axis=0)
    for strip in strips:
        corners = strip.positions[strip.triangles]
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        assert (np.einsum("ij,ij->i", normals, corners.mean(axis=1) - middle) > 0.0).all()
        depth = np.linalg.norm(strip.positions[:17] - strip.positions[17:], axis=1)
        assert depth == pytest.approx(np.full(17, 40.0), rel=1e-3)


def test_a_quarter_is_cut_out_exactly() -> None:
    tile = tile_at(13, 4.357, 52.01)
    quarter = GEOGRAPHIC.rectangle((14, 2 * tile[1] + 1, 2 * tile[2]))
    data = tile_bytes(tile)
    content = decode_terrain(data, "x", TerrainPlace(GEOGRAPHIC.rectangle(tile), quarter, 8.0), with_skirts=False)
    found = _lonlath(content)
    assert (found[:, 0].min(), found[:, 1].max()) == pytest.approx((quarter.west, quarter.north), abs=1e-9)
    assert found[:, 2] == pytest.approx(land(found[:, 0], found[:, 1]), abs=0.01)
    assert _area(content) == pytest.approx((180.0 / 2**14) ** 2, rel=1e-6)


def test_octahedral_normals_cover_the_sphere() -> None:
    corners = np.array([[255, 128], [0, 128], [128, 255], [128, 0], [128, 128], [255, 255]], np.uint8)
    wanted = [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]]
    np.testing.assert_allclose(oct_decoded(corners), wanted, atol=0.01)


@given(st.integers(0, 2000), st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_a_damaged_tile_is_an_error_with_its_address_or_a_tile(at: int, value: int) -> None:
    data = bytearray(_SPECIMEN)
    data[at % len(data)] = value
    for broken in (bytes(data), bytes(data[: at % len(data)])):
        assert "12/3/4.terrain" in _outcome(broken, "12/3/4.terrain")


def _outcome(data: bytes, uri: str) -> str:
    """What is said about bytes, or the address where they are a tile."""
    try:
        read_quantized_mesh(data, uri)
    except ContentError as problem:
        return str(problem)
    return uri


_SPECIMEN = tile_bytes(tile_at(13, 4.357, 52.01))


# -- a layer --


@pytest.mark.parametrize("projection", TILINGS)
def test_a_layer_becomes_a_tileset_over_the_area(projection: str) -> None:
    files = pyramid(projection=projection)
    tileset = read_terrain_layer(files["layer.json"], "https://terrain.example/layer.json", AREA)
    deepest = [tile for tile in range(len(tileset)) if tileset.child_count[tile] == 0]
    covered = np.zeros(0)
    for tile in deepest:
        content = _decoded(tileset, files, tile)
        assert _lonlath(content)[:, 2] == pytest.approx(land(*_lonlath(content)[:, :2].T), abs=0.02)
        covered = np.append(covered, _area(content))
    roots = [tileset.terrain[row].rectangle for row in tileset.children(0)]
    assert covered.sum() == pytest.approx(sum((r.east - r.west) * (r.north - r.south) for r in roots), rel=_FLOAT32)
    for tile in range(1, len(tileset)):
        assert tileset.geometric_error[tile] < tileset.geometric_error[tileset.parent[tile]]
        content = _decoded(tileset, files, tile)
        box = tileset.box(tile)
        inside = (np.concatenate([m.positions for m in content.meshes]) - box.centre) @ np.linalg.inv(box.half_axes)
        assert (np.abs(inside) <= 1.0 + 1e-6).all()


@pytest.mark.parametrize("projection", TILINGS)
def test_a_missing_quarter_is_cut_from_the_tile_above(projection: str) -> None:
    tiling = TILINGS[projection]
    gone = tile_at(DEEPEST, 4.357, 52.01, tiling)
    quarter = tiling.rectangle(gone)
    files = pyramid(without=(gone,), projection=projection)
    tileset = read_terrain_layer(files["layer.json"], "layer.json", AREA)
    row = next(row for row, place in tileset.terrain.items() if place.part == quarter)
    assert tileset.terrain[row].rectangle == tiling.rectangle((gone[0] - 1, gone[1] // 2, gone[2] // 2))
    content = _decoded(tileset, files, row)
    assert _area(content) == pytest.approx(
        (quarter.east - quarter.west) * (quarter.north - quarter.south), rel=_FLOAT32
    )


def test_tiles_of_web_mercator_are_those_of_street_maps() -> None:
    level, x, y = tile_at(15, 4.357, 52.01, MERCATOR)
    assert (level, x, 2**15 - 1 - y) == (15, 16780, 10822)
    on_map = MapTransform(CompoundCrs("EPSG:3857", ELLIPSOIDAL))
    place, side = MERCATOR.rectangle((level, x, y)), 2.0 * np.pi * 6378137.0 / 2**15
    corners = on_map.from_lonlat(np.array([[place.west, place.south], [place.east, place.north]])) / side + 2**14
    np.testing.assert_allclose(corners, [[x, y], [x + 1, y + 1]], atol=1e-6)


@pytest.mark.parametrize("first", [13, DEEPEST])
def test_a_layer_may_begin_deep_down(first: int) -> None:
    """As of a town's own terrain, whose minzoom is 12 or so."""
    files = pyramid()
    document = json.loads(files["layer.json"])
    document["available"][:first] = [[] for _level in range(first)]
    tileset = read_terrain_layer(json.dumps(document).encode(), "layer.json", AREA)
    levels = {int(str(uri).partition("/")[0]) for uri in tileset.content_uri if uri}
    assert min(levels) == first
    covered = sum(
        _area(_decoded(tileset, files, row)) for row in range(1, len(tileset)) if not tileset.child_count[row]
    )
    assert covered >= (AREA.east - AREA.west) * (AREA.north - AREA.south) * (1.0 - 1e-9)


def test_a_coarse_layer_that_is_deep_elsewhere_is_cut_to_the_area() -> None:
    files = pyramid()
    document = json.loads(files["layer.json"])
    document["available"][9:] = [[] for _level in range(9, DEEPEST)] + [
        [{"startX": 0, "startY": 0, "endX": 9, "endY": 9}]
    ]
    tileset = read_terrain_layer(json.dumps(document).encode(), "layer.json", AREA)
    assert {str(uri).partition("/")[0] for uri in tileset.content_uri if uri} == {"8"}
    places = [tileset.terrain[row] for row in range(1, len(tileset))]
    assert all(place.part.east - place.part.west < 0.1 for place in places), "not half of Europe"
    content = _decoded(tileset, files, 1)
    assert _lonlath(content)[:, 2] == pytest.approx(land(*_lonlath(content)[:, :2].T), abs=2.0)


def test_rows_from_the_north_are_turned_round() -> None:
    document = json.loads(pyramid()["layer.json"])
    from_south = read_terrain_layer(json.dumps(document).encode(), "layer.json", AREA)
    from_north = read_terrain_layer(json.dumps({**document, "scheme": "slippyMap"}).encode(), "layer.json", AREA)
    level, x, south = (int(part) for part in str(from_south.content_uri[1]).partition(".")[0].split("/"))
    assert str(from_north.content_uri[1]).startswith(f"{level}/{x}/{2**level - 1 - south}.terrain")


def test_too_many_tiles_are_left_out_with_a_word() -> None:
    tileset = read_terrain_layer(pyramid()["layer.json"], "layer.json", AREA, most_tiles=20)
    assert len(tileset) < 60 and "level" in tileset.diagnostics[0]


@pytest.mark.parametrize("name", ["OctVertexNormals", "Parent", "QuantizedMesh", "WaterMask"])
def test_published_layers_are_read(shared_data: Path, name: str) -> None:
    data = (shared_data / f"terrain/quantized-mesh-cesium/{name}.tile.json").read_bytes()
    tileset = read_terrain_layer(data, name, AREA)
    assert any(tileset.content_uri)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"format": "heightmap-2.0", "tiles": ["{z}/{x}/{y}"]},
        {"format": "quantized-mesh-1.0", "tiles": []},
        {"format": "quantized-mesh-1.0", "tiles": [7]},
        layer({0: []}),
        layer({0: [(0, 0, 1, 0)]}, projection="EPSG:28992"),
    ],
)
def test_what_is_no_terrain_is_said_with_its_address(document: dict[str, object]) -> None:
    with pytest.raises(TilesetError, match=r"layer\.json"):
        read_terrain_layer(json.dumps(document).encode(), "layer.json", AREA)


def with_metadata(tile: bytes, below: list[list[dict[str, int]]]) -> bytes:
    """The tile with what it tells of those below it."""
    said = json.dumps({"available": below}).encode()
    body = struct.pack("<I", len(said)) + said
    return tile + struct.pack("<BI", 4, len(body)) + body


def test_tiles_tell_which_there_are_below_them() -> None:
    """As terrains of the whole world do: layer.json lists the first level alone."""
    files = pyramid()
    document = json.loads(files["layer.json"])
    listed, document["metadataAvailability"] = document["available"], 10
    document["available"] = listed[:1]
    for level, below in ((0, listed[1:11]), (10, listed[11:])):
        for name in [name for name in files if name.startswith(f"{level}/")]:
            files[name] = with_metadata(files[name], below)
    data, asked = json.dumps(document).encode(), []

    def fetch(uri: str) -> bytes:
        asked.append(uri)
        return files[uri.partition("?")[0]]

    tileset = read_terrain_layer(data, "layer.json", AREA, fetch=fetch)
    whole = read_terrain_layer(pyramid()["layer.json"], "layer.json", AREA)
    assert set(tileset.content_uri) == set(whole.content_uri) and tileset.diagnostics == ()
    assert len(asked) <= 4
    assert read_terrain_layer(data, "layer.json", AREA).content_uri != tileset.content_uri

    def broken(uri: str) -> bytes:
        return files[uri.partition("?")[0]][:300] if uri.startswith("10/") else fetch(uri)

    coarse = read_terrain_layer(data, "layer.json", AREA, fetch=broken)
    assert coarse.diagnostics and {str(uri).partition("/")[0] for uri in coarse.content_uri if uri} == {"10"}


def test_what_a_layer_lacks_comes_from_the_one_it_stands_on() -> None:
    files = pyramid_in_two(13)
    tileset = read_terrain_layer(
        files["layer.json"], "https://x.example/layer.json", AREA, fetch=lambda uri: files[uri.partition("?")[0]]
    )
    whole = read_terrain_layer(pyramid()["layer.json"], "layer.json", AREA)
    came = [None if uri is None else uri.removeprefix("country/") for uri in tileset.content_uri]
    assert came == list(whole.content_uri)
    named = {str(uri).partition("?")[0] for uri in tileset.content_uri if uri}
    assert named <= set(files) and any(uri.startswith("country/") for uri in named)
    assert tileset.diagnostics == () and tileset.asset["copyright"] == "City, Country"
    assert tileset.documents == ("country/layer.json",)


@pytest.mark.parametrize("parent", ["nowhere", "layer.json", "../.."], ids=["gone", "itself", "elsewhere"])
def test_a_layer_below_that_cannot_be_had_is_told_and_the_rest_is_read(parent: str) -> None:
    files = pyramid()
    document = {**json.loads(files["layer.json"]), "parentUrl": parent}
    data = json.dumps(document).encode()

    def fetch(uri: str) -> bytes:
        if uri == "layer.json":
            return data
        raise NotThere("The file is not there.")

    tileset = read_terrain_layer(data, "https://x.example/layer.json", AREA, fetch=fetch)
    (told,) = tileset.diagnostics
    assert "parentUrl" in told
    assert tileset.content_uri == read_terrain_layer(files["layer.json"], "layer.json", AREA).content_uri


@pytest.mark.parametrize("kind", [float, str], ids=["floats", "texts"])
def test_numbers_of_a_layer_may_be_written_otherwise(kind: type) -> None:
    document = json.loads(pyramid()["layer.json"])
    expected = read_terrain_layer(json.dumps(document).encode(), "layer.json", AREA).content_uri
    for ranges in document["available"]:
        for one in ranges:
            one.update({name: kind(number) for name, number in one.items()})
    assert read_terrain_layer(json.dumps(document).encode(), "layer.json", AREA).content_uri == expected
    del document["available"]
    for maxzoom in (15, kind(15)):
        found = read_terrain_layer(json.dumps({**document, "maxzoom": maxzoom}).encode(), "layer.json", AREA)
        assert any(str(uri).startswith("15/") for uri in found.content_uri)


@pytest.mark.parametrize(
    "said", [b"", b"\xff\xff\xff\xff{", b"\2\0\0\0[]", b'\x12\0\0\0{"available": 7}   ', b"\1\0\0\0\xff"]
)
def test_metadata_that_say_nothing_add_nothing(said: bytes) -> None:
    body = struct.pack("<BI", 4, len(said)) + said
    files = {name: data + body for name, data in pyramid().items() if name != "layer.json"}
    document = {**json.loads(pyramid()["layer.json"]), "metadataAvailability": 10}
    whole = read_terrain_layer(json.dumps(document).encode(), "layer.json", AREA)
    told = read_terrain_layer(
        json.dumps(document).encode(), "layer.json", AREA, fetch=lambda uri: files[uri.partition("?")[0]]
    )
    assert told.content_uri == whole.content_uri


def _silent(**more: object) -> bytes:
    document = layer({}, **more)
    del document["available"]
    return json.dumps(document).encode()


@pytest.mark.parametrize("first", [0, 9])
def test_a_layer_that_says_nothing_of_its_levels_is_tried_from_its_top_down(first: int) -> None:
    """As cesium-terrain-builder wrote layer.json at first."""
    files = {name: data for name, data in pyramid().items() if "/" in name and int(name.partition("/")[0]) >= first}
    asked: list[str] = []

    def fetch(address: str) -> bytes:
        asked.append(address)
        name = address.partition("?")[0]
        if name not in files:
            raise NotThere(f"nothing there [{name}]")
        return files[name]

    tileset = read_terrain_layer(_silent(), "layer.json", AREA, fetch=fetch)
    finest = [uri for uri in tileset.content_uri if uri is not None and uri.startswith(f"{DEEPEST}/")]
    assert finest, "as deep as there are tiles"
    assert not any(uri is not None and uri.startswith(f"{DEEPEST + 1}/") for uri in tileset.content_uri)
    assert len(asked) <= 23
    assert not tileset.diagnostics


def test_a_server_that_fails_while_levels_are_tried_is_told_of() -> None:
    def fetch(address: str) -> bytes:
        if address.startswith("3/"):
            raise FetchError("The server does not answer. [3]")
        return b"there"

    tileset = read_terrain_layer(_silent(), "layer.json", AREA, fetch=fetch)
    assert [text for text in tileset.diagnostics if "does not answer" in text]
    assert {uri.partition("/")[0] for uri in tileset.content_uri if uri} == {"2"}
