"""Readers of files on disk: archives, city files, scenes, journals, indices and settings; with files to begin from."""

from __future__ import annotations

import json
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from explorer.errors import ExplorerError
from explorer.layers import FeatureIndex
from explorer.scenario import (
    Journal,
    PlaceProposal,
    Proposal,
    Scenario,
    ScenarioStore,
    Scene,
    Variant,
    write_scene,
)
from explorer.scenario.journal import read_journal
from explorer.settings import Settings
from explorer.store import ServerBook, open_store
from importers.feature_index import FeatureIndexWriter
from tests.fuzz.reader import ADDRESS, LARGEST_SEED, Seeds, in_file
from tests.importers.specimens import box_vertices, building, document
from tests.scenario.test_hostile_files import SQUARE
from tests.specimens import three_level_city
from tests.store.archives import three_dtiles, three_tz
from tests.tileformat.test_features import png


def archive(name: str) -> Callable[[bytes], object]:
    """A reader of an archive of this name: what is in it, and what is not."""

    def read(data: bytes) -> object:
        store = open_store(in_file(name, data))
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


def archive_seeds(name: str) -> Seeds:
    """Small archives of this name, as written in both ways."""

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


def city_seeds() -> Iterator[bytes]:
    """A city in one document, and as a sequence."""
    vertices = box_vertices(85000.0, 447000.0)
    yield json.dumps(document({"b": building(year=1900)}, vertices)).encode()
    head = document({}, [])
    feature = {"type": "CityJSONFeature", "id": "b", "CityObjects": {"b": building()}, "vertices": vertices}
    yield json.dumps(head).encode() + b"\n" + json.dumps(feature).encode() + b"\n"


def scene_seeds() -> Iterator[bytes]:
    """A scene with a proposal and a picture, and those that come with the program."""
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


def journal_text(data: bytes) -> object:
    """The checksums are put in front of the lines here: what is behind them is to be tried."""
    lines = [b"%08x %s" % (zlib.crc32(line), line) for line in data.split(b"\n")]
    return read_journal(in_file("one.journal", b"\n".join(lines)))


def journal_seeds() -> Iterator[bytes]:
    """Lines of a journal without their checksums."""
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "one.journal")
        scenario = Scenario.of(Scene(title="Harbour"), Variant(id="v1", name="Variant 1"))
        journal.begin(scenario, "x.cvscene")
        store = ScenarioStore(scenario, journal=journal)
        store.execute(PlaceProposal(Proposal(id="p1", variant_id="v1", footprint=SQUARE)))
        lines = (Path(folder) / "one.journal").read_bytes().splitlines()
        yield b"\n".join(line.partition(b" ")[2] for line in lines) + b"\n"


def index(data: bytes) -> object:
    """Opened, and asked in each way there is."""
    index = FeatureIndex.open(data, ADDRESS)
    try:
        return [len(index), index.get("b"), index.children("b"), index.search("b"), index.within((0, 0, 1e6, 1e6))]
    finally:
        index.close()


def index_seeds() -> Iterator[bytes]:
    """An index of a building and its part."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "features.sqlite"
        with FeatureIndexWriter(path, "EPSG:28992+5709") as index:
            index.add(
                "b", None, "Building", "tiles/3.glb", (0, 0, 0, 10, 10, 6), {"street": "Oude Delft", "year": 1929}
            )
            index.add("b-0", "b", "BuildingPart", "tiles/3.glb", None, {})
        yield path.read_bytes()


def path_seeds() -> Iterator[bytes]:
    """A camera path of two frames."""
    frame = {"i": 0, "position": [3.9e6, 3e5, 5e6], "direction": [1.0, 0.0, 0.0], "up": [0.0, 0.0, 1.0]}
    path = {
        "format": "citiverse-camera-path-1", "crs": "EPSG:4978", "width": 640, "height": 360, "fovy_deg": 60.0,
        "near": 0.1, "far": 1e5, "sse_px": 16.0, "enu_to_ecef_column_major": np.eye(4).reshape(-1).tolist(),
        "frames": [frame, {**frame, "i": 1}],
    }  # fmt: skip
    yield json.dumps(path).encode()


def settings_seeds() -> Iterator[bytes]:
    """Settings as they are at first."""
    yield json.dumps(asdict(Settings(recent=("a", "b")))).encode()


def servers_seeds() -> Iterator[bytes]:
    """A key and an accepted certificate."""
    key = {"headers": [["Authorization", "Bearer x"]], "query": [["key", "y"]]}
    plain = {"keys": {"https://tiles.example.org": key}, "certificates": {"https://tiles.example.org": ["ab" * 32]}}
    yield json.dumps(plain).encode()


def servers(data: bytes) -> object:
    """Keys and certificates of every server named."""
    book = ServerBook(in_file("servers.json", data))
    return [(book.key_of(f"{server}/x"), book.accepted(server)) for server in book.servers]
