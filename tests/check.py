"""Everything that must hold before a change lands, in one command: `python -m tests.check`.

Format and lint (ruff), types (mypy strict), import contracts (import-linter), then the tests. Every skipped test
is printed with its reason; one that is not on the short list below is a failure, so that nothing is lost in silence.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]

ALLOWED_SKIPS = (
    r"needs a hardware graphics card",
    r"a graphics card draws what others hide",
    r"slow: run with --run-slow",
    r"real city data is not here: \.\./shared/",
    r"node(\.js)? is not installed",
)
"""Reasons that may skip a test. With the real data beside the project, the one on real data never shows."""


def _run(title: str, *command: str) -> bool:
    start = time.monotonic()
    print(f"== {title}", flush=True)
    ok = subprocess.run(command, cwd=ROOT, check=False).returncode == 0
    print(f"== {title}: {'ok' if ok else 'FAILED'} ({time.monotonic() - start:.0f} s)", flush=True)
    return ok


def _skips(report: Path) -> list[tuple[str, str]]:
    tree = ElementTree.parse(report)
    return [
        (f"{case.get('classname')}.{case.get('name')}", skipped.get("message") or "no reason given")
        for case in tree.iter("testcase")
        for skipped in case.iter("skipped")
    ]


def _tests() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        workers = str(min(os.cpu_count() or 1, 4))
        arguments = ("-m", "pytest", "-q", "-n", workers, "--dist", "loadgroup", f"--junitxml={report}")
        ok = _run("tests", sys.executable, *arguments)
        if not report.exists():
            return False
        skips = _skips(report)
    unexpected = [skip for skip in skips if not any(re.search(reason, skip[1]) for reason in ALLOWED_SKIPS)]
    for name, reason in skips:
        print(f"skipped: {name}: {reason}")
    for name, reason in unexpected:
        print(f"FAILED: skipped without leave: {name}: {reason}")
    return ok and not unexpected


def main() -> int:
    """Run all checks; 0 if all hold."""
    results = [
        _run("lint", sys.executable, "-m", "ruff", "check", "."),
        _run("format", sys.executable, "-m", "ruff", "format", "--check", "."),
        _run("types", sys.executable, "-m", "mypy"),
        _run("import contracts", str(Path(sys.executable).parent / "lint-imports")),
        _tests(),
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
