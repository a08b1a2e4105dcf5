"""The ground of a city whose data has none, in the picture: the same surface that walkers and figures stand on.

It looks like the board that the model stands on and goes over into it (`render.sky`), but it rises and falls with the
feet of the houses, so that none hovers or sinks. Squares around what is looked at are worked out beside the main
thread, the nearest first; seen from high above, the board alone will do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera
from explorer.jobs import Job, JobRunner, Progress
from explorer.render import BOARD_SRGB
from explorer.streaming import PreparedMesh, PreparedTile
from explorer.surface import SQUARE_METRES, Square, SurfaceModel, TriangleSoup, area_of_square, squares_over
from explorer.tileformat import NO_FEATURE, FeatureTable, SurfaceClass

_AROUND_METRES = 800.0
"""How far around what is looked at the ground is shown. [m]"""
_NEAR_METRES = 400.0
"""How far around the eye itself. [m]"""
_HIGHEST = 1500.0
"""Above the land; seen from higher up, half a storey is less than a pixel. [m]"""
_FARTHEST_AHEAD = 1500.0
_LET_GO = 2.0 * SQUARE_METRES
"""Squares so much farther away than those that are wanted are let go. [m]"""

_FINE_WITHIN = 150.0
"""Farther from the eye than this, half a step is less than a pixel, and a third of the triangles will do. [m]"""
_TOLERANCES = {True: 0.04, False: 0.3}
"""How far what is drawn may be off, near and far. [m]"""

Take = Callable[[Square, PreparedTile | None], None]


def squares_around(camera: Camera, land: float) -> list[Square]:
    """The squares that a view needs, the nearest to what it looks at first. `land`: height of the land. [m, world]"""
    eye = np.asarray(camera.position)
    above = max(float(eye[2]) - land, 2.0)
    if above > _HIGHEST:
        return []
    focus = _focus(camera, above)
    x, y = focus.tolist()
    around = squares_over((x - _AROUND_METRES, y - _AROUND_METRES, x + _AROUND_METRES, y + _AROUND_METRES))
    x, y = eye[:2].tolist()
    near = squares_over((x - _NEAR_METRES, y - _NEAR_METRES, x + _NEAR_METRES, y + _NEAR_METRES))
    wanted = {one for one in around if _distance(one, focus) <= _AROUND_METRES} | set(near)
    return sorted(wanted, key=lambda one: (min(_distance(one, focus), _distance(one, eye[:2])), one))


def _focus(camera: Camera, above: float) -> NDArray[np.float64]:
    """The place in the middle of the picture, within reason: (2,)."""
    forward = camera.forward
    ahead = min(above / max(-float(forward[2]), 0.05), 12.0 * above + 120.0, _FARTHEST_AHEAD)
    focus: NDArray[np.float64] = np.asarray(camera.position[:2]) + forward[:2] * ahead
    return focus


def _distance(square: Square, place: NDArray[np.float64]) -> float:
    west, south, east, north = area_of_square(square)
    nearest = np.clip(place, (west, south), (east, north))
    return float(np.hypot(*(nearest - place)))


def is_near(square: Square, camera: Camera, land: float) -> bool:
    """Whether somebody is so near a square that a gap of a hand's breadth would be seen. `land` as above. [m]"""
    above, beside = float(camera.position[2]) - land, _distance(square, np.asarray(camera.position[:2]))
    return bool(np.hypot(above, beside) < _FINE_WITHIN)


def ground_tile(
    model: SurfaceModel, square: Square, progress: Progress | None = None, *, is_fine: bool = True
) -> PreparedTile | None:
    """A square of a city's guessed ground, to be drawn; None where it has none, or land of its own."""
    found = model.guessed_ground(area_of_square(square), progress, tolerance=_TOLERANCES[is_fine])
    soup = found.moved_to((0.0, 0.0, 0.0))
    middle = soup.positions.mean(axis=1) if len(soup) else np.zeros((0, 3))
    west, south, east, north = area_of_square(square)
    inside = (middle[:, 0] >= west) & (middle[:, 0] < east) & (middle[:, 1] >= south) & (middle[:, 1] < north)
    return _tile_of(soup.taken(inside)) if inside.any() else None


def _tile_of(soup: TriangleSoup) -> PreparedTile:
    corners, rows = np.unique(soup.world.reshape(-1, 3), axis=0, return_inverse=True)
    lo, hi = corners.min(axis=0), corners.max(axis=0)
    centre, n = np.round((lo + hi) / 2.0), len(corners)
    up = np.zeros((n, 4), np.int8)
    up[:, 2] = 127  # shaded as if it were level: a guess has no relief of its own to show
    mesh = PreparedMesh(
        positions=(corners - centre).astype(np.float32),
        normals=up,
        colours=np.tile(np.array([*BOARD_SRGB, 255], np.uint8), (n, 1)),
        surface_class=np.full(n, SurfaceClass.TERRAIN, np.uint8),
        feature_index=np.full(n, NO_FEATURE, np.uint32),
        triangles=rows.reshape(-1, 3).astype(np.uint32),
        shows_colours=True,
        is_board=True,
    )
    return PreparedTile(centre, (mesh,), FeatureTable(), lo, hi, mesh.size_bytes)


class GuessedGround:
    """Keeps the guessed ground around the camera in the picture. Main thread, apart from the reading."""

    def __init__(
        self,
        model: SurfaceModel,
        jobs: JobRunner,
        take: Take,
        take_level: Callable[[float], None],
        finish: Callable[[PreparedTile], PreparedTile],
    ) -> None:
        """`take`: shows a square's tile, or None: not any more. `take_level`: hears where the ground ends, once.

        `finish`: what workers do last with a tile.
        """
        self._model, self._jobs, self._take, self._take_level, self._finish = model, jobs, take, take_level, finish
        self._level: float | None = None
        self._known: dict[Square, bool] = {}
        """What is shown or was found empty, and whether it is fine."""
        self._job: Job[PreparedTile | None] | None = None
        self._is_needed: bool | None = None
        self._has_told = False
        self._looked_from: tuple[float, ...] = ()
        self._wanted: list[tuple[Square, bool]] = []

    @property
    def is_busy(self) -> bool:
        """Whether a square is being worked out."""
        return self._job is not None

    def update(self, camera: Camera, land: float) -> None:
        """Work out what is near and missing, let go what is far. Cheap; call it every frame."""
        if self._is_needed is False:
            return
        pose = (
            *np.round(np.asarray(camera.position) / 20.0),
            round(camera.heading_deg / 5),
            round(camera.pitch_deg / 5),
            round(land / 20.0),
        )
        if pose != self._looked_from:
            self._looked_from = pose
            self._look(camera, land)
        if self._job is not None:
            return
        for square, is_fine in self._wanted:
            if square not in self._known or (is_fine and not self._known[square]):
                self._known[square] = is_fine
                work, done = partial(self._work, square, is_fine), partial(self._finished, square)
                self._job = self._jobs.submit(work, name="ground", when_done=done)
                return

    def _look(self, camera: Camera, land: float) -> None:
        self._wanted = [(one, is_near(one, camera, land)) for one in squares_around(camera, land)]
        if not self._wanted:
            return  # high above: what there is stays
        eye = np.asarray(camera.position)
        focus = _focus(camera, max(float(eye[2]) - land, 2.0))
        for square in list(self._known):
            is_far = _distance(square, focus) > _AROUND_METRES + _LET_GO
            if is_far and _distance(square, eye[:2]) > _NEAR_METRES + _LET_GO:
                del self._known[square]
                self._take(square, None)

    def _work(self, square: Square, is_fine: bool, progress: Progress) -> PreparedTile | None:
        if self._is_needed is None:
            self._is_needed = self._model.ground_is_estimated
        if not self._is_needed:
            return None
        tile = ground_tile(self._model, square, progress, is_fine=is_fine)
        if self._level is None and np.isfinite(level := self._model.ground_level):
            self._level = level
        return None if tile is None else self._finish(tile)

    def _finished(self, square: Square, job: Job[PreparedTile | None]) -> None:
        if job is not self._job:
            return
        self._job = None
        if self._level is not None and not self._has_told:
            self._has_told = True
            self._take_level(self._level)
        if job.error is None and square in self._known and (tile := job.result()) is not None:
            self._take(square, tile)

    def cancel(self) -> None:
        """What is being worked out is not wanted any more."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
