"""A place that can be shown, walked and asked: a scenario over tilesets. Knows no window and no file it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.app.extent import built_middles, built_points, tile_middles, tile_points
from explorer.app.first_look import (
    MOST_READ,
    PART_METRES,
    densest_part,
    is_wide,
    seen_around,
    standing_about,
    standing_places,
)
from explorer.geo import CompoundCrs, WorldFrame
from explorer.i18n import _
from explorer.imagery import ImageSource
from explorer.layers import FeatureIndex
from explorer.massing import build_solid, storey_lines
from explorer.scenario import ImageryLayer, Proposal, Scenario, TilesetLayer
from explorer.store import Store, is_web_address
from explorer.streaming import OpenTileset, TileTree, world_tree
from explorer.surface import ProposedMesh, SurfaceModel, SurfaceTileset
from explorer.tileformat import CitiverseExtras, Mesh, Tileset

AROUND_METRES = 5000.0
"""So far around its origin lies all of a scene in a tileset of the whole earth, to who asks for all. [m]"""


@dataclass
class OpenLayer:
    """A tileset that could be opened."""

    layer: TilesetLayer
    store: Store
    opened: OpenTileset
    source_crs: CompoundCrs | None
    index: FeatureIndex | None
    location: str
    is_packed: bool = False
    """Whether its tiles came inside the scene file."""
    _tree: tuple[WorldFrame, TileTree] | None = field(default=None, repr=False)

    @property
    def tileset(self) -> Tileset:
        """All of it; of one that is still being read, after a moment."""
        return self.opened.whole()

    @property
    def is_terrain(self) -> bool:
        """Whether it is land alone."""
        return bool(self.opened.first.terrain)

    def tree(self, frame: WorldFrame) -> TileTree:
        """The boxes in the world of the tiles that could be had at once (`OpenTileset.first`), not to be changed.

        Slow the first time, of many; ask on a worker.
        """
        if self._tree is None or self._tree[0] != frame:
            self._tree = frame, world_tree(self.opened.first, frame, source_crs=self.source_crs)
        return self._tree[1]

    def bounds(self, frame: WorldFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(3,) least and (3,) greatest world coordinates of it; of the whole earth, around the scene's origin. [m]"""
        if self.opened.first.reach is None:
            return self.tree(frame).bounds(0)
        half = np.array([AROUND_METRES, AROUND_METRES, 0.0])
        return -half, half

    @property
    def attribution(self) -> str:
        """Who made the data, as the tileset says."""
        extras = self.opened.first.extras
        return credit_of(extras) or (extras.title if extras else None) or ""


_SAMPLE_CREDIT = "made by citiverse sample"
"""What a made-up town's tiles say of their origin, in every language: the same seed makes the same bytes."""


def credit_of(extras: CitiverseExtras | None) -> str:
    """Who made the data; of a made-up town in the language of now."""
    said = (extras.attribution if extras else None) or ""
    return _("made by citiverse sample") if said == _SAMPLE_CREDIT else said


def title_of(extras: CitiverseExtras | None) -> str | None:
    """What the data calls itself; of a made-up town in the language of now, so that nobody takes it for a real one."""
    title = extras.title if extras else None
    if title and extras is not None and extras.attribution == _SAMPLE_CREDIT:
        return _("{town}, a made-up harbour town").format(town=title)
    return title


@dataclass
class OpenImagery:
    """Imagery that could be opened."""

    layer: ImageryLayer
    source: ImageSource
    location: str


@dataclass
class Place:
    """Everything of a scene that does not depend on a window."""

    frame: WorldFrame
    scenario: Scenario
    layers: list[OpenLayer]
    warnings: list[str] = field(default_factory=list)
    """What is odd about the whole, one sentence each."""
    scene_path: Path | None = None
    details: list[str] = field(default_factory=list)
    """What is odd about single objects of a file that was imported."""
    assets_root: Path | None = None
    """Folder with what came inside a packed scene."""
    imagery: list[OpenImagery] = field(default_factory=list)
    _city_points: NDArray[np.float64] | None = None
    _first_points: NDArray[np.float64] | None = None

    @property
    def time_zone(self) -> str:
        """IANA name."""
        return self.scenario.scene.time_zone

    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(3,) least and (3,) greatest world coordinates of all tilesets. [m]"""
        found = [layer.bounds(self.frame) for layer in self.layers if not layer.is_terrain]
        if not found:
            return np.full(3, -100.0), np.full(3, 100.0)
        return np.min([lo for lo, _hi in found], axis=0), np.max([hi for _lo, hi in found], axis=0)

    @property
    def _is_of_the_earth(self) -> bool:
        return any(layer.opened.first.reach is not None for layer in self.layers)

    def _trees(self) -> list[TileTree]:
        """Of what stands on the land: a terrain has no end that would say where the city is."""
        city = [layer for layer in self.layers if not layer.is_terrain]
        return [layer.tree(self.frame) for layer in city]

    def city_bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(3,) least and (3,) greatest of `city_points`. [m, world]"""
        points = self.city_points()
        return points.min(axis=0), points.max(axis=0)

    def city_points(self) -> NDArray[np.float64]:
        """The convex hull of what is built, without the outermost hundredth; of the finest tiles where no index says.

        Shape (n, 3), world. Slow the first time on a large city; ask on a worker. [m]
        """
        if self._city_points is None:
            indexes = [layer.index for layer in self.layers if layer.index is not None]
            found = built_points(indexes, self.frame)
            if found is None:
                found = seen_around(self.surface()) if self._is_of_the_earth else tile_points(self._trees())
            self._city_points = found
        return self._city_points

    def first_points(self) -> NDArray[np.float64]:
        """What a camera shows of the city at first: `city_points`, or of a wide city its densest part.

        Shape (n, 3), world. Slow the first time; ask on a worker. [m]
        """
        if self._first_points is None:
            self._first_points = self.city_points()
            if is_wide(self._first_points):
                places, side, are_tiles = self._standing_places()
                if len(places) > MOST_READ:
                    self._first_points = densest_part(places, side)
                    if are_tiles:
                        self._look_closer()
        return self._first_points

    def _look_closer(self) -> None:
        """The middles of tiles told where most stands; the tiles that lie there tell it better, if they are here."""
        layers = [one for one in self.layers if not one.is_terrain]
        if any(is_web_address(one.location) for one in layers):
            return
        assert self._first_points is not None
        local = SurfaceModel(self.frame, [SurfaceTileset(one.store, one.opened, one.source_crs) for one in layers])
        places, side = standing_about(local, self._first_points.mean(axis=0))
        if len(places) > MOST_READ:
            self._first_points = densest_part(places, side)

    def _standing_places(self) -> tuple[NDArray[np.float64], float, bool]:
        """Where houses stand: by the index, by their feet where few tiles hold them, or by the middles of tiles.

        And the side of the square of them that is to be seen [m]; and whether any are but the middles of tiles.
        """
        indexes = [layer.index for layer in self.layers if layer.index is not None]
        if indexes:
            return built_middles(indexes, self.frame), PART_METRES, False
        few, middles = [], [np.zeros((0, 3))]
        for layer in self.layers:
            if layer.is_terrain:
                continue
            found = tile_middles(layer.tree(self.frame))
            if len(found) > MOST_READ or is_web_address(layer.location):
                middles.append(found)
            else:
                few.append(SurfaceTileset(layer.store, layer.opened, layer.source_crs))
        places, side = standing_places(SurfaceModel(self.frame, few))
        are_tiles = any(map(len, middles))
        return np.concatenate([places, *middles]), (PART_METRES if are_tiles else side), are_tiles

    def surface(self) -> SurfaceModel:
        """What the base city is made of, without any variant."""
        return SurfaceModel(
            self.frame, [SurfaceTileset(layer.store, layer.opened, layer.source_crs) for layer in self.layers]
        )

    def imagery_layers(self) -> list[tuple[ImageryLayer, OpenImagery | None]]:
        """The scenario's imagery, the lowest first, each with what was opened of it."""
        opened = {one.layer.id: one for one in self.imagery}
        return [(layer, opened.get(layer.id)) for layer in self.scenario.imagery]

    def sources(self) -> tuple[str, ...]:
        """Names of the data, for the provenance of results."""
        return tuple(layer.layer.name or layer.location for layer in self.layers)


def variant_surface(base: SurfaceModel, frame: WorldFrame, scenario: Scenario, variant_id: str | None) -> SurfaceModel:
    """The surface of a variant over a base city; None is the city as it is."""
    if variant_id is None:
        return base
    meshes = [ProposedMesh(p.id, proposal_mesh(p, frame)) for p in scenario.proposals(variant_id)]
    return base.with_variant(meshes, scenario.hidden_features(variant_id))


def proposal_mesh(proposal: Proposal, frame: WorldFrame) -> Mesh:
    """A proposal's solid in the world. Raises `ScenarioError` for parameters without one."""
    solid = build_solid(proposal.mass)
    return replace(solid, positions=_in_world(np.asarray(solid.positions, dtype=np.float64), proposal, frame))


def proposal_storeys(proposal: Proposal, frame: WorldFrame) -> NDArray[np.float64]:
    """Lines between a proposal's storeys in the world, (k, 2, 3). [m]"""
    lines = storey_lines(proposal.mass)
    return _in_world(lines.reshape(-1, 3), proposal, frame).reshape(-1, 2, 3)


def _in_world(local: NDArray[np.float64], proposal: Proposal, frame: WorldFrame) -> NDArray[np.float64]:
    angle = np.radians(proposal.rotation_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    foot = frame.to_world(np.array([[proposal.easting, proposal.northing, proposal.base_height]]))[0]
    positions: NDArray[np.float64] = np.hstack([local[:, :2] @ turn.T, local[:, 2:]]) + foot
    return positions


def footprint_on_map(proposal: Proposal) -> list[tuple[float, float]]:
    """The outer ring of a proposal's footprint in map coordinates. [m]"""
    return _on_map(proposal, proposal.footprint)


def courtyards_on_map(proposal: Proposal) -> list[list[tuple[float, float]]]:
    """The rings of a proposal's courtyards in map coordinates. [m]"""
    return [_on_map(proposal, hole) for hole in proposal.holes]


def _on_map(proposal: Proposal, ring: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    angle = np.radians(proposal.rotation_deg)
    c, s = float(np.cos(angle)), float(np.sin(angle))
    return [(proposal.easting + c * x - s * y, proposal.northing + s * x + c * y) for x, y in ring]
