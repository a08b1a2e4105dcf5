"""Opening, saving and recovering for the window: the slow part on a worker, the rest between frames."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.app.finding import SCENE_ENDING, open_place, recovered_place
from explorer.app.places import Place
from explorer.app.references import References
from explorer.app.saving import save_place
from explorer.errors import ExplorerError
from explorer.i18n import _
from explorer.jobs import Cancelled, Job, Progress
from explorer.scenario import LeftBehind

if TYPE_CHECKING:
    from explorer.app.application import Application

_THUMBNAIL = (480, 270)


class Opener:
    """What is being opened, if anything."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self._job: Job[Place] | None = None
        self._what = ""
        self._recovered: LeftBehind | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is being opened."""
        return self._job is not None

    def open(self, what: str | None, references: References) -> None:
        """Begin to open; the place of before stays until the new one is whole."""
        self._what, self._recovered = what or "", None
        self._begin(lambda progress: open_place(what, references, progress=progress))

    def open_recovered(self, left: LeftBehind) -> None:
        """Begin to bring back what a former run left; it stays on disk until it is safe in this run's journal."""
        self._what, self._recovered = "", left
        found, path = left.found.scenario, left.found.scene_path
        self._begin(lambda _progress: recovered_place(found, Path(path) if path else None))

    def _begin(self, find: Callable[[Progress], Place]) -> None:
        if self._job is not None:
            self._job.cancel()

        def work(progress: Progress) -> Place:
            place = find(progress)
            place.city_bounds()  # slow on large indexes; not on the main thread
            return place

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
            self._app.stage.show(job.result(), recovered=self._recovered)
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


def _file_name(title: str) -> str:
    kept = "".join(c if c.isalnum() or c in " -_" else "" for c in title).strip()
    return kept[:60] or "scene"
