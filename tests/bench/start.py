"""From starting the process to the first picture, and what a window at rest costs.

Starts `citiverse` as a user does, with the built-in town cached, and tells when Python ran, the window was there, its
first frame was drawn, the first frame with a tile of the city, and the whole view; then the share of a core that the
window takes while nobody touches it. Each moment is taken after the frame was finished on the graphics card; beside it
the processor time of all threads so far, which says more on a machine that does other work, too.

Run: python -m tests.bench.start [WHAT] [--repeats 3] [--screen] [--json FILE]; without --screen on an Xvfb of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

SIZE = (1280, 720)
_REST_SECS = 5.0
_SETTLE_SECS = 6.0


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("what", nargs="?", default="", help="a place to open; the built-in town if not given")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--screen", action="store_true", help="use the screen of now")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--child", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child is not None:
        _child(options.child, options.what or None)
        return
    with own_screen(options.screen) as environment:
        _one_run(options.what, environment)  # fills the caches: tileset, byte code, shaders, disk
        runs = [_one_run(options.what, environment) for _ in range(options.repeats)]
    figures = {name: round(median(run[name] for run in runs), 3) for name in runs[0]}
    for name, value in figures.items():
        spread = ", ".join(f"{run[name]:.2f}" for run in runs)
        print(f"{name:32s} {value:8.2f}   ({spread})")
    if options.json:
        options.json.write_text(json.dumps({"runs": runs, "median": figures}, indent=1))


@contextmanager
def own_screen(is_own: bool) -> Iterator[dict[str, str]]:
    if is_own:
        yield dict(os.environ)
        return
    if shutil.which("Xvfb") is None:
        raise SystemExit("Xvfb is not installed; use --screen")
    read, write = os.pipe()
    screen = f"{SIZE[0]}x{SIZE[1]}x24"
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", screen, "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as answer:
        number = answer.readline().strip()
    try:
        yield {**os.environ, "DISPLAY": f":{number}", "LIBGL_ALWAYS_SOFTWARE": "1"}
    finally:
        server.terminate()
        server.wait(10)


def _one_run(what: str, environment: dict[str, str]) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.start", "--child", str(time.time()), *([what] if what else [])]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    moments: dict[str, float] = {}
    for line in process.stdout:
        if line.startswith("moment "):
            _word, name, seconds, cpu_secs = line.split()
            moments[f"{name}_s"], moments[f"{name}_cpu_s"] = float(seconds), float(cpu_secs)
            if name == "view_loaded":
                break
    time.sleep(_SETTLE_SECS)
    before, start = _cpu_secs(process.pid), time.monotonic()
    time.sleep(_REST_SECS)
    moments["at_rest_percent_of_a_core"] = 100.0 * (_cpu_secs(process.pid) - before) / (time.monotonic() - start)
    process.kill()
    process.wait()
    return moments


def _cpu_secs(pid: int) -> float:
    """Processor time of a process. Linux; NaN elsewhere."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _child(started: float, what: str | None) -> None:
    """The program itself, telling its moments."""

    def tell(name: str) -> None:
        print(f"moment {name} {time.time() - started:.4f} {time.process_time():.4f}", flush=True)

    tell("python_runs")
    from explorer.app.application import open_window
    from explorer.app.references import References

    tell("imported")
    application = open_window(what, References(), size=SIZE)
    tell("window_open")
    told: set[str] = set()

    def drawn() -> None:
        application.renderer.finish()
        tiles: Any = application.tiles
        has_tile = application.renderer.shown_triangles > 0
        is_whole = has_tile and tiles is not None and tiles.loading == 0
        for name, is_so in (("first_frame", True), ("first_tile", has_tile), ("view_loaded", is_whole)):
            if is_so and name not in told:
                told.add(name)
                tell(name)

    application.loop.when_drawn = drawn
    application.loop.run()


if __name__ == "__main__":
    main()
