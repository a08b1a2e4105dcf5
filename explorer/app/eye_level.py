"""Where somebody would stand to see a city from its streets, where nobody said from where."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from explorer.app.places import Place
from explorer.geo import Camera
from explorer.jobs import ThreadJobs
from explorer.navigation import CollisionWorld, Walker
from explorer.surface import CollisionFeed, SurfaceModel
from explorer.surface.building_feet import building_feet

BIRD_HEADING = 25.0
"""Of pictures from above, too: the sun of most of the day is behind. [degrees]"""
_HEADINGS = np.arange(0.0, 360.0, 6.0)
_SPOT_RINGS_M = ((0.0, 1), (12.0, 6), (28.0, 9), (50.0, 12), (80.0, 14))
"""Where a walker's picture may be taken from: rings around a place among houses, and how many spots on each."""
_SEARCHED_M = 300.0
"""How far from the middle of the city houses are looked for. [m]"""
_NEAR_M, _BESIDE_M, _TOO_NEAR_M = 60.0, 35.0, 7.0
"""Houses so near are around somebody; so near, they frame what he sees; so near, they hide it. [m]"""
_FAR_M, _NOTHING_M = 120.0, 30.0
"""A street that is longer is no better; where nothing stands there is less to see than at the end of one. [m]"""
_CELL_M = 10.0
_FEW = 0.2
"""Of the houses around the most built-up place; with fewer around it the middle of the city is a field. [-]"""


def walker_camera(place: Place, base: Camera) -> Camera:
    """Eye level near the middle of the city: a spot with room around it, looking along a street."""
    ground = CollisionWorld()
    jobs = ThreadJobs(2)
    points = place.first_points()
    lo, hi = points.min(axis=0), points.max(axis=0)
    surface = place.surface()
    x, y = _among_houses(surface, (lo[:2] + hi[:2]) / 2.0)
    feed = CollisionFeed(surface, ground, jobs)
    walker = Walker()
    feed.update(x, y)
    while feed.is_loading:
        if jobs.collect(20.0) == 0:
            time.sleep(0.002)  # workers and this thread share one interpreter: asking all the time would hold them up
    jobs.close()
    states = [walker.placed(x + dx, y + dy, ground) for dx, dy in _spots()]
    eyes = [walker.eye(state) for state in states if state is not None]
    if not eyes:
        return replace(base, position=(x, y, float(hi[2]) + 2.0), pitch_deg=2.0, fov_y_deg=68.0)
    reach = _SPOT_RINGS_M[-1][0]
    rays = surface.rays((x - reach, y - reach, x + reach, y + reach), 300.0)
    directions = np.array([[sin(radians(h)), cos(radians(h)), 0.02] for h in _HEADINGS])
    origins = np.repeat(np.array(eyes), len(_HEADINGS), axis=0)
    distances, _triangles = rays.first_hit(origins, np.tile(directions, (len(eyes), 1)))
    best, heading = _best_view(distances.reshape(len(eyes), -1), np.array([eye[2] for eye in eyes]))
    return replace(base, position=eyes[best], heading_deg=heading, pitch_deg=2.0, fov_y_deg=68.0)


def _best_view(distances: NDArray[np.float64], heights: NDArray[np.float64]) -> tuple[int, float]:
    """The row of the spot, and the heading, from where most of a street is seen: far along it, with houses beside.

    `distances`: (n, headings) from each spot to what stands there [m], infinite for nothing; `heights`: (n,) [m].
    """
    free = np.minimum(np.where(np.isfinite(distances), distances, _NOTHING_M), _FAR_M)
    along = _turned_mean(free, (0, 0, 1, -1, 3, -3))
    is_beside = (distances > _TOO_NEAR_M) & (distances < _BESIDE_M)
    beside = _turned_mean(is_beside.astype(float), (*range(4, 9), *range(-8, -3)))
    around = np.minimum((distances < _NEAR_M).mean(axis=1), 0.7)  # rather in the street than on a quay
    on_top = np.maximum(heights - np.median(heights) - 2.5, 0.0)  # rather in the street than on a deck
    spot = 8.0 * np.minimum(distances.min(axis=1), _TOO_NEAR_M) + 80.0 * around - 20.0 * on_top
    lit = np.cos(np.radians(_HEADINGS - BIRD_HEADING))  # rather with the sun behind than before one
    score = along + 60.0 * beside + 20.0 * lit + spot[:, None]
    best, turn = np.unravel_index(int(np.argmax(score)), score.shape)
    return int(best), float(_HEADINGS[turn])


def _turned_mean(of_heading: NDArray[np.float64], turns: Sequence[int]) -> NDArray[np.float64]:
    """Of what each heading has, (n, headings), the mean over headings so many steps to its sides."""
    mean: NDArray[np.float64] = np.mean([np.roll(of_heading, turn, axis=1) for turn in turns], axis=0)
    return mean


def _among_houses(surface: SurfaceModel, middle: NDArray[np.float64]) -> tuple[float, float]:
    """The middle of the city, (2,), or where it has hardly a house, the most built-up place around it. [m]"""
    x, y = middle.tolist()
    area = (x - _SEARCHED_M, y - _SEARCHED_M, x + _SEARCHED_M, y + _SEARCHED_M)
    feet = building_feet(surface.triangles(area))[:, :2] - (middle - _SEARCHED_M)
    n = round(2.0 * _SEARCHED_M / _CELL_M)
    cells = np.floor(feet / _CELL_M).astype(np.int64)
    cells = cells[((cells >= 0) & (cells < n)).all(axis=1)]
    built = np.zeros((n, n))
    built[tuple(cells.T)] = 1.0
    around = uniform_filter(built, 2 * round(_NEAR_M / _CELL_M) + 1, mode="constant")
    if around[n // 2, n // 2] >= _FEW * around.max():
        return x, y
    at = (np.array(np.unravel_index(int(around.argmax()), around.shape)) + 0.5) * _CELL_M + middle - _SEARCHED_M
    return float(at[0]), float(at[1])


def _spots() -> list[tuple[float, float]]:
    """Offsets of the rings' spots from the middle. [m]"""
    turns = [(radius, 2.0 * np.pi * i / n) for radius, n in _SPOT_RINGS_M for i in range(n)]
    return [(radius * float(np.sin(turn)), radius * float(np.cos(turn))) for radius, turn in turns]
