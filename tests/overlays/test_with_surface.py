"""Overlays on the real surface model, with its ray tree."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.geo import MapTransform, WorldFrame, parse_crs
from explorer.overlays import OverlayRequest, compute_overlay
from explorer.sims import shadow_mask, sun_hours
from explorer.store import open_store
from explorer.surface import SurfaceModel
from explorer.tileformat import Mesh, SurfaceClass, read_tileset
from tests.overlays.box_surface import Box
from tests.overlays.test_compute import AFTER, EXISTING, FRAME, PROPOSED, REQUEST, SHADE, ZONE
from tests.sims.cases import HOURS, SHADOWS, ShadowCase
from tests.sims.test_sunlight import day_of


def ground(reach: float) -> Mesh:
    corners = np.array([[-reach, -reach, 0.0], [reach, -reach, 0.0], [reach, reach, 0.0], [-reach, reach, 0.0]])
    triangles = np.array([[0, 1, 2], [0, 2, 3]], dtype=np.uint32)
    return Mesh(corners, triangles, surface_class=np.full(4, SurfaceClass.TERRAIN, dtype=np.uint8))


def solid(box: Box) -> Mesh:
    """A closed box, outward triangles, with vertices of its own for every face."""
    x0, y0, x1, y1, height = box
    faces = (
        ([[x0, y0, 0], [x1, y0, 0], [x1, y0, height], [x0, y0, height]], SurfaceClass.WALL),
        ([[x1, y0, 0], [x1, y1, 0], [x1, y1, height], [x1, y0, height]], SurfaceClass.WALL),
        ([[x1, y1, 0], [x0, y1, 0], [x0, y1, height], [x1, y1, height]], SurfaceClass.WALL),
        ([[x0, y1, 0], [x0, y0, 0], [x0, y0, height], [x0, y1, height]], SurfaceClass.WALL),
        ([[x0, y0, height], [x1, y0, height], [x1, y1, height], [x0, y1, height]], SurfaceClass.ROOF),
        ([[x0, y1, 0], [x1, y1, 0], [x1, y0, 0], [x0, y0, 0]], SurfaceClass.FLOOR),
    )
    positions = np.array([corner for corners, _kind in faces for corner in corners], dtype=np.float64)
    triangles = np.array([[4 * i + j for j in half] for i in range(6) for half in ((0, 1, 2), (0, 2, 3))])
    classes = np.repeat([int(kind) for _corners, kind in faces], 4).astype(np.uint8)
    return Mesh(positions, triangles.astype(np.uint32), surface_class=classes)


def model(*boxes: Box) -> SurfaceModel:
    return SurfaceModel(FRAME, (), [ground(3000.0), *(solid(box) for box in boxes)])


@pytest.mark.parametrize("case", SHADOWS, ids=lambda case: case.name)
def test_the_ray_tree_casts_the_shadow_of_the_closed_form(case: ShadowCase) -> None:
    surface = model(case.box)
    area = (-160.0, -20.0, 160.0, 160.0)
    positions = surface.ground_samples(area, 0.5).reshape(-1, 3) + np.array([0.0, 0.0, 0.02])
    shade = shadow_mask(surface.rays(area).occluded, positions, None, case.vector)
    assert np.nansum(shade) * 0.25 == pytest.approx(case.area, rel=0.03)
    assert np.isnan(shade).sum() * 0.25 == pytest.approx((case.box[2] - case.box[0]) * (case.box[3] - case.box[1]))


def test_published_shadow_areas_are_met_by_the_ray_tree(shared_validation: Path) -> None:
    document = json.loads((shared_validation / "sun" / "shadow_geometry_analytic.json").read_text())
    published = {case["id"]: case["expected"] for case in document["cases"] if "expected" in case}
    for case in SHADOWS:
        assert case.area == pytest.approx(published[case.name]["shadow_area_excluding_footprint_m2"], abs=0.01)


@pytest.mark.parametrize("request_", [replace(REQUEST, resolution=3.0), SHADE], ids=["sun_hours", "shadow"])
def test_the_real_surface_and_exact_rays_agree(request_: OverlayRequest) -> None:
    exact = compute_overlay(request_, AFTER, FRAME, ZONE)
    found = compute_overlay(request_, model(EXISTING, PROPOSED), FRAME, ZONE)
    assert np.array_equal(np.isnan(exact.values), np.isnan(found.values))
    differ = np.abs(found.values - exact.values) > 1e-6
    assert differ.mean() < 0.01  # sample points differ by 2 cm in height
    assert found.summary()["mean"] == pytest.approx(exact.summary()["mean"], rel=0.002)


def test_facades_of_the_real_surface_see_what_they_should() -> None:
    request = replace(REQUEST, receivers="facades", resolution=3.0)
    found = compute_overlay(request, model(EXISTING, PROPOSED), FRAME, ZONE)
    assert found.facades is not None
    south, north = (np.isclose(found.facades.normals[:, 1], sign) for sign in (-1.0, 1.0))
    assert found.values[south].mean() > 9.0
    assert found.values[north].mean() < 1.5


def test_hiding_the_proposal_restores_the_map_bit_for_bit() -> None:
    before = compute_overlay(REQUEST, model(EXISTING), FRAME, ZONE)
    after = compute_overlay(REQUEST, model(EXISTING, PROPOSED), FRAME, ZONE)
    again = compute_overlay(REQUEST, model(EXISTING), FRAME, ZONE)
    assert before.values.tobytes() == again.values.tobytes()
    assert before.key == again.key != after.key
    assert np.nanmin(after.values - before.values) < -5.0


def test_batches_do_not_change_a_bit_with_the_ray_tree() -> None:
    surface = model(EXISTING, PROPOSED)
    area = (90.0, 90.0, 190.0, 190.0)
    positions = surface.ground_samples(area, 2.0).reshape(-1, 3) + np.array([0.0, 0.0, 0.02])
    occluded = surface.rays(area).occluded
    vectors, minutes = day_of(HOURS[5], 30.0)
    whole = sun_hours(occluded, positions, None, vectors, minutes)
    assert sun_hours(occluded, positions, None, vectors, minutes, batch=41).tobytes() == whole.tobytes()
    turned = sun_hours(occluded, positions[::-1].copy(), None, vectors, minutes)[::-1]
    assert turned.tobytes() == whole.tobytes()


def test_a_real_city_gets_hours_of_sun(shared_data: Path) -> None:
    store = open_store(shared_data / "3dtiles" / "amsterdam")
    tileset = read_tileset(store.read(store.root_uri), store.root_uri)
    crs = parse_crs("EPSG:7415")
    centre = MapTransform(crs).from_ecef(tileset.box(0).centre[None])[0]
    frame = WorldFrame(crs, (float(centre[0]), float(centre[1]), 0.0))
    surface = SurfaceModel(frame, [(store, tileset)])
    whole = surface.triangles((-3000.0, -3000.0, 3000.0, 3000.0))
    middle = frame.to_map(np.median(whole.world[~whole.is_ground].reshape(-1, 3), axis=0))  # among the buildings
    area = (middle[0] - 60.0, middle[1] - 60.0, middle[0] + 60.0, middle[1] + 60.0)
    result = compute_overlay(replace(REQUEST, area=area, resolution=3.0), surface, frame, ZONE)
    summary = result.summary()
    assert 0 < summary["n_with_value"] < summary["n_cells"]
    assert 0.0 <= summary["min"] < summary["mean"] < summary["max"] <= result.provenance["sun_above_horizon_h"] + 1e-3
    assert "estimated" in result.provenance["ground"]  # these tiles hold buildings alone
    assert "problems" not in result.provenance
