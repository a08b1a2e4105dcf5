"""A place that can be shown, walked and asked: a scenario over tilesets. Knows no window and no file it came from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.geo import CompoundCrs, WorldFrame
from explorer.layers import FeatureIndex
from explorer.massing import build_solid
from explorer.scenario import Proposal, Scenario, TilesetLayer
from explorer.store import Store
from explorer.streaming import world_tree
from explorer.surface import ProposedMesh, SurfaceModel, SurfaceTileset
from explorer.tileformat import Mesh, Tileset

_CHUNK = 4096
_FEW = 100
"""Among fewer buildings than this, none is far out."""


@dataclass
class OpenLayer:
    """A tileset that could be opened."""

    layer: TilesetLayer
    store: Store
    tileset: Tileset
    source_crs: CompoundCrs | None
    index: FeatureIndex | None
    location: str
    is_packed: bool = False
    """Whether its tiles came inside the scene file."""

    @property
    def attribution(self) -> str:
        """Who made the data, as the tileset says."""
        extras = self.tileset.extras
        return (extras.attribution or extras.title or "") if extras else ""


@dataclass
class Place:
    """Everything of a scene that does not depend on a window."""

    frame: WorldFrame
    scenario: Scenario
    layers: list[OpenLayer]
    warnings: list[str] = field(default_factory=list)
    scene_path: Path | None = None
    _city_points: NDArray[np.float64] | None = None

    @property
    def time_zone(self) -> str:
        """IANA name."""
        return self.scenario.scene.time_zone

    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Least and greatest world coordinates of all tilesets. [m]"""
        found = [world_tree(layer.tileset, self.frame, source_crs=layer.source_crs).bounds(0) for layer in self.layers]
        if not found:
            return np.full(3, -100.0), np.full(3, 100.0)
        return np.min([lo for lo, _hi in found], axis=0), np.max([hi for _lo, hi in found], axis=0)

    def city_bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bounds of what is built, by the feature index; of everything where there is none. [m, world]"""
        points = self.city_points()
        return points.min(axis=0), points.max(axis=0)

    def city_points(self) -> NDArray[np.float64]:
        """The convex hull of what is built, without the outermost hundredth; of everything where no index says.

        Shape (n, 3), world. Slow the first time on a large city; ask on a worker. [m]
        """
        if self._city_points is None:
            self._city_points = self._built_points()
        return self._city_points

    def _built_points(self) -> NDArray[np.float64]:
        indexes = [layer.index for layer in self.layers if layer.index is not None]
        boxes = [box for index in indexes for box in index.boxes("Building")]
        if not boxes:
            lo, hi = self.bounds()
            return np.array([[x, y, z] for x in (lo[0], hi[0]) for y in (lo[1], hi[1]) for z in (lo[2], hi[2])])
        array = np.array(boxes, dtype=np.float64)
        middle = (array[:, :2] + array[:, 3:5]) / 2.0
        near = np.linalg.norm(middle - np.median(middle, axis=0), axis=1)
        if len(near) > _FEW:
            array = array[near <= np.percentile(near, 99.0)]
        feet = np.maximum(array[:, 2], np.percentile(array[:, 2], 2.0))
        corners = [
            np.column_stack([array[:, east], array[:, north], heights])
            for east in (0, 3)
            for north in (1, 4)
            for heights in (feet, array[:, 5])
        ]
        return self.frame.to_world(_outermost(np.concatenate(corners)))

    def surface(self) -> SurfaceModel:
        """What the base city is made of, without any variant."""
        return SurfaceModel(
            self.frame, [SurfaceTileset(layer.store, layer.tileset, layer.source_crs) for layer in self.layers]
        )

    def sources(self) -> tuple[str, ...]:
        """Names of the data, for the provenance of results."""
        return tuple(layer.layer.name or layer.location for layer in self.layers)


def _outermost(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The points that are farthest in some direction: all that counts for bounds and for what a camera must see.

    (n, 3) -> (m, 3) corners of the convex hull: those of the plan to the decimetre, others of a city of 1 km radius to
    some metres. (scipy's exact hull costs half a second of imports at every start.)
    """
    row = np.arange(240) + 0.5
    height, turn = 1.0 - row / 120.0, np.pi * (1.0 + 5.0**0.5) * row  # Fibonacci's spiral over the sphere
    across = np.sqrt(1.0 - height**2)
    spiral = np.stack([np.cos(turn) * across, np.sin(turn) * across, height], axis=1)
    around = np.radians(np.arange(0.0, 360.0, 1.5))
    ring = np.stack([np.cos(around), np.sin(around), np.zeros(len(around))], axis=1)
    directions = np.concatenate([np.eye(3), -np.eye(3), ring, spiral]).astype(np.float32)
    from_middle = (points - points.mean(axis=0)).astype(np.float32)
    best, farthest = np.full(len(directions), -np.inf, np.float32), np.zeros(len(directions), np.intp)
    for start in range(0, len(points), _CHUNK):
        reach = directions @ from_middle[start : start + _CHUNK].T
        rows = reach.argmax(axis=1)
        value = reach[np.arange(len(rows)), rows]
        is_better = value > best
        best, farthest = np.where(is_better, value, best), np.where(is_better, rows + start, farthest)
    return points[np.unique(farthest)]


def variant_surface(base: SurfaceModel, frame: WorldFrame, scenario: Scenario, variant_id: str | None) -> SurfaceModel:
    """The surface of a variant over a base city; None is the city as it is."""
    if variant_id is None:
        return base
    meshes = [ProposedMesh(p.id, proposal_mesh(p, frame)) for p in scenario.proposals(variant_id)]
    return base.with_variant(meshes, scenario.hidden_features(variant_id))


def proposal_mesh(proposal: Proposal, frame: WorldFrame) -> Mesh:
    """A proposal's solid in the world. Raises `ScenarioError` for parameters without one."""
    solid = build_solid(proposal.mass)
    angle = np.radians(proposal.rotation_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    positions = np.array(solid.positions, dtype=np.float64)
    positions[:, :2] = positions[:, :2] @ turn.T
    foot = frame.to_world(np.array([[proposal.easting, proposal.northing, proposal.base_height]]))[0]
    return replace(solid, positions=positions + foot)


def footprint_on_map(proposal: Proposal) -> list[tuple[float, float]]:
    """The outer ring of a proposal's footprint in map coordinates. [m]"""
    angle = np.radians(proposal.rotation_deg)
    c, s = float(np.cos(angle)), float(np.sin(angle))
    return [(proposal.easting + c * x - s * y, proposal.northing + s * x + c * y) for x, y in proposal.footprint]
