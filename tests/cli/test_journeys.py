"""From a city's own file to a scene that a colleague opens, by commands alone."""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
import rasterio

from explorer.scenario import PlaceProposal, Proposal, ScenarioStore, read_scene, write_scene
from explorer.ui.words import duration_words
from tests.cli.program import Ended, Program, differs, looks_like, tree
from tests.importers.specimens import E, N

pytestmark = pytest.mark.xdist_group("cli")

PICTURE = ("--size", "320x180", "--date", "2026-06-21", "--time", "15:00")
AREA = f"--area={E + 30:.0f},{N + 30:.0f},{E + 130:.0f},{N + 130:.0f}"
HOURS = ("sun_hours", AREA, "--date", "2026-03-21", "--resolution", "4", "--step", "30")
SEEN = ("--overlay", "sun_hours_difference", "--resolution", "4", "--view", f"{E + 80:.0f},{N - 40:.0f},70,0,-30")


@dataclass(frozen=True)
class Desk:
    """A planner's folder: the tileset, the scene with a proposal, and what the program said on the way."""

    folder: Path
    imported: Ended

    @property
    def tiles(self) -> Path:
        return self.folder / "tiles"

    @property
    def scene(self) -> Path:
        return self.folder / "plan.cvscene"


@pytest.fixture(scope="module")
def desk(program: Program, village_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    imported = program.run("import", village_file, "-o", "tiles", "--json", cwd=folder)
    assert imported.code == 0, imported
    made = program.call("scene", "new", "tiles", "-o", "plan.cvscene", cwd=folder)
    assert (made.code, made.out, made.err) == (0, "", "")
    _propose(folder / "plan.cvscene")
    return Desk(folder, imported)


@pytest.fixture(scope="module")
def plan_picture(program: Program, desk: Desk) -> Path:
    drawn = program.run("render", "plan.cvscene", "-o", "plan.png", *PICTURE, *SEEN, cwd=desk.folder)
    assert (drawn.code, drawn.err) == (0, "")
    return desk.folder / "plan.png"


def _propose(path: Path) -> None:
    """A block of eight storeys in place of the house in the middle, as a person's command."""
    scenario = read_scene(path).scenario
    store = ScenarioStore(scenario)
    corners = ((-12.0, -8.0), (12.0, -8.0), (12.0, 8.0), (-12.0, 8.0))
    block = Proposal(
        id="block",
        variant_id=scenario.variants[0].id,
        easting=E + 66.0,
        northing=N + 64.0,
        base_height=0.9,
        footprint=corners,
        storeys=8,
        hidden_features=("house-2-2",),
    )
    store.execute(PlaceProposal(block))
    write_scene(path, store.scenario)


def test_an_import_says_what_it_read_and_wrote(desk: Desk) -> None:
    report = desk.imported.json
    assert report["written"] == report["read"] == {"Building": 36, "BuildingPart": 1, "Road": 1, "TINRelief": 1}
    assert desk.imported.err == ""  # progress is for terminals
    assert sorted(path.name for path in desk.tiles.iterdir()) == ["features.sqlite", "tiles", "tileset.json"]


def test_a_tileset_says_what_it_holds_and_is_found_sound(program: Program, desk: Desk) -> None:
    facts = program.call("info", "tiles", "--json", cwd=desk.folder).json
    assert facts["crs"] == "EPSG:28992+5709"
    assert facts["layers"][0]["features"] == 39
    assert facts["bounds"][:2] == pytest.approx([E - 20, N - 20], abs=4.0)  # of a box turned to north
    assert facts["warnings"] == []
    checked = program.call("validate", "tiles", cwd=desk.folder)
    assert checked.code == 0 and "No errors." in checked.out


def test_a_picture_from_above_shows_the_city(program: Program, desk: Desk) -> None:
    bird = desk.folder / "bird.png"
    drawn = program.run("render", "tiles", "-o", bird, "--view", "bird", *PICTURE, cwd=desk.folder)
    assert (drawn.code, drawn.out, drawn.err) == (0, "", "")
    assert looks_like(bird, "bird.png")


def test_a_picture_shows_the_proposal_and_what_it_takes_from_the_sun(plan_picture: Path) -> None:
    assert looks_like(plan_picture, "difference.png")


def test_figures_are_the_same_in_every_form(program: Program, desk: Desk) -> None:
    summary = program.call("simulate", "plan.cvscene", *HOURS, "-o", "hours.tif", "--json", cwd=desk.folder).json
    table = program.call("simulate", "plan.cvscene", *HOURS, "-o", "hours.csv", cwd=desk.folder)
    assert table.code == 0 and f"On average: {duration_words(summary['mean'])}" in table.out
    assert f"With at least 2 h of sun: {summary['share_at_least_2_h']:.0%}" in table.out
    with rasterio.open(desk.folder / "hours.tif") as file:
        assert tuple(file.bounds) == (E + 30, N + 30, E + 130, N + 130)
        assert "28992" in file.crs.to_wkt()
        raster = file.read(1, masked=True).compressed()
    with (desk.folder / "hours.csv").open(newline="") as stream:
        lines = [line for line in stream if not line.startswith("#")]
    column = [float(row["sun_hours"]) for row in csv.DictReader(lines) if row["sun_hours"]]
    assert summary["n_with_value"] == len(raster) == len(column)
    assert raster.mean() == pytest.approx(summary["mean"], abs=1e-4)
    assert sorted(column) == pytest.approx(sorted(raster.tolist()), abs=1e-3)


def test_a_proposal_takes_hours_of_sun_and_gives_none_where_a_lower_house_stood(program: Program, desk: Desk) -> None:
    def mean(*more: str) -> float:
        return float(program.call("simulate", "plan.cvscene", *HOURS, "--json", *more, cwd=desk.folder).json["mean"])

    difference = program.call(
        "simulate", "plan.cvscene", *HOURS, "--json", "--compare", "existing", cwd=desk.folder
    ).json
    assert difference["is_difference"] and difference["share_less"] > 0.1
    assert difference["min"] < -3.0
    assert mean() < mean("--variant", "existing")


def test_a_packed_scene_is_the_same_city_where_its_tiles_are_not(
    program: Program, desk: Desk, plan_picture: Path, tmp_path: Path
) -> None:
    ask = ("simulate", "packed.cvscene", *HOURS, "--json")
    packed = program.call("scene", "pack", "plan.cvscene", "-o", "packed.cvscene", cwd=desk.folder)
    assert (packed.code, packed.err) == (0, "")
    here = program.call(*ask, cwd=desk.folder).json
    shutil.move(desk.folder / "packed.cvscene", tmp_path)
    colleague = Program(tmp_path / "home")
    shutil.move(desk.tiles, desk.folder / "away")
    try:
        assert colleague.call(*ask, cwd=tmp_path).json == here
        drawn = colleague.run("render", "packed.cvscene", "-o", "plan.png", *PICTURE, *SEEN, cwd=tmp_path)
    finally:
        shutil.move(desk.folder / "away", desk.tiles)
    assert (drawn.code, drawn.err) == (0, "")
    assert differs(tmp_path / "plan.png", plan_picture) == 0.0


def test_the_same_seed_gives_the_same_town_byte_for_byte(program: Program, small_town: Path, tmp_path: Path) -> None:
    """Made by the command in another process, and by the same importer in this one."""
    made = program.run("sample", "-o", "town", "--buildings", "60", "--seed", "7", cwd=tmp_path)
    assert made.code == 0, made
    again = tmp_path / "town"
    names = tree(small_town)
    assert tree(again) == names and {"tileset.json", "features.sqlite", "tiles/0.glb"} < names
    assert all((again / name).read_bytes() == (small_town / name).read_bytes() for name in names)


@pytest.mark.parametrize("numbers", ["1e300,1,2,3,4", f"{E},{N},20,0,-10,0", f"{E},{N},20,0,-10,180"])
def test_a_view_from_which_nothing_can_be_seen_is_refused_before_anything_is_drawn(
    program: Program, desk: Desk, numbers: str
) -> None:
    ended = program.call("render", "tiles", "-o", "none.png", "--view", numbers, cwd=desk.folder)
    assert (ended.code, len(ended.err.splitlines())) == (1, 1) and "Nothing can be seen from" in ended.err
    assert not (desk.folder / "none.png").exists()
