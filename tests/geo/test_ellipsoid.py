"""ECEF, geodetic and east-north-up."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.geo import ecef_from_geodetic, enu_matrix, geodetic_from_ecef


def test_ecef_agrees_with_proj() -> None:
    points = np.array([[4.36, 52.0, 45.0], [-70.0, -33.4, 520.0], [139.7, 35.7, -20.0], [0.0, 0.0, 0.0]])
    proj = pyproj.Transformer.from_crs(4979, 4978, always_xy=True)
    expected = np.column_stack(proj.transform(*points.T))
    assert np.abs(ecef_from_geodetic(points) - expected).max() < 1e-8


@given(st.floats(-180.0, 180.0), st.floats(-90.0, 90.0), st.floats(-10_000.0, 100_000.0))
def test_geodetic_comes_back_from_ecef(lon: float, lat: float, height: float) -> None:
    there = ecef_from_geodetic([[lon, lat, height]])
    back = ecef_from_geodetic(geodetic_from_ecef(there))
    assert np.linalg.norm(back - there) < 1e-7
    assert geodetic_from_ecef(there)[0, 2] == pytest.approx(height, abs=1e-6)


def test_the_axes_of_enu_are_east_north_and_up() -> None:
    matrix = enu_matrix(4.36, 52.0, 45.0)
    east_of, north_of, above = (
        geodetic_from_ecef((matrix @ np.array([*offset, 1.0]))[None, :3])[0]
        for offset in ((100.0, 0.0, 0.0), (0.0, 100.0, 0.0), (0.0, 0.0, 100.0))
    )
    assert east_of[0] > 4.361
    assert north_of[1] > 52.0008
    assert above == pytest.approx((4.36, 52.0, 145.0), abs=1e-9)
    assert matrix[:3, :3] @ matrix[:3, :3].T == pytest.approx(np.eye(3), abs=1e-12)
