"""A large tileset: its first levels are drawn before all of it is read, and nothing is lost when the rest comes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from explorer.errors import TilesetError
from explorer.geo import Camera, WorldFrame, parse_crs
from explorer.streaming import OpenTileset, TilesetRuntime, load_tileset, open_tileset
from explorer.streaming.opening import begins_with
from explorer.tileformat import Tileset
from explorer.tileformat.tileset_plain import FIRST_LEVELS
from tests.fakes import FakeClock, FakeRenderer, FakeStore, StepJobs
from tests.specimens import at_home, block_glb

FRAME = WorldFrame(parse_crs("EPSG:28992+ellipsoidal"), (92000.0, 437000.0, 0.0))
NEAR = Camera((0.0, -900.0, 300.0), heading_deg=0.0, pitch_deg=-25.0)
SIDE, LEVELS = 4096.0, 7
FIRST = sum(4**level for level in range(FIRST_LEVELS + 1))


def quadtree(x: float, y: float, side: float, level: int) -> dict[str, Any]:
    half = side / 2.0
    tile: dict[str, Any] = {
        "boundingVolume": {"box": [x, y, 10, half, 0, 0, 0, half, 0, 0, 0, 10]},
        "geometricError": side / 4.0 if level < LEVELS - 1 else 0.0,
        "content": {"uri": f"{level}.glb"},
        "transform": np.eye(4).reshape(-1).tolist(),
    }
    if level < LEVELS - 1:
        quarter = side / 4.0
        tile["children"] = [
            quadtree(x + east * quarter, y + north * quarter, half, level + 1) for north in (-1, 1) for east in (-1, 1)
        ]
    return tile


def large_city(root: dict[str, Any] | None = None, n_levels: int = LEVELS) -> FakeStore:
    """A quadtree of 5,461 tiles and more, each with a house that is as large as its level."""
    tree = root or quadtree(0.0, 0.0, SIDE, 0) | {"refine": "REPLACE"}
    document = {"asset": {"version": "1.1"}, "geometricError": SIDE, "root": tree}
    files = {f"{level}.glb": block_glb(f"level {level}", (0, 0, 5), (30, 30, 10)) for level in range(n_levels)}
    return FakeStore({**files, "tileset.json": json.dumps(document).encode()})


@pytest.fixture(autouse=True)
def many_are_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of tiles are as good as tens of thousands."""
    monkeypatch.setattr("explorer.tileformat.tileset_plain._MANY", 2000)


class Journey:
    """A large tileset on its way to a renderer."""

    def __init__(self, opened: OpenTileset, store: FakeStore) -> None:
        self.jobs, self.renderer, self.clock = StepJobs(), FakeRenderer(), FakeClock()
        self.runtime = TilesetRuntime(store, opened, FRAME, self.jobs, world_from_tileset=at_home, clock=self.clock)

    def frame(self) -> Any:
        self.jobs.run()
        self.jobs.collect()
        frame = self.runtime.update([NEAR])
        self.renderer.take(frame)
        return frame

    def until(self, is_so: Callable[[], Any]) -> Any:
        end = time.monotonic() + 20.0
        while True:
            frame = self.frame()
            if is_so():
                return frame
            assert time.monotonic() < end
            time.sleep(0.002)

    def settle(self) -> Any:
        frames: list[Any] = []

        def is_settled() -> bool:
            frames.append(self.runtime.update([NEAR]))
            self.renderer.take(frames[-1])
            return bool(frames[-1].is_settled)

        self.until(is_settled)
        return frames[-1]


def held(store: FakeStore) -> tuple[OpenTileset, threading.Event]:
    """A large tileset whose rest is not read before the event."""
    first, may_read = open_tileset(store).first, threading.Event()

    def read_on() -> Tileset:
        assert may_read.wait(20.0)
        return load_tileset(store)

    return OpenTileset(first, read_on), may_read


def test_the_first_levels_are_the_first_rows_of_the_whole() -> None:
    store = large_city()
    opened = open_tileset(store)
    assert not opened.is_first_all and len(opened.first) == FIRST
    whole = opened.whole()
    assert len(whole) == (4**LEVELS - 1) // 3 and begins_with(whole, opened.first)
    alone = load_tileset(store)
    for name in ("centre", "half_axes", "geometric_error", "refine", "parent", "first_child", "child_count", "level"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(alone, name), name)
        if name not in ("first_child", "child_count"):
            np.testing.assert_array_equal(getattr(opened.first, name), getattr(alone, name)[:FIRST], name)
    above = opened.first.level < FIRST_LEVELS
    np.testing.assert_array_equal(opened.first.child_count[above], alone.child_count[:FIRST][above])
    assert not opened.first.child_count[~above].any()


def _small(root: dict[str, Any]) -> dict[str, Any]:
    return {**root, "children": root["children"][:1]}


def _flat(root: dict[str, Any]) -> dict[str, Any]:
    return {**root, "children": [{**tile, "children": []} for tile in [root["children"][0]] * 5000]}


def _empty_above(root: dict[str, Any]) -> dict[str, Any]:
    def without(tile: dict[str, Any], level: int) -> dict[str, Any]:
        children = [without(child, level + 1) for child in tile.get("children", [])]
        kept = {key: value for key, value in tile.items() if key != "content" or level > FIRST_LEVELS}
        return {**kept, "children": children}

    return without(root, 0)


def _odd(root: dict[str, Any]) -> dict[str, Any]:
    return {**root, "children": [*root["children"][:3], root["children"][3] | {"geometricError": -1.0}]}


@pytest.mark.parametrize("change", [_small, _flat, _empty_above, _odd])
def test_what_is_small_flat_empty_above_or_odd_is_opened_as_a_whole(
    change: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    store = large_city(change(quadtree(0.0, 0.0, SIDE, 0) | {"refine": "REPLACE"}))
    opened = open_tileset(store)
    assert opened.is_first_all and len(opened.first) == len(load_tileset(store))
    assert opened.whole() is opened.first


def test_what_is_no_tileset_is_refused_as_ever() -> None:
    good = large_city()
    for data in (good.files["tileset.json"][:-3000], good.files["tileset.json"].replace(b'"1.1"', b'"9.0"', 1)):
        with pytest.raises(TilesetError):
            open_tileset(FakeStore({"tileset.json": data}))


def test_something_is_drawn_before_all_is_read_and_then_all_is_drawn() -> None:
    store = large_city()
    opened, may_read = held(store)
    journey = Journey(opened, store)
    frames = [journey.frame() for _ in range(60)]
    assert journey.renderer.shown and max(journey.renderer.shown) < FIRST
    assert not any(frame.is_settled for frame in frames), "there is more to come"
    assert len(journey.runtime.tileset) == FIRST
    attached = dict(journey.renderer.attached)
    may_read.set()
    journey.until(lambda: len(journey.runtime.tileset) > FIRST)
    journey.settle()
    assert journey.renderer.attached.items() >= attached.items(), "what was there is not fetched again"
    whole = Journey(OpenTileset(load_tileset(store)), store)
    whole.settle()
    assert journey.renderer.shown == whole.renderer.shown and max(whole.renderer.shown) >= FIRST
    journey.renderer.detach(journey.runtime.close())
    journey.renderer.check_released()


def test_the_rest_is_not_kept_waiting_by_a_picture_that_does_not_come() -> None:
    store = large_city()
    opened = open_tileset(store)
    journey = Journey(opened, store)
    journey.runtime.update([NEAR])
    time.sleep(0.05)
    assert len(journey.runtime.tileset) == FIRST, "nothing has come, and it was not long yet"
    journey.clock.now += 1.0
    end = time.monotonic() + 20.0
    while len(journey.runtime.tileset) == FIRST:  # no worker does anything here
        journey.runtime.update([NEAR])
        assert time.monotonic() < end
        time.sleep(0.002)


def test_boxes_that_grew_and_wishes_from_before_hold_afterwards() -> None:
    store = large_city()
    store.files["0.glb"] = block_glb("tower", (0, 0, 400), (30, 30, 800))  # far higher than its box
    opened, may_read = held(store)
    journey = Journey(opened, store)
    journey.until(lambda: 0 in journey.renderer.attached)
    reach = journey.runtime.tree.half_lengths[0].copy()
    assert reach.max() > 700.0 or journey.runtime.tree.bounds(0)[1][2] >= 800.0
    whole = load_tileset(store)
    away = np.abs(whole.centre[:, :2] - (32.0, 1888.0)).max(axis=1) + np.where(whole.child_count, 1e9, 0.0)
    leaf = int(away.argmin())
    above = [int(whole.parent[leaf])]
    while above[-1] > 0:
        above.append(int(whole.parent[above[-1]]))
    journey.runtime.set_must_refine(frozenset(above))
    may_read.set()
    journey.until(lambda: len(journey.runtime.tileset) > FIRST)
    assert (journey.runtime.tree.half_lengths[0] >= reach - 1e-9).all()
    journey.settle()
    assert leaf in journey.renderer.shown, "so far away only because somebody asked for it"


def test_a_rest_whose_rows_are_others_is_begun_anew() -> None:
    store = large_city()
    whole = load_tileset(store)
    other = replace(whole, content_uri=("1.glb", *whole.content_uri[1:]))
    journey = Journey(OpenTileset(open_tileset(store).first, lambda: other), store)
    journey.until(lambda: len(journey.runtime.tileset) > FIRST)
    assert not journey.renderer.attached
    journey.settle()
    journey.renderer.detach(journey.runtime.close())
    journey.renderer.check_released()


def test_a_rest_that_cannot_be_read_leaves_the_first_levels_and_says_so() -> None:
    def fails() -> Tileset:
        raise TilesetError("The rest is broken. [city/tileset.json]")

    store = large_city()
    opened = OpenTileset(open_tileset(store).first, fails)
    journey = Journey(opened, store)
    journey.settle()
    assert journey.renderer.shown and len(journey.runtime.tileset) == FIRST
    assert any("The rest is broken" in sentence for sentence in journey.runtime.diagnostics)
    with pytest.raises(TilesetError, match="The rest is broken"):  # who needs all is not given a part
        opened.whole()
