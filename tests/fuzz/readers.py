"""Every reader of foreign bytes, as one function of bytes, with files to begin from."""

from __future__ import annotations

import io
import json
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.app.bench_path import read_camera_path
from explorer.errors import ContentError, DataError, ExplorerError, FetchError, ScenarioError
from explorer.layers import FeatureIndex
from explorer.layers.styling import Attributes, counted, legend_rows, read_style, with_hidden
from explorer.render import packed_tile
from explorer.scenario import (
    Journal,
    PlaceProposal,
    Proposal,
    Scenario,
    ScenarioStore,
    Scene,
    Variant,
    read_scene,
    write_scene,
)
from explorer.scenario.journal import read_journal
from explorer.settings import Settings, load_settings
from explorer.store import ServerBook, open_store
from explorer.streaming.photos import decode_photo
from explorer.streaming.prepare import prepare_tile
from explorer.tileformat import (
    Budget,
    FeatureTable,
    decode_content,
    read_part,
    read_terrain_layer,
    read_tileset,
    with_parts,
)
from explorer.tileformat.draco import decode_draco
from explorer.tileformat.meshopt_views import unfold, unfolded_size
from explorer.tileformat.quantized_mesh import Rectangle, read_quantized_mesh
from explorer.tileformat.subtree import read_subtree, read_tiling
from importers.cityjson import read_cityjson
from importers.feature_index import FeatureIndexWriter
from tests.importers.specimens import box_vertices, building, document
from tests.scenario.test_hostile_files import SQUARE
from tests.specimens import at_home, three_level_city, tile_json, tileset_json
from tests.store.archives import three_dtiles, three_tz
from tests.tileformat.compressed_hill import encoded_hill, folded_hill, glb_of
from tests.tileformat.subtrees import implicit, subtree
from tests.tileformat.test_features import UV, png, square
from tests.tileformat.test_hierarchy import PLACES, hierarchy
from tests.tiles_of_bytes import cmpt, i3dm, pnts, unit_block_glb

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
LARGEST_SEED = 120_000
ADDRESS = "fuzz/specimen"
"""What every error must name; where a reader wants a file, its folder."""

_AREA = Rectangle(4.3, 52.0, 4.4, 52.05)
_FOLDER = Path(tempfile.mkdtemp(prefix="citiverse-fuzz-")) / ADDRESS
Seeds = Callable[[], Iterator[bytes]]


@dataclass(frozen=True)
class Reader:
    """What is read, from what the search begins, and what it may say no with."""

    read: Callable[[bytes], object]
    endings: tuple[str, ...] = ()
    """Of the files of shared data that are seeds."""
    made: Seeds = lambda: iter(())
    refuses: tuple[type[BaseException], ...] = (DataError, FetchError)
    names_address: bool = True
    """False for what is told the address by whoever called it."""


def shared_files(endings: tuple[str, ...]) -> Iterator[bytes]:
    """Small real files, where they are at hand."""
    for path in sorted(SHARED.rglob("*")) if SHARED.is_dir() and endings else ():
        if path.name.endswith(endings) and path.is_file() and path.stat().st_size <= LARGEST_SEED:
            yield path.read_bytes()


def _in_file(name: str, data: bytes) -> Path:
    _FOLDER.mkdir(parents=True, exist_ok=True)
    path = _FOLDER / name
    path.write_bytes(data)
    return path


# -- tiles -------------------------------------------------------------------------------------------------------------


def _nowhere(_uri: str) -> bytes:
    """What lies beside it is not there, which stores say in their own words."""
    raise FetchError(f"There is no such file. [{ADDRESS}.bin]")


def _content(data: bytes) -> object:
    """As the tools read it, and as it is read to be drawn."""
    prepare_tile(decode_content(data, ADDRESS, resolve=_nowhere), np.eye(4), at_home)
    content = decode_content(data, ADDRESS, resolve=_nowhere, as_stored=True)
    return packed_tile(prepare_tile(content, np.eye(4), at_home, is_replaced=True, geometric_error=10.0))


def _tileset(data: bytes) -> object:
    answers = iter([data] * 30)

    def itself(uri: str) -> bytes:
        """External tilesets and subtrees are the file itself, some times."""
        return next(answers, None) or _nowhere(uri)

    return read_tileset(data, ADDRESS, itself)


def _parts(data: bytes) -> object:
    """The same, read on three times where it was left for later."""

    endless = subtree(1, [1], 1)

    def itself(uri: str) -> bytes:
        return endless if uri.endswith(".subtree") else data

    tileset = read_tileset(data, ADDRESS, itself, budget=Budget(files=0))
    for _round in range(3):
        parts = {tile: read_part(tileset, tile, itself) for tile in list(tileset.unread)[:3]}
        if not parts:
            break
        tileset = with_parts(tileset, parts)
        assert (tileset.parent[1:] < np.arange(1, len(tileset))).all()
        assert int(tileset.child_count.sum()) == len(tileset) - 1
        assert np.isfinite(tileset.centre).all() and np.isfinite(tileset.half_axes).all()
    return tileset


def _part_seeds() -> Iterator[bytes]:
    yield tileset_json(tile_json("a.json", 9.0, children=[tile_json("b.json"), implicit(levels=1, available=3)]))
    yield tileset_json(implicit(content="{level}_{x}_{y}.json", refine="ADD", transform=np.eye(4).ravel().tolist()))


def _content_seeds() -> Iterator[bytes]:
    yield unit_block_glb()
    yield glb_of(folded_hill())
    yield glb_of(square(np.zeros((4, 4, 4), np.uint8), {"channels": [0]}, UV))
    hierarchic = pnts(
        {"POINTS_LENGTH": 2, "BATCH_LENGTH": 2, "BATCH_ID": {"componentType": "UNSIGNED_BYTE"}},
        hierarchy(), POSITION=PLACES, BATCH_ID=np.array([0, 1], "u1"),
    )  # fmt: skip
    trees = i3dm({"INSTANCES_LENGTH": 2, "EAST_NORTH_UP": True}, POSITION=PLACES)
    yield from (hierarchic, trees, cmpt(hierarchic, trees, unit_block_glb()))


def _subtree(data: bytes) -> object:
    tile = implicit(levels=3, available=6)
    tiling = read_tiling(tile["implicitTiling"])
    return read_subtree(data, ADDRESS, tiling, 0, 2, _nowhere)


def _draco(data: bytes) -> object:
    return decode_draco(data, 1 << 20)


def _meshopt(data: bytes) -> object:
    """The first eight bytes say what the rest is."""
    if len(data) < 8:
        return None
    modes, filters = ("ATTRIBUTES", "TRIANGLES", "INDICES", "x"), (None, "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL")
    count, stride = int.from_bytes(data[:3], "little"), int(data[3])
    mode, chosen = modes[data[4] % 4], filters[data[5] % 4]
    unfolded_size(count, stride, mode, chosen, len(data) - 8)
    return unfold(memoryview(data)[8:], count, stride, mode, chosen)


def _meshopt_seeds() -> Iterator[bytes]:
    import meshopt

    rows = np.arange(48, dtype=np.uint32).reshape(12, 4)
    yield bytes([12, 0, 0, 16, 0, 0, 0, 0]) + bytes(meshopt.encode_gltf_buffer(rows, "ATTRIBUTES"))
    triangles = np.array([0, 1, 2, 2, 1, 3], np.uint32)
    yield bytes([6, 0, 0, 4, 1, 0, 0, 0]) + bytes(meshopt.encode_gltf_buffer(triangles, "TRIANGLES"))
    yield bytes([6, 0, 0, 4, 2, 0, 0, 0]) + bytes(meshopt.encode_gltf_buffer(triangles, "INDICES"))


def _photo_seeds() -> Iterator[bytes]:
    image = Image.fromarray(np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3))
    for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP"):
        stream = io.BytesIO()
        image.save(stream, kind)
        yield stream.getvalue()
    yield png(np.zeros((4, 4, 4), np.uint8))


def _style(data: bytes) -> object:
    """Read, worked out for some features, and its legend."""
    style = read_style(data, ADDRESS)
    columns = {"height": [1.5, None, "x"], "use": ["home", "shop", None], "a b": [[1, 2], {"c": 3}, True]}
    table = Attributes([FeatureTable(("1", "2", "3"), columns)])
    looks = style.looks(table)
    assert looks.colours.shape == (3, 4)
    if rows := legend_rows(style):
        counted(rows, style, table)
        read_style(with_hidden(style.plain, frozenset({0}))).looks(table)
    return style.meta_of(table)


def _style_seeds() -> Iterator[bytes]:
    rows = [["${height} > 1.0 && (${use} === 'home')", "color('#ff0000', 0.5)"], ["true", "rgb(${height} * 2, 3, 4)"]]
    yield json.dumps({"color": {"conditions": rows}, "show": "!isNaN(${height})"}).encode()
    yield b"""{"color": "mix(color('red'), hsl(0.5, 1, 0.2), clamp(${height} / 3, 0, 1))", "pointSize": "${a b.c}"}"""
    yield b"""{"defines": {"h": "${feature['a b'][0]}"}, "meta": {"m": "`${use} ${h}`"}, "extras": {"citiverse": {}}}"""
    yield b"""{"show": "regExp('^h(.)', 'i').exec(${use}) === 'o' || 'x' !~ regExp('y')", "color": "vec4(1)"}"""


# -- files on disk -----------------------------------------------------------------------------------------------------


def _archive(name: str) -> Callable[[bytes], object]:
    def read(data: bytes) -> object:
        store = open_store(_in_file(name, data))
        try:
            for wanted in ("tileset.json", "root.glb", "a.glb", "not there", "../x"):
                try:
                    store.read(store.resolve(store.root_uri, wanted))
                except ExplorerError as problem:
                    _check_address(problem)
        finally:
            store.close()
        return None

    return read


def _check_address(problem: ExplorerError) -> None:
    if ADDRESS not in str(problem):
        raise AssertionError(f"the address is missing: {problem}") from problem


def _archive_seeds(name: str) -> Seeds:
    def made() -> Iterator[bytes]:
        files = three_level_city()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            for way in (False, True):
                path.unlink(missing_ok=True)
                if name.endswith("3tz"):
                    yield three_tz(path, files, compress=way).read_bytes()
                else:
                    yield three_dtiles(path, files, gzipped=way).read_bytes()

    return made


def _city_seeds() -> Iterator[bytes]:
    vertices = box_vertices(85000.0, 447000.0)
    yield json.dumps(document({"b": building(year=1900)}, vertices)).encode()
    head = document({}, [])
    feature = {"type": "CityJSONFeature", "id": "b", "CityObjects": {"b": building()}, "vertices": vertices}
    yield json.dumps(head).encode() + b"\n" + json.dumps(feature).encode() + b"\n"


def _scene_seeds() -> Iterator[bytes]:
    store = ScenarioStore(Scenario.of(Scene(title="Harbour"), Variant(id="v1", name="Variant 1")))
    store.execute(
        PlaceProposal(Proposal(id="p1", variant_id="v1", footprint=SQUARE, easting=85000.0, northing=447000.0))
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "one.cvscene"
        write_scene(path, store.scenario, thumbnail=png(np.zeros((4, 4, 3), np.uint8)))
        yield path.read_bytes()
    for path in sorted((Path(__file__).resolve().parents[2] / "scenes").glob("*.cvscene")):
        if path.stat().st_size < LARGEST_SEED:
            yield path.read_bytes()


def _journal(data: bytes) -> object:
    """The checksums are put in front of the lines here: what is behind them is to be tried."""
    lines = [b"%08x %s" % (zlib.crc32(line), line) for line in data.split(b"\n")]
    return read_journal(_in_file("one.journal", b"\n".join(lines)))


def _journal_seeds() -> Iterator[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "one.journal")
        scenario = Scenario.of(Scene(title="Harbour"), Variant(id="v1", name="Variant 1"))
        journal.begin(scenario, "x.cvscene")
        store = ScenarioStore(scenario, journal=journal)
        store.execute(PlaceProposal(Proposal(id="p1", variant_id="v1", footprint=SQUARE)))
        lines = (Path(folder) / "one.journal").read_bytes().splitlines()
        yield b"\n".join(line.partition(b" ")[2] for line in lines) + b"\n"


def _index(data: bytes) -> object:
    index = FeatureIndex.open(data, ADDRESS)
    try:
        return [len(index), index.get("b"), index.children("b"), index.search("b"), index.within((0, 0, 1e6, 1e6))]
    finally:
        index.close()


def _index_seeds() -> Iterator[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "features.sqlite"
        with FeatureIndexWriter(path, "EPSG:28992+5709") as index:
            index.add(
                "b", None, "Building", "tiles/3.glb", (0, 0, 0, 10, 10, 6), {"street": "Oude Delft", "year": 1929}
            )
            index.add("b-0", "b", "BuildingPart", "tiles/3.glb", None, {})
        yield path.read_bytes()


def _path_seeds() -> Iterator[bytes]:
    frame = {"i": 0, "position": [3.9e6, 3e5, 5e6], "direction": [1.0, 0.0, 0.0], "up": [0.0, 0.0, 1.0]}
    path = {
        "format": "citiverse-camera-path-1", "crs": "EPSG:4978", "width": 640, "height": 360, "fovy_deg": 60.0,
        "near": 0.1, "far": 1e5, "sse_px": 16.0, "enu_to_ecef_column_major": np.eye(4).reshape(-1).tolist(),
        "frames": [frame, {**frame, "i": 1}],
    }  # fmt: skip
    yield json.dumps(path).encode()


def _settings_seeds() -> Iterator[bytes]:
    yield json.dumps(asdict(Settings(recent=("a", "b")))).encode()


def _servers_seeds() -> Iterator[bytes]:
    key = {"headers": [["Authorization", "Bearer x"]], "query": [["key", "y"]]}
    plain = {"keys": {"https://tiles.example.org": key}, "certificates": {"https://tiles.example.org": ["ab" * 32]}}
    yield json.dumps(plain).encode()


def _servers(data: bytes) -> object:
    book = ServerBook(_in_file("servers.json", data))
    return [(book.key_of(f"{server}/x"), book.accepted(server)) for server in book.servers]


READERS: dict[str, Reader] = {
    "content": Reader(_content, (".b3dm", ".i3dm", ".pnts", ".cmpt", ".glb", ".gltf"), _content_seeds, (ContentError,)),
    "tileset": Reader(_tileset, ("tileset.json",)),
    "parts": Reader(_parts, ("tileset.json",), _part_seeds, names_address=False),
    "subtree": Reader(
        _subtree, (".subtree",), lambda: iter([subtree([1] * 21, ([1] * 21,), 1), subtree(1, (0, 1), [0, 1] * 32)])
    ),
    "draco": Reader(_draco, (".drc",), lambda: iter([encoded_hill()]), (ValueError,), names_address=False),
    "meshopt": Reader(_meshopt, (), _meshopt_seeds, (ValueError,), names_address=False),
    "style": Reader(_style, (".style.json",), _style_seeds),
    "photo": Reader(decode_photo, (".jpg", ".png", ".webp"), _photo_seeds, names_address=False),
    "ktx2": Reader(decode_photo, (".ktx2",), names_address=False),
    "terrain": Reader(lambda data: read_quantized_mesh(data, ADDRESS), (".terrain",)),
    "layer": Reader(
        lambda data: read_terrain_layer(data, ADDRESS, _AREA, most_tiles=500), ("layer.json", ".tile.json")
    ),
    "3tz": Reader(_archive("one.3tz"), (), _archive_seeds("one.3tz"), (FetchError,)),
    "3dtiles": Reader(_archive("one.3dtiles"), (), _archive_seeds("one.3dtiles"), (FetchError,)),
    "cityjson": Reader(
        lambda data: read_cityjson(_in_file("one.city.json", data)), (".city.json", ".city.jsonl"), _city_seeds
    ),
    "scene": Reader(
        lambda data: read_scene(_in_file("one.cvscene", data)), (".cvscene",), _scene_seeds, (ScenarioError,)
    ),
    "journal": Reader(_journal, (), _journal_seeds, ()),
    "index": Reader(_index, (), _index_seeds),
    "settings": Reader(lambda data: load_settings(_in_file("settings.json", data)), (), _settings_seeds, ()),
    "servers": Reader(_servers, (), _servers_seeds, ()),
    "camera path": Reader(lambda data: read_camera_path(_in_file("path.json", data)), (), _path_seeds),
}
"""By name."""
