"""Disks that fill while the commands write, and folders that cannot be written: what was there stays."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.errors import FetchError
from importers.feature_index import FeatureIndexWriter
from importers.output import whole_folder
from tests.cli.program import Program, tree
from tests.importers.specimens import E, N

pytestmark = pytest.mark.xdist_group("cli")

AREA = f"--area={E},{N},{E + 100},{N + 100}"


@contextlib.contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow beyond this while the block runs: writing fails as on a full disk. [bytes]"""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def folder(program: Program, village_file: Path, tmp_path: Path) -> Path:
    """A folder with a tileset, two scenes, a result and a picture, all of them dear to somebody."""
    assert program.call("import", village_file, "-o", "tiles", cwd=tmp_path).code == 0
    assert program.call("scene", "new", "tiles", "-o", "light.cvscene", cwd=tmp_path).code == 0
    assert program.call("scene", "pack", "light.cvscene", "-o", "packed.cvscene", cwd=tmp_path).code == 0
    for name in ("hours.tif", "hours.csv", "hours.geojson"):
        (tmp_path / name).write_text("of last year")
    return tmp_path


def test_what_was_there_stays_when_the_disk_fills(program: Program, village_file: Path, folder: Path) -> None:
    before = {name: (folder / name).read_bytes() for name in tree(folder)}
    for target, *words in (
        ("tiles", "import", village_file, "-o"),
        ("packed.cvscene", "scene", "pack", "light.cvscene", "-o"),
        ("hours.tif", "simulate", "tiles", "sun_hours", AREA, "--step", "60", "-o"),
        ("hours.csv", "simulate", "tiles", "sun_hours", AREA, "--step", "60", "-o"),
        ("hours.geojson", "simulate", "tiles", "sun_hours", AREA, "--step", "60", "-o"),
    ):
        with room_for(600):
            ended = program.call(*words, folder / target, cwd=folder)
        ended.expect_sentence("(Cannot write|cannot be written): File too large", place=str(folder / target))
    assert {name: (folder / name).read_bytes() for name in tree(folder)} == before


def test_a_packed_scene_says_how_much_room_its_city_needs(folder: Path, tmp_path: Path) -> None:
    visitor = Program(tmp_path / "home")
    with room_for(600):
        ended = visitor.call("info", "packed.cvscene", cwd=folder)
    ended.expect_sentence(r"takes 0\.\d MB in .*cache/scenes: File too large", place="packed.cvscene")
    assert tree(tmp_path / "home") == set()
    assert visitor.call("info", "packed.cvscene", cwd=folder).code == 0


def test_a_disk_that_fills_under_the_search_index_is_said(tmp_path: Path) -> None:
    def write() -> None:
        with whole_folder(tmp_path / "tiles") as part, FeatureIndexWriter(part / "features.sqlite") as index:
            for number in range(20_000):
                index.add(f"building-{number}", None, "Building", "0.glb", None, {"street": f"Lane {number}"})

    with room_for(60_000), pytest.raises(FetchError, match=r"search index.*Is the disk full\?"):
        write()
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_cannot_be_made_is_named_with_the_way_out(village_file: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ended = Program(tmp_path / "file").call("info", village_file, cwd=tmp_path)
    ended.expect_sentence("Set CITIVERSE_HOME to a folder that can be written", place=str(tmp_path / "file" / "cache"))


def test_a_folder_that_is_not_there_is_said_before_the_long_work(program: Program, folder: Path) -> None:
    for words in (
        ("render", "tiles", "-o", "no/x.png"),
        ("simulate", "tiles", "sun_hours", "-o", "no/x.tif"),
        ("scene", "new", "tiles", "-o", "no/x.cvscene"),
        ("scene", "pack", "light.cvscene", "-o", "no/x.cvscene"),
    ):
        program.call(*words, cwd=folder).expect_sentence("The folder to write into is not there", place="no")
