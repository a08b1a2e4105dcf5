"""The journal: what survives kills, full disks and damage."""

from __future__ import annotations

import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import FetchError
from explorer.events import Events
from explorer.scenario import (
    Journal,
    JournalFailed,
    JournalResumed,
    Scenario,
    ScenarioStore,
)
from explorer.scenario.journal import read_journal
from tests.scenario.journals import place, scenario, written

ROOT = Path(__file__).resolve().parents[2]


def test_a_journal_cut_at_any_byte_gives_back_all_whole_commands_before(tmp_path: Path) -> None:
    path, cut = tmp_path / "whole.journal", tmp_path / "cut.journal"
    after = written(path, 3)
    data = path.read_bytes()
    ends = [at + 1 for at, byte in enumerate(data) if byte == ord("\n")]
    for length in range(len(data) + 1):
        cut.write_bytes(data[:length])
        found = read_journal(cut)
        whole = sum(end <= length for end in ends) - 1  # the first line is the start
        if whole < 0:
            assert found is None
        else:
            assert found is not None and not found.is_damaged
            assert (found.steps, found.scenario) == (whole, after[whole])
            assert found.scene_path == "plan.cvscene"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_journal_with_any_byte_changed_gives_back_all_commands_before_it(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    after = written(folder / "whole.journal", 4)
    content = bytearray((folder / "whole.journal").read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    (folder / "spoilt.journal").write_bytes(content)
    whole = bytes(content[:at]).count(b"\n") - 1
    found = read_journal(folder / "spoilt.journal")
    if whole >= 0:
        assert found is not None
        assert found.steps >= whole
        assert found.scenario == after[found.steps]


def test_a_journal_of_random_bytes_is_no_journal_and_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "x.journal"
    for data in (b"", b"\n", b"not a journal at all\n" * 50, bytes(range(256)) * 9, b"00000000 \n", b"[" * 100_000):
        path.write_bytes(data)
        assert read_journal(path) is None


def test_what_follows_a_line_that_was_torn_by_a_full_disk_is_readable(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "mine.journal")
    store = ScenarioStore(scenario(), journal=journal)
    store.execute(place(1))
    with (tmp_path / "mine.journal").open("ab") as file:
        file.write(b"deadbeef {torn")
    store.execute(place(2))
    found = read_journal(tmp_path / "mine.journal")
    assert found is not None
    assert found.steps >= 1  # what came before the tear is never lost


def test_recovered_work_counts_as_unsaved_until_it_is_saved(tmp_path: Path) -> None:
    path = tmp_path / "mine.journal"
    store = ScenarioStore(scenario(), journal=Journal(path), is_saved=False)
    assert store.has_unsaved_changes
    found = Journal.recover(path)
    assert found is not None and found.steps == 0
    store.mark_saved("plan.cvscene")
    assert not store.has_unsaved_changes
    assert Journal.recover(path) is None


def test_a_save_while_work_goes_on_keeps_the_later_steps(tmp_path: Path) -> None:
    path = tmp_path / "mine.journal"
    store = ScenarioStore(scenario(), journal=Journal(path))
    store.execute(place(1))
    being_saved = store.scenario
    store.execute(place(2))
    store.mark_saved("plan.cvscene", being_saved)
    assert store.has_unsaved_changes
    found = Journal.recover(path)
    assert found is not None and found.scenario == store.scenario


# -- a disk that fills -----------------------------------------------------------------------------------------------


class FullDisk(Journal):
    """A journal on a disk that is full for a while."""

    is_full = True

    def append(self, operations: Any) -> None:
        if self.is_full:
            raise FetchError("The disk is full.")
        super().append(operations)

    def begin(self, scenario: Scenario, scene_path: str | None = None, *, is_saved: bool = True) -> None:
        if self.is_full and self.path.exists():
            raise FetchError("The disk is full.")
        super().begin(scenario, scene_path, is_saved=is_saved)


def test_work_goes_on_while_the_disk_is_full_and_is_told_once(tmp_path: Path) -> None:
    events, told, resumed = Events(), [], []
    events.subscribe(JournalFailed, told.append)
    events.subscribe(JournalResumed, resumed.append)
    journal = FullDisk(tmp_path / "mine.journal")
    store = ScenarioStore(scenario(), events=events, journal=journal)
    store.execute(place(1))
    store.undo()
    store.redo()
    assert "p1" in store.scenario.records
    assert len(told) == 1 and "disk is full" in told[0].message
    journal.is_full = False
    store.execute(place(2))
    assert len(resumed) == 1
    found = Journal.recover(journal.path)
    assert found is not None and found.scenario == store.scenario


LIMITED = """
import resource, sys
from pathlib import Path
from explorer.events import Events
from explorer.scenario import *
events, told, resumed = Events(), [], []
events.subscribe(JournalFailed, told.append)
events.subscribe(JournalResumed, resumed.append)
store = ScenarioStore(Scenario.of(Scene(), Variant(id="v1")), journal=Journal(Path(sys.argv[1])), events=events)
resource.setrlimit(resource.RLIMIT_FSIZE, (6000, resource.RLIM_INFINITY))
square = ((-5.0, -5.0), (5.0, -5.0), (5.0, 5.0), (-5.0, 5.0))
kept = 0
for n in range(60):
    store.execute(PlaceProposal(Proposal(id=f"p{n:02d}", variant_id="v1", footprint=square)))
    if len(told) == len(resumed):
        kept = n + 1
print(kept, len(told), len(store.scenario.records))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file size are Unix's")
def test_a_disk_that_fills_in_the_middle_of_a_line_loses_nothing_before_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.journal"
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60
    )
    kept, told, n_records = map(int, done.stdout.split())
    assert 0 < kept < 60
    assert told >= 1
    assert n_records == 62  # the work itself went on
    found = read_journal(path)
    assert found is not None and not found.is_damaged
    assert [p.id for p in found.scenario.proposals("v1")] == [f"p{n:02d}" for n in range(kept)]
    assert not list(tmp_path.glob("*.part"))


def test_members_and_clock_of_the_scene_come_back(tmp_path: Path) -> None:
    before = replace(scenario(), members=(("future", {"a": [1]}),), clock=41)
    store = ScenarioStore(before, journal=Journal(tmp_path / "mine.journal"))
    store.execute(place(1))
    found = Journal.recover(tmp_path / "mine.journal")
    assert found is not None
    assert found.scenario.members == before.members
    assert found.scenario.clock == store.scenario.clock > 41


NONSENSE = ("[0.0]", "[null]", "7", '[{"do": []}]', '[{"do": "set", "id": "scene", "field": []}]', '[{"clock": 2e308}]')


@pytest.mark.parametrize("step", NONSENSE)
def test_a_line_that_is_sound_and_says_nonsense_ends_what_can_be_read(tmp_path: Path, step: str) -> None:
    """Found by fuzzing: a step of numbers in place of operations."""
    path = tmp_path / "mine.journal"
    after = written(path, 2)
    text = f'{{"step":{step}}}'.encode()
    with path.open("ab") as file:
        file.write(b"%08x %s\n" % (zlib.crc32(text), text))
    found = read_journal(path)
    assert found is not None and found.scenario == after[-1] and found.steps == 2
    assert found.is_damaged
