"""Bytes of a tile to arrays that are ready for the GPU: how fast, against the bare decoders, and beside drawing.

    python -m tests.bench.decode [--side 150] [--frames 200] [--tiles FOLDER] [--json FILE]

The tile is a hill of side × side vertices with normals, colours and feature ids: as plain glTF, in Draco, folded by
meshoptimizer; and so is a street of as many vertices, whose houses are features and have no colours, as cities are
published. `--tiles`: the .glb files of a folder, those in Draco. `decode` ends with arrays as the file has them, and
the way to the tile's frame; `ready` is everything a worker does once the bytes are here: decoding, the move to the map
frame, normals, colours, packing. `bare` is the decoder's own call on the same streams; `lined` is `ready` with edge
lines looked for. Times are those of the processor, taken in turns, a good one of many. Beside drawing: two workers do
nothing else, while the main thread draws frames of the same hill, and while it rests.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from explorer.geo import Camera, OrientedBox, WorldFrame, fit_world_from_ecef, parse_crs
from explorer.jobs import Progress, ThreadJobs
from explorer.render import CityRenderer, make_engine, packed_tile
from explorer.streaming import PreparedTile
from explorer.streaming.prepare import prepare_tile
from explorer.tileformat import TileContent, decode_content
from explorer.tileformat.draco import decode_draco
from explorer.tileformat.vertices import placed
from tests.bench.decode_specimens import hill_of, in_draco, in_meshopt, plain, street_of

_CRS = "EPSG:7415"
_AT = np.array([85000.0, 447000.0, 0.0])
_WARM, _RUNS = 5, 60
_SIDES = (100, 180, 200, 255)
"""Of other hills, folded: what a file costs by itself weighs less the larger it is."""


class _Ready:
    """Everything a worker does with the bytes of one tile."""

    def __init__(self) -> None:
        self.frame = WorldFrame(parse_crs(_CRS), tuple(_AT))
        middle = self.frame.transform.to_ecef(_AT[None])[0]
        self.transform = np.eye(4)
        up = middle / np.linalg.norm(middle)
        east = np.cross([0.0, 0.0, 1.0], up)
        east /= np.linalg.norm(east)
        self.transform[:3, :3] = np.stack([east, np.cross(up, east), up], axis=1)
        self.transform[:3, 3] = middle
        self.way = fit_world_from_ecef(self.frame, OrientedBox(middle, np.eye(3) * 1000.0))

    def __call__(self, data: bytes, *, with_edges: bool = False) -> PreparedTile:
        return packed_tile(prepare_tile(self.stored(data), self.transform, self.way, with_edges=with_edges))

    def placed(self, data: bytes) -> _Ready:
        """The same for a tile of anywhere: its middle comes here, and what is wider than a kilometre shrinks to one."""
        meshes = decode_content(data, "tile.glb").meshes
        points = np.concatenate(
            [placed(mesh.positions, np.eye(4) if mesh.placement is None else mesh.placement) for mesh in meshes]
        )
        middle, size = (points.min(axis=0) + points.max(axis=0)) / 2.0, float(np.ptp(points, axis=0).max())
        to_here = np.eye(4)
        to_here[:3, :3] *= min(1.0, 1000.0 / size)
        to_here[:3, 3] = to_here[:3, :3] @ -middle
        here = copy(self)
        here.transform = self.transform @ to_here
        return here

    @staticmethod
    def stored(data: bytes) -> TileContent:
        """Decoded as workers decode."""
        return decode_content(data, "hill.glb", as_stored=True)


def _best_ms(*works: Callable[[], Any]) -> list[float]:
    """Of each, taken in turns: the speed of the machine may change meanwhile."""
    took = []
    for _run in range(_WARM + _RUNS):
        took.append([])
        for work in works:
            begin = time.thread_time()
            work()
            took[-1].append((time.thread_time() - begin) * 1e3)
    return [float(one) for one in np.quantile(took[_WARM:], 0.1, axis=0)]


def measured(name: str, data: bytes, bare: Callable[[], Any] | None, ready: _Ready) -> dict[str, Any]:
    """Milliseconds to decode and to make ready, against the bare decoder's."""
    record: dict[str, Any] = {"kind": name, "bytes": len(data)}
    works: list[Callable[[], Any]] = [lambda: ready.stored(data), lambda: ready(data)]
    works += [lambda: ready(data, with_edges=True), *([] if bare is None else [bare])]
    took = _best_ms(*works)
    kinds = ("decode", "ready", "lined", "bare")
    record |= {f"{kind}_ms": round(one, 2) for kind, one in zip(kinds, took, strict=False)}
    if bare is None:
        record["mb_per_sec"] = round(len(data) / took[1] / 1e3, 1)
    else:
        record |= {f"{kind}_to_bare": round(one / took[3], 2) for kind, one in zip(kinds[:3], took, strict=False)}
    return record


def _real(folder: Path, ready: _Ready) -> list[dict[str, Any]]:
    """Of the tiles in Draco in a folder: one by one, and all of them."""
    records: list[dict[str, Any]] = []
    for path in sorted(folder.rglob("*.glb")):
        data = path.read_bytes()
        n = int.from_bytes(data[12:16], "little")
        document, rest = json.loads(data[20 : 20 + n]), data[28 + n :]
        primitives = [primitive for mesh in document.get("meshes", ()) for primitive in mesh["primitives"]]
        folded = [one["extensions"]["KHR_draco_mesh_compression"] for one in primitives if "extensions" in one]
        views = [document["bufferViews"][one["bufferView"]] for one in folded]
        streams = [rest[view.get("byteOffset", 0) :][: view["byteLength"]] for view in views]
        if streams:
            n = sum(document["accessors"][one["attributes"]["POSITION"]]["count"] for one in primitives)
            name = f"{path.name}, {n} vertices"
            bare = partial(_bare_draco, streams)
            records.append(measured(name, data, bare, ready.placed(data)))
    if records:
        total = {f"{kind}_ms": sum(one[f"{kind}_ms"] for one in records) for kind in ("ready", "lined", "bare")}
        ratios = {f"{kind}_to_bare": round(total[f"{kind}_ms"] / total["bare_ms"], 2) for kind in ("ready", "lined")}
        records.append({"kind": f"all {len(records)} tiles", **{k: round(v, 1) for k, v in total.items()}, **ratios})
    return records


def _bare_draco(streams: Sequence[bytes]) -> None:
    for stream in streams:
        decode_draco(stream, 10_000_000)


def beside_drawing(data: bytes, ready: _Ready, n_frames: int) -> dict[str, float]:
    """Tiles a second by two workers while the main thread draws, and while it rests; and frames alone and beside."""
    engine = make_engine(offscreen=True)
    renderer = CityRenderer(engine)
    try:
        tile = ready(data)
        renderer.attach_tile(0, tile)
        renderer.show_tiles([0])
        middle = (tile.lo + tile.hi) / 2.0
        camera = Camera((middle[0], middle[1] - 120.0, middle[2] + 80.0), 0.0, -30.0)
        alone_ms = _frames(renderer, engine, camera, n_frames)
        with_workers = _Workers(data, ready)
        beside_ms = _frames(renderer, engine, camera, n_frames, with_workers.jobs)
        drawn = with_workers.stop()
        resting = _Workers(data, ready)
        time.sleep(n_frames * alone_ms / 1e3)
        return {
            "frame_ms_alone": round(alone_ms, 2),
            "frame_ms_beside": round(beside_ms, 2),
            "tiles_per_sec_beside": round(drawn, 1),
            "tiles_per_sec_resting": round(resting.stop(), 1),
        }
    finally:
        renderer.close()
        engine.close()


def _frames(renderer: CityRenderer, engine: Any, camera: Camera, n: int, jobs: ThreadJobs | None = None) -> float:
    took = []
    for step in range(n):
        begin = time.perf_counter()
        if jobs is not None:
            jobs.pause()
        renderer.set_camera(Camera(camera.position, step * 0.05, camera.pitch_deg))
        renderer.render()
        if jobs is not None:
            jobs.go_on()
        engine.base.graphics_engine.render_frame()
        took.append((time.perf_counter() - begin) * 1e3)
    return float(np.median(took))


class _Workers:
    """Two workers that make the tile ready again and again."""

    def __init__(self, data: bytes, ready: _Ready) -> None:
        self.jobs = ThreadJobs(2)
        self._begin = time.perf_counter()
        self._done = [0, 0]
        self._is_over = False

        def keep_on(worker: int) -> Callable[[Progress], None]:
            def work(progress: Progress) -> None:
                while not self._is_over:
                    progress.check()
                    ready(data)
                    self._done[worker] += 1

            return work

        for worker in range(2):
            self.jobs.submit(keep_on(worker), name="ready")

    def stop(self) -> float:
        """Tiles a second since the start."""
        rate = sum(self._done) / (time.perf_counter() - self._begin)
        self._is_over = True
        self.jobs.close()
        return rate


def main() -> None:
    """Measure, print, and keep the figures if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=150, help="vertices along a side of the hill")
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--tiles", type=Path, metavar="FOLDER", help="real tiles to measure as well")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    hill, ready = hill_of(options.side), _Ready()
    records = []
    for what, shape in (("hill", hill), ("street", street_of(options.side**2))):
        kinds: dict[str, tuple[bytes, Callable[[], Any] | None]] = {
            f"{what}, plain": (plain(shape), None),
            f"{what}, draco": in_draco(shape),
            f"{what}, meshopt": in_meshopt(shape),
        }
        for name, (data, bare) in kinds.items():
            assert sum(len(mesh.triangles) for mesh in decode_content(data, name).meshes) == len(shape["faces"]), name
            records.append(measured(name, data, bare, ready))
    for side in _SIDES:
        records.append(measured(f"hill of {side * side} vertices, meshopt", *in_meshopt(hill_of(side)), ready))
        records.append(
            measured(f"street of {side * side} vertices, meshopt", *in_meshopt(street_of(side * side)), ready)
        )
    records += _real(options.tiles, ready) if options.tiles else []
    records.append({"kind": "two workers", **beside_drawing(plain(hill), ready, options.frames)})
    for record in records:
        print("  ".join(f"{key} {value}" for key, value in record.items()))
    if options.json:
        options.json.write_text(json.dumps(records, indent=1))


if __name__ == "__main__":
    main()
