"""What former runs left behind, and what is said when the automatic backup cannot be kept."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.i18n import _
from explorer.scenario import JournalFailed, JournalResumed, LeftBehind
from explorer.ui import LeftWork, date_words

if TYPE_CHECKING:
    from explorer.app.application import Application

_WARNING = "journal"


class Recovery:
    """Offers each run's work by itself; tells about damage and failing backups."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self._shown: tuple[list[LeftBehind], tuple[LeftWork, ...]] = ([], ())
        document, status = application.document, application.status
        document.events.subscribe(JournalFailed, lambda event: status.warn(_WARNING, event.message))
        document.events.subscribe(JournalResumed, lambda _event: status.unwarn(_WARNING))
        for path in document.damaged:
            text = _(
                "The automatic backup of a former run is damaged. What could be read is offered; the damaged file was "
                "kept. [{path}]"
            )
            status.problem(text.format(path=path))

    @property
    def left_work(self) -> tuple[LeftWork, ...]:
        """For people, newest first."""
        known, views = self._shown
        left = self._app.document.left_behind
        if left is not known:
            views = tuple(_view(one) for one in left)
            self._shown = (left, views)
        return views

    def decide(self, number: int, accept: bool) -> None:
        """Bring one back, or throw it away; the others stay."""
        left = self._app.document.left_behind
        if not 0 <= number < len(left):
            return
        if accept:
            self._app.view.show_recovery = False
            self._app.opener.open_recovered(left[number])
        else:
            self._app.document.forget(left[number], throw_away=True)


def _view(left: LeftBehind) -> LeftWork:
    found = left.found
    title = found.scenario.scene.title or (Path(found.scene_path).stem if found.scene_path else _("Untitled"))
    written = datetime.fromtimestamp(left.written_at)
    when = f"{date_words(written.date().isoformat())}, {written:%H:%M}"
    return LeftWork(title, found.steps, when, found.scene_path or "")
