"""The hour over the place: the scene's own, the one being dragged, or the day that passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.app.sunlight import sun_now, sun_times
from explorer.scenario import ChangeScene, ScenarioChanged

if TYPE_CHECKING:
    from explorer.app.application import Application

_PLAY_MINUTES_PER_SEC = 60.0
_DUSK_MINUTES = 45.0
"""How long before sunrise and after sunset there is something to see: the rest of the night is left out."""


class Daylight:
    """Moves the sun. A day that passes and an hour in hand are previews, and one step of undo when they are let go."""

    def __init__(self, application: Application) -> None:
        self._app = application

    def update(self, dt: float) -> None:
        """Let `dt` seconds pass and put the sun where it belongs."""
        app, view = self._app, self._app.view
        if app.scenario is None:
            view.is_playing, view.passing_minute = False, None
            return
        if view.is_playing:
            view.passing_minute = later(self.minute, dt * _PLAY_MINUTES_PER_SEC, view.sunrise, view.sunset)
        elif view.passing_minute is not None and not view.is_hour_held:
            minute, view.passing_minute = round(view.passing_minute) % 1440, None
            if minute != app.scenario.scene.minute:
                app.execute(ChangeScene({"minute": minute}))
        self._place_sun()

    @property
    def minute(self) -> float:
        """Local minutes after midnight that are shown."""
        scenario, passing = self._app.scenario, self._app.view.passing_minute
        assert scenario is not None
        return float(scenario.scene.minute) if passing is None else passing

    def _place_sun(self) -> None:
        app = self._app
        if app.place is None or app.scenario is None:
            return
        sun = sun_now(app.place, app.scenario.scene.date, round(self.minute))
        app.renderer.set_sun(sun.direction, sun.elevation_deg)

    def scenario_changed(self, event: ScenarioChanged) -> None:
        """Another date has another sunrise."""
        if event.before.scene.date != event.after.scene.date:
            self.new_day()

    def new_day(self) -> None:
        """Work out sunrise and sunset."""
        app = self._app
        if app.place is not None and app.scenario is not None:
            app.view.sunrise, app.view.sunset = sun_times(app.place, app.scenario.scene.date)


def later(minute: float, by: float, sunrise: float | None, sunset: float | None) -> float:
    """The minute of the day `by` minutes on, without the dark of the night where the sun rises and sets. [min]"""
    following = (minute + by) % 1440.0
    if sunrise is None or sunset is None:
        return following
    dawn, light = (sunrise - _DUSK_MINUTES) % 1440.0, (sunset - sunrise) % 1440.0 + 2.0 * _DUSK_MINUTES
    return following if (following - dawn) % 1440.0 <= light else dawn
