"""The made-up town: what it promises about count, bytes, solids and names."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import shapely

from explorer.errors import DataError
from explorer.geo import MapTransform, time_zone_at
from explorer.jobs import Progress
from explorer.tileformat.surface_class import SurfaceClass
from importers.model import CityModel
from importers.sampletown import make_town
from importers.sampletown.town import CENTRE, CRS


def digest(model: CityModel) -> str:
    """One hash over everything that the model says."""
    out = hashlib.sha256()
    for feature in model.features:
        out.update(repr((feature.id, feature.kind, sorted(feature.attributes.items()))).encode())
        for mesh in feature.meshes:
            for array in (mesh.positions, mesh.triangles, mesh.surface):
                out.update(np.ascontiguousarray(array).tobytes())
    return out.hexdigest()


@pytest.fixture(scope="module")
def town() -> CityModel:
    return make_town(buildings=200, seed=3)


def test_same_seed_gives_the_same_bytes(town: CityModel) -> None:
    assert digest(make_town(buildings=200, seed=3)) == digest(town)


def test_another_seed_gives_another_town(town: CityModel) -> None:
    assert digest(make_town(buildings=200, seed=4)) != digest(town)


@pytest.mark.parametrize("count", [1, 2, 10, 60, 137, 700])
def test_has_exactly_as_many_buildings_as_asked_for(count: int) -> None:
    model = make_town(buildings=count, seed=2)
    assert sum(f.kind == "Building" for f in model.features) == count


def test_no_id_occurs_twice(town: CityModel) -> None:
    ids = [f.id for f in town.features]
    assert len(set(ids)) == len(ids)


def test_no_address_occurs_twice(town: CityModel) -> None:
    addresses = [f.attributes["address"] for f in town.features if f.kind == "Building"]
    assert len(set(addresses)) == len(addresses)


def test_all_coordinates_are_finite_and_plausible(town: CityModel) -> None:
    points = np.concatenate([m.positions for f in town.features for m in f.meshes])
    assert np.isfinite(points).all()
    assert points[:, 2].min() > -3.0
    assert points[:, 2].max() < 90.0


def test_has_what_makes_a_harbour_town(town: CityModel) -> None:
    kinds = {f.kind for f in town.features}
    assert {"Building", "Road", "WaterBody", "Bridge", "PlantCover", "SolitaryVegetationObject", "LandUse"} <= kinds
    surfaces = set(np.concatenate([m.surface for f in town.features for m in f.meshes]).tolist())
    assert {SurfaceClass.QUAY, SurfaceClass.BRIDGE, SurfaceClass.WATER, SurfaceClass.TRUNK} <= surfaces
    assert any(f.attributes.get("function") == "church" for f in town.features)
    assert max(f.attributes.get("storeys_above_ground", 0) for f in town.features) >= 8


def test_buildings_are_closed_and_their_walls_face_outwards(town: CityModel) -> None:
    for feature in town.features:
        if feature.kind not in ("Building", "SolitaryVegetationObject"):
            continue
        (mesh,) = feature.meshes
        edges = np.concatenate([mesh.triangles[:, [0, 1]], mesh.triangles[:, [1, 2]], mesh.triangles[:, [2, 0]]])
        there, back = {*map(tuple, edges.tolist())}, {*map(tuple, edges[:, ::-1].tolist())}
        assert len(there) == len(edges), f"an edge runs twice the same way in {feature.id}"
        assert there == back, f"{feature.id} is not closed"
        a, b, c = np.moveaxis(mesh.positions[mesh.triangles] - mesh.positions[0], 1, 0)
        assert (a * np.cross(b, c)).sum() / 6.0 > 0.0, f"{feature.id} is inside out"


def test_buildings_have_walls_roofs_and_floors(town: CityModel) -> None:
    wanted = {SurfaceClass.WALL, SurfaceClass.ROOF, SurfaceClass.FLOOR}
    for feature in town.features:
        if feature.kind == "Building":
            assert wanted <= set(feature.meshes[0].surface.tolist())


def test_measured_height_is_what_the_mesh_measures(town: CityModel) -> None:
    for feature in town.features:
        if feature.kind == "Building":
            top = feature.meshes[0].positions[:, 2].max()
            stated = feature.attributes["measured_height"] + feature.attributes["ground_height"]
            assert abs(top - stated) < 0.02


def test_footprints_do_not_overlap_each_other(town: CityModel) -> None:
    footprints = np.array([f.footprint for f in town.features if f.kind == "Building"])
    left, right = shapely.STRtree(footprints).query(footprints, predicate="intersects")
    left, right = left[left < right], right[left < right]
    assert shapely.area(shapely.intersection(footprints[left], footprints[right])).max(initial=0.0) < 0.5


def test_every_street_has_a_name_of_its_own() -> None:
    from importers.sampletown.names import street_names

    names = street_names(["lane"] * 3000 + ["main"] * 200 + ["market"], np.random.Generator(np.random.PCG64(1)))
    assert len(set(names)) == len(names)


def test_progress_ends_at_the_whole_and_can_be_cancelled() -> None:
    seen: list[float] = []
    make_town(buildings=60, progress=Progress(lambda fraction, text: seen.append(fraction)))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


@pytest.mark.parametrize(("buildings", "seed"), [(0, 1), (10_000_000, 1), (100, -1)])
def test_impossible_sizes_and_seeds_are_refused_in_a_sentence(buildings: int, seed: int) -> None:
    with pytest.raises(DataError, match="sample town"):
        make_town(buildings=buildings, seed=seed)


@pytest.mark.parametrize(("count", "most"), [(1, 0.0), (10, 16.0), (50, 16.0), (150, 19.0)])
def test_a_hamlet_has_a_village_church_and_no_flats(count: int, most: float) -> None:
    buildings = [feature for feature in make_town(buildings=count).features if feature.kind == "Building"]
    heights = sorted(np.ptp(feature.meshes[-1].positions[:, 2]) for feature in buildings)
    assert 20.0 < heights[-1] < 35.0
    assert max(heights[:-1], default=0.0) <= most


def test_the_town_says_the_time_zone_of_its_place() -> None:
    lon, lat = MapTransform(CRS).to_lonlat(np.array([CENTRE]))[0]
    assert make_town(buildings=1).extra["time_zone"] == time_zone_at(float(lon), float(lat))
