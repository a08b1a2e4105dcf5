"""The hour over the place: the scene's own, the one being dragged, or the day that passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.app.sunlight import sun_now, sun_times
from explorer.scenario import ChangeScene, ScenarioChanged

if TYPE_CHECKING:
    from explorer.app.application import Application

_PLAY_MINUTES_PER_SEC = 60.0


class Daylight:
    """Moves the sun. A day that passes is a preview outside the document, and one step of undo when it stops."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self._play_minute: float | None = None

    def update(self, dt: float) -> None:
        """Let `dt` seconds pass and put the sun where it belongs."""
        app = self._app
        if app.scenario is None:
            return
        if app.view.is_playing:
            start = float(app.scenario.scene.minute) if self._play_minute is None else self._play_minute
            self._play_minute = (start + dt * _PLAY_MINUTES_PER_SEC) % 1440.0
            app.ui.bottom.dragged_minute = None
        elif self._play_minute is not None:
            minute, self._play_minute = round(self._play_minute) % 1440, None
            app.execute(ChangeScene({"minute": minute}))
        self._place_sun()

    @property
    def minute(self) -> float:
        """Local minutes after midnight that are shown."""
        app = self._app
        assert app.scenario is not None
        if app.ui.bottom.dragged_minute is not None:
            return app.ui.bottom.dragged_minute
        return float(app.scenario.scene.minute) if self._play_minute is None else self._play_minute

    def _place_sun(self) -> None:
        app = self._app
        if app.place is None or app.scenario is None:
            return
        sun = sun_now(app.place, app.scenario.scene.date, round(self.minute))
        app.renderer.set_sun(sun.direction, sun.elevation_deg)
        app.view.sun_elevation_deg = sun.elevation_deg

    def scenario_changed(self, event: ScenarioChanged) -> None:
        """Another date has another sunrise."""
        if event.before.scene.date != event.after.scene.date:
            self.new_day()

    def new_day(self) -> None:
        """Work out sunrise and sunset."""
        app = self._app
        if app.place is not None and app.scenario is not None:
            app.view.sunrise, app.view.sunset = sun_times(app.place, app.scenario.scene.date)
