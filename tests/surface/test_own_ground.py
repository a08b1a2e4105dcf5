"""Meshes of everything that was seen from the air have ground of their own; houses alone do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.geo import WorldFrame, parse_crs
from explorer.surface import SurfaceModel, SurfaceTileset
from explorer.surface.own_ground import covers_its_place
from explorer.surface.triangles import TriangleSoup, soup_from_meshes
from explorer.tileformat import FeatureTable, Mesh, SurfaceClass, TileContent, encode_glb, read_tileset
from tests.fakes import FakeStore
from tests.specimens import box_mesh, tileset_json

SIDE, STEP = 120.0, 2.0
STREETS = np.array([[3.0, 3.0], [-57.0, 20.0], [0.0, -55.0]])
"""Between the houses of `seen_from_above`."""


def seen_from_above(slope: float = 0.1, share_of_houses: float = 0.4, turn_deg: float = 0.0) -> Mesh:
    """Land that rises to the east, and houses of 20 m on it, one surface without seams."""
    ticks = np.arange(-SIDE / 2.0, SIDE / 2.0 + STEP, STEP)
    x, y = np.meshgrid(ticks, ticks, indexing="ij")
    period = 24.0
    half = period * np.sqrt(share_of_houses) / 2.0
    is_house = (np.abs((x % period) - period / 2.0) < half) & (np.abs((y % period) - period / 2.0) < half)
    z = slope * x + np.where(is_house, 9.0, 0.0)
    n = len(ticks)
    corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    faces = np.concatenate(
        [np.stack([corner, corner + n, corner + n + 1], 1), np.stack([corner, corner + n + 1, corner + 1], 1)]
    )
    angle = np.radians(turn_deg)
    turned = np.stack([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle), z], axis=-1)
    return Mesh(turned.reshape(-1, 3), faces.astype(np.uint32))


def soup(*meshes: Mesh) -> TriangleSoup:
    return soup_from_meshes([replace(mesh, surface_class=None) for mesh in meshes], FeatureTable())


def rows_of_houses(gap: float) -> list[Mesh]:
    return [
        box_mesh((x, y, 5.0), (20.0 - gap, 20.0 - gap, 10.0))
        for x in np.arange(-50.0, 60.0, 20.0)
        for y in np.arange(-50.0, 60.0, 20.0)
    ]


@pytest.mark.parametrize("slope", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("share_of_houses", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("turn_deg", [0.0, 4.0, 30.0])
def test_a_surface_from_rim_to_rim_is_ground(slope: float, share_of_houses: float, turn_deg: float) -> None:
    assert covers_its_place(soup(seen_from_above(slope, share_of_houses, turn_deg)))


@pytest.mark.parametrize(
    "meshes",
    [
        [box_mesh((0.0, 0.0, 6.0), (90.0, 70.0, 12.0))],
        rows_of_houses(6.0),
        rows_of_houses(0.2),
        [box_mesh((0.0, 0.0, 0.5), (12.0, 12.0, 1.0))],
    ],
    ids=["a hall", "houses", "houses wall to wall", "a shed"],
)
def test_houses_are_none(meshes: list[Mesh]) -> None:
    assert not covers_its_place(soup(*meshes))


def model_of(meshes: list[Mesh]) -> SurfaceModel:
    crs = parse_crs("EPSG:28992+5709")
    origin = (85_000.0, 447_000.0, 0.0)
    plain = TileContent(tuple(replace(mesh, surface_class=None, feature_index=None) for mesh in meshes), FeatureTable())
    root = {
        "boundingVolume": {"box": [0, 0, 5, 90, 0, 0, 0, 90, 0, 0, 0, 70]},
        "geometricError": 0.0,
        "transform": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, *origin, 1],
        "content": {"uri": "all.glb"},
    }
    store = FakeStore({"tileset.json": tileset_json(root), "all.glb": encode_glb(plain)})
    tileset = read_tileset(store.read(store.root_uri), store.root_uri)
    return SurfaceModel(WorldFrame(crs, origin), [SurfaceTileset(store, tileset, crs)])


def test_one_stands_on_a_mesh_of_all_and_no_other_ground_is_guessed() -> None:
    model = model_of([seen_from_above()])
    assert not model.ground_is_estimated
    np.testing.assert_allclose(model.ground_height(STREETS), 0.1 * STREETS[:, 0], atol=0.01)
    assert not (model.triangles((-60.0, -60.0, 60.0, 60.0)).surface_class == SurfaceClass.ROOF).any()


def test_houses_alone_stand_on_guessed_ground_as_before() -> None:
    model = model_of(rows_of_houses(6.0))
    assert model.ground_is_estimated
    assert abs(model.ground_height(np.array([[0.0, 0.0]]))[0]) < 0.1
