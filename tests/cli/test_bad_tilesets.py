"""Tilesets with tiles that are missing or broken, from a folder and from a server that fails in every way."""

from __future__ import annotations

import shutil
import threading
import time
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import explorer.store.http as web
from tests.cli.program import Program
from tests.importers.specimens import E, N
from tests.specimens import block_glb, tile_json, tileset_json

pytestmark = pytest.mark.xdist_group("cli")

HOURS = ("sun_hours", f"--area={E},{N},{E + 60},{N + 60}", "--resolution", "10", "--step", "60", "--json")
LEAF = "1.glb"
STALL_SECS = 0.3


@pytest.fixture(scope="module")
def village_tiles(program: Program, village_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("village")
    assert program.call("import", village_file, "-o", "tiles", cwd=folder).code == 0
    return folder / "tiles"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "not there"), (b"", "no known kind"), (b"<html>", "no known kind"), (b"half", "cut off")],
)
def test_a_missing_or_broken_tile_is_named_and_the_rest_goes_on(
    program: Program, village_tiles: Path, tmp_path: Path, content: bytes | None, reason: str
) -> None:
    shutil.copytree(village_tiles, tmp_path / "tiles")
    tile = tmp_path / "tiles" / "tiles" / LEAF
    whole = tile.read_bytes()
    if content is None:
        tile.unlink()
    else:
        tile.write_bytes(whole[: len(whole) // 2] if content == b"half" else content)

    assert program.call("info", "tiles", cwd=tmp_path).code == 0
    asked = program.call("simulate", "tiles", *HOURS, cwd=tmp_path)
    assert "Traceback" not in asked.err
    assert reason in asked.err and f"[{tile}]" in asked.err
    checked = program.call("validate", "tiles", cwd=tmp_path)
    assert checked.code == 1 and reason in checked.out and LEAF in checked.out


def test_a_scene_that_would_not_be_whole_is_not_packed(program: Program, village_tiles: Path, tmp_path: Path) -> None:
    shutil.copytree(village_tiles, tmp_path / "tiles")
    assert program.call("scene", "new", "tiles", "-o", "plan.cvscene", cwd=tmp_path).code == 0
    before = (tmp_path / "plan.cvscene").read_bytes()
    pack = ("scene", "pack", "plan.cvscene", "-o", "plan.cvscene")
    tile = tmp_path / "tiles" / "tiles" / LEAF
    tile.rename(tmp_path / "away.glb")
    program.call(*pack, cwd=tmp_path).expect_sentence("cannot be packed.*Save it without packing", place=str(tile))
    assert (tmp_path / "plan.cvscene").read_bytes() == before

    (tmp_path / "away.glb").rename(tile)
    (tmp_path / "tiles" / "features.sqlite").unlink()  # what can be searched, not what can be seen
    packed = program.call(*pack, cwd=tmp_path)
    assert packed.code == 0 and "Nothing can be searched" in packed.err


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"asset": {"version": "1.1"}, "root"', r"not valid JSON: .* in line 1, column \d+"),
        ("[]", "should be a JSON object"),
        (
            '{"asset": {"version": "9.9"}, "geometricError": 1, "root": {}}',
            r"version 9\.9; this program reads 1\.0 and",
        ),
        ('{"asset": {"version": "1.1"}, "geometricError": 1, "root": {"geometricError": 1}}', "no usable bounding"),
    ],
)
def test_a_broken_tileset_is_refused_with_its_place(
    program: Program, tmp_path: Path, content: str, reason: str
) -> None:
    path = tmp_path / "tileset.json"
    path.write_text(content)
    for command in ("info", "validate"):
        program.call(command, tmp_path, cwd=tmp_path).expect_sentence(reason, place=str(path))


@pytest.mark.parametrize(
    ("root", "reason"),
    [
        (tile_json("/v1/files/sub.json", refine="ADD"), "absolute path is not allowed"),
        (tile_json("sub.json", refine="ADD"), "The file is not there"),
        (tile_json(None, refine="ADD"), "no tile has content"),
        (
            tile_json("a.glb", refine="ADD") | {"boundingVolume": {"box": [0, 0, 0, 8e6, 0, 0, 0, 8e6, 0, 0, 0, 8e6]}},
            "of the whole earth",
        ),
    ],
)
def test_a_tileset_of_which_nothing_can_be_shown_says_why(
    program: Program, tmp_path: Path, root: dict[str, Any], reason: str
) -> None:
    (tmp_path / "tileset.json").write_bytes(tileset_json(root))
    place = f"{tmp_path}/tileset.json root" if "content" in root and "earth" not in reason else str(tmp_path)
    program.call("info", tmp_path, cwd=tmp_path).expect_sentence(reason, place=place)


@pytest.mark.parametrize("name", ["1.b3dm", "house.GLB", "house.gltf"])
def test_the_content_of_one_tile_is_not_taken_for_a_tileset(program: Program, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"b3dm\xff\xff")
    program.call("info", name, cwd=tmp_path).expect_sentence("open the tileset.json that it belongs to", place=name)


@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zipped_tileset_is_told_to_be_a_zip_however_it_is_packed(program: Program, tmp_path: Path, kind: int) -> None:
    with zipfile.ZipFile(tmp_path / "city.zip", "w", kind) as archive:
        archive.writestr("tileset.json", tileset_json(tile_json("a.glb", refine="ADD")))
    program.call("info", "city.zip", cwd=tmp_path).expect_sentence("ZIP archive; unpack it first", place="city.zip")


def test_a_box_without_height_does_not_hold_what_stands_on_it(program: Program, tmp_path: Path) -> None:
    (tmp_path / "a.glb").write_bytes(block_glb("a", (0.0, 0.0, 10.0), (20.0, 20.0, 20.0)))
    for box, out in (([0, 0, 0, 50, 0, 0, 0, 50, 0, 0, 0, 0], "20.00"), ([0, 0, 20, 50, 0, 0, 0, 50, 0, 0, 0, 20], "")):
        root = tile_json("a.glb", refine="ADD") | {"boundingVolume": {"box": box}}
        (tmp_path / "tileset.json").write_bytes(tileset_json(root))
        checked = program.call("validate", tmp_path, cwd=tmp_path)
        assert checked.code == 0 and "1 tiles, 1 features" in checked.out
        assert (f"sticks out of its box by {out} m" in checked.out) == bool(out)


def test_a_damaged_search_index_costs_the_search_and_no_more(
    program: Program, village_tiles: Path, tmp_path: Path
) -> None:
    shutil.copytree(village_tiles, tmp_path / "tiles")
    index = tmp_path / "tiles" / "features.sqlite"
    index.write_bytes(b"no database" * 100)
    opened = program.call("info", "tiles", cwd=tmp_path)
    assert opened.code == 0 and "Nothing can be searched" in opened.err and f"[{index}]" in opened.err


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    trouble = ""
    about = LEAF

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        trouble = self.server.trouble if self.path.endswith(self.server.about) else ""
        if trouble == "500":
            self.send_error(500)
        elif trouble == "stalls":
            time.sleep(2.0 * STALL_SECS)
        elif trouble == "truncates":
            self.send_response(200)
            self.send_header("Content-Length", "5000")
            self.end_headers()
            self.wfile.write(b"glTF" * 100)
            self.close_connection = True
        else:
            super().do_GET()

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")  # so that it is asked again each time
        super().end_headers()

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def server(village_tiles: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Server]:
    """A real server; the program waits as long for it as it otherwise does, but tries again at once."""
    monkeypatch.setattr(web, "FIRST_WAIT_SECS", 0.002)
    found = _Server(("127.0.0.1", 0), partial(_Handler, directory=str(village_tiles)))
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    found.shutdown()
    thread.join()
    found.server_close()


def test_a_city_on_the_web_opens_by_its_folder_too(program: Program, server: _Server, tmp_path: Path) -> None:
    for address in (server.address, f"{server.address}/", f"{server.address}/tileset.json"):
        assert program.call("info", address, "--json", cwd=tmp_path).json["layers"][0]["features"] == 39


def _lose_patience(monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    """Wait for a server that stalls only so long that a test can; any other may be as slow as a busy machine is."""
    if trouble == "stalls":
        monkeypatch.setattr(web, "TIMEOUT_SECS", STALL_SECS)


TROUBLES = [("500", "answered 500"), ("stalls", "did not answer"), ("truncates", "closed connection")]


@pytest.mark.parametrize(("trouble", "reason"), TROUBLES)
def test_a_server_in_trouble_with_a_tile_costs_that_tile(
    program: Program, server: _Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str, reason: str
) -> None:
    server.trouble = trouble
    _lose_patience(monkeypatch, trouble)
    tile = f"[{server.address}/tiles/{LEAF}]"
    asked = program.call("simulate", server.address, *HOURS, cwd=tmp_path)
    assert reason in asked.err and tile in asked.err
    checked = program.call("validate", server.address, cwd=tmp_path)
    assert checked.code == 1 and reason in checked.out and tile in checked.out


@pytest.mark.parametrize(("trouble", "reason"), TROUBLES)
def test_a_server_in_trouble_with_the_tileset_is_named(
    program: Program, server: _Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str, reason: str
) -> None:
    assert program.call("scene", "new", server.address, "-o", "plan.cvscene", cwd=tmp_path).code == 0
    server.trouble, server.about = trouble, "tileset.json"
    _lose_patience(monkeypatch, trouble)
    address = f"{server.address}/tileset.json"
    kept = program.call("info", address, cwd=tmp_path)
    assert kept.code == 0 and "what is kept of it on this computer is shown" in kept.err and reason in kept.err
    program.forget_the_web()
    program.call("info", address, cwd=tmp_path).expect_sentence(reason, place=address)
    opened = program.call("info", "plan.cvscene", cwd=tmp_path)
    assert opened.code == 0 and "is missing; the rest is open" in opened.err and reason in opened.err


def test_a_server_that_is_not_there_is_named(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "FIRST_WAIT_SECS", 0.002)
    address = "http://127.0.0.1:9/tileset.json"
    program.call("info", address, cwd=tmp_path).expect_sentence("refused", place=address)
