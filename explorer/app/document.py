"""The open document: store, journal, file path, and what a former run left behind."""

from __future__ import annotations

from pathlib import Path

from explorer.events import Events
from explorer.scenario import Command, Journal, Scenario, ScenarioStore
from explorer.scenario.journal import Recovered


class Document:
    """One scenario at a time, with its journal."""

    def __init__(self, journal_path: Path | None) -> None:
        self.events = Events()
        self.path: Path | None = None
        self._journal_path = journal_path
        self.recovered: Recovered | None = Journal.recover(journal_path) if journal_path is not None else None
        self._journal: Journal | None = None
        self._store = ScenarioStore(Scenario.of(), events=self.events)

    def open(self, scenario: Scenario, path: Path | None) -> None:
        """Take another scenario. What a former run left stays in the journal until the user has decided."""
        self.path = path
        if self._journal is None and self._journal_path is not None and self.recovered is None:
            self._journal = Journal(self._journal_path)
        self._store = ScenarioStore(scenario, events=self.events, journal=self._journal)

    def forget_recovered(self) -> None:
        """The user has decided; from now on this run's work is kept."""
        self.recovered = None
        if self._journal is None and self._journal_path is not None:
            self._journal = Journal(self._journal_path)
            self._store = ScenarioStore(self._store.scenario, events=self.events, journal=self._journal)

    @property
    def scenario(self) -> Scenario:
        """The scenario of now."""
        return self._store.scenario

    @property
    def recovered_steps(self) -> int:
        """Steps that a run which did not end left behind."""
        return self.recovered.steps if self.recovered is not None else 0

    @property
    def undo_label(self) -> str | None:
        """What undo would take back."""
        return self._store.undo_label

    @property
    def redo_label(self) -> str | None:
        """What redo would do again."""
        return self._store.redo_label

    @property
    def has_unsaved_changes(self) -> bool:
        """Whether something is not in a file yet."""
        return self._store.has_unsaved_changes

    def execute(self, command: Command) -> None:
        """Carry a command out. Raises `ExplorerError`; then nothing is changed."""
        self._store.execute(command)

    def undo(self) -> None:
        """Take my last step back."""
        self._store.undo()

    def redo(self) -> None:
        """Do again what was undone last."""
        self._store.redo()

    def mark_saved(self, path: Path) -> None:
        """The scenario of now is safe in this file."""
        self.path = path
        self._store.mark_saved()

    def close(self) -> None:
        """End the journal; it is offered at the next start only if something is not saved."""
        if self._journal is not None:
            self._journal.close(discard=not self.has_unsaved_changes)
            self._journal = None
