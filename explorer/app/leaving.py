"""Nothing that is not saved is lost without a word: asked before another place is opened or the window closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.app.application import Application


class Leaving:
    """Keeps what is to happen once the user has decided about unsaved work."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self._then: Callable[[], None] | None = None

    def ask(self, purpose: str, then: Callable[[], None]) -> None:
        """Go on with `then` at once, or when the work is saved or given up. `purpose` is "open" or "quit"."""
        if self._app.place is not None and self._app.has_unsaved_changes:
            self._then = then
            self._app.view.asks_unsaved = purpose
        else:
            then()

    def answer(self, answer: str) -> None:
        """ "save", "discard" or "cancel"."""
        then, self._then = self._then, None
        self._app.view.asks_unsaved = ""
        if then is None:
            return
        if answer == "save":
            self._app.saver.save(then=then)
        elif answer == "discard":
            then()
