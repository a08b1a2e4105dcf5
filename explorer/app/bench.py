"""Frame times along a flight over a place, against the same picture standing still. Figures only, no judgement."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from statistics import median
from typing import Any

from explorer.app.picture import view_camera
from explorer.app.places import Place
from explorer.app.sunlight import sun_now
from explorer.app.tile_layers import TileLayers
from explorer.i18n import _
from explorer.jobs import ThreadJobs
from explorer.render import CityRenderer, Tier, make_engine


def run_flight(place: Place, *, n_frames: int, size: tuple[int, int], tier: Tier | None = None) -> dict[str, Any]:
    """Fly once around the city and measure every frame, each ended by reading the picture back."""
    engine = make_engine(offscreen=True, size=size)
    jobs = ThreadJobs(2)
    renderer = CityRenderer(engine, width=size[0], height=size[1], tier=tier)
    tiles = TileLayers(place, jobs, max_screen_space_error=renderer.tier.error_px, finish=renderer.packed)
    camera = view_camera(place, "bird", *size)
    scene = place.scenario.scene
    sun = sun_now(place, scene.date, scene.minute)
    renderer.set_sun(sun.direction, sun.elevation_deg)
    start = time.perf_counter()
    tiles.load_all(renderer, camera)
    renderer.set_camera(camera)
    renderer.screenshot()
    loaded = time.perf_counter() - start
    frames, python = [], []
    x, y, z = camera.position
    for i in range(n_frames):
        share = i / n_frames
        step = replace(camera, position=(x * (1 - 0.5 * share), y * (1 - 0.5 * share), z * (1 - 0.6 * share)))
        begin = time.perf_counter()
        jobs.collect(2.0)
        tiles.update(renderer, step)
        renderer.set_camera(step)
        renderer.prepare_frame()
        python.append((time.perf_counter() - begin) * 1000.0)
        engine.base.graphics_engine.render_frame()
        renderer.finish()
        frames.append((time.perf_counter() - begin) * 1000.0)
    frames.sort()
    figures = {
        "renderer": engine.renderer_name,
        "tier": renderer.tier.name,
        "load_1_min": _load(),
        "size": list(size),
        "view_loaded_s": round(loaded, 3),
        "frames": n_frames,
        "frame_ms_median": round(median(frames), 2),
        "frame_ms_p95": round(frames[int(0.95 * (len(frames) - 1))], 2),
        "python_ms_median": round(median(python), 2),
        "triangles": renderer.shown_triangles,
        "gpu_bytes": renderer.resident_bytes,
    }
    tiles.close()
    renderer.close()
    jobs.close()
    return figures


def _load() -> float | None:
    """How many programs the machine ran at once in the last minute, ours among them; None where it does not say."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def bench_lines(figures: dict[str, Any]) -> list[str]:
    """The figures for people."""
    words = {
        "renderer": _("Renderer"),
        "tier": _("Tier"),
        "load_1_min": _("Load of the machine, 1 minute"),
        "view_loaded_s": _("First view complete after [s]"),
        "frame_ms_median": _("Frame, median [ms]"),
        "frame_ms_p95": _("Frame, 95 of 100 below [ms]"),
        "python_ms_median": _("of that before drawing, median [ms]"),
        "triangles": _("Triangles drawn"),
    }
    return [f"{word}: {figures[name]}" for name, word in words.items()]
