"""Commands, undo and the journal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import ScenarioError, UnknownProposal
from explorer.events import Events
from explorer.scenario import (
    AddVariant,
    ChangeProposal,
    ChangeScene,
    Command,
    CopyVariant,
    DeleteProposal,
    DeleteVariant,
    Journal,
    MoveProposal,
    PlaceProposal,
    Proposal,
    RenameVariant,
    Scenario,
    ScenarioChanged,
    ScenarioStore,
    Scene,
    Variant,
    changed_ids,
)
from explorer.scenario.operations import apply, operation_from_plain, operation_to_plain

SQUARE = ((-5.0, -5.0), (5.0, -5.0), (5.0, 5.0), (-5.0, 5.0))


def block(proposal_id: str = "p1", variant_id: str = "v1", **values: object) -> Proposal:
    return replace(Proposal(id=proposal_id, variant_id=variant_id, footprint=SQUARE), **values)


def scenario() -> Scenario:
    return Scenario.of(Scene(title="Harbour"), Variant(id="v1", name="Variant 1"))


def test_a_placed_building_can_be_undone_and_redone() -> None:
    store = ScenarioStore(scenario())
    store.execute(PlaceProposal(block()))
    assert [p.id for p in store.scenario.proposals("v1")] == ["p1"]
    assert store.undo() == "place building"
    assert store.scenario == scenario()
    store.redo()
    assert [p.id for p in store.scenario.proposals("v1")] == ["p1"]


def test_what_a_building_replaces_comes_back_with_its_removal() -> None:
    store = ScenarioStore(scenario())
    store.execute(PlaceProposal(block(hidden_features=("house-1", "house-2"))))
    assert store.scenario.hidden_features("v1") == {"house-1", "house-2"}
    store.execute(DeleteProposal("p1"))
    assert store.scenario.hidden_features("v1") == frozenset()


def test_a_command_that_cannot_be_done_changes_nothing() -> None:
    store = ScenarioStore(scenario())
    store.execute(PlaceProposal(block()))
    before = store.scenario
    with pytest.raises(ScenarioError):
        store.execute(ChangeProposal("p1", {"storeys": 0}))
    with pytest.raises(UnknownProposal):
        store.execute(MoveProposal("nowhere", 0.0, 0.0, 0.0))
    assert store.scenario is before


def test_undo_takes_back_only_the_fields_that_i_changed() -> None:
    store = ScenarioStore(scenario())
    store.execute(PlaceProposal(block()))
    store.execute(ChangeProposal("p1", {"storeys": 9}))
    # somebody else renames it: an operation from elsewhere
    other, _back = apply(store.scenario, ())
    store.scenario = other.with_records({**other.records, "p1": replace(other.proposal("p1"), name="Tower")}, 99)
    store.undo()
    assert (store.scenario.proposal("p1").storeys, store.scenario.proposal("p1").name) == (3, "Tower")


def test_a_change_is_published_with_before_and_after() -> None:
    events, seen = Events(), []
    events.subscribe(ScenarioChanged, seen.append)
    store = ScenarioStore(scenario(), events=events)
    store.execute(PlaceProposal(block()))
    assert changed_ids(seen[0].before, seen[0].after) == {"p1"}


def test_a_copied_variant_has_its_own_buildings() -> None:
    store = ScenarioStore(scenario())
    store.execute(PlaceProposal(block()))
    store.execute(CopyVariant("v1", "Variant 2"))
    copy = store.scenario.scene.active_variant
    assert copy != "v1"
    assert len(store.scenario.proposals(copy)) == 1
    store.execute(DeleteVariant(str(copy)))
    assert store.scenario.scene.active_variant is None
    assert len(store.scenario.proposals("v1")) == 1


commands = st.one_of(
    st.builds(lambda n: PlaceProposal(block(f"p{n}")), st.integers(0, 5)),
    st.builds(lambda n, e: MoveProposal(f"p{n}", e, e / 2, 1.0), st.integers(0, 5), st.floats(-1e5, 1e5)),
    st.builds(lambda n, s: ChangeProposal(f"p{n}", {"storeys": s}), st.integers(0, 5), st.integers(-1, 40)),
    st.builds(lambda n: DeleteProposal(f"p{n}"), st.integers(0, 5)),
    st.builds(lambda n: AddVariant(f"Variant {n}", f"v{n}"), st.integers(2, 4)),
    st.builds(lambda n: DeleteVariant(f"v{n}"), st.integers(1, 4)),
    st.builds(lambda n, t: RenameVariant(f"v{n}", t), st.integers(1, 4), st.text(max_size=5)),
    st.builds(lambda m: ChangeScene({"minute": m}), st.integers(0, 1439)),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(commands, max_size=14))
def test_any_commands_undone_one_by_one_lead_back(steps: list[Command]) -> None:
    store = ScenarioStore(scenario())
    operations = []
    for step in steps:
        try:
            operations.extend(store.execute(step))
        except ScenarioError:
            continue
    end = store.scenario
    replayed, _back = apply(scenario(), tuple(operations))
    assert replayed == end
    plain_replay = scenario()
    for operation in operations:
        again = operation_from_plain(operation_to_plain(operation), plain_replay)
        plain_replay, _back = apply(plain_replay, (again, again))  # twice: absolute values do not add up
    assert plain_replay == end
    while store.undo():
        pass
    assert store.scenario == scenario()
    while store.redo():
        pass
    assert store.scenario == end


WRITER = """
import sys
from pathlib import Path
from explorer.scenario import *
store = ScenarioStore(Scenario.of(Scene(), Variant(id="v1")), journal=Journal(Path(sys.argv[1])))
square = ((-5.0, -5.0), (5.0, -5.0), (5.0, 5.0), (-5.0, 5.0))
for n in range(100000):
    store.execute(PlaceProposal(Proposal(id=f"p{n}", variant_id="v1", footprint=square)))
    print(n, flush=True)
"""


def test_everything_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "mine.journal"
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert process.stdout is not None
    acknowledged = -1
    for line in process.stdout:
        acknowledged = int(line)
        if acknowledged >= 25:
            os.kill(process.pid, signal.SIGKILL)
            break
    time.sleep(0.01)
    for line in process.stdout:  # what it had said before the kill arrived
        acknowledged = int(line)
    process.wait()
    recovered = Journal.recover(path)
    assert recovered is not None
    assert recovered.steps >= acknowledged + 1
    assert f"p{acknowledged}" in recovered.scenario.records
