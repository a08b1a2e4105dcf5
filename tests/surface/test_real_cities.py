"""Walking in real cities and in the built-in town, with tiles that come late."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from explorer.geo import WorldFrame, parse_crs
from explorer.jobs import InlineJobs, Job, Progress, WhenDone
from explorer.navigation import CollisionWorld, Walker
from explorer.store import open_store
from explorer.surface import CollisionFeed, SurfaceModel
from explorer.tileformat import Mesh, read_tileset
from tests.navigation.random_walk import DT, judge, random_walk

CITIES = {
    "delft": "cityjson/delft/delft.city.json",
    "den haag": "cityjson/den-haag/DenHaag_01.city.json",
    "delfshaven": "cityjson/rotterdam-delfshaven/3-20-DELFSHAVEN.city.json",
}
SAYS_NO_HEIGHTS = "delfshaven"
"""Its file gives a plane CRS alone."""


class LateJobs(InlineJobs):
    """Work is done at once, and noticed up to ten seconds of frames later."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._rng = np.random.default_rng(seed)
        self._late: list[tuple[int, Job[object], WhenDone]] = []
        self._frame = 0

    def collect(self, budget_ms: float = 2.0) -> int:
        """Hand over what is due in this frame."""
        self._frame += 1
        for job, when_done in self._finished:
            self._late.append((self._frame + int(self._rng.uniform(0.0, 10.0 / DT)), job, when_done))
        self._finished.clear()
        due = [one for one in self._late if one[0] <= self._frame]
        self._late = [one for one in self._late if one[0] > self._frame]
        for _frame, job, when_done in due:
            when_done(job)
        return len(due)


def _walked(
    model: SurfaceModel, area: tuple[float, float, float, float], secs: float, seed: int
) -> tuple[float, int, int]:
    """Distance gone, steps through something, steps with nothing below, of a random walk from somewhere in an area."""
    rng, world, jobs = np.random.default_rng(seed), CollisionWorld(), LateJobs(seed)
    feed, start = CollisionFeed(model, world, jobs), None
    while start is None:
        x, y = rng.uniform(area[:2], area[2:]).tolist()
        for _ in range(round(11.0 / DT)):
            feed.update(x, y)
            jobs.collect()
        start = Walker().placed(x, y, world)

    def tend(x: float, y: float) -> None:
        feed.update(x, y)
        jobs.collect()

    walk = random_walk(world, start, secs, seed, tend)
    lo, hi = walk.eyes[:, :2].min(axis=0) - 5.0, walk.eyes[:, :2].max(axis=0) + 5.0
    soup = model.triangles((*lo.tolist(), *hi.tolist()))
    return (walk.distance, *judge(walk, soup.world, soup.surface_class))


def _tileset_model(folder: Path) -> SurfaceModel:
    store = open_store(folder)
    tileset = read_tileset(store.read(store.root_uri), store.root_uri)
    extras = tileset.extras
    assert extras is not None
    assert extras.origin is not None
    frame = WorldFrame(parse_crs(extras.source_crs, extras.vertical_crs), extras.origin)
    return SurfaceModel(frame, [(store, tileset)])


def _middle(model: SurfaceModel) -> tuple[float, float, float, float]:
    (lo, *_), (hi, *_) = model.sources[0].bounds
    size = (hi - lo) * 0.2
    return float(lo[0] + size[0]), float(lo[1] + size[1]), float(hi[0] - size[0]), float(hi[1] - size[1])


@pytest.fixture(scope="module")
def delft(shared_data: Path) -> SurfaceModel:
    """Delft straight from its file, as meshes of a model without tiles."""
    from importers.cityjson import read_cityjson

    city = read_cityjson(shared_data / CITIES["delft"], crs=None, vertical=None, lod=None, progress=Progress())
    origin = (84_879.0, 447_587.0, 0.0)
    meshes = []
    for feature in city.features:
        for lod in feature.meshes[-1:]:
            corners = lod.positions[lod.triangles].reshape(-1, 3) - origin
            rows = np.arange(len(corners), dtype=np.uint32).reshape(-1, 3)
            meshes.append(Mesh(corners, rows, surface_class=np.repeat(lod.surface, 3)))
    return SurfaceModel(WorldFrame(parse_crs("EPSG:28992+5709"), origin), (), meshes)


def test_two_minutes_in_delft_go_through_no_wall_and_never_below_ground(delft: SurfaceModel) -> None:
    distance, through, fallen = _walked(delft, (-100.0, -80.0, 100.0, 80.0), 120.0, 5)
    assert (through, fallen) == (0, 0)
    assert distance > 40.0


def _imported(city: str, shared_data: Path, folder: Path) -> Path:
    from importers.city_import import import_city

    vertical = "EPSG:5709" if city == SAYS_NO_HEIGHTS else None
    import_city([shared_data / CITIES[city]], folder / "city", vertical=vertical)
    return folder / "city"


def _town(_city: str, _shared_data: Path, folder: Path) -> Path:
    from importers.sampletown import write_sample_town

    write_sample_town(folder / "town", buildings=600, seed=1)
    return folder / "town"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("city", "make"), [("delft", _imported), ("den haag", _imported), ("delfshaven", _imported), ("town", _town)]
)
def test_an_hour_in_a_city_goes_through_no_wall_and_never_below_ground(
    city: str, make: Callable[[str, Path, Path], Path], shared_data: Path, tmp_path: Path
) -> None:
    model = _tileset_model(make(city, shared_data, tmp_path))
    distance, through, fallen = _walked(model, _middle(model), 3600.0, 11)
    assert (through, fallen) == (0, 0)
    assert distance > 1000.0
