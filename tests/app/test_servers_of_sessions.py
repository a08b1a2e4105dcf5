"""Servers that give out a session with each question for their root: one session serves an opening."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from explorer.app.finding import open_place
from explorer.app.references import References
from explorer.app.saving import save_place
from explorer.geo import enu_matrix
from tests.specimens import block_glb, tile_json, tileset_json
from tests.store.web import Asked, Reply, serving

BLOCK = block_glb("b", (0.0, 0.0, 5.0), (20.0, 20.0, 10.0))


@pytest.mark.parametrize("ending", [".json", ""])
def test_the_root_is_asked_for_once_and_all_else_with_its_session(tmp_path: Path, ending: str) -> None:
    sessions = 0

    def answer(asked: Asked) -> Reply:
        nonlocal sessions
        if asked.name == "/v1/root.json":
            sessions += 1
            root = tile_json(f"/v1/files/a{ending}?session={sessions}") | {"refine": "REPLACE"}
            root["transform"] = enu_matrix(4.5, 52.0, 0.0).T.ravel().tolist()
            return Reply(json.dumps(json.loads(tileset_json(root))).encode(), headers={"Cache-Control": "no-store"})
        if not asked.path.endswith(f"session={sessions}"):
            return Reply(status=400)
        return Reply(tileset_json(tile_json("b.glb")) if asked.name == f"/v1/files/a{ending}" else BLOCK)

    with serving(answer) as server:
        place = open_place(f"{server.base}/v1/root.json", References("EPSG:28992", "ellipsoidal"))
        assert sessions == 1
        tiles = place.surface().triangles((-50.0, -50.0, 50.0, 50.0))
        assert len(tiles) > 0 and sessions == 1
        save_place(place, place.scenario, tmp_path / "a.cvscene", thumbnail=None, packed=False)
        assert open_place(str(tmp_path / "a.cvscene")).layers
