"""The one place where the scenario changes: commands in, events out, the way back kept. Main thread only."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.errors import FetchError
from explorer.events import Events
from explorer.i18n import _
from explorer.scenario.checks import check_record
from explorer.scenario.commands import Command
from explorer.scenario.journal import Journal
from explorer.scenario.operations import Insert, Operation, Stamp, apply, stamped
from explorer.scenario.scenario import Scenario


@dataclass(frozen=True)
class ScenarioChanged:
    """The scenario is another one now."""

    before: Scenario
    after: Scenario
    operations: tuple[Operation, ...]


@dataclass(frozen=True)
class JournalFailed:
    """The journal cannot be written any more; work goes on, and only a save by hand keeps it."""

    message: str


@dataclass(frozen=True)
class JournalResumed:
    """The journal can be written again; everything up to now is in it."""


@dataclass(frozen=True)
class _Step:
    label: str
    operations: tuple[Operation, ...]


class ScenarioStore:
    """Holds the scenario of now."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        actor: str = "me",
        events: Events | None = None,
        journal: Journal | None = None,
        scene_path: str | None = None,
        is_saved: bool = True,
    ) -> None:
        """`scene_path` is where it came from; `is_saved` is False for work that is in no file yet (recovered work)."""
        self.scenario = scenario
        self.actor = actor
        self._events = events or Events()
        self._journal = journal
        self._undo: list[_Step] = []
        self._redo: list[_Step] = []
        self._saved: Scenario | None = scenario if is_saved else None
        self._scene_path = scene_path
        self.is_journal_whole = False
        """Whether the journal holds all that was done."""
        self._has_told = False
        if journal is not None:
            self._begin(scenario, is_saved=is_saved)

    def execute(self, command: Command) -> tuple[Operation, ...]:
        """Carry a command out; nothing changes when it raises. Returns its operations (none: nothing to do)."""
        operations = tuple(command.operations(self.scenario))
        done, back = self._apply(operations)
        if done:
            self._undo.append(_Step(command.label, back))
            self._redo.clear()
        return done

    def undo(self) -> str | None:
        """Take my last step back; returns its label, None if there is none."""
        return self._back(self._undo, self._redo)

    def redo(self) -> str | None:
        """Do again what was undone last."""
        return self._back(self._redo, self._undo)

    def _back(self, source: list[_Step], target: list[_Step]) -> str | None:
        if not source:
            return None
        step = source[-1]
        _done, back = self._apply(step.operations)
        source.pop()
        target.append(_Step(step.label, back))
        return step.label

    def _apply(self, operations: tuple[Operation, ...]) -> tuple[tuple[Operation, ...], tuple[Operation, ...]]:
        if not operations:
            return (), ()
        before = self.scenario
        clock = before.clock
        signed = tuple(stamped(op, Stamp(self.actor, clock + 1 + i)) for i, op in enumerate(operations))
        after, back = apply(before, signed)
        for changed in {op.record.id if isinstance(op, Insert) else op.id for op in signed} & after.records.keys():
            check_record(after.records[changed])  # what would be refused when read must not come to be saved
        if self._journal is not None:
            self._keep(signed, after)  # first the journal: what is shown is already safe
        self.scenario = after
        self._events.publish(ScenarioChanged(before, after, signed))
        return signed, back

    # -- the journal -----------------------------------------------------------------------------------------------

    def _begin(self, scenario: Scenario, *, is_saved: bool) -> None:
        assert self._journal is not None
        try:
            self._journal.begin(scenario, self._scene_path, is_saved=is_saved)
        except FetchError as error:
            self._failed(error)
        else:
            self.is_journal_whole = True
            if self._has_told:
                self._has_told = False
                self._events.publish(JournalResumed())

    def _keep(self, operations: tuple[Operation, ...], after: Scenario) -> None:
        """One more step in the journal; after a failure the whole of it, as soon as there is room again."""
        assert self._journal is not None
        if not self.is_journal_whole:
            self._begin(after, is_saved=False)
            return
        try:
            self._journal.append(operations)
        except FetchError as error:
            self._failed(error)

    def _failed(self, error: FetchError) -> None:
        """A full disk must not stop anybody from working on, nor from saving elsewhere."""
        self.is_journal_whole = False
        if not self._has_told:
            self._has_told = True
            message = _("Automatic backup has stopped. Save the scene soon. {why}").format(why=error)
            self._events.publish(JournalFailed(message))

    @property
    def undo_label(self) -> str | None:
        """What undo would take back."""
        return self._undo[-1].label if self._undo else None

    @property
    def redo_label(self) -> str | None:
        """What redo would do again."""
        return self._redo[-1].label if self._redo else None

    @property
    def has_unsaved_changes(self) -> bool:
        """Whether the scenario differs from the one last saved."""
        return self.scenario is not self._saved and self.scenario != self._saved

    def mark_saved(self, scene_path: str | None = None, scenario: Scenario | None = None) -> None:
        """A scenario (that of now, if not given) is safe in a file; the journal begins anew from it.

        Where more was done while the file was being written, the journal keeps all its steps.
        """
        self._saved = scenario or self.scenario
        self._scene_path = scene_path or self._scene_path
        if self._journal is not None and not self.has_unsaved_changes:
            self._begin(self.scenario, is_saved=True)
