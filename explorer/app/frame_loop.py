"""The frame: take what workers finished, step the camera, bring tiles and light after it, draw the panels.

A window at rest draws nothing: the city is drawn when something in it changed, the panels when they look different, and
where neither is so the loop only listens. Whatever the user does is heard within a twenty-fifth of a second.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from explorer.heap import collect, collect_when_asked, give_back_freed
from explorer.store import get_ready_to_connect

if TYPE_CHECKING:
    from explorer.app.application import Application
    from explorer.app.camera_rig import MoveWish

_CLOSE = "window-close-request"
_COLLECT_MS = 2.0
_LONGEST_STEP_SECS = 0.25
"""After a pause the camera goes on as if only this long had passed."""
_LISTEN_SECS = 1.0 / 60.0
"""How often a window at rest looks for mouse and keys."""
_DOZES_AFTER_SECS, _DOZE_SECS = 3.0, 1.0 / 25.0
"""Left alone for longer, it looks less often: each look asks the X server, a third of a millisecond."""
_AWAKE_SECS = 0.8
"""How long it stays awake after them: hints that come late, panels that settle."""
_HEARTBEAT_SECS = 0.4
"""How often it looks at everything else: a cursor that blinks, a dialog of the system, a message."""
_PRESENT_SECS = 2.0
"""How often it shows its picture again, for screens without a compositor where another window lay above it."""
_STIRRED_SECS = 0.1
"""How long it stays awake after something moved by itself."""
_COLLECT_AT_LATEST_SECS = 300.0
"""Who never rests has one late frame in so long."""
_SETTLING = 2
"""Frames that are drawn after the last change: the shadow map is one frame late."""


class FrameLoop:
    """Turns the application once a frame. Main thread only."""

    def __init__(self, application: Application, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = application
        self._clock = clock
        self._last = clock()
        self._awake_until = 0.0
        self._heard = -1
        self._shown_at = 0.0
        self._settling = _SETTLING
        self.when_drawn: Callable[[], None] | None = None
        """Called after every frame that `run` drew, for who measures."""
        self.is_interrupted = False
        """Somebody pressed Ctrl+C in the terminal."""

    # -- one turn ------------------------------------------------------------------------------------------------------

    def turn(self, dt: float | None = None) -> bool:
        """One turn, without the drawing itself; `dt` seconds have passed, or those by the clock.

        Returns whether anything looks different from the turn before.
        """
        app, now = self._app, self._clock()
        passed = now - self._last if dt is None else dt
        dt = min(passed, _LONGEST_STEP_SECS) if dt is None else dt
        self._last = now
        app.jobs.collect(_COLLECT_MS)
        app.tile_jobs.collect(_COLLECT_MS)
        app.opener.update()
        app.servers.update()
        app.anew.update()
        app.saver.update()
        app.chooser.update()
        width, height = self._size()
        app.renderer.resize(width, height)
        app.rig.resize(width, height)
        app.backend.new_frame(dt)
        app.ui.draw(float(width), float(height))
        app.backend.set_title(app.window_title)
        wish = app.input.update(dt)
        app.untouched.update(passed)
        if app.place is not None:
            self._step_world(dt, app.viewing.with_pads(wish, dt))
        panels_changed = app.backend.render()
        app.renderer.set_covered_rows(*app.ui.covered_rows)
        app.renderer.advance(dt)
        city_changed = app.renderer.prepare_frame()
        return panels_changed or city_changed

    def _size(self) -> tuple[int, int]:
        window = self._app.engine.window
        return max(window.get_x_size(), 1), max(window.get_y_size(), 1)

    def _step_world(self, dt: float, wish: MoveWish) -> None:
        app = self._app
        camera = app.rig.step(dt, wish)
        app.stage.update(camera, is_walking=app.rig.mode == "walk")
        app.daylight.update(dt)
        app.view.heading_deg = camera.heading_deg
        app.view.navigation = app.rig.mode
        app.view.is_waiting_for_ground = app.rig.is_waiting_for_ground

    # -- turn after turn -----------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Turn until somebody quits; who closes the window is asked about work that is not saved, as by the menu.

        Ctrl+C ends it after the frame under way: in the middle of one Panda3D would be left with its locks held.
        """
        app = self._app
        self.hear_of_closing()
        self._hear_of_interrupts()
        rests, has_rested, collected = False, False, time.monotonic()
        collect_when_asked()
        while not (app.wants_quit or self.is_interrupted or app.engine.window.is_closed()):
            start = time.monotonic()
            app.tile_jobs.pause()
            self._draw(self.turn() if self.is_awake(start) else False)
            rested, rests = rests, start - self._awake_until > _DOZES_AFTER_SECS
            if (rests and not rested) or start - collected > _COLLECT_AT_LATEST_SECS:
                collected = start
                collect()
                give_back_freed()
            if rests and not has_rested:
                has_rested = True
                app.jobs.submit(lambda progress: get_ready_to_connect(), name="connecting")
            left = (_DOZE_SECS if rests else _LISTEN_SECS) - (time.monotonic() - start)
            if left > 0.0:
                time.sleep(left)

    def _hear_of_interrupts(self) -> None:
        if (
            threading.current_thread() is not threading.main_thread()
            or signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        ):
            return  # in a shell's background Ctrl+C is meant for others

        def end(_number: int, _frame: object) -> None:
            self.is_interrupted = True
            signal.signal(signal.SIGINT, signal.default_int_handler)  # who presses it again does not want to wait

        signal.signal(signal.SIGINT, end)

    def hear_of_closing(self) -> None:
        """Who closes the window of now is asked about work that is not saved."""
        app = self._app
        if not app.engine.is_offscreen:
            app.engine.window.set_close_request_event(_CLOSE)
            app.engine.base.accept(_CLOSE, app.quit)

    def is_awake(self, now: float) -> bool:
        """Whether a turn is due: somebody did something, work is under way, or it is time to look."""
        app = self._app
        heard = app.backend.listen()
        is_working = app.jobs.is_busy or app.tile_jobs.is_busy or app.stage.is_loading or app.imagery.is_busy
        if heard != self._heard or is_working or app.view.is_playing:
            self._heard = heard
            self._awake_until = now + _AWAKE_SECS
        return now < self._awake_until or now - self._last > _HEARTBEAT_SECS or bool(app.backend.held_keys)

    def _draw(self, is_changed: bool) -> None:
        """Let Panda3D take its events, and draw if there is anything to draw."""
        now = time.monotonic()
        if is_changed:
            self._settling = _SETTLING
        is_drawn = self._settling > 0 or now - self._shown_at > _PRESENT_SECS
        if is_drawn:
            self._settling, self._shown_at = self._settling - 1, now
        self._app.tile_jobs.go_on()
        self._app.engine.window.set_active(is_drawn)
        try:
            self._app.engine.base.task_mgr.step()
        except KeyboardInterrupt:  # it listens for itself meanwhile, and says so once it is through
            self.is_interrupted = True
        if is_drawn and self.when_drawn is not None:
            self.when_drawn()
        if is_changed:  # counted from the end of the frame, however slow it was
            self._awake_until = max(self._awake_until, time.monotonic() + _STIRRED_SECS)
