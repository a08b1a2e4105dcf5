"""Half an hour of flying over load and unload: does memory stay where it is?

Flies a round of several kilometres over a city, low and high by turns, with a budget for tiles that the city does not
fit into, so that tiles come and go all the time; now and then everything is drawn anew, as after a lost context. Tells
the process's resident size each ten seconds, how it rises over the last two thirds, and whether the ledger of GPU bytes
returns to nothing when the city is let go.

Run: python -m tests.bench.soak TILESET [--minutes 30] [--budget-mb 24] [--json FILE]
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import time
from dataclasses import replace
from math import cos, radians, sin
from pathlib import Path

import numpy as np

from explorer.app.finding import open_place
from explorer.app.picture import view_camera
from explorer.app.places import Place
from explorer.app.tile_layers import TileLayers
from explorer.geo import Camera
from explorer.heap import give_back_freed
from explorer.jobs import ThreadJobs
from explorer.render import CityRenderer, make_engine
from explorer.streaming import Ceiling

SIZE = (640, 360)
_SAMPLE_SECS = 10.0
_ANEW_SECS = 300.0
_WARM_SHARE = 1.0 / 3.0
"""Of the flight: caches fill, allocators find their size."""


def main() -> None:
    """Fly, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("what", help="a tileset")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--budget-mb", type=float, default=24.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    place = open_place(options.what)
    figures = soak(place, options.minutes * 60.0, int(options.budget_mb * 2**20))
    for name, value in figures.items():
        if name != "samples":
            print(f"{name:36s} {value}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


def soak(place: Place, secs: float, budget_bytes: int) -> dict[str, object]:
    """Fly for so long; figures by name."""
    engine = make_engine(offscreen=True, size=SIZE)
    jobs = ThreadJobs(2)
    renderer = CityRenderer(engine, width=SIZE[0], height=SIZE[1])
    tiles = TileLayers(place, jobs, ceiling=Ceiling(budget_bytes))
    first = view_camera(place, "bird", *SIZE)
    lo, hi = place.city_bounds()
    samples: list[tuple[float, float, int]] = []
    attached, frames, start = 0, 0, time.monotonic()
    known = begun_anew = 0
    while (now := time.monotonic() - start) < secs:
        jobs.collect(2.0)
        if now > (begun_anew + 1) * _ANEW_SECS:
            renderer.begin_anew()
            tiles.begin_anew(renderer)
            give_back_freed()
            begun_anew += 1
        tiles.update(renderer, _on_the_way(first, lo, hi, now))
        renderer.set_camera(_on_the_way(first, lo, hi, now))
        renderer.render()
        renderer.finish()
        frames += 1
        attached += max(renderer.resident_bytes - known, 0)
        known = renderer.resident_bytes
        if now >= len(samples) * _SAMPLE_SECS:
            samples.append((now, _resident_mb(), renderer.resident_bytes))
    tiles.release(renderer)
    gc.collect()
    left = renderer.resident_bytes
    renderer.close()
    jobs.close()
    return {
        "minutes": round(secs / 60.0, 1),
        "frames": frames,
        "times that everything was drawn anew": begun_anew,
        "MB attached over the flight": round(attached / 1e6, 1),
        "GPU MB by the ledger, most": round(max(s[2] for s in samples) / 1e6, 1),
        "GPU bytes by the ledger, afterwards": left,
        "resident MB after the first third": round(_warm(samples)[0][1], 1),
        "resident MB at the end": round(samples[-1][1], 1),
        "slope over the rest, % a minute": round(slope_percent(_warm(samples)), 4),
        "samples": samples,
    }


def _on_the_way(first: Camera, lo: np.ndarray, hi: np.ndarray, secs: float) -> Camera:
    """A lap of 97 s around the middle, the radius and the height changing at other rates, so no lap is like another."""
    middle, reach = (lo + hi) / 2.0, float((hi - lo)[:2].max()) / 2.0
    angle = radians(360.0 * secs / 97.0)
    radius = reach * (0.25 + 0.65 * (0.5 + 0.5 * sin(radians(360.0 * secs / 41.0))))
    height = 25.0 + 0.6 * reach * (0.5 + 0.5 * sin(radians(360.0 * secs / 67.0))) ** 2
    x, y = float(middle[0]) + radius * cos(angle), float(middle[1]) + radius * sin(angle)
    heading = (90.0 - np.degrees(angle) - 100.0) % 360.0
    return replace(first, position=(x, y, float(lo[2]) + height), heading_deg=float(heading), pitch_deg=-25.0)


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _warm(samples: list[tuple[float, float, int]]) -> list[tuple[float, float, int]]:
    return samples[int(len(samples) * _WARM_SHARE) :]


def slope_percent(samples: list[tuple[float, float, int]]) -> float:
    """Rise of the resident size by a straight line through the samples, in per cent of its mean a minute."""
    minutes, sizes = np.array([s[0] / 60.0 for s in samples]), np.array([s[1] for s in samples])
    return float(np.polyfit(minutes, sizes, 1)[0] / sizes.mean() * 100.0)


if __name__ == "__main__":
    main()
