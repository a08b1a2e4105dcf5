"""`citiverse bench stream`: each round in a process of its own, because starting is part of what is measured."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from explorer.cli.terminal import say
from explorer.errors import DataError
from explorer.i18n import _


def measure_rounds(options: argparse.Namespace) -> list[dict[str, Any]]:
    """The records of all rounds. Raises whatever the only round raises, or `DataError` where one of several failed."""
    from explorer.app.bench_path import read_camera_path
    from explorer.app.bench_stream import StreamBench, run_stream

    if options.rounds > 1:
        read_camera_path(Path(options.path))  # a wrong path is told once, not by every round
        return [_round_apart(options, at) for at in range(options.rounds)]
    shots = Path(options.shots) if options.shots else None
    path = read_camera_path(Path(options.path))
    return [run_stream(StreamBench(options.what, path, options.look, options.stride, shots=shots))]


def _round_apart(options: argparse.Namespace, at: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "record.json"
        words = ["bench", "stream", options.what, "--path", options.path, "--json", str(out)]
        words += ["--stride", str(options.stride), "--look", options.look]
        if options.shots:
            words += ["--shots", options.shots]
        ended = subprocess.run([sys.executable, "-m", "explorer", *words], check=False, stdout=subprocess.DEVNULL)
        if ended.returncode != 0 or not out.exists():
            raise DataError(_("Round {n} of the measurement failed.").format(n=at + 1))
        record: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))[0]
    return record | {"round": at}


def say_record(record: dict[str, Any]) -> None:
    """The figures that tell most, in one line for people."""
    warm, cold = record["warm"], record["cold"]
    text = _(
        "{size}, round {n}: warm {warm:.1f} ms (95 of 100 below {p95:.1f}), "
        "cold {cold:.1f} ms (99 of 100 below {p99:.1f}), selection {select:.2f} ms, other programs took {foreign} cores"
    )
    say(
        text.format(
            size=record["size"],
            n=record["round"] + 1,
            warm=warm["work"]["median"],
            p95=warm["work"]["p95"],
            cold=cold["work"]["median"],
            p99=cold["work"]["p99"],
            select=warm["select"]["median"],
            foreign=record["foreign_cpu"],
        )
    )
