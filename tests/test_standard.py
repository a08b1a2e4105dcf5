"""The table of what is read (STANDARD.md) names tests that exist and files that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROW = re.compile(r"^\| (?P<kind>[^|]+) \| `(?P<test>[^|`]+)` \| (?P<files>[^|]+) \|$", re.MULTILINE)
ROWS = [match.groups() for match in ROW.finditer((TESTS / "STANDARD.md").read_text(encoding="utf-8"))]


def test_every_line_of_the_table_is_read_as_one() -> None:
    lines = [line for line in (TESTS / "STANDARD.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    assert len(lines) - sum(line == "| Kind | Test | File |" for line in lines) == len(ROWS) > 60


@pytest.mark.parametrize(("kind", "test", "files"), ROWS, ids=[row[0] for row in ROWS])
def test_the_named_test_exists_and_reads_real_files_where_it_says_so(kind: str, test: str, files: str) -> None:
    path, name = test.split("::")
    source = (TESTS / path).read_text(encoding="utf-8")
    found = re.search(rf"^def {name}\((?P<parameters>.*?)\) -> None:", source, re.MULTILINE | re.DOTALL)
    assert found, test
    reads = re.search(r"\b(shared_data|samples)\b", found["parameters"])
    assert bool(reads) == (files != "specimen"), f"{kind}: {test}"


@pytest.mark.parametrize("path", sorted({path for row in ROWS if row[2] != "specimen" for path in row[2].split(", ")}))
def test_the_named_files_are_there(shared_data: Path, path: str) -> None:
    assert (shared_data / path).exists()
