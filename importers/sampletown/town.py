"""A whole town: the plan, its faces, its buildings and trees, as one `CityModel`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from explorer.errors import DataError
from explorer.geo import CompoundCrs
from explorer.heap import collector_at_rest
from explorer.i18n import _
from explorer.jobs import Progress
from importers.model import CityFeature, CityModel, ImportReport
from importers.sampletown import ground as g
from importers.sampletown.features import ToMap, building_features, ground_features, tree_features
from importers.sampletown.names import street_names, town_name
from importers.sampletown.partition import Faces, Zones, cut_plan, lay_ditches, make_zones
from importers.sampletown.plots import Plots, green_empty_blocks, keep_sound, place_buildings
from importers.sampletown.relief import make_relief
from importers.sampletown.rows import CHURCH
from importers.sampletown.scale import F64, Scale, scale_for
from importers.sampletown.streets import Layout, make_layout
from importers.sampletown.trees import plant

CRS = CompoundCrs("EPSG:28992", "EPSG:5709")
CENTRE = (78_000.0, 437_000.0)
"""Where the market lies on the map. [m, EPSG:28992]"""
TIME_ZONE = "Europe/Amsterdam"
"""The zone there, so that nobody need look it up: that takes longer than the streets."""


def make_town(*, buildings: int = 2000, seed: int = 1, progress: Progress | None = None) -> CityModel:
    """A believable harbour town of exactly so many buildings; the same seed gives the same coordinates everywhere.

    Parameters
    ----------
    buildings
        1 (the church) to 200,000.
    seed
        0 or more; chooses everything that chance decides.

    Returns
    -------
    model
        EPSG:28992+5709, heights in metres above NAP; buildings, roads, squares, water, bridges, greens, trees. The
        ground is watertight out to the meadows' edge, and no two surfaces of it lie on each other.

    Raises
    ------
    DataError
        For a size or seed outside these limits.
    """
    if not 1 <= buildings <= 200_000:
        raise DataError(_("A sample town has 1 to 200,000 buildings, not {count}.").format(count=buildings))
    if seed < 0:
        raise DataError(_("The seed of a sample town is 0 or more, not {seed}.").format(seed=seed))
    progress = progress or Progress()
    progress.report(0.0, _("Drawing streets"))
    layout, zones, plots, scale, sound = _plan(buildings, seed)
    chosen = sound[:buildings]
    green_empty_blocks(plots, chosen, zones)
    progress.report(0.25, _("Shaping the ground"))
    zones.ditches = lay_ditches(layout, zones, scale)
    faces = cut_plan(layout, zones)
    kind = g.classify(faces, layout, zones)
    relief = make_relief(scale, layout.water, layout.outline)
    ground, decks = g.ground_soup(faces, layout, kind, relief)
    names = street_names([s.rank for s in layout.streets], scale.rng("names"))
    to_map = _to_map(scale)
    progress.report(0.55, _("Building houses"))
    features = ground_features(ground, _under(kind, faces, layout), faces, layout, zones, names, to_map)
    features += ground_features(decks, kind, faces, layout, zones, names, to_map, bridges=True)
    features += building_features(plots, chosen, relief, layout, names, scale, to_map)
    progress.report(0.8, _("Planting trees"))
    footprints = shapely.polygons(np.array([plots.quads[k] for k in chosen]))
    features += tree_features(plant(layout, zones, footprints, scale), relief, scale, to_map)
    progress.report(1.0, _("Town drawn"))
    return _model(features, seed)


def write_sample_town(
    out: Path, *, buildings: int = 2000, seed: int = 1, progress: Progress | None = None
) -> ImportReport:  # fmt: skip
    """Make a town and write it as 3D Tiles 1.1 into the folder `out`, by the same writer as real cities."""
    from importers.pipeline import write_tileset

    progress = progress or Progress()
    with collector_at_rest():
        model = make_town(buildings=buildings, seed=seed, progress=_share(progress, 0.0, 0.3))
        return write_tileset(model, Path(out), progress=_share(progress, 0.3, 1.0))


def _share(progress: Progress, low: float, high: float) -> Progress:
    """A progress that fills a stretch of another, and stops with it."""

    class Share(Progress):
        def check(self) -> None:
            progress.check()

    return Share(lambda fraction, text: progress.report(low + (high - low) * fraction, text))


def _plan(buildings: int, seed: int) -> tuple[Layout, Zones, Plots, Scale, NDArray[np.int64]]:
    """Layout and footprints, enlarged until all buildings find room, and the rows of those that are sound."""
    stretch = 1.0
    while True:
        scale = scale_for(buildings, seed, stretch)
        layout = make_layout(scale)
        zones = make_zones(layout)
        plots = Plots(scale.most_storeys)
        _church(layout, scale, plots)
        place_buildings(layout, zones, scale, plots)
        sound = keep_sound(plots, zones)
        if len(sound) >= buildings:
            return layout, zones, plots, scale, sound
        stretch *= 1.04


def _church(layout: Layout, scale: Scale, plots: Plots) -> None:
    """The church stands on the northern half of the market, its tower to the west."""
    corners = shapely.get_coordinates(layout.square.exterior)[:4]
    along = corners[1] - corners[0]
    along /= np.hypot(*along)
    across = np.array([-along[1], along[0]])
    length = min(1.1 * scale.square, 56.0)
    at = corners.mean(axis=0) + across * 0.18 * scale.square
    a, b = along * length / 2, across * length * 0.2
    plots.add(np.array([at - a - b, at + a - b, at + a + b, at - a + b]), CHURCH, 1, 1.2, "church", 1468, -1)


def _under(kind: NDArray[np.int64], faces: Faces, layout: Layout) -> NDArray[np.int64]:
    """What the faces are without the bridges."""
    return np.where(g.over_water(faces, layout, kind), g.WATER, kind)


def _to_map(scale: Scale) -> ToMap:
    """Plan to map: turned about the market, shifted, rounded to the millimetre (the same on every machine)."""
    c, s = np.cos(scale.rotation), np.sin(scale.rotation)

    def to_map(points: F64) -> F64:
        x, y = points[:, 0], points[:, 1]
        enh = np.column_stack([CENTRE[0] + c * x - s * y, CENTRE[1] + s * x + c * y, points[:, 2]])
        rounded: F64 = np.round(enh, 3)
        return rounded

    return to_map


def _model(features: list[CityFeature], seed: int) -> CityModel:
    report = ImportReport(read=Counter(f.kind for f in features), sources=[f"sample town, seed {seed}"])
    extra = {"sample_seed": seed, "time_zone": TIME_ZONE}
    # a name alone: what else is said of it is said by the program, in the language of whoever opens it
    return CityModel(CRS, features, town_name(seed), "made by citiverse sample", extra, report)
