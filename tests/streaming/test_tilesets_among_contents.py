"""Tilesets that name further ones by addresses that do not say so: `/tile/123`, told apart by what the bytes are."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from explorer.app.finding import open_place
from explorer.app.references import References
from explorer.app.saving import packed_assets
from explorer.geo import Camera, enu_matrix
from explorer.jobs import ThreadJobs
from explorer.store import HttpStore, ServerKey, WebAccess
from explorer.streaming import TilesetRuntime, open_tileset
from importers.validation import validate_tileset
from tests.fakes import FakeRenderer
from tests.specimens import at_home, block_glb, tile_json, tileset_json
from tests.store.web import Asked, Reply, serving
from tests.streaming.test_reading_on_demand import ABOVE, CORNER, FRAME, Visit, nested_city, whole


def without_endings(files: dict[str, bytes]) -> dict[str, bytes]:
    """The same city on a server that has numbers for names."""
    numbers = {name: f"tile/{i}" for i, name in enumerate(sorted(files)) if name != "tileset.json"}
    found = {}
    for name, data in files.items():
        if name.endswith(".json"):
            text = data.decode()
            for old, new in numbers.items():  # addresses are relative to the file that they stand in
                text = text.replace(f'"{old}"', f'"{new if name == "tileset.json" else new.removeprefix("tile/")}"')
            data = text.encode()
        found[numbers.get(name, name)] = data
    return found


def shown(visit: Visit) -> list[tuple[float, ...]]:
    """Where what is drawn stands."""
    tileset = visit.runtime.tileset
    return sorted(
        (*tileset.centre[tile].tolist(), float(tileset.geometric_error[tile])) for tile in visit.renderer.shown
    )


def test_they_are_read_as_the_view_needs_them_and_show_what_they_would_if_they_said_so() -> None:
    files = nested_city()
    odd, plain = Visit(without_endings(files)), whole(files)
    for camera in (CORNER, ABOVE, CORNER):
        odd.settle(camera)
        plain.settle(camera)
        assert shown(odd) == shown(plain) != []
    assert odd.runtime.diagnostics == () and len(odd.store.reads) < len(files)
    assert max(odd.store.reads.count(name) for name in odd.store.reads) <= 2


def test_no_ground_is_bare_while_they_come() -> None:
    visit = Visit(without_endings(nested_city()))
    had = 0
    for _n in range(4000):
        frame = visit.frame(ABOVE, run=1)
        had = max(had, len(visit.renderer.shown))
        assert visit.renderer.shown or not had
        if frame.is_settled:
            break
    assert had > 4


def test_a_circle_of_them_ends_and_is_told() -> None:
    def tile(uri: str, inner: str) -> bytes:
        return tileset_json(tile_json(inner) | {"geometricError": 50.0, "children": [tile_json(uri)]})

    files = {"tileset.json": tile("a", "x.glb"), "a": tile("b", "x.glb"), "b": tile("a", "x.glb")}
    visit = Visit(files | {"x.glb": block_glb("x", (0.0, 0.0, 5.0), (20.0, 20.0, 10.0))})
    near = Camera((0.0, -30.0, 10.0), heading_deg=0.0, pitch_deg=0.0)
    visit.settle(near)
    assert visit.renderer.shown and len(visit.runtime.tileset) < 12
    assert any("tileset of its own" in sentence for sentence in visit.runtime.diagnostics)


@pytest.mark.parametrize("beside", ["children", "contents"])
def test_one_beside_which_something_else_stands_is_told(beside: str) -> None:
    root: dict[str, Any] = tile_json("a") | {"refine": "ADD"}
    if beside == "children":
        root["children"] = [tile_json("x.glb")]
    else:
        root["contents"] = [root.pop("content"), {"uri": "x.glb"}]
    files = {"tileset.json": tileset_json(root), "a": tileset_json(tile_json("x.glb"))}
    visit = Visit(files | {"x.glb": block_glb("x", (0.0, 0.0, 5.0), (20.0, 20.0, 10.0))})
    visit.settle(ABOVE)
    assert any("where none can hang" in sentence for sentence in visit.runtime.diagnostics)


# -- a server as publishers of photographed globes have it -------------------------------------------------------------

GLOBE = {
    "/v1/root.json": tileset_json(tile_json("/v1/files/Ab3?session=s3cret")),
    "/v1/files/Ab3": tileset_json(tile_json("/v1/files/Cd4")),
    "/v1/files/Cd4": tileset_json(tile_json("Ef5")),
    "/v1/files/Ef5": block_glb("x", (0.0, 0.0, 5.0), (20.0, 20.0, 10.0)),
}


def globe(asked: Asked) -> Reply:
    """Wants a token with every question, and below the top the session that the top names."""
    if asked.headers.get("authorization") != "Bearer t0ken":
        return Reply(status=401)
    if asked.name != "/v1/root.json" and "session=s3cret" not in asked.path:
        return Reply(status=400)
    return Reply(GLOBE[asked.name], headers={"Cache-Control": "no-store", "Content-Type": "text/plain"})


def test_a_session_is_handed_down_through_files_without_endings() -> None:
    with serving(globe) as server:
        web = WebAccess()
        web.book.add_key(server.base, ServerKey((("Authorization", "Bearer t0ken"),)), keep=False)
        store, jobs, renderer = HttpStore(f"{server.base}/v1/root.json", web=web), ThreadJobs(2), FakeRenderer()
        runtime = TilesetRuntime(store, open_tileset(store), FRAME, jobs, world_from_tileset=at_home)
        end = time.monotonic() + 30.0
        while time.monotonic() < end:
            time.sleep(0.001)  # while a frame is drawn, the others have their turn
            jobs.collect()
            state = runtime.update([Camera((0.0, -250.0, 60.0), heading_deg=0.0, pitch_deg=-10.0)])
            renderer.take(state)
            if state.is_settled:
                break
        uris = [runtime.tileset.content_uri[tile] for tile in renderer.shown]
        assert uris == ["/v1/files/Ef5?session=s3cret"]
        assert [asked.name for asked in server.asked] == list(GLOBE), "each is asked for once"
        assert not any("s3cret" in sentence for sentence in runtime.diagnostics)
        runtime.close()
        jobs.close()
        store.close()


# -- who needs all of it -----------------------------------------------------------------------------------------------


def on_disk(folder: Path) -> Path:
    """The city without endings where the earth is."""
    files = without_endings(nested_city())
    document = json.loads(files["tileset.json"])
    document["root"]["transform"] = enu_matrix(4.5, 52.0, 0.0).T.ravel().tolist()
    for name, data in (files | {"tileset.json": json.dumps(document).encode()}).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    return folder / "tileset.json"


def test_all_tiles_are_checked(tmp_path: Path) -> None:
    report = validate_tileset(str(on_disk(tmp_path)))
    assert report.errors == [] and len(report.tiles) == sum(4**level for level in range(5))


def test_a_packed_scene_has_all_of_its_files(tmp_path: Path) -> None:
    path = on_disk(tmp_path)
    place = open_place(str(path), References(crs="EPSG:28992", vertical="ellipsoidal"))
    names = {name.split("/", 2)[2] for name in packed_assets(place)}
    assert names == {str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*") if one.is_file()}


def test_what_cannot_be_had_of_them_is_told_by_who_reads_all(tmp_path: Path) -> None:
    path = on_disk(tmp_path)
    bad = next(one for one in sorted(tmp_path.glob("tile/*")) if one.read_bytes()[:1] == b"{")
    bad.write_bytes(tileset_json({"geometricError": 1.0}))
    report = validate_tileset(str(path))
    assert any("left out" in sentence for sentence in report.warnings)
