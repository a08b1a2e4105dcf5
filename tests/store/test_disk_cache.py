"""Answers kept on disk: their limit, a kill in the middle, damage, two programs at once."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.store.disk_cache import Answer, DiskCache
from explorer.store.freshness import fresh_until, may_keep

NOW = 1_767_225_600.0  # 2026-01-01 00:00 UTC


class Clock:
    """A time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        """Seconds since 1970; each look takes a second."""
        self.now += 1.0
        return self.now


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[DiskCache]:
    cache = DiskCache(tmp_path / "cache" / "web.sqlite", 100_000, clock=Clock())
    yield cache
    cache.close()


def test_what_was_kept_is_there_and_after_opening_again(tmp_path: Path, cache: DiskCache) -> None:
    answer = Answer(b"bytes", '"tag"', "Wed, 21 Oct 2015 07:28:00 GMT", NOW + 60.0)
    cache.put("https://tiles.example/a?key=secret", answer)
    assert cache.get("https://tiles.example/a?key=secret") == answer
    assert cache.get("https://tiles.example/a") is None
    cache.close()
    assert cache.get("https://tiles.example/a?key=secret") == answer


def test_the_limit_holds_and_what_was_used_longest_ago_goes(cache: DiskCache) -> None:
    for number in range(8):
        cache.put(f"u{number}", Answer(bytes([number]) * 12_000))
    clock = cache._clock
    assert isinstance(clock, Clock)
    clock.now += 1000.0
    assert cache.get("u0") is not None  # used again
    cache.put("u8", Answer(b"8" * 12_000))
    assert cache.size_bytes <= 100_000
    assert cache.get("u1") is None and cache.get("u0") is not None and cache.get("u8") is not None


def test_one_answer_does_not_push_out_all_others(cache: DiskCache) -> None:
    cache.put("small", Answer(b"x"))
    cache.put("huge", Answer(b"x" * 60_000))
    assert cache.get("huge") is None and cache.get("small") is not None


def test_no_address_is_readable_on_the_disk(tmp_path: Path, cache: DiskCache) -> None:
    cache.put("https://tiles.example/a?access_token=verysecret", Answer(b"bytes"))
    cache.close()
    for file in (tmp_path / "cache").iterdir():
        assert b"verysecret" not in file.read_bytes()


@pytest.mark.parametrize("damage", [b"", b"not a database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "web.sqlite"
    path.write_bytes(damage)
    cache = DiskCache(path, 100_000)
    for _try in range(2):  # the first may be what finds the damage
        cache.put("u", Answer(b"bytes"))
    found = cache.get("u")
    assert found is not None and found.body == b"bytes"
    cache.close()


def test_a_file_of_another_version_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "web.sqlite"
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.execute("CREATE TABLE answers (other TEXT)")
    database.commit()
    database.close()
    cache = DiskCache(path, 100_000)
    for _try in range(2):
        cache.put("u", Answer(b"bytes"))
    assert cache.get("u") is not None
    cache.close()


def test_where_nothing_can_be_written_nothing_is_kept_and_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = DiskCache(tmp_path / "file" / "web.sqlite", 100_000)
    cache.put("u", Answer(b"bytes"))
    assert cache.get("u") is None and cache.size_bytes == 0
    cache.clear()
    cache.close()


_WRITER = """
import sys
from pathlib import Path
from explorer.store.disk_cache import Answer, DiskCache
cache = DiskCache(Path(sys.argv[1]), 10_000_000)
number = 0
while True:
    cache.put(f"u{number}", Answer(bytes([number % 256]) * 20_000, f"{number}"))
    print(number, flush=True)
    number += 1
"""


def test_a_kill_in_the_middle_costs_nothing_that_was_kept(tmp_path: Path) -> None:
    path = tmp_path / "web.sqlite"
    writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    lines = [writer.stdout.readline() for _ in range(40)]
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    kept = int(lines[-1])
    assert kept == 39
    cache = DiskCache(path, 10_000_000)
    for number in range(kept + 1):
        found = cache.get(f"u{number}")
        assert found is not None and found.body == bytes([number % 256]) * 20_000
    cache.close()


def test_two_programs_share_one_file(tmp_path: Path) -> None:
    one, other = (DiskCache(tmp_path / "web.sqlite", 1_000_000) for _ in range(2))
    one.put("a", Answer(b"1"))
    other.put("b", Answer(b"2"))
    assert other.get("a") == Answer(b"1") and one.get("b") == Answer(b"2")
    one.clear()
    assert other.get("b") is None
    one.close()
    other.close()


# -- how long an answer holds --


@pytest.mark.parametrize(
    ("headers", "secs"),
    [
        ({"cache-control": "public, max-age=600"}, 600.0),
        ({"cache-control": "max-age=600", "age": "200"}, 400.0),
        ({"cache-control": "max-age=600, no-cache"}, 0.0),
        ({"cache-control": 'max-age="60"', "expires": "Thu, 01 Jan 2026 02:00:00 GMT"}, 60.0),
        ({"date": "Thu, 01 Jan 2026 00:00:00 GMT", "expires": "Thu, 01 Jan 2026 01:00:00 GMT"}, 3600.0),
        ({"expires": "0"}, 0.0),
        ({"date": "Thu, 01 Jan 2026 00:00:00 GMT", "last-modified": "Wed, 31 Dec 2025 22:00:00 GMT"}, 720.0),
        ({"last-modified": "Wed, 01 Jan 2020 00:00:00 GMT"}, 24.0 * 3600.0),
        ({"cache-control": "max-age=tomorrow"}, 0.0),
        ({}, 0.0),
    ],
)
def test_an_answer_holds_as_long_as_its_server_says(headers: dict[str, str], secs: float) -> None:
    assert fresh_until(headers, NOW) - NOW == pytest.approx(secs)


def test_what_must_not_be_kept_is_not() -> None:
    assert not may_keep({"cache-control": "private, No-Store"})
    assert may_keep({"cache-control": "private"}) and may_keep({})


@given(st.dictionaries(st.sampled_from(["cache-control", "expires", "date", "age", "last-modified"]), st.text()))
@settings(max_examples=200, deadline=None)
def test_no_header_makes_an_answer_hold_for_ever_or_fails(headers: dict[str, str]) -> None:
    start = time.perf_counter()
    assert 0.0 <= fresh_until(headers, NOW) - NOW <= 365.0 * 86400.0
    assert time.perf_counter() - start < 60.0
