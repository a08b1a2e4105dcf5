"""What a city shows first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.app.finding import open_place
from explorer.app.first_look import PART_METRES, SMALL_METRES, densest_part, is_wide, standing_in
from explorer.app.picture import view_camera
from explorer.app.references import References
from explorer.surface import TriangleSoup
from explorer.tileformat import SurfaceClass
from tests.importers.specimens import E, N, box_vertices, building, document, write


def _village(x: float, y: float, n: int, apart: float) -> NDArray[np.float64]:
    at = np.stack(np.meshgrid(np.arange(n), np.arange(n)), axis=2).reshape(-1, 2) * apart
    return np.column_stack([at + np.array([x, y]), np.full(len(at), 2.0)])


def test_of_villages_the_densest_is_shown_and_not_the_land_between() -> None:
    places = np.concatenate([_village(0, 0, 4, 150.0), _village(5000, 3000, 10, 40.0), _village(-4000, 0, 2, 10.0)])
    assert is_wide(places)
    part = densest_part(places)
    assert part[:, :2].min(axis=0) == pytest.approx((5000.0, 3000.0), abs=1.0)
    assert part[:, :2].max(axis=0) == pytest.approx((5360.0, 3360.0), abs=1.0)
    assert part[:, 2].min() == pytest.approx(2.0) and part[:, 2].max() > 10.0


def test_many_points_of_one_hall_weigh_less_than_a_street() -> None:
    hall = np.column_stack([np.random.default_rng(1).uniform(0, 60, (5000, 2)), np.zeros(5000)])
    assert densest_part(np.concatenate([hall, _village(9000, 0, 8, 50.0)]))[:, 0].min() > 8000.0


def test_a_town_is_shown_whole() -> None:
    assert not is_wide(_village(0, 0, 20, 80.0))


def test_places_of_two_continents_do_not_take_all_memory() -> None:
    part = densest_part(np.array([[0.0, 0.0, 0.0], [9e6, 9e6, 0.0], [9e6, 9e6, 5.0]]))
    assert np.ptp(part[:, :2], axis=0).max() <= PART_METRES


@pytest.mark.parametrize(
    ("city", "how"),
    [
        ("andijk-dtb-punten-i3dm", References()),
        ("nl-trees-i3dm-3857", References(crs="EPSG:3857", vertical="ellipsoidal")),
    ],
    ids=["of one tile", "of many tiles"],
)
def test_trees_that_stand_over_kilometres_are_seen_at_first(city: str, how: References, shared_data: Path) -> None:
    place = open_place(str(shared_data / "3dtiles" / city), how)
    points, camera = place.first_points(), view_camera(place, "bird", 1280, 720)
    assert np.ptp(points[:, :2], axis=0).max() <= SMALL_METRES
    lo, hi = points.min(axis=0), points.max(axis=0)
    soup = place.surface().triangles((lo[0], lo[1], hi[0], hi[1]))
    seen = camera.project(soup.world.mean(axis=1))
    in_view = (seen[:, :2] >= 0.0).all(axis=1) & (seen[:, :2] <= (1280, 720)).all(axis=1) & (seen[:, 2] > 0.0)
    assert np.count_nonzero(in_view) > 1000


@pytest.mark.parametrize("city", ["amsterdam", "tienhoven-3dbag-implicit"])
def test_houses_of_scattered_cities_are_recognised_at_first(city: str, shared_data: Path) -> None:
    place = open_place(str(shared_data / "3dtiles" / city))
    camera = view_camera(place, "bird", 1280, 720)
    points = place.first_points()
    distance = float(np.linalg.norm(points - camera.position, axis=1).min())
    ten_metres = 10.0 / (distance * 2.0 * camera.tan_half_fov[1] / camera.height)
    assert ten_metres > 15.0, "a house is a speck"


@pytest.mark.parametrize("at", [(0.0, 0.0), (170.0, -120.0)], ids=["in the middle", "beside an empty middle"])
def test_an_eye_level_picture_is_taken_along_a_street(at: tuple[float, float], tmp_path: Path) -> None:
    """Two rows of houses run east to west, 16 m apart; barns far out make the city 500 m wide."""
    street = [(at[0] + 12.0 * k, at[1] + side) for k in range(-8, 8) for side in (-18.0, 8.0)]
    barns = [(x, y) for x in (-250.0, 240.0) for y in (-250.0, 240.0)]
    objects, vertices = {}, []
    for x, y in street + barns:
        objects[f"b{len(objects)}"] = building(len(vertices))
        vertices += box_vertices(E + x, N + y)
    place = open_place(str(write(tmp_path / "street.city.json", document(objects, vertices))))
    camera = view_camera(place, "walker", 640, 360)
    east, north, height = place.frame.to_map(np.array([camera.position]))[0]
    assert abs(north - N - at[1]) < 8.0 and abs(east - E - at[0]) < 100.0, "it stands in the street"
    assert 1.5 < height - 1.0 < 1.9, "it stands on the ground"
    assert abs(np.cos(np.radians(camera.heading_deg))) < 0.35, "it looks along the street"


@pytest.mark.parametrize(("kind", "n"), [(SurfaceClass.TERRAIN, 0), (SurfaceClass.ROAD, 0), (SurfaceClass.TREE, 1)])
def test_of_a_wide_land_no_small_part_is_taken(kind: SurfaceClass, n: int) -> None:
    triangle = np.array([[(0.0, 0.0, 0.0), (9.0, 0.0, 1.0), (0.0, 9.0, 1.0)]])
    soup = TriangleSoup(triangle, np.array([kind], np.uint8), np.array([-1], np.int32), ())
    places, side = standing_in([soup])
    assert len(places) == n and side == SMALL_METRES


def test_a_model_of_a_metre_is_more_than_a_dot(shared_data: Path) -> None:
    place = open_place(str(shared_data / "3dtiles" / "samples-1.1" / "MultipleContents"))
    camera = view_camera(place, "bird", 800, 450)
    middle = place.first_points().mean(axis=0)
    assert float(np.linalg.norm(middle - np.asarray(camera.position))) < 4.0
