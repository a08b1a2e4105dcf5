"""The figures of `citiverse simulate`, held to rays in float64 against the polygons of the source file itself."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyproj
import pytest
import rasterio

from explorer.scenario import PlaceProposal, Proposal, ScenarioStore, read_scene, write_scene
from tests.cli.program import Ended, Program, village
from tests.importers.specimens import E, N, one_box
from tests.surface.reference import FloatArray, first_hit

pytestmark = pytest.mark.xdist_group("cli")

BOX = (E + 44.0, N + 24.0, E + 76.0, N + 56.0)
AREA = "--area=" + ",".join(f"{value:g}" for value in BOX)
GROUND = 0.9
REPLACED = "house-1-1"
STEP, DAY = 120.0, "2026-03-21"
HOURS = ("sun_hours", AREA, "--date", DAY, "--step", f"{STEP:g}", "--resolution", "2")


@dataclass(frozen=True)
class Desk:
    program: Program
    folder: Path
    source: Path

    def simulate(self, *words: object) -> Ended:
        return self.program.call("simulate", "plan.cvscene", *words, cwd=self.folder)

    def grid(self, *words: object) -> FloatArray:
        done = self.simulate(*words, "-o", "x.tif")
        assert (done.code, done.err) == (0, ""), done
        with rasterio.open(self.folder / "x.tif") as raster:
            return np.asarray(raster.read(1))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("figures")
    program = Program(folder / "home")
    source = village(folder / "village.city.json")
    assert program.call("import", source, "-o", "tiles", cwd=folder).code == 0
    assert program.call("scene", "new", "tiles", "-o", "plan.cvscene", cwd=folder).code == 0
    opened = read_scene(folder / "plan.cvscene")
    store = ScenarioStore(opened.scenario)
    ring = ((-5.0, -5.0), (5.0, -5.0), (5.0, 5.0), (-5.0, 5.0))
    place = {"easting": E + 36.0, "northing": N + 34.0, "base_height": 0.9, "footprint": ring}
    variant = opened.scenario.scene.active_variant or ""
    block = Proposal(id="p1", variant_id=variant, storeys=8, hidden_features=(REPLACED,), **place)  # type: ignore[arg-type]
    store.execute(PlaceProposal(block))
    write_scene(folder / "plan.cvscene", store.scenario)
    return Desk(program, folder, source)


def triangles_of(source: Path, *, without: str = "") -> FloatArray:
    """All polygons of the file, convex as they are, as fans: (m, 3, 3) in map coordinates."""
    plain = json.loads(source.read_text())
    step = plain.get("transform", {"scale": [1, 1, 1], "translate": [0, 0, 0]})
    points = np.array(plain["vertices"]) * step["scale"] + step["translate"]
    found = []
    for name, thing in plain["CityObjects"].items():
        for geometry in thing.get("geometry", []) if name != without else []:
            surfaces = geometry["boundaries"]
            if geometry["type"] == "Solid":
                surfaces = [surface for shell in surfaces for surface in shell]
            for (ring,) in surfaces:
                found += [points[[ring[0], ring[i], ring[i + 1]]] for i in range(1, len(ring) - 1)]
    return np.array(found)


def proposed() -> FloatArray:
    """The proposal's walls and lid, from its parameters."""
    x0, y0, x1, y1, low, high = E + 31.0, N + 29.0, E + 41.0, N + 39.0, 0.9, 0.9 + 24.0
    ring = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    quads = [[(*a, low), (*b, low), (*b, high), (*a, high)] for a, b in zip(ring, ring[1:] + ring[:1], strict=True)]
    quads.append([(*corner, high) for corner in ring])
    return np.array([[q[0], q[i], q[i + 1]] for q in quads for i in (1, 2)])


def sun_vectors() -> FloatArray:
    """Where the sun stands in the middle of every step, on the map; by pvlib and pyproj alone."""
    import pandas as pd
    from pvlib.solarposition import get_solarposition

    middle = ((BOX[0] + BOX[2]) / 2.0, (BOX[1] + BOX[3]) / 2.0)
    lon, lat = pyproj.Transformer.from_crs(28992, 4326, always_xy=True).transform(*middle)
    way = pyproj.Transformer.from_crs(4326, 28992, always_xy=True)
    (e0, n0), (e1, n1) = way.transform(lon, lat - 1e-3), way.transform(lon, lat + 1e-3)
    start = pd.Timestamp(DAY, tz="Europe/Amsterdam")
    steps = pd.date_range(start, start + pd.Timedelta(days=1), freq="2h", inclusive="left") + pd.Timedelta(hours=1)
    sun = get_solarposition(steps, lat, lon)
    azimuth = np.radians(sun["azimuth"].to_numpy()) + np.arctan2(e1 - e0, n1 - n0)
    height = np.radians(sun["apparent_elevation"].to_numpy())
    vectors = np.stack([np.sin(azimuth) * np.cos(height), np.cos(azimuth) * np.cos(height), np.sin(height)], axis=1)
    return np.asarray(vectors[height > 0.0])


def hours(points: FloatArray, normals: FloatArray | None, triangles: FloatArray) -> FloatArray:
    """Hours of sun at points, one ray a step, against everything."""
    origin = np.array([E, N, 0.0])
    total = np.zeros(len(points))
    for sun in sun_vectors():
        rows = np.flatnonzero(np.ones(len(points)) if normals is None else normals @ sun > 0.0)
        distance, _narrow = first_hit(points[rows] - origin, np.tile(sun, (len(rows), 1)), triangles - origin)
        total[rows] += np.isinf(distance) * STEP / 60.0
    return total


def cells() -> FloatArray:
    x, y = np.meshgrid(np.arange(BOX[0] + 1.0, BOX[2], 2.0), np.arange(BOX[3] - 1.0, BOX[1], -2.0))
    return np.column_stack([x.ravel(), y.ravel(), np.full(x.size, GROUND + 0.10)])


@pytest.mark.parametrize("variant", ["existing", "Variant 1"])
def test_hours_on_the_ground_are_those_of_the_source_and_houses_have_none(desk: Desk, variant: str) -> None:
    found = desk.grid(*HOURS, "--variant", variant).ravel()
    triangles = triangles_of(desk.source)
    if variant != "existing":
        triangles = np.concatenate([triangles_of(desk.source, without=REPLACED), proposed()])
    points = cells()
    is_open = np.isfinite(found)
    # houses of 12 m x 8 m stand every 30 m
    e, n = (points[:, 0] - E) % 30.0, (points[:, 1] - N) % 30.0
    assert np.array_equal(~is_open, (e < 12.0) & (n < 8.0))
    expected = hours(points[is_open], None, triangles)
    assert (np.abs(found[is_open] - expected) > 1e-3).mean() < 0.01  # rays along an edge may fall either way
    assert np.abs(found[is_open] - expected).max() <= STEP / 60.0 + 1e-3
    assert expected.min() < 7.0 < expected.max()


def test_hours_on_facades_are_those_of_the_source(desk: Desk) -> None:
    done = desk.simulate(*HOURS, "--receivers", "facades", "--variant", "Variant 1", "-o", "facades.csv")
    assert done.code == 0, done
    lines = [line for line in (desk.folder / "facades.csv").read_text().splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    numbers = ("easting", "northing", "height", "normal_east", "normal_north", "normal_up", "sun_hours")
    table = np.array([[float(row[name]) for name in numbers] for row in rows])
    normals = table[:, 3:6] / np.linalg.norm(table[:, 3:6], axis=1, keepdims=True)
    triangles = np.concatenate([triangles_of(desk.source, without=REPLACED), proposed()])
    expected = hours(table[:, :3] + 0.05 * normals, normals, triangles)
    assert REPLACED not in {row["feature_id"] for row in rows}
    assert len(rows) > 50
    assert (np.abs(table[:, 6] - expected) > 1e-3).mean() < 0.02
    assert np.abs(table[:, 6] - expected).max() <= STEP / 60.0 + 1e-3


def test_the_difference_is_after_less_before_to_the_bit_and_what_is_replaced_comes_back(desk: Desk) -> None:
    before = desk.grid(*HOURS, "--variant", "existing")
    after = desk.grid(*HOURS, "--variant", "Variant 1")
    change = desk.grid(*HOURS, "--variant", "Variant 1", "--compare", "existing")
    assert np.array_equal(change, after - before, equal_nan=True)
    assert np.nanmin(change) < -1.0
    assert desk.grid(*HOURS, "--variant", "existing").tobytes() == before.tobytes()


def test_a_packed_scene_has_the_same_figures_wherever_it_lies(desk: Desk, tmp_path: Path) -> None:
    assert desk.program.call("scene", "pack", "plan.cvscene", "-o", tmp_path / "far.cvscene", cwd=desk.folder).code == 0
    near = desk.simulate(*HOURS, "--variant", "Variant 1", "--json").json
    far = desk.program.call("simulate", "far.cvscene", *HOURS, "--variant", "Variant 1", "--json", cwd=tmp_path).json
    assert near == far
    assert near["n_with_value"] > 100


def test_part_of_an_area_has_the_figures_of_the_whole_and_what_lies_outside_the_city_none(desk: Desk) -> None:
    whole = desk.grid(*HOURS)
    one = desk.grid(
        "sun_hours", f"--area={E + 50:g},{N + 44:g},{E + 52:g},{N + 46:g}", *HOURS[2:6], "--resolution", "2"
    )
    assert one.shape == (1, 1)
    assert one[0, 0] == whole[5, 3]
    beyond = desk.grid("shadow", f"--area={E + 150:g},{N:g},{E + 250:g},{N + 20:g}", "--time", "12:00", *HOURS[2:4])
    assert np.isnan(beyond[:, 31:]).all()  # the land ends 180 m east
    assert np.isfinite(beyond[:, :29]).any()


def test_quarter_metres_are_as_good_as_metres_and_too_many_are_refused(desk: Desk) -> None:
    small = ("sun_hours", f"--area={E + 50:g},{N + 44:g},{E + 54:g},{N + 46:g}", *HOURS[2:6])
    fine, coarse = desk.grid(*small, "--resolution", "0.25"), desk.grid(*small, "--resolution", "1")
    assert fine.shape == (8, 16)
    assert float(fine.mean()) == pytest.approx(float(coarse.mean()), abs=0.5)
    many = desk.simulate("sun_hours", f"--area={E:g},{N:g},{E + 9000:g},{N + 9000:g}", "--resolution", "1", "--json")
    assert many.code == 1
    assert "81\u00a0000\u00a0000 cells are too many at once" in many.err
    assert "Traceback" not in many.err
    nowhere = desk.simulate("sun_hours", f"--area={E + 900:g},{N:g},{E + 950:g},{N + 50:g}", "--json")
    assert nowhere.code == 1
    assert "no ground in the area" in nowhere.err


def test_one_house_alone_has_sun_and_shade_around_it(desk: Desk, tmp_path: Path) -> None:
    file = one_box(tmp_path)
    words = ("sun_hours", "--date", DAY, "--step", "120", "--resolution", "4", "--json")
    done = desk.program.call("simulate", file, *words, cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.json["n_with_value"] > 150 and done.json["min"] < done.json["max"]
