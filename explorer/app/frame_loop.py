"""The frame: take what workers finished, step the camera, bring tiles and light after it, draw the panels."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.app.application import Application
    from explorer.app.camera_rig import MoveWish

_CLOSE = "window-close-request"
_COLLECT_MS = 2.0
_LONGEST_STEP_SECS = 0.25
"""After a pause the camera goes on as if only this long had passed."""


class FrameLoop:
    """Turns the application once a frame. Main thread only."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self._last = time.monotonic()

    def turn(self, dt: float | None = None) -> None:
        """One turn, without the drawing itself; `dt` seconds have passed, or those by the clock."""
        app, now = self._app, time.monotonic()
        dt = min(now - self._last, _LONGEST_STEP_SECS) if dt is None else dt
        self._last = now
        app.jobs.collect(_COLLECT_MS)
        app.tile_jobs.collect(_COLLECT_MS)
        app.opener.update()
        app.chooser.update()
        width, height = self._size()
        app.renderer.resize(width, height)
        app.rig.resize(width, height)
        app.backend.new_frame(dt)
        app.ui.draw(float(width), float(height))
        wish = app.input.update(dt)
        if app.place is not None:
            self._step_world(dt, app.viewing.with_pads(wish))
        app.backend.render()
        app.renderer.prepare_frame()

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

    def run(self) -> None:
        """Turn until somebody quits; who closes the window is asked about work that is not saved, as by the menu."""
        app = self._app
        app.engine.window.set_close_request_event(_CLOSE)
        app.engine.base.accept(_CLOSE, app.quit)
        while not app.wants_quit and not app.engine.window.is_closed():
            self.turn()
            app.engine.base.task_mgr.step()
