"""From arrays to `CityFeature`s: ground by piece, buildings with their addresses, trees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from importers.model import CityFeature, LodMesh
from importers.sampletown import ground as g
from importers.sampletown.partition import Faces, Zones
from importers.sampletown.plots import Plots
from importers.sampletown.relief import Relief
from importers.sampletown.rows import CHURCH, GABLED, ROOF_NAMES, SLAB, TOWER
from importers.sampletown.scale import F64, Scale
from importers.sampletown.solids import Batch, build
from importers.sampletown.streets import Layout
from importers.sampletown.trees import SPECIES, Trees, tree_meshes

LOD = 2.2
STOREY_HEIGHT = {"mixed use": 3.15, "residential": 2.85, "apartments": 2.9, "warehouse": 3.5, "church": 14.0}
"""Floor to floor. [m]"""
CELL = 100.0
ToMap = Callable[[F64], F64]
GROUND_KINDS = (
    "LandUse", "WaterBody", "Road", "Road", "Road", "Road", "LandUse", "PlantCover", "PlantCover", "Road",
    "WaterBody",
)  # fmt: skip
FUNCTIONS = (
    "meadow", "harbour and river", "carriageway", "footway", "square", "quayside", "yard", "garden", "park", "path",
    "ditch",
)  # fmt: skip


def ground_features(
    soup: g.Soup, kind: NDArray[np.int64], faces: Faces, layout: Layout, zones: Zones, names: list[str], to_map: ToMap,
    *, bridges: bool = False,
) -> list[CityFeature]:  # fmt: skip
    """One feature for each piece of ground, water or bridge, none much larger than 150 m."""
    if not len(soup.face):
        return []
    streets = shapely.STRtree(np.array([s.line for s in layout.streets], dtype=object))
    street = streets.nearest(shapely.points(faces.points))
    cell = np.floor(faces.points / CELL).astype(np.int64)
    cell_key = (cell[:, 0] + 4096) * 8192 + cell[:, 1] + 4096
    on_street = (kind == g.CARRIAGEWAY) | (kind == g.FOOTWAY)
    owner = np.where(on_street, street, 0)
    group = np.zeros_like(kind) if bridges else kind
    key = (group * 65536 + owner) * (8192 * 8192) + (0 if bridges else cell_key)
    _, first, piece = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(piece[soup.face], kind="stable")
    ends = np.searchsorted(piece[soup.face][order], np.arange(len(first) + 1))
    corners = to_map(soup.corners.reshape(-1, 3)).reshape(-1, 3, 3)[order]
    surface = soup.surface[order]
    features: list[CityFeature] = []
    for k in range(len(first)):
        low, high = int(ends[k]), int(ends[k + 1])
        if low == high:
            continue
        face = int(first[k])
        what = "Bridge" if bridges else GROUND_KINDS[kind[face]]
        attributes: dict[str, Any] = {"function": "road bridge" if bridges else FUNCTIONS[kind[face]]}
        if on_street[face]:
            attributes["name"] = names[street[face]]
        mesh = _weld(corners[low:high], surface[low:high])
        features.append(CityFeature(f"{what.lower()}-{len(features) + 1:06d}", what, None, attributes, (mesh,)))
    return features


def _weld(corners: F64, surface: NDArray[np.uint8]) -> LodMesh:
    """Share corners that coincide."""
    flat = corners.reshape(-1, 3)
    key = np.rint(flat * 1000.0).astype(np.int64)
    mixed = (key[:, 0] * 1_000_003 + key[:, 1]) * 1_000_003 + key[:, 2]
    _, first, inverse = np.unique(mixed, return_index=True, return_inverse=True)
    return LodMesh(LOD, flat[first], inverse.reshape(-1, 3).astype(np.int32), surface)


def building_features(
    plots: Plots,
    chosen: NDArray[np.int64],
    relief: Relief,
    layout: Layout,
    names: list[str],
    scale: Scale,
    to_map: ToMap,
) -> list[CityFeature]:
    """Solids in batches of one shape, with addresses along the streets."""
    rng = scale.rng("buildings")
    n = len(chosen)
    quads = np.array([plots.quads[k] for k in chosen])
    shape = np.array([plots.shape[k] for k in chosen])
    storeys = np.array([plots.storeys[k] for k in chosen])
    ground = relief.height(quads.reshape(-1, 2)).reshape(n, 4)
    base = np.round(ground.mean(axis=1), 2)
    chance = rng.random((n, 4))
    function = [plots.function[k] for k in chosen]
    storey = np.array([STOREY_HEIGHT[f] for f in function]) + 0.12 * (chance[:, 3] - 0.5)
    eaves = np.round(storeys * storey + 0.35, 2)
    length = np.hypot(*(quads[:, 1] - quads[:, 0]).T)
    eaves = np.where(shape == CHURCH, np.minimum(eaves, np.round(0.4 * length, 2)), eaves)  # a village's is a small one
    pitch = np.array([plots.pitch[k] for k in chosen])
    year = np.array([plots.year[k] for k in chosen])
    address, street = _addresses(quads, layout, names)
    dormers = (shape == GABLED) & (chance[:, 0] < 0.3) & (storeys < 4)
    bands = np.where((shape == SLAB) | (shape == TOWER), storeys, np.where(dormers, 1, 0))
    outline = to_map(np.concatenate([quads, np.zeros((n, 4, 1))], axis=2).reshape(-1, 3)).reshape(n, 4, 3)
    footprints = shapely.polygons(outline[:, :, :2])
    features: list[CityFeature | None] = [None] * n
    for one, band in sorted(set(zip(shape.tolist(), bands.tolist(), strict=True))):
        rows = np.flatnonzero((shape == one) & (bands == band))
        batch = Batch(quads[rows], base[rows], eaves[rows], pitch[rows], chance[rows], band)
        positions, triangles, surface, height = build(batch, one)
        positions = to_map(positions.reshape(-1, 3)).reshape(positions.shape)
        for j, row in enumerate(rows.tolist()):
            attributes = {
                "name": address[row] if one != CHURCH else "Grote Kerk", "address": address[row], "street": street[row],
                "function": function[row], "storeys_above_ground": int(storeys[row]),
                "year_of_construction": int(year[row]), "roof_type": ROOF_NAMES[one],
                "measured_height": round(float(height[j]), 2), "ground_height": float(base[row]),
            }  # fmt: skip
            mesh = LodMesh(LOD, positions[j], triangles, surface)
            features[row] = CityFeature(
                f"building-{row + 1:06d}", "Building", None, attributes, (mesh,), footprints[row]
            )
    return [f for f in features if f is not None]


def _addresses(quads: F64, layout: Layout, names: list[str]) -> tuple[list[str], list[str]]:
    """House numbers along each street: odd on its left, even on its right, growing with the centre line."""
    front = quads[:, :2].mean(axis=1)
    lines = np.array([s.line for s in layout.streets], dtype=object)
    street = shapely.STRtree(lines).nearest(shapely.points(front))
    along = shapely.line_locate_point(lines[street], shapely.points(front))
    here = shapely.get_coordinates(shapely.line_interpolate_point(lines[street], np.maximum(along - 0.5, 0.0)))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines[street], along + 0.5))
    way, aside = ahead - here, front - here
    right = (way[:, 0] * aside[:, 1] - way[:, 1] * aside[:, 0] < 0).astype(np.int64)
    key = street * 2 + right
    order = np.lexsort((np.round(along, 2), key))
    start = np.r_[0, np.flatnonzero(np.diff(key[order])) + 1]
    count = np.diff(np.r_[start, len(order)])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - np.repeat(start, count)
    number = 2 * rank + 1 + right
    called = [names[s] for s in street]
    return [f"{name} {k}" for name, k in zip(called, number.tolist(), strict=True)], called


def tree_features(trees: Trees, relief: Relief, scale: Scale, to_map: ToMap) -> list[CityFeature]:
    """One feature a tree."""
    if not len(trees.xy):
        return []
    positions, triangles, surface = tree_meshes(trees, relief.height(trees.xy), scale.rng("crowns"))
    positions = to_map(positions.reshape(-1, 3)).reshape(positions.shape)
    features = []
    for k in range(len(trees.xy)):
        attributes = {
            "species": SPECIES[trees.species[k]], "height": round(float(trees.height[k]), 1),
            "crown_diameter": round(float(trees.crown[k]), 1),
        }  # fmt: skip
        mesh = LodMesh(LOD, positions[k], triangles, surface)
        features.append(CityFeature(f"tree-{k + 1:06d}", "SolitaryVegetationObject", None, attributes, (mesh,)))
    return features
