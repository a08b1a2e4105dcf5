"""`citiverse bench stream`: the record that comparisons with other viewers are made of, and paths that are none."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.app.bench_meter import summary
from explorer.app.bench_path import read_camera_path
from tests.cli.program import Program
from tests.specimens import four_leaf_city

pytestmark = pytest.mark.xdist_group("cli")

N_FRAMES = 5
SUMMARY = {"n": int, "median": float, "p95": float, "p99": float, "max": float, "mean": float}
STATS = dict.fromkeys(("triangles", "draws", "visible", "loaded", "pending", "bytes"), int)
SERIES = {"tri": [int], "work": [float], "interval": [float]}
SUMMARIES = ("work", "interval", "triangles", "draws", "visible", "select", "cpu")
FLIGHT = {**dict.fromkeys(SUMMARIES, SUMMARY), "wall_s": float, "pending_frames": int, "series": SERIES}
TIMES = ("script_ms", "context_ms", "request_ms", "first_tile_ms", "idle_ms", "settle_ms")
RECORD = {
    **dict.fromkeys(("peer", "size", "version", "settings", "renderer", "gl"), str),
    **dict.fromkeys(("round", "samples", "pss_peak"), int),
    **dict.fromkeys(("latency", "sse", "cpu_s", "total_s", "foreign_cpu"), float),
    "canvas": [int],
    "t": dict.fromkeys(TIMES, float),
    "load_frames": SUMMARY,
    "start": STATS,
    "end": STATS,
    "cold": FLIGHT,
    "warm": FLIGHT,
    "requests": {"n": int, "bytes": int},
    "log": [str],
}


def plain_path() -> dict[str, Any]:
    """A descent over the specimen city, which lies at the origin of its own frame: from all of it to its near half."""
    down, frames = math.radians(-50.0), []
    direction = [0.0, math.cos(down), math.sin(down)]
    up = [0.0, -math.sin(down), math.cos(down)]
    for i in range(N_FRAMES):
        share = i / (N_FRAMES - 1)
        position = [0.0, -900.0 + 600.0 * share, 1100.0 - 800.0 * share]
        frames.append({"i": i, "position": position, "direction": direction, "up": up})
    return {
        "format": "citiverse-camera-path-1",
        "crs": "EPSG:4978",
        "tiles": 5,
        "width": 160,
        "height": 90,
        "device_pixel_ratio": 1,
        "fovy_deg": 60.0,
        "near": 1.0,
        "far": 60000.0,
        "sse_px": 16,
        "origin": {"lon": 0.0, "lat": 0.0, "h": 0.0},
        "enu_to_ecef_column_major": np.eye(4).reshape(-1).tolist(),
        "frames": frames,
    }


@pytest.fixture
def flight(tmp_path: Path) -> Path:
    """A folder with a tileset and a path."""
    (tmp_path / "tiles").mkdir()
    for name, data in four_leaf_city(root_error=128.0).items():
        (tmp_path / "tiles" / name).write_bytes(data)
    (tmp_path / "path_tiny.json").write_text(json.dumps(plain_path()))
    return tmp_path


def expect(value: Any, kind: Any, place: str) -> None:
    """A value of the record is there and of its kind."""
    if isinstance(kind, dict):
        assert isinstance(value, dict), place
        for name, below in kind.items():
            assert name in value, f"{place}.{name} is missing"
            expect(value[name], below, f"{place}.{name}")
    elif isinstance(kind, list):
        assert isinstance(value, list), place
        for one in value:
            expect(one, kind[0], place)
    elif kind is float:
        assert isinstance(value, (int, float)) and not isinstance(value, bool), place
    else:
        assert type(value) is kind, place


@pytest.mark.parametrize("look", ["bench", "full", "presentation"])
def test_the_record_of_a_flight_has_every_field_that_comparisons_read(
    program: Program, flight: Path, look: str
) -> None:
    words = ("--path", "path_tiny.json", "--json", "out.json", "--stride", 2, "--look", look)
    ended = program.run("bench", "stream", "tiles", *words, cwd=flight)
    assert ended.code == 0, ended.err
    (record,) = json.loads((flight / "out.json").read_text())
    expect(record, RECORD, "record")
    assert record["peer"] == ("citiverse" if look == "bench" else f"citiverse-{look}") and record["size"] == "tiny"
    assert record["canvas"] == [160, 90] and "timeout" not in record
    n = len(range(0, N_FRAMES, 2))
    for name in ("cold", "warm"):
        assert [record[name][key]["n"] for key in ("work", "triangles", "select", "cpu")] == [n] * 4
        assert len(record[name]["series"]["tri"]) == len(record[name]["series"]["work"]) == n
    assert record["warm"]["interval"]["n"] == n - 1 == len(record["warm"]["series"]["interval"])
    assert record["cold"]["interval"]["n"] == n - 2, "the middle frame's picture is between two frames"
    assert list(record["still"]) == ["0", str(n >> 1), str(n - 1)]
    for still in record["still"].values():
        expect(still, {**STATS, "work": SUMMARY}, "still")
        assert still["work"]["n"] == 12 and still["pending"] == 0
    first, last = record["still"]["0"], record["still"][str(n - 1)]
    assert (first["triangles"], first["visible"]) == (12, 1), "from far the root, one block"
    assert (last["triangles"], last["visible"]) == (48, 4), "from near its four quarters"
    assert record["warm"]["series"]["tri"][0] == 12 and record["warm"]["series"]["tri"][-1] == 48
    files = [*(flight / "tiles").iterdir()]
    assert record["requests"] == {"n": len(files), "bytes": sum(file.stat().st_size for file in files)}


def test_every_round_is_a_record_and_the_pictures_can_be_kept(program: Program, flight: Path) -> None:
    words = ("--path", "path_tiny.json", "--json", "out.json", "--stride", 4, "--rounds", 2, "--shots", "shots")
    ended = program.run("bench", "stream", "tiles", *words, cwd=flight)
    assert ended.code == 0, ended.err
    assert [record["round"] for record in json.loads((flight / "out.json").read_text())] == [0, 1]
    assert {file.suffix for file in (flight / "shots").iterdir()} == {".png"}


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda path: path.update(format="citiverse-camera-path-2"), "path-2"),
        (lambda path: path.update(crs="EPSG:28992"), "EPSG:28992"),
        (lambda path: path.pop("sse_px"), "sse_px"),
        (lambda path: path.update(width=0), "width"),
        (lambda path: path.update(fovy_deg=180.0), "fovy_deg"),
        (lambda path: path.update(far=0.5), "far"),
        (lambda path: path.update(frames=[]), "frames"),
        (lambda path: path["frames"].pop(1), r"frames\[1\]"),
        (lambda path: path["frames"][2].update(position=[0.0, 0.0]), r"frames\[.*position"),
        (lambda path: path["frames"][2].update(direction=[0.0, 0.0, 0.0]), r"frames\[2\].direction"),
        (lambda path: path["frames"][2].update(up=[1.0, 0.0, 1.0]), r"frames\[2\].up"),
        (lambda path: path["frames"][2].update(up=[1.0, 0.0, 0.0]), "level"),
        (lambda path: path["enu_to_ecef_column_major"].__setitem__(0, 2.0), "enu_to_ecef_column_major"),
        (lambda path: path["enu_to_ecef_column_major"].__setitem__(0, 1e308), "enu_to_ecef_column_major"),
    ],
)
def test_a_path_that_is_none_is_refused_in_one_sentence_before_anything_opens(
    program: Program, flight: Path, change: Change, reason: str
) -> None:
    wrong = plain_path()
    change(wrong)
    (flight / "wrong.json").write_text(json.dumps(wrong))
    ended = program.call("bench", "stream", "tiles", "--path", "wrong.json", "--json", "out.json", cwd=flight)
    ended.expect_sentence(reason, place="wrong.json")
    assert not (flight / "out.json").exists()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]"])
def test_what_is_no_json_object_is_refused_in_one_sentence(program: Program, flight: Path, content: bytes) -> None:
    (flight / "wrong.json").write_bytes(content)
    ended = program.call("bench", "stream", "tiles", "--path", "wrong.json", "--json", "out.json", cwd=flight)
    ended.expect_sentence("camera path", place="wrong.json")


def test_a_path_that_is_not_there_is_told(program: Program, flight: Path) -> None:
    ended = program.call("bench", "stream", "tiles", "--path", "none.json", "--json", "out.json", cwd=flight)
    ended.expect_sentence("cannot be read", place="none.json")


def test_a_camera_of_the_path_looks_where_the_path_says(flight: Path) -> None:
    path = read_camera_path(flight / "path_tiny.json")
    plain = plain_path()
    for camera, frame in zip(path.cameras, plain["frames"], strict=True):
        np.testing.assert_allclose(camera.position, frame["position"])
        np.testing.assert_allclose(camera.forward, frame["direction"], atol=1e-12)
        np.testing.assert_allclose(camera.up, frame["up"], atol=1e-12)
    assert path.flown(3) == [path.cameras[0], path.cameras[3], path.cameras[4]]


def test_quantiles_of_a_summary_are_values_that_were_measured() -> None:
    assert summary([4.0, 1.0, 3.0, 2.0]) == {"n": 4, "median": 2.0, "p95": 4.0, "p99": 4.0, "max": 4.0, "mean": 2.5}
    assert summary(list(range(1, 101)))["p95"] == 95.0
