"""Saving from the window: where to, what the view was, the picture on the file; large files on a worker."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.app.finding import SCENE_ENDING
from explorer.app.made_tilesets import is_kept_here
from explorer.app.places import Place
from explorer.app.saving import save_place
from explorer.errors import ExplorerError
from explorer.i18n import _
from explorer.jobs import Cancelled, Job, Progress
from explorer.scenario import Scenario

if TYPE_CHECKING:
    from explorer.app.application import Application

_THUMBNAIL = (480, 270)

Then = Callable[[], None]


class SceneSaver:
    """One save at a time. What is done while a file is being written is not in it, and counts as unsaved."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self._job: Job[Any] | None = None
        self._text = ""

    @property
    def is_busy(self) -> bool:
        """Whether a file is being written."""
        return self._job is not None

    def update(self) -> None:
        """Show how far it is."""
        if self._job is not None:
            self._app.status.set("saving", self._text, self._job.progress.fraction)

    def save(self, path: Path | None = None, *, packed: bool = False, then: Then | None = None) -> None:
        """Save where the scene came from, or ask where to; go on with `then` when it is safe."""
        document = self._app.document
        is_lost_otherwise = path is None and document.is_file_of_others
        path = path or document.path
        if path is None or is_lost_otherwise:
            if is_lost_otherwise:
                text = _(
                    "Somebody else has saved this scene since you opened it. Save yours under another name. [{path}]"
                )
                self._app.status.notice(text.format(path=path), is_passing=True)
            self.ask(packed=packed, then=then)
        else:
            self._write(path, packed=packed, then=then)

    def ask(self, *, packed: bool = False, then: Then | None = None) -> None:
        """Ask for a name and save."""
        app = self._app
        if app.place is None or app.scenario is None:
            return
        known = app.document.path
        suggestion = known or Path.home() / f"{_file_name(app.scenario.scene.title)}{SCENE_ENDING}"
        if packed and not suggestion.stem.endswith("-packed"):
            suggestion = suggestion.with_name(f"{suggestion.stem}-packed{SCENE_ENDING}")
        app.chooser.ask_save(suggestion, lambda path: self._write(path, packed=packed, then=then))

    def _write(self, path: Path, *, packed: bool, then: Then | None) -> None:
        app = self._app
        if app.place is None or app.scenario is None or self._job is not None:
            return
        if path.suffix != SCENE_ENDING:
            path = path.with_name(path.name + SCENE_ENDING)
        place, before, written = app.place, app.scenario, self._with_view(app.scenario)
        thumbnail = self._thumbnail()

        def work(progress: Progress) -> None:
            progress.check()
            save_place(place, written, path, thumbnail=thumbnail, packed=packed, progress=progress)

        def done(job: Job[Any]) -> None:
            self._job = None
            app.status.clear("saving")
            if self._told(job.error):
                return
            if app.place is place:
                app.document.mark_saved(path, before)
            app.status.notice(saved_words(path, place, packed=packed), is_passing=True)
            app.change_settings(recent=app.settings.with_recent(str(path)))
            if then is not None:
                then()

        if packed or any(layer.is_packed for layer in place.layers):
            self._text = _("Saving {name}").format(name=path.name)
            self._job = app.jobs.submit(work, name="saving", when_done=done)
            app.status.set("saving", self._text)
        else:  # some kilobytes: sooner done than handed over
            done(_at_once(work))

    def _told(self, error: BaseException | None) -> bool:
        """Whether it failed; the user is told why."""
        if error is None:
            return False
        if isinstance(error, ExplorerError):
            self._app.report(error)
        elif not isinstance(error, Cancelled):
            self._app.status.problem(_("It could not be saved: {why}").format(why=error), is_asked=True)
        return True

    def _with_view(self, scenario: Scenario) -> Scenario:
        app = self._app
        scene = replace(
            scenario.scene,
            camera=app.viewing.camera_record(),
            navigation=app.rig.mode,
            eye_height=app.settings.eye_height,
        )
        return scenario.with_records({**scenario.records, scene.id: scene}, scenario.clock)

    def _thumbnail(self) -> bytes:
        from PIL import Image

        image = Image.fromarray(self._app.renderer.screenshot())
        image.thumbnail(_THUMBNAIL)
        stream = io.BytesIO()
        image.save(stream, "PNG")
        return stream.getvalue()


def saved_words(path: Path, place: Place, *, packed: bool) -> str:
    """What is said of a file that is written; whoever would hand it on is told what is not in it."""
    said = _("Saved. [{path}]").format(path=path)
    if packed or not any(not layer.is_packed and is_kept_here(layer.location) for layer in place.layers):
        return said
    return said + " " + _("The city itself is not in this file: to hand it on, save it packed.")


def _at_once(work: Callable[[Progress], None]) -> Job[Any]:
    from explorer.jobs import InlineJobs

    return InlineJobs().submit(work, name="saving")


def _file_name(title: str) -> str:
    kept = "".join(c if c.isalnum() or c in " -_" else "" for c in title).strip()
    return kept[:60] or "scene"
