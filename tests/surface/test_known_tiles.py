"""The surface of a tileset of many files: only those are read that tell of tiles where somebody asks."""

from __future__ import annotations

import json
import threading
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.errors import ServerBusy
from explorer.geo import WorldFrame, parse_crs
from explorer.jobs import Cancelled, ThreadJobs
from explorer.streaming import OpenTileset, load_tileset
from explorer.surface import SurfaceModel, SurfaceTileset
from explorer.surface.known_tiles import KNOWN_FILES, KNOWN_TILES, TilesOnDemand
from explorer.surface.sources import TilesetSource
from explorer.tileformat import Budget, FeatureTable, Mesh, SurfaceClass, TileContent, encode_glb, read_tileset
from tests.fakes import FakeClock, FakeStore
from tests.specimens import block_glb, tileset_json
from tests.streaming.test_reading_on_demand import LEVELS, N_FILES, SIDE, nested_city
from tests.streaming.test_tilesets_among_contents import without_endings

CRS = parse_crs("EPSG:28992+5709")
ORIGIN = (85_000.0, 447_000.0, 0.0)
FRAME = WorldFrame(CRS, ORIGIN)
CORNER = (-SIDE / 2.0, -SIDE / 2.0, -SIDE / 2.0 + 60.0, -SIDE / 2.0 + 60.0)
EVERYWHERE = (-SIDE, -SIDE, SIDE, SIDE)


def city_on_map() -> FakeStore:
    """The nested city, its root frame moved to the map."""
    files = nested_city()
    document = json.loads(files["tileset.json"])
    document["root"]["transform"] = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, *ORIGIN, 1]
    return FakeStore(files | {"tileset.json": json.dumps(document).encode()})


def source_of(
    store: FakeStore, n_files: int = 0, most_known: tuple[int, int] = (KNOWN_TILES, KNOWN_FILES)
) -> TilesetSource:
    first = read_tileset(
        store.read(store.root_uri),
        store.root_uri,
        lambda name: store.read(store.resolve(store.root_uri, name)),
        budget=Budget(files=n_files),
    )
    opened = OpenTileset(first, partial(load_tileset, store) if first.unread else None)
    return TilesetSource(FRAME, SurfaceTileset(store, opened, CRS), most_known=most_known)


def model_of(store: FakeStore, n_files: int = 0) -> SurfaceModel:
    return SurfaceModel(FRAME, (), sources=[source_of(store, n_files)])


def documents(store: FakeStore) -> list[str]:
    return [name for name in store.reads if name.endswith(".json")]


@pytest.mark.parametrize("max_error", [0.0, 20.0, 50.0])
def test_it_is_the_surface_of_the_whole(max_error: float) -> None:
    some, at_once = city_on_map(), city_on_map()
    for area in (CORNER, (0.0, 0.0, 10.0, 10.0), EVERYWHERE):
        found = model_of(some).triangles(area, max_error)
        expected = model_of(at_once, 1_000_000).triangles(area, max_error)
        assert set(found.features) == set(expected.features)
        order, expected_order = (np.lexsort(soup.positions.reshape(-1, 9).T) for soup in (found, expected))
        np.testing.assert_allclose(found.positions[order], expected.positions[expected_order], atol=1e-4)


def test_only_files_around_the_place_are_read_and_each_once() -> None:
    store = city_on_map()
    source = source_of(store)
    assert len(source.tiles(CORNER)) == 1
    assert len(documents(store)) == LEVELS  # of four quarters one meets the place, and so on downwards
    source.tiles(CORNER)
    source.tiles(CORNER, 50.0)
    assert len(documents(store)) == LEVELS
    assert len(source.tiles(EVERYWHERE)) == 4**4
    assert len(documents(store)) == len(set(documents(store))) == N_FILES


def test_coarse_questions_leave_fine_files_alone() -> None:
    store = city_on_map()
    source = source_of(store)
    assert len(source.tiles(EVERYWHERE, SIDE / 16.0)) == 4
    assert len(documents(store)) == 1 + 4


def test_a_city_without_land_is_not_read_whole_to_learn_that() -> None:
    store = city_on_map()
    assert model_of(store).ground_is_estimated
    assert len(documents(store)) < N_FILES / 4
    assert len([name for name in store.reads if name.endswith(".glb")]) < 4**4 / 4


def test_a_file_that_cannot_be_had_is_told_and_asked_for_again() -> None:
    store = city_on_map()
    store.fail("r0.json", 2)  # for the question whether there is land, and for the first of these
    model = model_of(store)
    found = model.triangles(EVERYWHERE)
    assert not any(str(name).startswith("r0") for name in found.features)
    assert any(str(name).startswith("r1") for name in found.features)
    assert len(model.problems) == 1 and "r0.json" in model.problems[0]
    again = model.triangles(EVERYWHERE)
    assert any(str(name).startswith("r0") for name in again.features)


def test_a_row_that_stood_for_a_part_is_never_told_to_be_an_empty_tile() -> None:
    store = city_on_map()
    store.fail("r0.json", 1)
    source = source_of(store)
    (row,) = [tile for tile in source.tiles(CORNER) if tile.is_unread]
    assert source.tiles(CORNER) != [row]  # somebody else asked again, and it came
    assert not source.read(row).is_complete


ACROSS = [(float(x), -10.0, float(x) + 20.0, 10.0) for x in np.linspace(-SIDE / 2.0, SIDE / 2.0 - 20.0, 40)]


@pytest.mark.parametrize("most_known", [(12, 1_000), (1_000_000, 6)], ids=["tiles", "files"])
def test_who_walks_on_and_on_meets_all_there_is_though_little_is_known_at_once(most_known: tuple[int, int]) -> None:
    store = city_on_map()
    source, whole = source_of(store, most_known=most_known), source_of(city_on_map(), 1_000_000)
    most = 0
    for area in (*ACROSS, *reversed(ACROSS)):
        found, expected = ({tile.key for tile in one.tiles(area)} for one in (source, whole))
        assert found == expected
        most = max(most, len(source.bounds[0]))
    assert most < len(whole.bounds[0]) / 3.0


def test_what_was_found_can_be_read_after_it_was_forgotten() -> None:
    store = city_on_map()
    source = source_of(store, most_known=(12, 1_000))
    found = source.tiles(ACROSS[0])
    expected = [source.read(tile).soup.positions for tile in source_of(city_on_map()).tiles(ACROSS[0])]
    for area in ACROSS:
        source.tiles(area)
    again = source.tiles(ACROSS[0])
    assert [tile.of for tile in found] != [tile.of for tile in again]
    for tile, other, positions in zip(found, again, expected, strict=True):
        np.testing.assert_array_equal(source.read(tile).soup.positions, positions)
        assert source.read(tile) is source.read(other)  # its triangles are kept, whatever row it has


def test_what_one_question_needs_is_not_read_anew_for_each() -> None:
    store = city_on_map()
    source = source_of(store, most_known=(12, 6))
    for _turn in range(5):
        source.tiles(EVERYWHERE)
    assert len(documents(store)) <= 2 * N_FILES


def test_terrain_beneath_many_buildings_is_found() -> None:
    """Four tiles of terrain among 900 of buildings: whichever rows are looked at, the ground below them is, too."""
    files, children = {}, []
    for i in range(900):
        x, y = (i % 30) * 10.0 - 145.0, (i // 30) * 10.0 - 145.0
        files[f"h{i}.glb"] = block_glb(f"h{i}", (x, y, 5.0), (4.0, 4.0, 10.0))
        box = {"box": [x, y, 5, 5, 0, 0, 0, 5, 0, 0, 0, 5]}
        children.append({"boundingVolume": box, "geometricError": 0.0, "content": {"uri": f"h{i}.glb"}})
    corners = np.array([[-150.0, -150.0, 0.0], [150.0, -150.0, 0.0], [150.0, 150.0, 0.0], [-150.0, 150.0, 0.0]])
    ground = Mesh(corners, np.array([[0, 1, 2], [0, 2, 3]]), surface_class=np.full(4, SurfaceClass.TERRAIN, np.uint8))
    files["ground.glb"] = encode_glb(TileContent((ground,), FeatureTable()))
    everywhere = {"box": [0, 0, 5, 150, 0, 0, 0, 150, 0, 0, 0, 6]}
    children.append({"boundingVolume": everywhere, "geometricError": 0.0, "content": {"uri": "ground.glb"}})
    root = {"boundingVolume": everywhere, "geometricError": 50.0, "refine": "ADD", "children": children}
    root["transform"] = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, *ORIGIN, 1]
    model = model_of(FakeStore(files | {"tileset.json": tileset_json(root)}))
    assert not model.ground_is_estimated


def test_a_file_that_is_no_tileset_is_not_asked_for_again_and_again() -> None:
    store = city_on_map()
    store.files["r0.json"] = b"no tileset"
    source = source_of(store)
    for _n in range(3):
        (bad,) = [tile for tile in source.tiles(EVERYWHERE) if not source.read(tile).is_complete]
        assert "r0.json" in source.read(bad).problems[0]
    assert store.reads.count("r0.json") == 1


def test_many_may_ask_at_once() -> None:
    store = city_on_map()
    model = model_of(store)
    found: list[int] = []

    def ask() -> None:
        found.append(len(model.triangles(EVERYWHERE).positions))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1 and found[0] > 0
    assert len(documents(store)) == N_FILES


def test_more_tiles_than_can_be_kept_are_told_and_cost_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.tileformat.tileset_joining.MAX_TILES", 40)
    store = city_on_map()
    model = model_of(store)
    assert any(str(name).startswith("r") for name in model.triangles(CORNER).features)
    n_read = len(documents(store))
    model.triangles(EVERYWHERE)
    assert any("more than 40 tiles" in sentence for sentence in model.problems)
    n_more = len(documents(store)) - n_read
    model.triangles(EVERYWHERE)
    assert len(documents(store)) == n_read + n_more, "what cannot be kept is not asked for again and again"


def test_files_that_do_not_say_that_they_tell_of_tiles_are_read_where_somebody_asks() -> None:
    odd, plain = city_on_map(), city_on_map()
    odd.files = without_endings(odd.files)
    for area in (CORNER, EVERYWHERE):
        found, expected = model_of(odd).triangles(area), model_of(plain).triangles(area)
        assert set(found.features) == set(expected.features)
    source = source_of(odd)
    n_read = len(odd.reads)
    assert len(source.tiles(CORNER)) == 1
    assert len(odd.reads) - n_read < 4 * LEVELS, "of four quarters one meets the place, and so on downwards"
    n_read = len(odd.reads)
    source.read(source.tiles(CORNER)[0])
    assert len(odd.reads) == n_read, "what was read to learn what it is, is kept"


def test_each_of_them_is_fetched_once() -> None:
    store = city_on_map()
    store.files = without_endings(store.files)
    source = source_of(store)
    store.reads.clear()
    for tile in source.tiles(EVERYWHERE):
        assert source.read(tile).is_complete
    assert (
        len(store.reads) == len(set(store.reads)) == len(store.files) - 1 - sum(4**level for level in range(LEVELS - 1))
    )


def test_one_that_says_to_be_a_tile_is_told_and_read_from_the_next_question_on() -> None:
    store = city_on_map()
    root = json.loads(store.files["tileset.json"])
    root["root"]["children"][0]["content"]["uri"] = "odd.glb"
    store.files["tileset.json"] = json.dumps(root).encode()
    store.files["odd.glb"] = store.files.pop("r0.json")
    model = model_of(store)
    expected = {name for name in model_of(city_on_map()).triangles(CORNER).features if name}
    for _n in range(3):
        found = set(model.triangles(CORNER).features)
    assert expected <= found


class Silent(FakeStore):
    """A store whose server never answers for its files of tiles, until somebody lets it."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(files)
        self.may_answer, self.is_asked = threading.Event(), threading.Event()

    def read(self, uri: str) -> bytes:
        """See `Store.read`."""
        if uri.endswith("r0.json"):
            self.is_asked.set()
            self.may_answer.wait(20.0)
        return super().read(uri)


def test_a_question_that_is_not_wanted_any_more_waits_for_no_server() -> None:
    store = Silent(city_on_map().files)
    source, jobs = source_of(store), ThreadJobs(2)
    asked = [jobs.submit(lambda _progress: source.tiles(CORNER), name="figures") for _n in range(2)]
    assert store.is_asked.wait(10.0)
    for job in asked:  # the one that reads, and the one that waits for it
        job.cancel()
    for job in asked:
        with pytest.raises(Cancelled):
            job.result(10.0)
    store.may_answer.set()
    assert len(source.tiles(CORNER)) == 1, "who asks next has the answer"
    jobs.close()


def test_a_file_that_fails_and_fails_is_asked_for_after_growing_pauses() -> None:
    store, clock = city_on_map(), FakeClock()
    tileset = source_of(store)._source.tileset
    assert isinstance(tileset, OpenTileset)
    tiles = TilesOnDemand(FRAME, store, tileset.first, CRS, clock)
    store.fail("r0.json", 6)

    def meets(lo: NDArray[np.float64], hi: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.asarray((lo[:, 0] < CORNER[2]) & (lo[:, 1] < CORNER[3]))

    asked_at = []
    for _n in range(400):
        before = store.reads.count("r0.json")
        tiles.where(meets)
        if store.reads.count("r0.json") > before:
            asked_at.append(clock.now)
        clock.go_on(0.1)
    assert len(asked_at) == 7 and asked_at[:3] == pytest.approx([0.0, 0.1, 0.2])
    pauses = np.diff(asked_at[2:])
    assert (pauses[1:] > pauses[:-1]).all() and pauses[0] > 0.5
    assert not tiles.now.tileset.unread.keys() & tiles._retries.not_now()


def test_a_server_that_wants_to_be_left_alone_is() -> None:
    store, clock = city_on_map(), FakeClock()

    class Busy(FakeStore):
        def read(self, uri: str) -> bytes:
            """See `Store.read`."""
            found = super().read(uri)
            if uri.endswith("r0.json") and clock.now < 30.0:
                raise ServerBusy("The server rests. [x]", "", 30.0)
            return found

    busy = Busy(store.files)
    opened = source_of(store)._source.tileset
    assert isinstance(opened, OpenTileset)
    tiles = TilesOnDemand(FRAME, busy, opened.first, CRS, clock)
    for _n in range(5):
        tiles.where(lambda lo, hi: np.asarray((lo[:, 0] < CORNER[2]) & (lo[:, 1] < CORNER[3])))
        clock.go_on(1.0)
    assert busy.reads.count("r0.json") == 1
    clock.go_on(30.0)
    tiles.where(lambda lo, hi: np.asarray((lo[:, 0] < CORNER[2]) & (lo[:, 1] < CORNER[3])))
    assert busy.reads.count("r0.json") == 2
