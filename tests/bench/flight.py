"""Frames a second of the real window while somebody looks around in it, and with how many of its pixels it is drawn.

The built-in town (or another place) is opened in a window of 1280 × 720, with panels, in the tier that is asked for;
from each place where people look from the camera turns, a third of a degree a frame, as somebody does who drags the
mouse. A frame counts from one that was drawn to the next, everything included. By turns as the program does it, where
what comes too slowly is drawn with fewer pixels, and with all of them.

Run: python -m tests.bench.flight [WHAT] [--tier office] [--frames 60] [--json FILE]; it brings an Xvfb of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.start import SIZE, own_screen

_TURN_DEG = 1.0 / 3.0
_LEFT_OUT = 8
"""Frames at the beginning of a turn: tiles come, and the window finds out how slow it is."""


class Flight:
    """Turns the camera of a window from frame to frame."""

    def __init__(self, app: Any, views: dict[str, Any], n_frames: int) -> None:
        self._app, self._views, self._n = app, views, n_frames
        self.rows: list[dict[str, Any]] = []
        self._steps = self._all()

    def on_frame(self) -> None:
        """A frame was drawn: the next is of another camera."""
        if next(self._steps, None) is None:
            self._app.wants_quit = True

    def _all(self) -> Iterator[bool]:
        app = self._app
        for name, camera in self._views.items():
            app.rig.set_camera(camera)
            yield from self._settle()
            for softens in (True, False):
                app.renderer.softens_when_slow = softens
                times, shares = [], []
                for step in range(self._n + _LEFT_OUT):
                    turned = replace(app.rig.camera, heading_deg=camera.heading_deg + _TURN_DEG * step)
                    app.rig.set_camera(turned)
                    start = time.perf_counter()
                    yield True
                    if step >= _LEFT_OUT:
                        times.append((time.perf_counter() - start) * 1e3)
                        columns, _rows = app.renderer.drawn_size
                        shares.append(columns / app.renderer.width)
                yield from self._settle()
                self.rows.append(
                    {
                        "view": name,
                        "pixels": "fewer" if softens else "all",
                        "median_ms": round(float(np.median(times)), 1),
                        "p95_ms": round(float(np.percentile(times, 95)), 1),
                        "fps": round(1e3 / float(np.mean(times)), 1),
                        "share": round(float(np.mean(shares)), 2),
                    }
                )

    def _settle(self) -> Iterator[bool]:
        start = time.monotonic()
        while time.monotonic() - start < 20.0 and (self._app.stage.is_loading or time.monotonic() - start < 1.0):
            self._app.renderer.needs_redraw = True
            yield True


def _child(what: str | None, tier: str, n_frames: int) -> None:
    from explorer.app.application import open_window
    from explorer.app.references import References
    from tests.bench.frame_time import views_of
    from tests.bench.town_views import town_views

    app = open_window(what, References(), size=SIZE, tier=tier)
    if what is None:
        app.opener.open_town()
    flight: list[Flight] = []

    def on_frame() -> None:
        if app.place is None:
            return
        if not flight:
            views = (town_views if what is None else views_of)(app.place, *SIZE)
            flight.append(Flight(app, views, n_frames))
        flight[0].on_frame()

    app.loop.when_drawn = on_frame
    app.loop.run()
    app.close(discard=True)
    app.engine.close()
    print(json.dumps(flight[0].rows))


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", help="a place to open; the built-in town if not given")
    parser.add_argument("--tier", default="office")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        _child(options.what, options.tier, options.frames)
        return
    again = [sys.executable, "-m", "tests.bench.flight", "--child", *sys.argv[1:]]
    with own_screen(False) as environment:
        run = subprocess.run(again, env=environment, capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(run.stderr)
    rows = json.loads(run.stdout.splitlines()[-1])
    print(f"{'view':24s} {'pixels':>7s} {'median ms':>10s} {'p95 ms':>8s} {'fps':>6s} {'share a side':>13s}")
    for row in rows:
        print(
            f"{row['view']:24s} {row['pixels']:>7s} {row['median_ms']:10.1f} {row['p95_ms']:8.1f} {row['fps']:6.1f} "
            f"{row['share']:13.2f}"
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
