"""Opening for the window: the slow part on a worker with a bar; a question where a file does not say where it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.app.city_facts import (
    OpenQuestion,
    question_of_city,
    question_of_place,
    question_of_terrain,
    question_of_tileset,
    what_was_read,
    why_not,
)
from explorer.app.earth import PlaceNeeded, latitude_longitude
from explorer.app.finding import is_city_file, name_of, open_place, recovered_place
from explorer.app.places import Place
from explorer.app.plausible_crs import understood
from explorer.app.references import References
from explorer.app.remembered import key_of, remember, remembered
from explorer.app.terrain import is_terrain_file, with_terrain, with_vertical
from explorer.app.web import open_source, without_keys
from explorer.errors import AccessRefused, CertificateRefused, CrsError, ExplorerError
from explorer.i18n import _
from explorer.imagery import is_imagery
from explorer.jobs import Cancelled, Job, Progress
from explorer.scenario import LeftBehind
from explorer.store import on_this_computer
from explorer.store.heights import MissingHeights
from explorer.streaming import load_tileset
from explorer.viewstate import CrsQuestion

if TYPE_CHECKING:
    from explorer.app.application import Application

_SAYS_LEFT_AFTER_SECS, _STANDS_STILL_SECS = 1.5, 2.0
Found = Place | OpenQuestion


class Opener:
    """What is being opened, if anything."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self._job: Job[Found] | None = None
        self._started = 0.0
        self._moved = (0.0, 0.0)
        """How far it was when it last moved, and when that was."""
        self._what = ""
        self._recovered: LeftBehind | None = None
        self._references = References()
        self._asked: OpenQuestion | None = None
        self._keeps_welcome = False
        self._was_asked = False
        """Whether the user was told what is in the file when he was asked where it is."""

    @property
    def is_busy(self) -> bool:
        """Whether something is being opened."""
        return self._job is not None

    # -- beginning -----------------------------------------------------------------------------------------------------

    def open(self, what: str | None, references: References) -> None:
        """Begin to open, once the user has decided about unsaved work; the place of before stays until it is whole."""
        self._app.leaving.ask("open", lambda: self._open(what, references))

    def open_behind_welcome(self) -> None:
        """Begin to open the built-in town, to be seen behind the welcome, which stays."""
        self._open(None, References())
        self._keeps_welcome = self._app.view.show_welcome = True

    def open_town(self) -> None:
        """The built-in town: at once where it is there already, or on its way."""
        is_town = self._recovered is None and not self._what and (self.is_busy or self._app.place is not None)
        if is_town:
            self._keeps_welcome = self._app.view.show_welcome = False
        else:
            self.open(None, References())

    def _open(self, what: str | None, references: References) -> None:
        place, scenario = self._app.place, self._app.scenario
        what = without_keys(what) if what else what
        if what and place is not None and scenario is not None:
            if is_terrain_file(what):  # it is put under what is open
                self._begin(lambda _progress: _on_terrain(replace(place, scenario=scenario), what))
                self._what, self._recovered, self._was_asked = "", None, False
                return
            if is_imagery(what):  # … or over it
                self._app.imagery.add(what)
                return
        self._what, self._recovered, self._was_asked = what or "", None, False
        self._references = references
        self._begin(lambda progress: _find(what, references, progress))

    def open_recovered(self, left: LeftBehind) -> None:
        """Begin to bring back what a former run left; it stays on disk until it is safe in this run's journal."""
        self._app.leaving.ask("open", lambda: self._open_recovered(left))

    def _open_recovered(self, left: LeftBehind) -> None:
        self._what, self._recovered = "", left
        found, path = left.found.scenario, left.found.scene_path
        self._begin(lambda _progress: recovered_place(found, Path(path) if path else None))

    def _begin(self, find: Callable[[Progress], Found]) -> None:
        self._stop()
        self._keeps_welcome = False

        def work(progress: Progress) -> Found:
            found = find(progress)
            if isinstance(found, Place):
                found.first_points()  # slow on large indexes; not on the main thread
                found.bounds()  # reads the geoid's grids
            return found

        self._started = time.monotonic()
        self._app.view.show_welcome = False
        self._job = self._app.jobs.submit(work, name="opening", when_done=self._done)

    def cancel(self) -> None:
        """Open it no longer; what was open stays."""
        self._stop()
        self._app.view.show_welcome = self._app.place is None

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
            self._app.status.clear("opening")
        self._app.view.crs_question = self._asked = None

    # -- under way -----------------------------------------------------------------------------------------------------

    def update(self) -> None:
        """Show how far it is."""
        job = self._job
        if job is not None:
            text, fraction = job.progress.text or _("Opening"), job.progress.fraction
            self._app.status.set("opening", text, fraction, can_cancel=True, seconds_left=self._left(fraction))

    def _left(self, fraction: float) -> float | None:
        """How long it will still take, by how long it took so far; None where the bar stands still. [s]"""
        now = time.monotonic()
        if fraction != self._moved[0]:
            self._moved = (fraction, now)
        so_far, since_moved = self._moved[1] - self._started, now - self._moved[1]
        if so_far < _SAYS_LEFT_AFTER_SECS or not 0.03 < fraction < 1.0 or since_moved > _STANDS_STILL_SECS:
            return None
        return max(so_far * (1.0 - fraction) / fraction - since_moved, 0.0)

    def _done(self, job: Job[Any]) -> None:
        if job is not self._job:
            return
        self._job = None
        app = self._app
        app.status.clear("opening")
        error = job.error
        if error is None:
            found = job.result()
            if isinstance(found, Place):
                self._show(found)
            else:
                self._asked, app.view.crs_question = found, found.question
            return
        app.view.show_welcome = app.place is None
        if isinstance(error, (AccessRefused, CertificateRefused)) and self._what:
            app.servers.opening_failed(self._what, self._references)
        if isinstance(error, ExplorerError):
            app.report(error)
        elif not isinstance(error, Cancelled):
            app.status.problem(_("It could not be opened: {why}").format(why=error))

    def _show(self, place: Place) -> None:
        self._app.servers.opened()
        if self._recovered is None and not self._was_asked and self._what and is_city_file(self._what):
            self._app.status.notice(what_was_read(place))  # before what is wrong with it
        self._app.stage.show(place, recovered=self._recovered)
        self._app.view.show_welcome = self._keeps_welcome
        if self._what:
            self._app.change_settings(recent=self._app.settings.with_recent(self._what))

    # -- the question where on earth it is -----------------------------------------------------------------------------

    def answer_crs(self, text: str, offset: str) -> None:
        """The user says which coordinate system; what cannot be is said in the question, which stays."""
        asked = self._asked
        if asked is None:
            return
        question = asked.question
        if asked.terrain:
            self._app.view.crs_question = self._asked = None
            self._open(with_vertical(asked.terrain, text), References())
            return
        if asked.is_for_place:
            self._answer_place(text, question)
            return
        try:
            vertical = text.rpartition("+")[2].strip()
            crs = understood(text) if asked.brought_to is None else asked.brought_to(vertical)
            height_offset = _number(offset) if question.asks_offset else None
        except (CrsError, ValueError) as error:
            question.error = str(error)
            return
        why = why_not(crs, None, asked.points)
        question.asks_offset = why is not None and why_not(crs, 0.0, asked.points) is None
        if question.asks_offset and height_offset is not None:
            why = why_not(crs, height_offset, asked.points)
        question.error = why or ""
        if why is None:
            self._app.view.crs_question = self._asked = None
            said = References(crs.identifier) if asked.brought_to is None else References(vertical=vertical)
            self._open(
                self._what, replace(self._references, crs=said.crs, vertical=said.vertical, height_offset=height_offset)
            )
            self._was_asked = True

    def _answer_place(self, text: str, question: CrsQuestion) -> None:
        try:
            at = latitude_longitude(text)
        except CrsError as error:
            question.error = str(error)
            return
        self._app.view.crs_question = self._asked = None
        self._open(self._what, replace(self._references, at=at))
        self._was_asked = True


def _on_terrain(place: Place, what: str) -> Found:
    """The place on a terrain, or the question what its heights are measured from."""
    try:
        return with_terrain(place, what)
    except MissingHeights:
        return question_of_terrain(what, place.frame.crs)


def _find(what: str | None, references: References, progress: Progress) -> Found:
    """The place, or what has to be asked before it can be one. What was said once is not asked again."""
    if what is None:
        return open_place(None, references, progress=progress)
    what = on_this_computer(what)
    key = key_of(what)
    said = replace(references, terrain=None, imagery=(), imagery_over=None)
    if said == References():
        said = remembered(key) or said
        references = replace(
            said, terrain=references.terrain, imagery=references.imagery, imagery_over=references.imagery_over
        )
    try:
        place = open_place(what, references, progress=progress)
    except PlaceNeeded:
        return question_of_place(name_of(what))
    except CrsError as error:
        path = Path(what)
        if is_city_file(what):
            return question_of_city(path, error)
        store = open_source(what)
        tileset = load_tileset(store)
        if tileset.extras is not None:
            raise
        return question_of_tileset(path.parent.name or path.name, tileset, error)
    if said != References():
        remember(key, said)
    return place


def _number(text: str) -> float | None:
    """A number of metres. Raises `ValueError` in words."""
    if not text.strip():
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise ValueError(_("“{text}” is not a number of metres.").format(text=text)) from None
