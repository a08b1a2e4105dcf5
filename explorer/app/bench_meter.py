"""What a measurement costs the machine: clocks since the process began, memory of its tree, what other programs take.

Linux tells all of it; elsewhere a figure that cannot be had is None.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from math import ceil
from pathlib import Path
from typing import Any

_PROC = Path("/proc")
_IMPORTED = time.monotonic()


def summary(values: Sequence[float]) -> dict[str, float]:
    """`{n, median, p95, p99, max, mean}`; quantile q is the ceil(q n)-th smallest, nothing between."""
    ordered = sorted(values)
    n = len(ordered)
    if n == 0:
        return {"n": 0}

    def at(q: float) -> float:
        return round(float(ordered[max(ceil(q * n) - 1, 0)]), 3)

    quantiles = {"median": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": at(1.0)}
    return {"n": n, **quantiles, "mean": round(float(sum(ordered)) / n, 3)}


def process_started() -> float:
    """When this process began, on the clock of `time.monotonic()`. [s]"""
    try:
        after_name = (_PROC / "self/stat").read_text().rpartition(")")[2].split()
        ticks = int(after_name[19])  # field 22, counted from the third
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError, IndexError):
        return _IMPORTED
    return time.monotonic() - age


def tree_cpu_s() -> float:
    """User and system time of this process and of its children that have ended. [s]"""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _machine_busy_s() -> float | None:
    try:
        with (_PROC / "stat").open() as file:
            fields = [int(word) for word in file.readline().split()[1:]]
        return (fields[0] + fields[1] + fields[2] + fields[5] + fields[6]) / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError, IndexError):
        return None


def _descendants(pid: int) -> list[int]:
    found = [pid]
    for one in found:  # grows while it runs
        for children in (_PROC / str(one) / "task").glob("*/children"):
            with suppress(OSError, ValueError):
                found += [int(word) for word in children.read_text().split()]
    return found


def tree_pss() -> int | None:
    """Proportional set size of this process and all below it. [bytes]"""
    total = None
    for pid in _descendants(os.getpid()):
        with suppress(OSError, ValueError):
            for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total = (total or 0) + int(line.split()[1]) * 1024
    return total


class Meter:
    """Watches from construction to `figures()`. It samples memory once a second on a thread of its own."""

    def __init__(self) -> None:
        self.started = process_started()
        self._begun, self._cpu, self._busy = time.monotonic(), tree_cpu_s(), _machine_busy_s()
        self._peak = tree_pss()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="bench meter", daemon=True)
        self._thread.start()

    def ms(self) -> float:
        """Since the process began. [ms]"""
        return (time.monotonic() - self.started) * 1000.0

    def _watch(self) -> None:
        while not self._stop.wait(1.0):
            self._sample()

    def _sample(self) -> None:
        now = tree_pss()
        if now is not None:
            self._peak = max(self._peak or 0, now)

    def figures(self) -> dict[str, Any]:
        """`pss_peak`, `cpu_s`, `total_s`, `foreign_cpu`; ends the watching."""
        cpu, busy, now = tree_cpu_s(), _machine_busy_s(), time.monotonic()
        self.close()
        self._sample()
        foreign = None
        if busy is not None and self._busy is not None and now > self._begun:
            foreign = round(max(busy - self._busy - (cpu - self._cpu), 0.0) / (now - self._begun), 3)
        return {
            "pss_peak": self._peak,
            "cpu_s": round(cpu, 2),
            "total_s": round(now - self.started, 2),
            "foreign_cpu": foreign,
        }

    def close(self) -> None:
        """End the watching."""
        self._stop.set()
        self._thread.join()
