"""Drawing everything anew: when the user asks for it, and by itself when the graphics system has lost what it had."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from explorer.heap import give_back_freed
from explorer.i18n import _

if TYPE_CHECKING:
    from explorer.app.application import Application

_MOST, _WITHIN_SECS = 3, 60.0
"""A graphics system that gives up more often than this is left alone: trying again would not end."""


class Anew:
    """Tears the picture down and builds it again from what is open: in the same context, and where that is lost again
    within a minute in a new one. Main thread only.
    """

    def __init__(self, application: Application) -> None:
        self._app = application
        self._losses: deque[float] = deque(maxlen=_MOST)
        self._has_given_up = False

    def draw(self, *, with_new_context: bool = False) -> None:
        """Let go of everything in the GPU's memory, and bring it there again; may be asked for at any moment.

        `with_new_context`: in a new window in place of the one that is open. Raises `DisplayError` where there is none.
        """
        app = self._app
        app.renderer.begin_anew(with_new_context=with_new_context)
        if with_new_context:
            app.backend.follow(app.engine.window)
            app.loop.hear_of_closing()
        if app.tiles is not None:
            app.tiles.begin_anew(app.renderer)
        give_back_freed()

    def update(self) -> None:
        """Each turn: Panda3D stops drawing in a context that fails, a lost one among them; go on with a new picture."""
        gsg = self._app.engine.window.get_gsg()
        if gsg is None or gsg.is_active() or self._has_given_up:
            return
        now = time.monotonic()
        if len(self._losses) == _MOST and now - self._losses[0] < _WITHIN_SECS:
            self._has_given_up = True
            self._app.status.problem(
                _(
                    "The graphics driver fails again and again, and nothing can be drawn any more. Your work is kept: "
                    "start the program again, or restart the computer."
                )
            )
            return
        is_lost_again = bool(self._losses) and now - self._losses[-1] < _WITHIN_SECS
        self._losses.append(now)
        gsg.set_active(True)
        self.draw(with_new_context=is_lost_again)
        self._app.status.problem(_("The graphics driver has lost the picture; it is drawn anew."))
