"""How fast cities become tiles: buildings a second, megabytes a second, peak memory. Figures, never judgements.

    python -m tests.bench.import_throughput [--buildings 20000] [--city FILE] [--skip-city] [--json FILE]

Each city is imported in a process of its own, so that the peak of one does not hide that of the next.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DEN_HAAG = ROOT.parent / "shared" / "data" / "cityjson" / "den-haag" / "DenHaag_01.city.json"
SAMPLE = "sample town"


def measure(source: str, crs: str | None, buildings: int, seed: int) -> dict[str, Any]:
    """Import one city into a scratch folder, here and now; sizes in bytes, times in seconds."""
    from explorer.jobs import Progress

    with tempfile.TemporaryDirectory(prefix="citiverse-bench-") as folder:
        out = Path(folder) / "tiles"
        start = time.perf_counter()
        if source == SAMPLE:
            from importers.pipeline import write_tileset
            from importers.sampletown import make_town

            model = make_town(buildings=buildings, seed=seed)
            read = time.perf_counter()
            report = write_tileset(model, out, progress=Progress())
        else:
            from importers import import_city

            read = start
            report = import_city([Path(source)], out, crs=crs, progress=Progress())
        end = time.perf_counter()
        written = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    count = report.written.get("Building", 0) + report.written.get("BuildingPart", 0)
    source_bytes = 0 if source == SAMPLE else Path(source).stat().st_size
    return {
        "source": f"{SAMPLE}, {buildings} buildings, seed {seed}" if source == SAMPLE else Path(source).name,
        "buildings": count,
        "features": sum(report.written.values()),
        "tiles": report.tiles,
        "making_secs": round(read - start, 2),
        "importing_secs": round(end - read, 2),
        "buildings_per_sec": round(count / (end - start), 1),
        "source_mb_per_sec": round(source_bytes / 1e6 / (end - start), 3),
        "written_mb": round(written / 1e6, 2),
        "written_mb_per_sec": round(written / 1e6 / (end - read), 2),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _RSS_PER_MB, 1),
    }


_RSS_PER_MB = 1e6 if sys.platform == "darwin" else 1e3
"""`ru_maxrss` counts kilobytes on Linux and bytes on macOS."""


def _in_own_process(source: str, arguments: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.import_throughput", "--one", source]
    command += ["--buildings", str(arguments.buildings), "--seed", str(arguments.seed)]
    command += ["--crs", arguments.crs] if arguments.crs else []
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        last = done.stderr.strip().splitlines()
        return {"source": source, "failed": last[-1] if last else "no message"}
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _table(results: list[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for result in results for name in result))
    wide = max(len(name) for name in names)
    lines = []
    for name in names:
        cells = [str(result.get(name, "-")) for result in results]
        lines.append(name.replace("_", " ").ljust(wide) + "  " + "  ".join(cell.rjust(38) for cell in cells))
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Print the figures of one machine."""
    parser = argparse.ArgumentParser(description="Import throughput: buildings/s, MB/s, peak memory.")
    parser.add_argument("--buildings", type=int, default=20_000, help="size of the sample town (default 20000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--city", type=Path, default=DEN_HAAG, help="a CityJSON file (default: Den Haag of ../shared)")
    parser.add_argument("--crs", help="CRS of the city file, where it does not say")
    parser.add_argument("--skip-city", action="store_true", help="the sample town alone")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.one:
        print(json.dumps(measure(chosen.one, chosen.crs, chosen.buildings, chosen.seed)))
        return 0
    sources = [SAMPLE] if chosen.skip_city or not chosen.city.exists() else [str(chosen.city), SAMPLE]
    if len(sources) == 1 and not chosen.skip_city:
        print(f"No city file at {chosen.city}: the sample town alone.", file=sys.stderr)
    results = [_in_own_process(source, chosen) for source in sources]
    print(_table(results))
    if chosen.json:
        machine = {"python": platform.python_version(), "system": platform.platform()}
        chosen.json.write_text(
            json.dumps({"bench": "import_throughput", "machine": machine, "results": results}, indent=2)
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
