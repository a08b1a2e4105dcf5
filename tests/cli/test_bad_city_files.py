"""City files that are damaged, foreign or full of nonsense, given to the commands: one sentence, and nothing left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Program, tree
from tests.importers.specimens import E, N, box_vertices, building, document, write

pytestmark = pytest.mark.xdist_group("cli")

NAN = [[float("nan"), N, 0.0]] * 8
GERMAN = {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/5555"}


def one(vertices: list[Any] | None = None, **more: Any) -> str:
    """A file with one building, as text."""
    return json.dumps(document({"b": building()}, box_vertices(E, N) if vertices is None else vertices, **more))


REFUSED = {
    "truncated": (one()[:400], r"The JSON is damaged.*cut off"),
    "invalid": (one().replace(":", "=", 3), r"The JSON is damaged.*byte \d+"),
    "garbage": (bytes(range(128, 256)), r"not UTF-8.*byte 0x80 at place 0"),
    "empty": ("", r"The file is empty"),
    "too deep": ("[" * 200_000, r"no CityJSON"),
    "of another kind": ('{"type": "FeatureCollection", "features": []}', r'"FeatureCollection", not "CityJSON"'),
    "too old": (one(version="0.9"), r"version 0\.9.*1\.0, 1\.1, 2\.0 are.*cjio upgrade"),
    "too new": (one(version="3.0"), r"version 3\.0.*1\.0, 1\.1, 2\.0"),
    "without a CRS": (one(metadata=None), r"--crs EPSG:7415"),
    "without heights": (one(metadata={"referenceSystem": "EPSG:28992"}), r"--vertical EPSG"),
    "of an unknown CRS": (one(metadata={"referenceSystem": "EPSG:999999"}), r"not known.*EPSG:7415"),
    "without a geoid": (one(box_vertices(565000.0, 5935000.0), metadata=GERMAN), r"--height-offset"),
    "far outside": (one(box_vertices(9e6, 5e6)), r"9000005.*outside the area of EPSG:28992.*Check"),
    "swapped": (one([[n, e, h] for e, n, h in box_vertices(E, N)]), r"swapped"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_city_file_that_cannot_be_used_is_refused_with_its_name(program: Program, tmp_path: Path, case: str) -> None:
    content, reason = REFUSED[case]
    write(tmp_path / "bad.city.json", content)
    for words in (("import", "bad.city.json", "-o", "tiles"), ("info", "bad.city.json")):
        ended = program.call(*words, cwd=tmp_path)
        ended.expect_sentence(reason, place="bad.city.json")
    assert tree(tmp_path) == {"bad.city.json"}


def test_a_file_that_is_not_there_is_named(program: Program, tmp_path: Path) -> None:
    for words in (("import", "no.city.json", "-o", "tiles"), ("info", "no.city.json"), ("info", "no.cvscene")):
        program.call(*words, cwd=tmp_path).expect_sentence("No such file", place=words[1])
    program.call("validate", "no", cwd=tmp_path).expect_sentence("no such file or folder", place="no")


@pytest.mark.parametrize(
    ("broken", "vertices"),
    [
        ({"type": "MultiSurface", "lod": "2", "boundaries": [[[0, 0, 0]], [[0, 1, 0]]]}, box_vertices(E, N)),
        ({"type": "MultiSurface", "lod": "2", "boundaries": [[[0, 1, 2]], [[3, 4, 5]]]}, NAN),
    ],
)
def test_a_broken_building_is_named_and_the_others_are_seen(
    program: Program, tmp_path: Path, broken: dict[str, Any], vertices: list[Any]
) -> None:
    objects = {"bad": {"type": "Building", "geometry": [broken]}, "good": building(8)}
    write(tmp_path / "x.city.json", document(objects, vertices + box_vertices(E + 30, N)))
    report = program.call("import", "x.city.json", "-o", "tiles", "--json", cwd=tmp_path)
    assert report.code == 0 and any("bad: " in sentence for sentence in report.json["warnings"])
    for _time in range(2):  # imported, then from the cache
        opened = program.call("info", "x.city.json", "--json", cwd=tmp_path)
        assert opened.code == 0 and opened.json["layers"][0]["features"] == 2
        assert "citiverse: bad: " in opened.err


@pytest.mark.parametrize("content", [document({}, []), document({"b": building()}, NAN)])
def test_a_file_without_anything_to_draw_is_imported_and_says_so(
    program: Program, tmp_path: Path, content: Any
) -> None:
    write(tmp_path / "none.city.json", content)
    report = program.call("import", "none.city.json", "-o", "tiles", cwd=tmp_path)
    assert report.code == 0 and "the tileset is empty" in report.out
    assert program.call("validate", "tiles", cwd=tmp_path).code == 0
    program.call("info", "tiles", cwd=tmp_path).expect_sentence("no tile has content", place="tiles")
    program.call("info", "none.city.json", cwd=tmp_path).expect_sentence("import says why", place="none.city.json")


def test_an_import_never_takes_the_place_of_other_things(program: Program, tmp_path: Path) -> None:
    write(tmp_path / "x.city.json", one())
    write(tmp_path / "file", "mine")
    (tmp_path / "folder").mkdir()
    write(tmp_path / "folder" / "letter.txt", "mine")
    before = tree(tmp_path)
    for name, reason in (("file", "a file of that name exists"), ("folder", "holds other things")):
        ended = program.call("import", "x.city.json", "-o", name, cwd=tmp_path)
        ended.expect_sentence(reason, place=str(tmp_path / name))
    assert tree(tmp_path) == before


def test_a_killed_import_leaves_nothing_that_passes_for_a_city_and_goes_well_again(
    program: Program, village_file: Path, tmp_path: Path
) -> None:
    words = ("import", village_file, "-o", "tiles")
    writing = subprocess.Popen(
        program.words(*words), cwd=tmp_path, env=program.environment(), stdout=subprocess.DEVNULL
    )
    partial = tmp_path / f".tiles.partial-{writing.pid}"
    end = time.monotonic() + 60.0
    while not (partial / "tiles").is_dir():
        assert writing.poll() is None and time.monotonic() < end
        time.sleep(0.001)
    os.kill(writing.pid, signal.SIGKILL)
    assert writing.wait(10) == -signal.SIGKILL
    assert not (tmp_path / "tiles").exists() and partial.is_dir()
    program.call("info", partial, cwd=tmp_path).expect_sentence("no such file", place=f"{partial}/tileset.json")
    (tmp_path / f".tiles.old-{writing.pid}").mkdir()  # had it been killed between two renames

    assert program.call(*words, cwd=tmp_path).code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["tiles"]  # what the killed one left is gone
    assert program.call("validate", "tiles", cwd=tmp_path).code == 0


def test_a_city_file_with_a_name_as_long_as_names_get_opens(program: Program, tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250 + ".json")
    path.write_text(one())
    assert program.call("info", path.name, cwd=tmp_path).code == 0


def test_a_name_that_is_too_long_and_a_device_are_refused_in_a_sentence(program: Program, tmp_path: Path) -> None:
    program.call("info", "n" * 5000, cwd=tmp_path).expect_sentence("too long", place="n" * 5000)
    program.call("info", "/dev/zero", cwd=tmp_path).expect_sentence("device", place="/dev/zero")
