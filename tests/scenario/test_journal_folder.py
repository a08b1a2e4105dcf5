"""Journals of several programs in one folder: those of running ones are left alone, those of dead ones are offered."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from explorer.scenario import JournalFolder, ScenarioStore
from tests.scenario.journals import place, scenario, written

ROOT = Path(__file__).resolve().parents[2]
OTHER = """
import sys, time
from pathlib import Path
from explorer.scenario import *
journal = JournalFolder(Path(sys.argv[1])).new()
store = ScenarioStore(Scenario.of(Scene(title=sys.argv[2]), Variant(id="v1")), journal=journal)
store.execute(ChangeScene({"minute": 700}))
print("ready", flush=True)
time.sleep(60)
"""


def other_program(folder: Path, title: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", OTHER, str(folder), title]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return process


def test_a_running_programs_journal_is_left_alone_and_every_dead_ones_is_offered(tmp_path: Path) -> None:
    one, two = other_program(tmp_path, "One"), other_program(tmp_path, "Two")
    try:
        mine = JournalFolder(tmp_path)
        assert mine.left_behind() == []
        ScenarioStore(scenario(), journal=mine.new()).execute(place(1))
        assert len(list(tmp_path.glob("*.journal"))) == 3
        one.send_signal(signal.SIGKILL)
        one.wait()
        (found,) = mine.left_behind()
        assert found.found.scenario.scene.title == "One"
        assert JournalFolder(tmp_path).left_behind() == []  # somebody is being asked about it already
        found.lock.release()
    finally:
        for process in (one, two):
            process.kill()
            process.wait()
    titles = {left.found.scenario.scene.title for left in JournalFolder(tmp_path).left_behind()}
    assert titles == {"One", "Two"}


def test_what_is_thrown_away_or_closed_on_purpose_is_not_offered_again(tmp_path: Path) -> None:
    folder = JournalFolder(tmp_path)
    journal = folder.new()
    ScenarioStore(scenario(), journal=journal).execute(place(1))
    folder.close()
    (left,) = JournalFolder(tmp_path).left_behind()
    left.throw_away()
    assert list(tmp_path.iterdir()) == []
    journal = folder.new()
    ScenarioStore(scenario(), journal=journal).execute(place(1))
    journal.close(discard=True)
    folder.close()
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_journal_is_set_aside_and_what_can_be_read_is_offered(tmp_path: Path) -> None:
    path = tmp_path / "old.journal"
    after = written(path, 3)
    lines = path.read_bytes().split(b"\n")
    lines[2] = lines[2].replace(b"minute", b"minuet")
    path.write_bytes(b"\n".join(lines))
    (tmp_path / "nonsense.journal").write_bytes(os.urandom(300))
    folder = JournalFolder(tmp_path)
    (left,) = folder.left_behind()
    assert (left.found.steps, left.found.scenario) == (1, after[1])
    assert {aside.name for aside in folder.set_aside} == {"old.damaged", "nonsense.damaged"}
    assert b"minuet" in (tmp_path / "old.damaged").read_bytes()
