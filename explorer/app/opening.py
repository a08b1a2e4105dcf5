"""Opening, saving and recovering for the window: the slow part on a worker, the rest between frames."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.app.finding import SCENE_ENDING, open_place
from explorer.app.places import Place
from explorer.app.references import References
from explorer.app.saving import save_place
from explorer.errors import ExplorerError
from explorer.i18n import _
from explorer.jobs import Cancelled, Job, Progress
from explorer.scenario import Scenario

if TYPE_CHECKING:
    from explorer.app.application import Application

_THUMBNAIL = (480, 270)


class Opener:
    """What is being opened, if anything."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self._job: Job[Place] | None = None
        self._what = ""

    @property
    def is_busy(self) -> bool:
        """Whether something is being opened."""
        return self._job is not None

    def open(self, what: str | None, references: References, *, scenario: Scenario | None = None) -> None:
        """Begin to open; the place of before stays until the new one is whole. `scenario` goes on top (recovery)."""
        if self._job is not None:
            self._job.cancel()
        self._what = what or ""

        def work(progress: Progress) -> Place:
            place = open_place(what, references, progress=progress)
            place.city_bounds()  # slow on large indexes; not on the main thread
            return place if scenario is None else replace(place, scenario=_over(scenario, place))

        self._job = self._app.jobs.submit(work, name="opening", when_done=self._done)

    def update(self) -> None:
        """Show how far it is."""
        job = self._job
        if job is not None:
            text = job.progress.text or _("Opening")
            self._app.status.set("opening", text, job.progress.fraction, can_cancel=True)

    def _done(self, job: Job[Any]) -> None:
        if job is not self._job:
            return
        self._job = None
        self._app.status.clear("opening")
        error = job.error
        if error is None:
            self._app.stage.show(job.result())
            if self._what:
                self._app.change_settings(recent=self._app.settings.with_recent(self._what))
        elif isinstance(error, ExplorerError) and not isinstance(error, Cancelled):
            self._app.report(error)
            self._app.view.show_welcome = True
        elif not isinstance(error, Cancelled):
            text = _("It could not be opened: {why}").format(why=error)
            self._app.status.problem(text)
            self._app.view.show_welcome = True

    def save(self, path: str | None, *, packed: bool) -> None:
        """Save to a path, or where the scene came from, or to a name made of its title."""
        app = self._app
        if app.place is None or app.scenario is None:
            return
        target = Path(path) if path else app.document.path or Path.cwd() / f"{_file_name(app.scenario.scene.title)}"
        if target.suffix != SCENE_ENDING:
            target = target.with_name(target.name + SCENE_ENDING)
        if packed and not path:
            target = target.with_name(target.stem + "-packed" + SCENE_ENDING)
        scene = replace(
            app.scenario.scene,
            camera=app.viewing.camera_record(),
            navigation=app.rig.mode,
            eye_height=app.settings.eye_height,
        )
        scenario = app.scenario.with_records({**app.scenario.records, scene.id: scene}, app.scenario.clock)
        try:
            save_place(app.place, scenario, target, thumbnail=self._thumbnail(), packed=packed)
        except ExplorerError as error:
            app.report(error)
            return
        app.document.mark_saved(target)
        app.status.notice(_("Saved. [{path}]").format(path=target))
        app.change_settings(recent=app.settings.with_recent(str(target)))

    def _thumbnail(self) -> bytes:
        from PIL import Image

        image = Image.fromarray(self._app.renderer.screenshot())
        image.thumbnail(_THUMBNAIL)
        stream = io.BytesIO()
        image.save(stream, "PNG")
        return stream.getvalue()

    def recover(self, accept: bool) -> None:
        """Bring back or throw away what a former run left."""
        found = self._app.document.recovered
        self._app.document.forget_recovered()
        if accept and found is not None:
            layers = found.scenario.layers
            base = found.scene_path or (layers[0].url if layers else None)
            self.open(base, References(), scenario=found.scenario)


def _over(scenario: Scenario, place: Place) -> Scenario:
    """A recovered scenario over the place it belongs to."""
    return scenario.with_records(dict(scenario.records), place.scenario.clock)


def _file_name(title: str) -> str:
    kept = "".join(c if c.isalnum() or c in " -_" else "" for c in title).strip()
    return kept[:60] or "scene"
