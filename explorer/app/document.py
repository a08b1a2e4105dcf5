"""The open document: store, journal, file path, and what former runs left behind."""

from __future__ import annotations

from pathlib import Path

from explorer.events import Events
from explorer.i18n import _
from explorer.scenario import (
    Command,
    Journal,
    JournalFailed,
    JournalFolder,
    JournalResumed,
    LeftBehind,
    Scenario,
    ScenarioStore,
)


class Document:
    """One scenario at a time, with its journal."""

    def __init__(self, journal_folder: Path | None) -> None:
        self.events = Events()
        self.path: Path | None = None
        self._seen: tuple[int, int] | None = None
        """Time and size of the file as it was when it was read or written here."""
        self._folder = JournalFolder(journal_folder) if journal_folder is not None else None
        self.left_behind: list[LeftBehind] = self._folder.left_behind() if self._folder is not None else []
        self.damaged: tuple[Path, ...] = tuple(self._folder.set_aside) if self._folder is not None else ()
        self._journal: Journal | None = None
        self._store = ScenarioStore(Scenario.of(), events=self.events)

    def open(self, scenario: Scenario, path: Path | None, *, recovered: LeftBehind | None = None) -> None:
        """Take another scenario; `recovered` is the journal it came from, which goes once it is safe in our own."""
        self.path, self._seen = path, _stamp_of(path)
        journal = self._own_journal()
        self._store = ScenarioStore(
            scenario,
            events=self.events,
            journal=journal,
            scene_path=str(path) if path is not None else None,
            is_saved=recovered is None,
        )
        if self._store.is_journal_whole:
            self.events.publish(JournalResumed())  # a warning about the scenario of before is over
        if recovered is not None:
            if self._store.is_journal_whole:
                recovered.throw_away()
            self.forget(recovered)

    def _own_journal(self) -> Journal | None:
        if self._journal is None and self._folder is not None:
            try:
                self._journal = self._folder.new()
            except OSError as error:
                text = _("There is no automatic backup: {why}. Save the scene often. [{path}]")
                why = error.strerror or error
                self.events.publish(JournalFailed(text.format(why=why, path=self._folder.folder)))
        return self._journal

    def forget(self, left: LeftBehind, *, throw_away: bool = False) -> None:
        """The user has decided about something left behind."""
        if throw_away:
            left.throw_away()
        self.left_behind = [other for other in self.left_behind if other is not left]

    @property
    def scenario(self) -> Scenario:
        """The scenario of now."""
        return self._store.scenario

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

    @property
    def is_file_of_others(self) -> bool:
        """Whether somebody else has written the file since it was read or written here."""
        now = _stamp_of(self.path)
        return now is not None and now != self._seen

    def execute(self, command: Command) -> None:
        """Carry a command out. Raises `ExplorerError`; then nothing is changed."""
        self._store.execute(command)

    def undo(self) -> None:
        """Take my last step back."""
        self._store.undo()

    def redo(self) -> None:
        """Do again what was undone last."""
        self._store.redo()

    def mark_saved(self, path: Path, scenario: Scenario | None = None) -> None:
        """A scenario (that of now, if not given) is safe in this file."""
        self.path, self._seen = path, _stamp_of(path)
        self._store.mark_saved(str(path), scenario)

    def close(self, *, discard: bool) -> None:
        """End the journal; `discard`: the user has closed on purpose, and nothing is offered at the next start."""
        if self._journal is not None:
            self._journal.close(discard=discard or not self.has_unsaved_changes)
            self._journal = None
        for left in self.left_behind:
            left.lock.release()
        self.left_behind = []
        if self._folder is not None:
            self._folder.close()


def _stamp_of(path: Path | None) -> tuple[int, int] | None:
    try:
        found = path.stat() if path is not None else None
    except OSError:
        return None
    return None if found is None else (found.st_mtime_ns, found.st_size)
