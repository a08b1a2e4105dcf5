"""Who looks at ever more of a tileset of many files knows no more of it than a limit allows; no picture shows it."""

from __future__ import annotations

import math
import random

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from explorer.geo import Camera
from explorer.streaming import Budgets, TilesetRuntime
from explorer.streaming.states import TileState
from tests.specimens import at_home
from tests.streaming.test_reading_on_demand import CORNER, FRAME, Visit, left, nested_city, whole

FEW = 60


class Forgetful(Visit):
    """The same where so many tiles of parts may be known."""

    def __init__(self, files: dict[str, bytes], known_tiles: int = FEW) -> None:
        super().__init__(files, 0)
        self.ages: dict[int, int] = {}
        """By tile that stands for a known part, for how many frames it has been known."""
        self.runtime = TilesetRuntime(
            self.store,
            left(self.store, 0),
            FRAME,
            self.jobs,
            world_from_tileset=at_home,
            clock=self.clock,
            budgets=Budgets(known_tiles=known_tiles, attach_tiles=100),
        )

    @property
    def n_known(self) -> int:
        """Rows that lead anywhere."""
        tileset, found, waiting = self.runtime.tileset, 0, [0]
        while waiting:
            row = waiting.pop()
            found += 1
            waiting += tileset.children(row)
        return found

    def check(self) -> None:
        """The renderer has what the tileset's tiles say that it has, and nothing else."""
        tileset, states = self.runtime.tileset, self.runtime._states.of
        assert len(states) == len(tileset) == len(self.runtime.tree)
        ready = {row for row, state in enumerate(states.tolist()) if state == TileState.READY}
        assert set(self.renderer.attached) == ready
        for row in ready:
            assert tileset.content_uri[row], "nothing is drawn of what is forgotten"


def corner(east: float, north: float, heading: float) -> Camera:
    return Camera((east, north, 40.0), heading_deg=heading, pitch_deg=-70.0)


def rest(visit: Visit, camera: Camera, n: int = 62) -> None:
    """What was looked at a moment ago is never forgotten."""
    for _n in range(n):
        visit.frame(camera)


def test_what_is_known_has_a_limit_and_the_picture_is_that_of_who_knows_all() -> None:
    files = nested_city()
    visit, never, all_at_once = Forgetful(files), Forgetful(files, 1_000_000), whole(files)
    chance = random.Random(5)
    most = 0
    for _n in range(24):
        camera = corner(chance.uniform(-500, 500), chance.uniform(-500, 500), chance.uniform(0, 360))
        visit.settle(camera)
        all_at_once.settle(camera)
        never.settle(camera)
        assert visit.names() == all_at_once.names()
        rest(visit, camera)
        assert visit.names() == all_at_once.names()
        visit.check()
        most = max(most, visit.n_known)
    assert most < len(visit.runtime.tileset) < 0.75 * never.n_known, "rows are used again"


def test_who_comes_back_after_long_reads_the_files_again() -> None:
    visit = Forgetful(nested_city(), 8)
    visit.settle(CORNER)
    shown, n_read = visit.names(), len(visit.documents())
    away = corner(400.0, 400.0, 45.0)
    visit.settle(away)
    rest(visit, away)
    visit.settle(away)
    assert visit.names() != shown
    visit.settle(CORNER)
    assert visit.names() == shown and len(visit.documents()) > n_read + 4
    visit.check()


def test_who_turns_away_and_back_reads_nothing_again() -> None:
    visit = Forgetful(nested_city(), 8)
    visit.settle(CORNER)
    shown = visit.names()
    visit.settle(Camera(CORNER.position, heading_deg=225.0, pitch_deg=0.0))
    n_read = len(visit.store.reads)
    visit.settle(CORNER)
    assert visit.names() == shown and visit.store.reads[n_read:] == []


def test_what_is_in_view_is_never_forgotten_however_much_it_is() -> None:
    visit = Forgetful(nested_city(), 1)
    visit.settle(CORNER)
    shown = visit.names()
    for _n in range(300):
        visit.frame(CORNER)
        assert visit.names() == shown
    visit.check()


def test_what_failed_in_a_forgotten_part_is_found_out_again() -> None:
    visit = Forgetful(nested_city(), 8)
    broken = next(
        name for name in sorted(visit.store.files) if name.startswith("r00") and len(name) == len("r0000.glb")
    )
    sound = visit.store.files.pop(broken)
    visit.settle(CORNER)
    assert any(broken in sentence for sentence in visit.runtime.diagnostics)
    away = corner(400.0, 400.0, 45.0)
    visit.settle(away)
    rest(visit, away, 130)
    assert not any(broken in sentence for sentence in visit.runtime.diagnostics)
    visit.store.files[broken] = sound
    expected = whole(nested_city())
    visit.settle(CORNER)
    expected.settle(CORNER)
    assert visit.names() == expected.names()


def test_what_is_fetched_ahead_is_not_forgotten_as_it_comes() -> None:
    visit = Forgetful(nested_city(), 1)
    forgotten: list[int] = []
    for i in range(600):
        angle = i / 60.0
        camera = corner(450.0 * math.cos(angle), 450.0 * math.sin(angle), 0.0)
        before = {tile: known.rows for tile, known in visit.runtime._known._known.items()}
        visit.frame(camera)
        visit.clock.go_on(0.03)
        forgotten += [visit.ages.get(tile, 0) for tile in before.keys() - visit.runtime._known._known.keys()]
        visit.ages = {tile: visit.ages.get(tile, 0) + 1 for tile in visit.runtime._known._known}
    assert len(forgotten) > 20 and min(forgotten) >= 60, "frames since they came"


@given(st.integers(0, 10**6), st.integers(0, 80))
@settings(max_examples=8, deadline=None, phases=[Phase.generate])
def test_whatever_comes_late_never_lands_in_another_tile(seed: int, most: int) -> None:
    """Workers do some of what waits, in any frame, while somebody jumps about; each block is where its name says."""
    visit, chance = Forgetful(nested_city(), most), random.Random(seed)
    for _n in range(12):
        camera = corner(chance.uniform(-500, 500), chance.uniform(-500, 500), chance.uniform(0, 360))
        for _m in range(chance.randint(1, 90)):
            visit.frame(camera, run=chance.randint(0, 6))
            visit.clock.go_on(chance.choice([0.02, 0.02, 30.0]))
        visit.check()
        for row, prepared in visit.renderer.attached.items():
            (only,) = prepared.features.ids
            assert f"{only}.glb" == visit.runtime.tileset.content_uri[row]
