"""A table that somebody walked away from: the next visitor finds the view that the scene begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.app.application import Application


class Untouched:
    """Counts how long nobody has touched anything; only in a workshop does it do something. Main thread only.

    It moves the view and nothing else: what visitors made is theirs, and undo has it.
    """

    def __init__(self, application: Application) -> None:
        self._app = application
        self._heard = -1
        self._secs = 0.0
        self._is_at_start = True

    def update(self, dt: float) -> None:
        """`dt` seconds have passed."""
        app, heard = self._app, self._app.backend.listen()
        if heard != self._heard or app.backend.held_keys:
            self._heard, self._secs, self._is_at_start = heard, 0.0, False
            return
        self._secs += dt
        minutes = app.settings.return_minutes
        if app.settings.profile != "workshop" or not minutes or self._is_at_start or self._secs < 60.0 * minutes:
            return
        if app.ui.is_asking:  # a question waits for whoever asked it
            return
        self._is_at_start = True
        app.go_to_start()
