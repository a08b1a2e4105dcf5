"""A tileset of many files: only what the view needs is read of those that tell of tiles, and no picture shows it."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Event
from time import sleep
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.app.finding import open_place
from explorer.app.references import References
from explorer.errors import FetchError, NotThere
from explorer.geo import Camera, WorldFrame, enu_matrix, parse_crs
from explorer.store import open_store
from explorer.streaming import OpenTileset, TilesetRuntime, load_tileset, open_tileset
from explorer.streaming.opening import AT_FIRST
from explorer.tileformat import Budget, read_tileset
from tests.fakes import FakeClock, FakeRenderer, FakeStore, StepJobs
from tests.specimens import at_home, block_glb, tile_json, tileset_json
from tests.streaming.test_opening import large_city
from tests.tileformat.subtrees import implicit_tileset, subtree
from tests.tileformat.test_parts import Publisher

FRAME = WorldFrame(parse_crs("EPSG:28992+ellipsoidal"), (92000.0, 437000.0, 0.0))
SIDE, LEVELS = 1024.0, 5
N_FILES = sum(4**level for level in range(LEVELS))
ABOVE = Camera((0.0, -900.0, 900.0), heading_deg=0.0, pitch_deg=-45.0)
CORNER = Camera((-480.0, -520.0, 30.0), heading_deg=45.0, pitch_deg=-30.0)


def nested_city() -> dict[str, bytes]:
    """A quadtree in which each tile has a tileset.json of its own, that names those of its quarters."""
    files: dict[str, bytes] = {}

    def publish(name: str, x: float, y: float, side: float, level: int) -> None:
        half, quarter = side / 2.0, side / 4.0
        box = {"box": [x, y, 10, half, 0, 0, 0, half, 0, 0, 0, 10]}
        error = side / 8.0 if level < LEVELS - 1 else 0.0
        root: dict[str, Any] = {
            "boundingVolume": box, "geometricError": error, "refine": "REPLACE", "content": {"uri": f"{name}.glb"},
        }  # fmt: skip
        files[f"{name}.glb"] = block_glb(name, (x, y, 10.0), (side * 0.8, side * 0.8, 20.0))
        if level < LEVELS - 1:
            root["children"] = []
            for i, (east, north) in enumerate([(-1, -1), (1, -1), (-1, 1), (1, 1)]):
                at = x + east * quarter, y + north * quarter
                publish(f"{name}{i}", *at, half, level + 1)
                around = {"box": [*at, 10, quarter, 0, 0, 0, quarter, 0, 0, 0, 10]}
                root["children"].append(
                    {"boundingVolume": around, "geometricError": error, "content": {"uri": f"{name}{i}.json"}}
                )
        files[f"{name}.json"] = tileset_json(root)

    publish("r", 0.0, 0.0, SIDE, 0)
    files["tileset.json"] = files.pop("r.json")
    return files


class Visit:
    """A tileset on its way to a renderer."""

    def __init__(self, files: dict[str, bytes], n_files: int | None = None) -> None:
        """`n_files`: so many are read at first; None: as the program does."""
        self.store = FakeStore(files)
        self.jobs, self.renderer, self.clock = StepJobs(), FakeRenderer(), FakeClock()
        opened = open_tileset(self.store) if n_files is None else left(self.store, n_files)
        self.runtime = TilesetRuntime(
            self.store, opened, FRAME, self.jobs, world_from_tileset=at_home, clock=self.clock
        )

    def frame(self, camera: Camera, run: int | None = None) -> Any:
        self.jobs.run(run)
        self.jobs.collect()
        frame = self.runtime.update([camera])
        self.renderer.take(frame)
        return frame

    def settle(self, camera: Camera, run: int | None = None) -> Any:
        for _n in range(400):
            frame = self.frame(camera, run)
            if frame.is_settled:
                return frame
        raise AssertionError("the view never settled")

    def names(self) -> set[str]:
        return {str(self.runtime.tileset.content_uri[tile]).removesuffix(".glb") for tile in self.renderer.shown}

    def documents(self) -> list[str]:
        return [name for name in self.store.reads if name.endswith((".json", ".subtree"))]


def left(store: FakeStore, n_files: int) -> OpenTileset:
    first = read_tileset(
        store.read(store.root_uri),
        store.root_uri,
        lambda relative: store.read(store.resolve(store.root_uri, relative)),
        budget=Budget(files=n_files),
    )
    return OpenTileset(first, partial(load_tileset, store) if first.unread else None)


def whole(files: dict[str, bytes]) -> Visit:
    """The same read at once."""
    return Visit(files, 1_000_000)


def test_only_what_the_view_needs_is_read_and_it_shows_what_it_would_if_all_were() -> None:
    files = nested_city()
    visit, all_at_once = Visit(files), whole(files)
    assert len(visit.documents()) == 1 + AT_FIRST and len(all_at_once.documents()) == N_FILES
    for camera in (CORNER, ABOVE):
        visit.settle(camera)
        all_at_once.settle(camera)
        assert visit.names() == all_at_once.names()
        assert len(visit.documents()) < 0.6 * N_FILES
        assert len(set(visit.documents())) == len(visit.documents()), "no file is read twice"
    assert len(visit.names()) > 30


def test_a_view_that_was_there_before_comes_back_without_a_file() -> None:
    visit = Visit(nested_city())
    visit.settle(CORNER)
    shown, n_read = visit.names(), len(visit.store.reads)
    away = Camera(CORNER.position, heading_deg=225.0, pitch_deg=0.0)
    visit.settle(away)
    visit.settle(CORNER)
    assert visit.names() == shown and len(visit.documents()) <= n_read
    assert visit.store.reads[n_read:] == []


def test_no_ground_is_ever_bare_while_files_come_one_by_one() -> None:
    visit = Visit(nested_city())
    had_root = False
    for camera in (ABOVE, CORNER, ABOVE):
        for _n in range(4000):
            frame = visit.frame(camera, run=1)
            names = visit.names()
            had_root |= "r" in names
            seen = visit.runtime.tileset
            if had_root:  # whatever leaf is in view, it or something above it is drawn
                for tile in frame.render.tolist():
                    assert seen.content_uri[tile]
                covered = sum(4.0 ** -(len(name) - 1) for name in names)
                assert 0.0 < covered <= 1.0 + 1e-9, names
            if frame.is_settled:
                break
        else:
            raise AssertionError("never settled")


def test_a_file_that_fails_leaves_what_is_above_and_comes_by_itself_once_it_is_well() -> None:
    visit = Visit(nested_city(), 0)
    visit.store.fail("r0.json", 2)
    for _n in range(20):
        visit.frame(ABOVE)
    assert visit.names() == {"r"}
    assert any("r0.json" in sentence for sentence in visit.runtime.diagnostics)
    visit.clock.go_on(5.0)
    for _n in range(20):
        visit.frame(ABOVE)
        visit.clock.go_on(5.0)
    visit.settle(ABOVE)
    expected = whole(nested_city())
    expected.settle(ABOVE)
    assert visit.names() == expected.names() and visit.runtime.diagnostics == ()


def test_a_file_that_is_no_tileset_leaves_what_is_above_and_is_told() -> None:
    for bad in (b"", b"{", b"[]", b'{"asset": {"version": "1.1"}}', tileset_json({"geometricError": 1.0})):
        files = nested_city() | {"r0.json": bad}
        visit = Visit(files, 0)
        frame = visit.settle(ABOVE)
        assert visit.names() == {"r"} and frame.failed == 1
        assert len(visit.runtime.diagnostics) == 1 and "r0.json" in visit.runtime.diagnostics[0]


def test_what_nobody_looks_at_any_more_is_not_waited_for() -> None:
    visit = Visit(nested_city(), 0)
    visit.frame(ABOVE)
    assert visit.jobs.waiting
    away = Camera((0.0, -900.0, 900.0), heading_deg=180.0, pitch_deg=30.0)
    visit.frame(away, run=0)
    n_read = len(visit.store.reads)
    visit.settle(away)
    assert len(visit.documents()) <= n_read + 1 and not visit.names()


def test_the_whole_is_there_for_who_asks_for_it() -> None:
    store = FakeStore(nested_city())
    opened = open_tileset(store)
    assert opened.first.unread and not opened.whole().unread
    assert len(opened.whole()) == len(load_tileset(store))


def test_a_large_file_whose_leaves_are_files_is_read_on_demand_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.tileformat.tileset_plain._MANY", 2000)
    store = large_city()
    document = store.files["tileset.json"].replace(b"6.glb", b"leaf.json?key=1")
    store.files |= {"tileset.json": document, "leaf.json": tileset_json(tile_json("6.glb"))}
    store.files["leaf.json?key=1"] = store.files["leaf.json"]
    opened = open_tileset(store)
    assert len(opened.first.unread) == 4**6 - AT_FIRST
    assert len([name for name in store.reads if name.startswith("leaf")]) == AT_FIRST


def test_what_finds_features_counts_the_rows_of_all(tmp_path: Path) -> None:
    """A layer with an index is read whole: what is hidden or selected is told by its rows."""
    files = nested_city()
    document = json.loads(files["tileset.json"])
    ours = {"source_crs": "EPSG:28992", "vertical_crs": "ellipsoidal", "origin": [90_000.0, 440_000.0, 0.0]}
    ours["feature_index"] = "no index.json"
    document["asset"]["extras"] = {"citiverse": ours}
    document["root"]["transform"] = enu_matrix(4.5, 52.0, 0.0).T.ravel().tolist()
    for name, data in (files | {"tileset.json": json.dumps(document).encode()}).items():
        (tmp_path / name).write_bytes(data)
    place = open_place(str(tmp_path / "tileset.json"), References())
    assert not place.layers[0].opened.first.unread


def test_subtrees_are_read_as_they_are_needed(tmp_path: Path) -> None:
    names = [(level, x, y) for level in range(6) for x in range(2**level) for y in range(2**level)]
    files = {
        "tileset.json": implicit_tileset(
            levels=1, available=6, content="{level}_{x}_{y}.glb", refine="REPLACE", error=16.0
        )
    }
    for level, x, y in names:
        side = 100.0 / 2**level
        at = ((x + 0.5) * side - 50.0, (y + 0.5) * side - 50.0, 10.0)
        files[f"s/{level}_{x}_{y}.subtree"] = subtree(1, [1], 1 if level < 5 else 0)
        files[f"{level}_{x}_{y}.glb"] = block_glb(f"{level}_{x}_{y}", at, (side, side, 20.0))
    near = Camera((-45.0, -52.0, 5.0), heading_deg=45.0, pitch_deg=-20.0)
    visit, all_at_once = Visit(files), whole(files)
    visit.settle(near)
    all_at_once.settle(near)
    assert visit.names() == all_at_once.names()
    assert len(visit.documents()) < len(all_at_once.documents()) / 2
    for name, data in files.items():  # and one that is not there leaves its topmost tile
        (tmp_path / name).parent.mkdir(exist_ok=True)
        if name != "s/2_0_0.subtree":
            (tmp_path / name).write_bytes(data)
    store = open_store(str(tmp_path / "tileset.json"))
    try:
        store.read(store.resolve(store.root_uri, "s/2_0_0.subtree"))
        raise AssertionError
    except NotThere:
        pass
    visit.runtime = TilesetRuntime(store, open_tileset(store), FRAME, visit.jobs, world_from_tileset=at_home)
    visit.renderer = FakeRenderer()
    visit.settle(near)
    assert "2_0_0" in visit.names() and any("2_0_0.subtree" in told for told in visit.runtime.diagnostics)


@given(st.integers(0, 10**6), st.integers(0, 4), st.integers(-300, 300), st.integers(-300, 300))
@settings(max_examples=30)
def test_whatever_is_published_shows_as_if_read_at_once(seed: int, n_files: int, x: int, y: int) -> None:
    publisher = Publisher(random.Random(seed), has_regions=False)
    publisher.files["tileset.json"] = publisher.tileset(3)
    camera = Camera((float(x), float(y), 200.0), heading_deg=float(x % 360), pitch_deg=-40.0)
    first, at_once = Visit(dict(publisher.files), n_files), whole(dict(publisher.files))
    block = block_glb("b", (0.0, 0.0, 5.0), (10.0, 10.0, 10.0))
    for visit in (first, at_once):
        uris = {uri for row in range(len(at_once.runtime.tileset)) for uri in at_once.runtime.tileset.contents(row)}
        visit.store.files |= dict.fromkeys(uris, block)
        visit.settle(camera)
    assert first.names() == at_once.names()


def test_who_has_read_on_below_a_content_stays_where_all_of_it_cannot_be_had() -> None:
    def box(half: float) -> dict[str, Any]:
        return {"box": [0, 0, 10, half, 0, 0, 0, half, 0, 0, 0, 10]}

    nested = {"boundingVolume": box(400), "geometricError": 50, "content": {"uri": "x.bin"}}
    root = {"boundingVolume": box(500), "geometricError": 100, "refine": "REPLACE", "content": {"uri": "r.glb"}}
    files = {name: block_glb(name, (0.0, 0.0, 10.0), (300.0, 300.0, 20.0)) for name in ("r.glb", "z.glb")}
    files["tileset.json"] = tileset_json({**root, "children": [nested]})
    files["x.bin"] = tileset_json({"boundingVolume": box(400), "geometricError": 0, "content": {"uri": "z.glb"}})
    visit, may_fail = Visit(files), Event()

    def read_on() -> Any:
        may_fail.wait()
        raise FetchError("The server is gone.")

    opened = OpenTileset(visit.runtime.tileset, read_on)
    visit.runtime = TilesetRuntime(
        visit.store, opened, FRAME, visit.jobs, world_from_tileset=at_home, clock=visit.clock
    )
    camera = Camera((0.0, -300.0, 200.0), heading_deg=0.0, pitch_deg=-30.0)
    for _n in range(20):
        visit.frame(camera)
        visit.clock.go_on(0.05)
    assert visit.names() == {"z"}
    may_fail.set()
    with suppress(FetchError):
        opened.whole()
    for _n in range(200):
        visit.frame(camera)
        if not visit.runtime.is_busy:
            break
        sleep(0.01)
    assert visit.names() == {"z"} and "The server is gone." in visit.runtime.diagnostics
