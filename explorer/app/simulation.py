"""A question about a place, answered the same way for the window and the command line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.app.places import Place, variant_surface
from explorer.errors import SimulationError
from explorer.i18n import _
from explorer.jobs import Progress
from explorer.overlays import OverlayRequest, OverlayResult, compute_overlay, difference
from explorer.scenario import Scenario
from explorer.surface import SurfaceModel

EXISTING = "existing"
"""What users call the city as it is, where a variant's name is asked for."""


@dataclass(frozen=True)
class Question:
    """What to work out; a `compare` variant makes the answer a difference against it."""

    request: OverlayRequest
    compare_with: str | None = None
    """Variant id; None with `is_difference` is the city as it is."""
    is_difference: bool = False


def variant_id_of(scenario: Scenario, name: str | None) -> str | None:
    """A variant's id by the name that a user typed; None and "existing" are the city as it is."""
    if name is None or name.lower() == EXISTING:
        return None
    return scenario.variant_named(name).id


def answer(
    question: Question, place: Place, scenario: Scenario, base: SurfaceModel, progress: Progress | None = None
) -> OverlayResult:
    """Work it out on the whole data. Pure in scenario and data: the same question has the same figures everywhere."""
    progress = progress or Progress()
    share = 0.5 if question.is_difference else 1.0
    first = _one(question.request, place, scenario, base, _part(progress, 0.0, share))
    if not question.is_difference:
        return first
    other = _with_variant(question.request, question.compare_with)
    return difference(first, _one(other, place, scenario, base, _part(progress, 0.5, 1.0)))


def _one(
    request: OverlayRequest, place: Place, scenario: Scenario, base: SurfaceModel, progress: Progress
) -> OverlayResult:
    surface = variant_surface(base, place.frame, scenario, request.variant_id)
    try:
        return compute_overlay(request, surface, place.frame, place.time_zone, progress, sources=place.sources())
    except SimulationError as error:
        if not surface.problems:
            raise
        text = _("It cannot be worked out, for a part of the city cannot be read: {why}")
        raise SimulationError(text.format(why=surface.problems[0])) from error


def _with_variant(request: OverlayRequest, variant_id: str | None) -> OverlayRequest:
    from dataclasses import replace

    return replace(request, variant_id=variant_id)


def _part(progress: Progress, low: float, high: float) -> Progress:
    """A progress that reports into part of another and stops with it."""

    def report(fraction: float, text: str) -> None:
        progress.report(low + (high - low) * fraction, text)

    return Progress(report)


_LEAST_METRES = 60.0
"""The whole of a smaller place would be little but the insides of its buildings. [m]"""


def whole_area(place: Place) -> tuple[float, float, float, float]:
    """Easting and northing bounds of what is built, with the ground around a house or two. [m, map]"""
    lo, hi = place.city_bounds()
    low, high = place.frame.to_map(lo[None])[0], place.frame.to_map(hi[None])[0]
    wider = np.maximum(_LEAST_METRES - (high - low), 0.0) / 2.0
    low, high = low - wider, high + wider
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
