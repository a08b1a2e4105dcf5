"""The plots of replaced buildings in the picture: ground where the data has none, as for simulations and walkers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from explorer.app.places import Place, footprint_on_map
from explorer.jobs import Job, JobRunner, Progress
from explorer.scenario import Scenario
from explorer.streaming import PreparedTile, prepare_tile
from explorer.surface import SurfaceModel
from explorer.tileformat import Mesh, SurfaceClass, TileContent

Area = tuple[float, float, float, float]


def plot_areas(place: Place, scenario: Scenario, variant_id: str | None) -> tuple[Area, ...]:
    """Where a variant hides buildings: their boxes by the index, footprints of what replaces them. [m, world]"""
    x, y, _z = place.frame.origin
    areas = set()
    for proposal in scenario.proposals(variant_id):
        if proposal.hidden_features:
            ring = np.array(footprint_on_map(proposal)) - (x, y)
            areas.add((*ring.min(axis=0).tolist(), *ring.max(axis=0).tolist()))
        for feature_id in proposal.hidden_features:
            for layer in place.layers:
                hit = layer.index.get(feature_id) if layer.index is not None else None
                if hit is not None and hit.bounds is not None:
                    west, south, _low, east, north, _high = hit.bounds
                    areas.add((west - x, south - y, east - x, north - y))
    return tuple(sorted(areas))


def plots_tile(model: SurfaceModel, areas: tuple[Area, ...], progress: Progress) -> PreparedTile | None:
    """All plots over some areas as one tile of the world; None where there are none."""
    found = [model.plots(area, progress).world for area in areas]
    # areas of neighbours meet the same tiles, whose plots come whole
    corners = np.unique(np.concatenate([soup.reshape(-1, 9) for soup in found]), axis=0) if found else np.zeros((0, 9))
    if not len(corners):
        return None
    rows = np.arange(len(corners) * 3, dtype=np.uint32).reshape(-1, 3)
    mesh = Mesh(corners.reshape(-1, 3), rows, surface_class=np.full(rows.size, SurfaceClass.BARE, np.uint8))
    return prepare_tile(TileContent((mesh,)), np.eye(4), _at_home, with_edges=False)


def _at_home(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return points


class ShownPlots:
    """Keeps the plots in the picture in step with the variant: read and shaped beside the main thread."""

    def __init__(self, jobs: JobRunner, take: Callable[[PreparedTile | None], None]) -> None:
        self._jobs = jobs
        self._take = take
        self._wanted: tuple[Area, ...] = ()
        self._hidden: frozenset[str] = frozenset()
        self._job: Job[PreparedTile | None] | None = None

    def show(self, model: SurfaceModel, areas: tuple[Area, ...]) -> None:
        """Show the plots of a model over these areas as soon as they are known; until then, those of before."""
        if (areas, model.hidden) == (self._wanted, self._hidden):
            return
        self._wanted, self._hidden = areas, model.hidden
        self.cancel()
        if areas:
            work = partial(plots_tile, model, areas)
            self._job = self._jobs.submit(work, name="plots", when_done=self._finished)
        else:
            self._take(None)

    def _finished(self, job: Job[PreparedTile | None]) -> None:
        if job is self._job:
            self._job = None
            self._take(job.result() if job.error is None else None)

    def cancel(self) -> None:
        """What is being worked out is not wanted any more."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
