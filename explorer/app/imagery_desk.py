"""Imagery in the window: added, opened beside the main thread, drawn as it comes, kept in step with the scene."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from explorer.app.imagery import ImageryDrawing, imagery_location, new_imagery, opened_imagery
from explorer.app.places import OpenImagery, Place
from explorer.errors import ExplorerError
from explorer.i18n import _
from explorer.imagery import ChoiceNeeded, Where
from explorer.jobs import Cancelled, Job, Progress, ThreadJobs
from explorer.scenario import AddImagery, ImageryLayer, Scenario, ScenarioChanged

if TYPE_CHECKING:
    from explorer.app.application import Application
    from explorer.geo import Camera

_LOADING = "imagery"


class ImageryDesk:
    """The imagery of what is open. Main thread only; costs nothing while there is none."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self._drawing: ImageryDrawing | None = None
        self._place: Place | None = None
        self._open: dict[str, OpenImagery] = {}
        """By layer; those that were removed stay, for undo."""
        self._opening: dict[str, Job[OpenImagery]] = {}
        self._adding: Job[OpenImagery] | None = None
        self._failed: set[ImageryLayer] = set()
        self._shown: object = None
        self._fetching: ThreadJobs | None = None
        self._ground = 0.0
        self._seen_from: tuple[float, ...] = ()

    # -- opening and closing -------------------------------------------------------------------------------------------

    def begin(self, place: Place) -> None:
        """Show the imagery of a place that was opened."""
        self.clear()
        self._place = place
        self._open = {one.layer.id: one for one in place.imagery}
        opened = set(self._open)
        # what could not be opened was said with the place
        self._failed = {layer for layer in place.scenario.imagery if layer.is_visible and layer.id not in opened}

    def clear(self) -> None:
        """Nothing is open any more."""
        for job in (*self._opening.values(), *([self._adding] if self._adding is not None else [])):
            job.cancel()
        if self._drawing is not None:
            self._drawing.close(self._app.renderer)
        for one in self._open.values():
            one.source.close()
        self._opening, self._open, self._failed = {}, {}, set()
        self._drawing = self._place = self._shown = self._adding = None
        self._app.status.clear(_LOADING)
        self._app.view.imagery_choices = ()

    def close(self) -> None:
        """End its threads."""
        self.clear()
        if self._fetching is not None:
            self._fetching.close()
            self._fetching = None

    @property
    def is_busy(self) -> bool:
        """Whether something is on its way that will change the picture."""
        return self._fetching is not None and self._fetching.is_busy

    @property
    def credit(self) -> str:
        """Who made what is shown: to be read beside the picture."""
        scenario = self._app.scenario
        if scenario is None or not scenario.imagery:
            return ""
        names = [layer.attribution for layer in scenario.imagery if layer.is_visible and layer.id in self._open]
        return " · ".join(dict.fromkeys(name for name in names if name))

    # -- in step with the scene ----------------------------------------------------------------------------------------

    def scenario_changed(self, _event: ScenarioChanged) -> None:
        """Show what is different at the next frame."""
        self._shown = None

    def update(self, camera: Camera) -> None:
        """One frame."""
        app, scenario = self._app, self._app.scenario
        if scenario is None or self._place is None or (not scenario.imagery and self._drawing is None):
            return
        wanted = (scenario, app.view.dragged_opacity)
        if self._shown != wanted:
            self._sync(scenario)
            self._shown = wanted
        if self._drawing is None:
            return
        assert self._fetching is not None
        self._fetching.collect()
        self._drawing.runtime.side = app.renderer.tier.imagery_side
        self._drawing.update(app.renderer, camera, self._ground_below(camera))
        loading = self._drawing.runtime.loading
        if loading:
            app.status.set(_LOADING, _("Loading imagery: {count} tiles").format(count=loading))
        else:
            app.status.clear(_LOADING)
        for sentence in self._drawing.take_new_problems():
            app.status.problem(sentence)

    def _sync(self, scenario: Scenario) -> None:
        """Open what is shown and not open yet; draw what is."""
        app, place = self._app, self._place
        assert place is not None
        if self._drawing is None:
            self._fetching = self._fetching or ThreadJobs(3)
            self._drawing = ImageryDrawing(place, self._fetching, app.jobs, app.renderer.tier.imagery_side)
        for layer in scenario.imagery:
            is_known = layer.id in self._open or layer.id in self._opening or layer in self._failed
            if layer.is_visible and not is_known:
                self._begin_opening(layer, place)
        for sentence in self._drawing.show(scenario, tuple(self._open.values()), app.view.dragged_opacity):
            app.status.problem(sentence)

    def _begin_opening(self, layer: ImageryLayer, place: Place) -> None:
        location = imagery_location(layer, place.scene_path, place.assets_root)
        crs = place.frame.crs.horizontal

        def work(_progress: Progress) -> OpenImagery:
            return opened_imagery(layer, location, crs)

        done = partial(self._opened, layer)
        self._opening[layer.id] = self._app.jobs.submit(work, name=f"imagery {layer.id}", when_done=done)

    def _opened(self, layer: ImageryLayer, job: Job[Any]) -> None:
        if self._opening.get(layer.id) is not job:
            return
        del self._opening[layer.id]
        if job.error is None:
            self._open[layer.id] = job.result()
            self._shown = None
        elif not isinstance(job.error, Cancelled):
            self._failed.add(layer)
            self._app.report(job.error)

    def _ground_below(self, camera: Camera) -> float:
        """Height of the ground below the camera, or, where that is not known, of the land. [m, world]"""
        x, y, _z = camera.position
        if (x, y) != self._seen_from:
            self._seen_from = (x, y)
            found = self._app.ground.ground_height(x, y) if len(self._app.ground) else None
            self._ground = self._land() if found is None or not math.isfinite(found) else float(found)
        return self._ground

    def _land(self) -> float:
        tiles = self._app.tiles
        return tiles.land.height if tiles is not None else 0.0

    def retry_failed(self) -> None:
        """Ask again for everything that failed."""
        self._failed.clear()
        self._shown = None
        if self._drawing is not None:
            self._drawing.retry_failed()

    # -- adding --------------------------------------------------------------------------------------------------------

    def add(self, text: str) -> None:
        """Lay what is at an address or in a file over what there is; the scene has it once it is open."""
        app, place = self._app, self._place
        if place is None or app.scenario is None or not text.strip():
            return
        app.view.imagery_text, app.view.imagery_error, app.view.imagery_choices = text, "", ()
        crs = place.frame.crs.horizontal

        def work(_progress: Progress) -> OpenImagery:
            return new_imagery(text, crs)

        if self._adding is not None:
            self._adding.cancel()
        self._adding = app.jobs.submit(work, name="imagery", when_done=self._added)
        app.view.is_adding_imagery = True

    def choose(self, name: str) -> None:
        """Take one of what a service offers."""
        view = self._app.view
        more: dict[str, Any] = {view.imagery_word: name}
        self.add(str(replace(Where.of(view.imagery_text), **more)))

    def ask_file(self) -> None:
        """Ask for a file, and add it."""
        self._app.chooser.ask_open(lambda path: self.add(str(path)))

    def _added(self, job: Job[Any]) -> None:
        if job is not self._adding:
            return
        self._adding = None
        view, error = self._app.view, job.error
        view.is_adding_imagery = False
        if error is None:
            found: OpenImagery = job.result()
            self._open[found.layer.id] = found
            view.imagery_text = ""
            self._app.execute(AddImagery(found.layer))
        elif isinstance(error, ChoiceNeeded):
            view.imagery_error = _("The service has several. Which one?")
            view.imagery_word, view.imagery_choices = error.word, error.names
        elif not isinstance(error, Cancelled):
            view.imagery_error = str(error) if isinstance(error, ExplorerError) else repr(error)
