"""From a question to an answer: sun positions, sample points, rays, values with legend and provenance."""

from __future__ import annotations

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
from explorer.overlays.surface import Area, Surface, surface_key, surface_sources
from explorer.sims import DayTimes, local_instant, local_times, shadow_mask, solar_position, sun_hours, sun_vectors
from explorer.sims.solar import METHOD as SUN_METHOD
from explorer.sims.sunlight import METHOD as RAY_METHOD

FloatArray = NDArray[np.float64]

METHOD_VERSION = 1
"""Raised whenever the same question would get another answer."""

CHECKED_AGAINST = (
    "NREL/TP-560-34302 worked example (0.0003 degrees); analytic shadows of boxes (3 % of area at 0.5 m); "
    "hours behind one long obstruction (0.05 h at 1 min, 0.17 h at 5 min)"
)

LIMITS = (
    "Geometry alone: no clouds, no reflected light.",
    "The sun is a point at the middle of its disc, taken for the middle of the area.",
    "Trees block like walls where the city model has them; glass blocks, too.",
    "Nothing beyond the stated obstacle margin casts a shadow.",
)
"""In English, so that exported files are the same in every language; panels translate them."""


def overlay_key(request: OverlayRequest, surface: Any, frame: WorldFrame, time_zone: str) -> str:
    """What an answer to this question would carry as its `key` now: compare to see whether a result has gone stale."""
    return content_key(
        METHOD_VERSION, request.to_dict(), surface_key(surface), frame.crs.identifier, frame.origin, time_zone
    )


def compute_overlay(
    request: OverlayRequest,
    surface: Surface,
    frame: WorldFrame,
    time_zone: str,
    progress: Progress | None = None,
) -> OverlayResult:
    """Compute an overlay on the whole data of its area. Pure: the same arguments give the same bits.

    The sun is taken at the middle of the area. Ground cells are sampled at their middle, 0.10 m above the ground;
    facades 0.05 m before the wall. Cells inside buildings have no value.

    Raises
    ------
    SimulationError
        The request cannot be computed as it is, or there is nothing to compute it for.
    Cancelled
        Somebody asked for it to stop.
    """
    progress = progress if progress is not None else Progress()
    request.check()
    convergence, lonlat = _place(request, frame)
    sun = _sun(request, lonlat, convergence, time_zone)
    progress.report(0.02, _("Reading the surroundings"))
    area = _world_area(request, frame)
    if request.receivers == "ground":
        positions = _ground_positions(request, surface, area)
        normals: FloatArray | None = None
        feature_ids: tuple[str, ...] = ()
    else:
        positions, normals, feature_ids = _facade_positions(request, surface, area)
    progress.report(0.25, _("Building the ray tree"))
    rays = surface.rays(area, request.obstacle_margin)
    text = _("Following the sun") if request.kind == "sun_hours" else _("Casting shadows")
    progress.report(0.30, text)

    def occluded(origins: FloatArray, directions: FloatArray) -> NDArray[np.bool_]:
        progress.check()
        return rays.occluded(origins, directions)

    def report(fraction: float) -> None:
        progress.report(0.30 + 0.69 * fraction, text)

    if request.kind == "sun_hours":
        values = sun_hours(occluded, positions, normals, sun.vectors, sun.minutes, report=report)
    else:
        values = shadow_mask(occluded, positions, normals, sun.vectors[0])
    progress.report(1.0)
    return _result(request, surface, frame, time_zone, values, positions, normals, feature_ids, sun)


class _Sun:
    """Directions to the sun for a request, in the world."""

    def __init__(self, vectors: FloatArray, minutes: FloatArray, provenance: dict[str, Any]) -> None:
        self.vectors = vectors
        self.minutes = minutes
        self.provenance = provenance

    @property
    def possible_hours(self) -> float:
        """How long the sun is above the horizon. [h]"""
        return float(self.minutes[self.vectors[:, 2] > 0.0].sum() / 60.0)


def _place(request: OverlayRequest, frame: WorldFrame) -> tuple[float, tuple[float, float]]:
    """Grid convergence, and longitude and latitude, at the middle of the area. [degrees]"""
    e0, n0, e1, n1 = request.area
    middle = WorldFrame(frame.crs, ((e0 + e1) / 2.0, (n0 + n1) / 2.0, frame.origin[2]), frame.height_offset)
    return middle.grid_convergence_deg, middle.lonlat


def _sun(request: OverlayRequest, lonlat: tuple[float, float], convergence: float, time_zone: str) -> _Sun:
    lon, lat = lonlat
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


def _ground_positions(request: OverlayRequest, surface: Surface, area: Area) -> FloatArray:
    samples = np.asarray(surface.ground_samples(area, request.resolution), dtype=np.float64)
    if samples.shape != (*request.shape, 3):
        raise SimulationError(
            _("The surface gave a grid of {given} where {expected} was expected.").format(
                given=samples.shape[:2], expected=request.shape
            )
        )
    if not np.isfinite(samples[..., 2]).any():
        raise SimulationError(
            _("There is no ground in the area {area}: nothing to compute. Choose an area inside the city.").format(
                area=", ".join(f"{value:.0f}" for value in request.area)
            )
        )
    positions = samples.reshape(-1, 3).copy()
    positions[:, 2] += GROUND_OFFSET
    return positions


def _facade_positions(
    request: OverlayRequest, surface: Surface, area: Area
) -> tuple[FloatArray, FloatArray, tuple[str, ...]]:
    samples = surface.facade_samples(area, request.resolution)
    points, normals = np.asarray(samples.points, dtype=np.float64), np.asarray(samples.normals, dtype=np.float64)
    if len(points) == 0:
        raise SimulationError(
            _("There are no facades in the area {area}: nothing to compute. Choose an area with buildings.").format(
                area=", ".join(f"{value:.0f}" for value in request.area)
            )
        )
    feature_ids = tuple("" if feature_id is None else str(feature_id) for feature_id in samples.feature_ids)
    return points + FACADE_OFFSET * normals, normals, feature_ids


def _result(
    request: OverlayRequest,
    surface: Surface,
    frame: WorldFrame,
    time_zone: str,
    values: FloatArray,
    positions: FloatArray,
    normals: FloatArray | None,
    feature_ids: tuple[str, ...],
    sun: _Sun,
) -> OverlayResult:
    rows, columns = request.shape
    single = values.astype(np.float32)
    heights = facades = None
    if normals is None:
        single = single.reshape(rows, columns)
        heights = (positions[:, 2] - GROUND_OFFSET + frame.origin[2]).astype(np.float32).reshape(rows, columns)
    else:
        facades = FacadePoints(frame.to_map(positions - FACADE_OFFSET * normals), normals, feature_ids)
    return OverlayResult(
        request=request,
        values=single,
        crs=frame.crs,
        west=request.area[0],
        north=request.area[1] + rows * request.resolution,
        cell_size=request.resolution,
        unit="h/day" if request.kind == "sun_hours" else "1",
        legend=make_legend(request, sun.possible_hours),
        key=overlay_key(request, surface, frame, time_zone),
        provenance=_provenance(request, surface, frame, sun),
        heights=heights,
        facades=facades,
    )


def make_legend(request: OverlayRequest, possible_hours: float) -> Legend:
    """The legend of a request: hours run from none to all the hours that the sun is up."""
    if request.kind == "sun_hours":
        return Legend(_("Direct sun"), _("h/day"), "cividis", 0.0, float(max(ceil(possible_hours), 1)))
    return Legend(_("Shade"), _("1 = in shade"), "cividis", 0.0, 1.0, reversed=True)


def _provenance(request: OverlayRequest, surface: Surface, frame: WorldFrame, sun: _Sun) -> dict[str, Any]:
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
        "resolution_m": request.resolution,
        "obstacle_margin_m": request.obstacle_margin,
        "receiver_offset_m": GROUND_OFFSET if request.receivers == "ground" else FACADE_OFFSET,
        "sources": surface_sources(surface),
        "surface_key": surface_key(surface),
        **asked,
        **sun.provenance,
    }
    if request.kind == "sun_hours":
        facts["sun_above_horizon_h"] = round(sun.possible_hours, 4)
    return facts
