"""`--section`: the city cut open in a picture, and words that are no section."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.program import Program

pytestmark = pytest.mark.xdist_group("cli")


def _picture(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"), float)


def test_a_city_is_drawn_cut_open_and_from_below(program: Program, small_town: Path, tmp_path: Path) -> None:
    west, south, _low, east, north, _high = program.call("info", small_town, "--json", cwd=tmp_path).json["bounds"]
    e, n = (west + east) / 2.0, (south + north) / 2.0
    ring = tmp_path / "ring.geojson"
    around = [[e - 50, n - 50], [e + 50, n - 50], [e + 50, n + 50], [e - 50, n + 50], [e - 50, n - 50]]
    ring.write_text(json.dumps({"type": "Polygon", "coordinates": [around]}))
    for name, view, more in (
        ("cut", f"{e},{n - 120},50,0,-15", ("--section", f"polygon:{ring},-4,60")),
        ("below", f"{e},{n - 60},-12,0,10", ()),
    ):
        words = ("render", small_town, "-o", tmp_path / f"{name}.png", "--size", "160x90", "--view", view, *more)
        assert program.run(*words, cwd=tmp_path).code == 0
    cut, below = _picture(tmp_path / "cut.png"), _picture(tmp_path / "below.png")
    earth = np.array([179.0, 154.0, 124.0])
    assert np.mean(np.abs(cut - earth).max(axis=-1) < 25.0) > 0.01, "the ground shows as earth"
    assert below.mean() > 80.0 and np.mean(below.max(axis=-1) < 12.0) < 0.01, "nothing is black"


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        ("sphere:1,2,3", "is no section"),
        ("plane:1,2", "is no section"),
        ("plane:1,2,x,0", "is no section"),
        ("plane:78000,437000,0,0,0,0", "its normal is zero"),
        ("plane:78000,nan,0,90", "not finite"),
        ("box:78000,437000,0,10,0,10", "no extent"),
        ("polygon:{folder}/none.geojson", "cannot be read"),
        ("polygon:{folder}/text.geojson", "GeoJSON Polygon is expected"),
        ("polygon:{folder}/crossing.geojson", "crosses or touches itself"),
        ("polygon:{folder}/point.geojson", "GeoJSON Polygon is expected"),
    ],
)
def test_what_is_no_section_ends_with_1_and_one_sentence(
    program: Program, small_town: Path, tmp_path: Path, section: str, reason: str
) -> None:
    (tmp_path / "text.geojson").write_text("not json")
    (tmp_path / "point.geojson").write_text('{"type": "Point", "coordinates": [1, 2]}')
    crossing = [[78000, 437000], [78040, 437040], [78040, 437000], [78000, 437040], [78000, 437000]]
    (tmp_path / "crossing.geojson").write_text(json.dumps({"type": "Polygon", "coordinates": [crossing]}))
    words = ("render", str(small_town), "-o", str(tmp_path / "x.png"), "--section", section.format(folder=tmp_path))
    ended = program.call(*words, cwd=tmp_path)
    assert ended.code == 1 and reason in ended.err
    assert not (tmp_path / "x.png").exists()
