"""From a question to an answer: sun positions, sample points, rays, values with legend and provenance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer import __version__
from explorer.errors import SimulationError
from explorer.geo import WorldFrame
from explorer.i18n import _
from explorer.jobs import Progress
from explorer.overlays.request import FACADE_OFFSET, GROUND_OFFSET, OverlayRequest, content_key
from explorer.overlays.result import FacadePoints, Legend, OverlayResult
from explorer.overlays.surface import Area, Surface, surface_facts, surface_key
from explorer.sims import DayTimes, local_instant, local_times, shadow_mask, solar_position, sun_hours, sun_vectors
from explorer.sims.solar import METHOD as SUN_METHOD
from explorer.sims.sunlight import METHOD as RAY_METHOD

FloatArray = NDArray[np.float64]

METHOD_VERSION = 3
"""Raised whenever the same question would get another answer."""

CHECKED_AGAINST = (
    "NREL/TP-560-34302 worked example (0.0003 degrees); analytic shadows of boxes (3 % of area at 0.5 m); "
    "hours behind one long obstruction (0.05 h at 1 min, 0.17 h at 5 min)"
)

LIMITS = (
    "Geometry alone: no clouds, no reflected light.",
    "The sun is a point at the middle of its disc, taken for the middle of the area.",
    "Trees block like walls where the city model has them; glass blocks, too.",
    "Things around the area count where they can shade it while the sun stands 0.5 degrees high or more.",
    "The ground is as level as the map: no curve of the Earth.",
)
"""In English, so that exported files are the same in every language; panels translate them."""


def overlay_key(request: OverlayRequest, surface: Surface, frame: WorldFrame, time_zone: str) -> str:
    """What an answer to this question would carry as its `key` now: compare to see whether a result has gone stale.

    Reads the surface of the area, so call it in a job.
    """
    rays = surface.rays(_world_area(request, frame), request.obstacle_margin)
    return _key(request, surface_key(surface, rays), frame, time_zone)


def compute_overlay(
    request: OverlayRequest,
    surface: Surface,
    frame: WorldFrame,
    time_zone: str,
    progress: Progress | None = None,
    *,
    sources: Sequence[str] = (),
) -> OverlayResult:
    """Compute an overlay on the whole data of its area. Pure: the same arguments give the same bits.

    The sun is taken at the middle of the area. Ground cells are sampled at their middle, 0.10 m above the ground;
    facades 0.05 m before the wall. Cells inside buildings have no value. `sources` name the data, for the provenance.

    Raises
    ------
    SimulationError
        The request cannot be computed as it is, or there is nothing to compute it for.
    Cancelled
        Somebody asked for it to stop.
    """
    progress = progress if progress is not None else Progress()
    request.check()
    sun = _sun(request, frame, time_zone)
    area = _world_area(request, frame)
    progress.report(0.01, _("Reading the surroundings"))
    rays = surface.rays(area, request.obstacle_margin, progress=_part(progress, 0.01, 0.20))
    progress.report(0.20, _("Placing sample points"))
    receivers = _receivers(request, surface, area, _part(progress, 0.20, 0.30))
    text = _("Following the sun") if request.kind == "sun_hours" else _("Casting shadows")
    progress.report(0.30, text)

    def occluded(origins: FloatArray, directions: FloatArray) -> NDArray[np.bool_]:
        progress.check()
        return rays.occluded(origins, directions)

    def report(fraction: float) -> None:
        progress.report(0.30 + 0.68 * fraction, text)

    if request.kind == "sun_hours":
        values = sun_hours(occluded, receivers.positions, receivers.normals, sun.vectors, sun.minutes, report=report)
    else:
        values = shadow_mask(occluded, receivers.positions, receivers.normals, sun.vectors[0])
    identity = surface_key(surface, rays)
    facts = {
        **_provenance(request, frame, sun),
        "sources": list(sources) or [str(source) for source in getattr(surface, "attributions", ())],
        "surface_key": identity,
        "obstacle_margin_m": _margin(request, surface, area),
        **surface_facts(surface),
    }
    progress.report(1.0)
    return _result(request, frame, values, receivers, sun, _key(request, identity, frame, time_zone), facts)


def _key(request: OverlayRequest, identity: str, frame: WorldFrame, time_zone: str) -> str:
    origin = [float(value) for value in frame.origin]
    return content_key(METHOD_VERSION, request.to_dict(), identity, frame.crs.identifier, origin, time_zone)


def _part(progress: Progress, start: float, end: float) -> Progress:
    """Progress of one part of the work, told to the whole and stopped with it."""
    return Progress(lambda fraction, text: progress.report(start + (end - start) * fraction, text))


def _margin(request: OverlayRequest, surface: Any, area: Area) -> float | None:
    """How far from the area the furthest obstacle that counts may stand; None: the surface does not say. [m]"""
    if request.obstacle_margin is not None:
        return float(request.obstacle_margin)
    needed = getattr(surface, "occluder_margin", None)
    return None if needed is None else round(float(needed(area)), 3)


@dataclass(frozen=True, eq=False)
class _Sun:
    """Directions to the sun for a request, (k, 3) in the world, and how long each of them stands. [min]"""

    vectors: FloatArray
    minutes: FloatArray
    provenance: dict[str, Any]

    @property
    def possible_hours(self) -> float:
        """How long the sun is above the horizon. [h]"""
        return float(self.minutes[self.vectors[:, 2] > 0.0].sum() / 60.0)


def _sun(request: OverlayRequest, frame: WorldFrame, time_zone: str) -> _Sun:
    e0, n0, e1, n1 = request.area
    middle = WorldFrame(frame.crs, ((e0 + e1) / 2.0, (n0 + n1) / 2.0, frame.origin[2]), frame.height_offset)
    convergence, (lon, lat) = middle.grid_convergence_deg, middle.lonlat
    if request.kind == "sun_hours":
        times = local_times(request.date, time_zone, request.step_minutes)
    else:
        instant = local_instant(request.date, request.minute_of_day, time_zone)
        times = DayTimes(np.array([instant]), np.array([1.0]))
    position = solar_position(times.utc, lat, lon)
    provenance: dict[str, Any] = {
        "longitude_deg": round(lon, 7),
        "latitude_deg": round(lat, 7),
        "grid_convergence_deg": round(convergence, 6),
        "time_zone": time_zone,
        "day_minutes": float(times.minutes.sum()),
    }
    if request.kind == "shadow":
        provenance["utc"] = str(np.datetime_as_string(times.utc[0], unit="s")) + "Z"
        provenance["sun_azimuth_true_deg"] = round(float(position.azimuth_deg[0]), 4)
        provenance["sun_elevation_deg"] = round(float(position.apparent_elevation_deg[0]), 4)
        del provenance["day_minutes"]
    return _Sun(sun_vectors(position, convergence), times.minutes, provenance)


def _world_area(request: OverlayRequest, frame: WorldFrame) -> Area:
    """The area in the world, widened to whole cells towards east and north."""
    rows, columns = request.shape
    x0, y0 = request.area[0] - frame.origin[0], request.area[1] - frame.origin[1]
    if request.receivers == "facades":
        return x0, y0, request.area[2] - frame.origin[0], request.area[3] - frame.origin[1]
    return x0, y0, x0 + columns * request.resolution, y0 + rows * request.resolution


@dataclass(frozen=True, eq=False)
class _Receivers:
    """Where the sun is asked for: positions (n, 3) in the world, off their surfaces; for facades with normals."""

    positions: FloatArray
    normals: FloatArray | None = None
    feature_ids: tuple[str, ...] = ()


def _receivers(request: OverlayRequest, surface: Surface, area: Area, progress: Progress) -> _Receivers:
    where = ", ".join(f"{value:.0f}" for value in request.area)
    if request.receivers == "facades":
        samples = surface.facade_samples(area, request.resolution, progress=progress)
        points, normals = np.asarray(samples.points, dtype=np.float64), np.asarray(samples.normals, dtype=np.float64)
        if len(points) == 0:
            raise SimulationError(
                _("There are no facades in the area {area}: nothing to compute. Choose an area with buildings.").format(
                    area=where
                )
            )
        feature_ids = tuple("" if feature_id is None else str(feature_id) for feature_id in samples.feature_ids)
        return _Receivers(points + FACADE_OFFSET * normals, normals, feature_ids)
    grid = np.asarray(surface.ground_samples(area, request.resolution, progress=progress), dtype=np.float64)
    if grid.shape != (*request.shape, 3):
        raise SimulationError(
            _("The surface gave a grid of {given} where {expected} was expected.").format(
                given=grid.shape[:2], expected=request.shape
            )
        )
    if not np.isfinite(grid[..., 2]).any():
        raise SimulationError(
            _("There is no ground in the area {area}: nothing to compute. Choose an area inside the city.").format(
                area=where
            )
        )
    return _Receivers(grid.reshape(-1, 3) + np.array([0.0, 0.0, GROUND_OFFSET]))


def _result(
    request: OverlayRequest,
    frame: WorldFrame,
    values: FloatArray,
    receivers: _Receivers,
    sun: _Sun,
    key: str,
    provenance: dict[str, Any],
) -> OverlayResult:
    rows, columns = request.shape
    single = values.astype(np.float32)
    heights = facades = None
    if receivers.normals is None:
        single = single.reshape(rows, columns)
        heights = (receivers.positions[:, 2] - GROUND_OFFSET + frame.origin[2]).astype(np.float32)
        heights = heights.reshape(rows, columns)
    else:
        points = frame.to_map(receivers.positions - FACADE_OFFSET * receivers.normals)
        facades = FacadePoints(points, receivers.normals, receivers.feature_ids)
    return OverlayResult(
        request=request,
        values=single,
        crs=frame.crs,
        west=float(request.area[0]),
        north=float(request.area[1] + rows * request.resolution),
        cell_size=float(request.resolution),
        unit="h/day" if request.kind == "sun_hours" else "1",
        legend=make_legend(request, sun.possible_hours),
        key=key,
        provenance=provenance,
        heights=heights,
        facades=facades,
    )


def make_legend(request: OverlayRequest, possible_hours: float) -> Legend:
    """The legend of a request: hours run from none to all the hours that the sun is up."""
    if request.kind == "sun_hours":
        return Legend(_("Direct sun"), _("h/day"), "cividis", 0.0, float(max(ceil(possible_hours), 1)))
    return Legend(_("Shade"), _("1 = in shade"), "cividis", 0.0, 1.0, reversed=True)


def _provenance(request: OverlayRequest, frame: WorldFrame, sun: _Sun) -> dict[str, Any]:
    asked = request.to_dict()
    # With their units in their names, below.
    del asked["resolution"], asked["obstacle_margin"]
    facts: dict[str, Any] = {
        "software": f"citiverse-explorer {__version__}",
        "method": f"{SUN_METHOD}; {RAY_METHOD}",
        "method_version": METHOD_VERSION,
        "libraries": f"pvlib {metadata.version('pvlib')}, pyproj {metadata.version('pyproj')}",
        "checked_against": CHECKED_AGAINST,
        "limits": list(LIMITS),
        "crs": frame.crs.identifier,
        "heights": frame.transform.heights.name,
        "resolution_m": float(request.resolution),
        "receiver_offset_m": GROUND_OFFSET if request.receivers == "ground" else FACADE_OFFSET,
        **asked,
        **sun.provenance,
    }
    if request.kind == "sun_hours":
        facts["sun_above_horizon_h"] = round(sun.possible_hours, 4)
    return facts
