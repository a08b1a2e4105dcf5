"""Bytes of a tile to arrays that are ready for the GPU: how fast, against the bare decoders, and beside drawing.

    python -m tests.bench.decode [--side 150] [--frames 200] [--json FILE]

The tile is a hill of side × side vertices with normals, colours and feature ids: as plain glTF, in Draco, folded by
meshoptimizer. `decode` ends with arrays as the file has them, and the way to the tile's frame; `ready` is everything
a worker does once the bytes are here: decoding, the move to the map frame, normals, colours, packing. `bare` is the
decoder's own call on the same streams. Times are those of the processor, taken in turns, a good one of many. Beside
drawing: two workers do nothing else, while the main thread draws frames of the same hill, and while it rests.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import DracoPy
import meshopt
import numpy as np

from explorer.geo import Camera, OrientedBox, WorldFrame, fit_world_from_ecef, parse_crs
from explorer.jobs import Progress, ThreadJobs
from explorer.render import CityRenderer, make_engine, packed_tile
from explorer.streaming import PreparedTile
from explorer.streaming.prepare import prepare_tile
from explorer.tileformat import TileContent, decode_content
from explorer.tileformat.draco import decode_draco
from tests.tileformat.compressed_hill import by_name, draco_hill, folded, glb_of
from tests.tileformat.gltf_specimen import Gltf

_CRS = "EPSG:7415"
_AT = np.array([85000.0, 447000.0, 0.0])
_WARM, _RUNS = 5, 60
_SIDES = (100, 180, 200, 255)
"""Of other hills, folded: what a file costs by itself weighs less the larger it is."""


def _hill(side: int) -> dict[str, np.ndarray]:
    y, x = np.divmod(np.arange(side * side), side)
    corner = (y * side + x).reshape(side, side)[:-1, :-1].ravel()
    faces = np.concatenate(
        [np.stack([corner, corner + side, corner + 1], 1), np.stack([corner + 1, corner + side, corner + side + 1], 1)]
    )
    height = 3.0 * np.sin(x / 9.0) * np.cos(y / 7.0)
    normals = np.stack([-np.cos(x / 9.0) / 3.0, np.ones(side * side), np.sin(y / 7.0) / 3.0], axis=1)
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    colours = np.stack([x % 256, y % 256, (x + y) % 256, np.full(side * side, 255)], axis=1)
    return {
        "POSITION": np.stack([x, height, y], axis=1).astype("<f4"),
        "NORMAL": normals.astype("<f4"),
        "COLOR_0": colours.astype("u1"),
        "_FEATURE_ID_0": (x // 8 + (y // 8) * (side // 8 + 1)).astype("<u2"),
        "faces": faces.astype("<u4"),
    }


def _plain(hill: dict[str, np.ndarray]) -> bytes:
    gltf = Gltf()
    made = gltf.primitive(hill["POSITION"], indices=gltf.accessor(hill["faces"].reshape(-1)))
    made["attributes"] |= {
        "NORMAL": gltf.accessor(hill["NORMAL"]),
        "COLOR_0": gltf.accessor(hill["COLOR_0"], normalized=True),
    }
    made["attributes"]["_FEATURE_ID_0"] = gltf.accessor(hill["_FEATURE_ID_0"])
    made["extensions"] = _features(hill)
    return gltf.glb()


def _features(hill: dict[str, np.ndarray]) -> dict[str, Any]:
    count = int(hill["_FEATURE_ID_0"].max()) + 1
    return {"EXT_mesh_features": {"featureIds": [{"featureCount": count, "attribute": 0}]}}


def _in_draco(hill: dict[str, np.ndarray]) -> tuple[bytes, Callable[[], Any]]:
    stream = bytes(
        DracoPy.encode(
            hill["POSITION"],
            hill["faces"],
            colors=hill["COLOR_0"],
            normals=hill["NORMAL"].astype(np.float64),
            generic_attributes={5: hill["_FEATURE_ID_0"][:, None]},
            quantization_bits=14,
        )
    )
    gltf = draco_hill(
        stream,
        by_name(stream, POSITION=0, NORMAL=1, COLOR_0=2) | {"_FEATURE_ID_0": 5},
        NORMAL={"componentType": 5126, "type": "VEC3"},
        COLOR_0={"componentType": 5121, "type": "VEC4", "normalized": True},
        _FEATURE_ID_0={"componentType": 5123, "type": "SCALAR"},
    )
    n, m = len(hill["POSITION"]), 3 * len(hill["faces"])
    for accessor in gltf.document["accessors"]:
        accessor["count"] = m if accessor["type"] == "SCALAR" and accessor["componentType"] == 5125 else n
    gltf.document["meshes"][0]["primitives"][0]["extensions"] |= _features(hill)
    return gltf.glb(), lambda: decode_draco(stream, 10_000_000)


def _folded(hill: dict[str, np.ndarray]) -> tuple[bytes, Callable[[], Any]]:
    gltf, streams = Gltf(), []
    accessors = gltf.document["accessors"]
    attributes = {}
    for name, kind, component in (("POSITION", "VEC3", 5126), ("NORMAL", "VEC3", 5126), ("COLOR_0", "VEC4", 5121)):
        rows = hill[name]
        stream = meshopt.encode_gltf_buffer(rows, "ATTRIBUTES")
        streams.append((stream, len(rows), rows.strides[0], "ATTRIBUTES"))
        accessors.append(
            {
                "bufferView": folded(gltf, stream, len(rows), rows.strides[0], "ATTRIBUTES"),
                "componentType": component,
                "count": len(rows),
                "type": kind,
                "normalized": name == "COLOR_0",
            }
        )
        attributes[name] = len(accessors) - 1
    indices = hill["faces"].reshape(-1)
    stream = meshopt.encode_gltf_buffer(indices, "TRIANGLES")
    streams.append((stream, len(indices), 4, "TRIANGLES"))
    view = folded(gltf, stream, len(indices), 4, "TRIANGLES")
    accessors.append({"bufferView": view, "componentType": 5125, "count": len(indices), "type": "SCALAR"})
    made: dict[str, Any] = {"attributes": attributes, "indices": len(accessors) - 1}
    made["attributes"]["_FEATURE_ID_0"] = gltf.accessor(hill["_FEATURE_ID_0"])
    made["extensions"] = _features(hill)
    gltf.document["meshes"][0]["primitives"] = [made]
    return glb_of(gltf), lambda: [meshopt.decode_gltf_buffer(data, *rest) for data, *rest in streams]


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

    def __call__(self, data: bytes) -> PreparedTile:
        return packed_tile(prepare_tile(self.stored(data), self.transform, self.way, with_edges=False))

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
    works = [lambda: ready.stored(data), lambda: ready(data), *([] if bare is None else [bare])]
    took = _best_ms(*works)
    record |= {f"{kind}_ms": round(one, 2) for kind, one in zip(("decode", "ready", "bare"), took, strict=False)}
    if bare is None:
        record["mb_per_sec"] = round(len(data) / took[1] / 1e3, 1)
    else:
        record |= {"decode_to_bare": round(took[0] / took[2], 2), "ready_to_bare": round(took[1] / took[2], 2)}
    return record


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
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    hill, ready = _hill(options.side), _Ready()
    plain = _plain(hill)
    kinds: dict[str, tuple[bytes, Callable[[], Any] | None]] = {
        "plain": (plain, None),
        "draco": _in_draco(hill),
        "meshopt": _folded(hill),
    }
    records = []
    for name, (data, bare) in kinds.items():
        assert sum(len(mesh.triangles) for mesh in decode_content(data, name).meshes) == len(hill["faces"]), name
        records.append(measured(name, data, bare, ready))
    for side in _SIDES:
        records.append(measured(f"meshopt {side * side} vertices", *_folded(_hill(side)), ready))
    records.append({"kind": "two workers", **beside_drawing(plain, ready, options.frames)})
    for record in records:
        print("  ".join(f"{key} {value}" for key, value in record.items()))
    if options.json:
        options.json.write_text(json.dumps(records, indent=1))


if __name__ == "__main__":
    main()
