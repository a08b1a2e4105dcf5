"""The made-up town's ground: a walker finds floor everywhere, without cracks, steps or surfaces that fight."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene

from explorer.tileformat.surface_class import SurfaceClass
from importers.model import CityModel
from importers.sampletown import make_town
from importers.sampletown.partition import cut_plan, make_zones
from importers.sampletown.scale import WATER_LEVEL, scale_for
from importers.sampletown.streets import make_layout
from importers.sampletown.town import CENTRE

WALKABLE = {SurfaceClass.ROAD, SurfaceClass.PAVING, SurfaceClass.GREEN, SurfaceClass.WATER, SurfaceClass.TERRAIN}
GROUND_KINDS = {"Road", "LandUse", "PlantCover", "WaterBody"}
SEED, COUNT = 5, 150


class Ground:
    """Triangles of some features and vertical rays on them; coordinates relative to the market."""

    def __init__(self, model: CityModel, kinds: set[str]) -> None:
        soups, surfaces = [], []
        for feature in model.features:
            if feature.kind in kinds:
                for mesh in feature.meshes:
                    soups.append(mesh.positions[mesh.triangles])
                    surfaces.append(mesh.surface)
        self.triangles = np.concatenate(soups) - np.array([*CENTRE, 0.0])
        self.surface = np.concatenate(surfaces)
        self.scene = EmbreeScene()
        TriangleMesh(self.scene, self.triangles.astype(np.float32))

    def below(self, xy: np.ndarray) -> np.ndarray:
        """Height of the first surface under points (n, 2); NaN where there is none."""
        origins = np.column_stack([xy, np.full(len(xy), 200.0)]).astype(np.float32)
        down = np.tile(np.array([0, 0, -1], dtype=np.float32), (len(xy), 1))
        hit = self.scene.run(origins, down, query="INTERSECT", output=True)
        return np.where(hit["primID"] >= 0, 200.0 - hit["tfar"], np.nan)


@pytest.fixture(scope="module")
def model() -> CityModel:
    return make_town(buildings=COUNT, seed=SEED)


@pytest.fixture(scope="module")
def ground(model: CityModel) -> Ground:
    return Ground(model, GROUND_KINDS | {"Bridge"})


def test_there_is_ground_under_every_point(ground: Ground) -> None:
    rng = np.random.default_rng(1)
    angle, radius = rng.uniform(0, 2 * np.pi, 60_000), np.sqrt(rng.uniform(0, 1, 60_000))
    extent = scale_for(COUNT, SEED).extent - 6.0  # the edge is a polygon, not a circle
    heights = ground.below(extent * radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))
    assert np.isfinite(heights).all()


def test_ground_surfaces_do_not_lie_on_each_other(model: CityModel) -> None:
    ground = Ground(model, GROUND_KINDS)
    flat = np.isin(ground.surface, list(WALKABLE))
    triangles = ground.triangles[flat][:, :, :2]
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    area = ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2
    assert area.min() > -0.02  # kerb faces are upright: no area; nothing faces down
    whole = shapely.union_all(shapely.polygons(triangles[area > 1e-4]), grid_size=0.001).area
    assert abs(area.sum() - whole) < 1e-5 * whole


def test_borders_between_pieces_share_their_corners(model: CityModel) -> None:
    """Every edge of the ground is met by an edge of a neighbour, kerb or quay wall, but for the outer rim.

    Quay walls go on below the water, so the water's edge and their feet are free; upright edges at which walls of
    different heights meet are made of pieces.
    """
    ground = Ground(model, GROUND_KINDS)
    ends = np.concatenate([ground.triangles[:, [k, (k + 1) % 3]] for k in range(3)])
    key = np.rint(ground.triangles * 1000).astype(np.int64)
    vertex = np.unique(key.reshape(-1, 3), axis=0, return_inverse=True)[1].reshape(-1, 3)
    edges = np.concatenate([vertex[:, [k, (k + 1) % 3]] for k in range(3)])
    _, inverse, count = np.unique(np.sort(edges, axis=1), axis=0, return_inverse=True, return_counts=True)
    upright = np.abs(ends[:, 0, :2] - ends[:, 1, :2]).max(axis=1) < 1e-6
    inside = np.hypot(ends[:, 0, 0], ends[:, 0, 1]) < scale_for(COUNT, SEED).extent - 8.0
    free = ends[(count[inverse.ravel()] == 1) & ~upright & inside]
    assert (free[:, :, 2] < WATER_LEVEL + 0.001).all()


def test_streets_can_be_walked_without_a_high_step(ground: Ground) -> None:
    scale = scale_for(COUNT, SEED)
    layout = make_layout(scale)
    c, s = np.cos(scale.rotation), np.sin(scale.rotation)
    for street in layout.streets:
        at = shapely.get_coordinates(
            shapely.line_interpolate_point(street.line, np.arange(0.5, street.line.length - 0.5, 0.5))
        )
        if len(at) < 2:
            continue
        heights = ground.below(at @ np.array([[c, s], [-s, c]]))
        steps = np.abs(np.diff(heights))
        assert steps.max() < 0.3, f"a step of {steps.max():.2f} m on a {street.rank} street"
        assert np.median(steps) / 0.5 < 0.08


def test_no_building_stands_on_a_carriageway_or_on_water(model: CityModel) -> None:
    footprints = np.array([f.footprint for f in model.features if f.kind == "Building"])
    tree = shapely.STRtree(footprints)
    for feature in model.features:
        if feature.kind in ("WaterBody", "Bridge") or feature.attributes.get("function") == "carriageway":
            (mesh,) = feature.meshes
            flat = np.isin(mesh.surface, [SurfaceClass.ROAD, SurfaceClass.WATER])
            triangles = shapely.polygons(mesh.positions[mesh.triangles[flat]][:, :, :2])
            building, part = tree.query(triangles, predicate="intersects")[::-1]
            if len(part):
                assert shapely.area(shapely.intersection(footprints[building], triangles[part])).max() < 0.05


def test_no_piece_of_ground_is_much_larger_than_a_tile_likes(model: CityModel) -> None:
    for feature in model.features:
        if feature.kind in GROUND_KINDS:
            (mesh,) = feature.meshes
            size = np.ptp(mesh.positions[:, :2], axis=0).max()
            assert size < 330.0, f"{feature.id} {feature.attributes} is {size:.0f} m"


@pytest.mark.parametrize("seed", [2, 3])
def test_faces_of_a_larger_town_cover_its_whole_extent(seed: int) -> None:
    layout = make_layout(scale_for(2000, seed))
    faces = cut_plan(layout, make_zones(layout))
    corners = faces.vertices[faces.triangles]
    ab, ac = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    covered = (ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]).sum() / 2
    assert abs(covered - layout.extent.area) < 20.0  # the rim's corners are moved by up to 1 cm
