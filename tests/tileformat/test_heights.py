"""Rasters of heights: no surface is farther off its samples than it says, at any level; what is no height is a hole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.interpolate import RegularGridInterpolator

from explorer.errors import ContentError
from explorer.geo import ELLIPSOIDAL, CompoundCrs, MapTransform
from explorer.tileformat.height_pyramid import CELLS, HeightPyramid, HeightRaster
from explorer.tileformat.heightmap import _corners, decode_heights, read_heightmap
from explorer.tileformat.rtin import bounds_of_cuts, triangles_within
from explorer.tileformat.tileset import HeightPlace

FloatArray = NDArray[np.float64]
UTM = CompoundCrs("EPSG:32631", ELLIPSOIDAL)


def _drawn(faces: NDArray[np.uint32], heights: FloatArray) -> FloatArray:
    """The surface of triangles at every vertex of the grid; NaN where there is none."""
    side = heights.shape[1]
    made = np.full(heights.size, np.nan)
    flat = heights.reshape(-1)
    for face in faces.astype(np.int64):
        rows, columns = face // side, face % side
        r, c = (grid.ravel() for grid in np.mgrid[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])
        corners = np.stack([columns, rows, np.ones(3)])
        shares = np.linalg.solve(corners, np.stack([c, r, np.ones(len(c))]))
        inside = (shares >= -1e-9).all(axis=0)
        made[r[inside] * side + c[inside]] = shares[:, inside].T @ flat[face]
    return made.reshape(heights.shape)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4), st.integers(0, 2**32 - 1), st.floats(0.0, 2.0), st.booleans())
def test_no_triangle_is_off_by_more_than_it_may(power: int, seed: int, tolerance: float, is_falling: bool) -> None:
    heights = np.random.default_rng(seed).normal(size=(2**power + 1,) * 2).cumsum(axis=0) * 0.4
    faces = triangles_within(bounds_of_cuts(heights, is_falling=is_falling), tolerance, is_falling=is_falling)
    assert np.nanmax(np.abs(_drawn(faces, heights) - heights)) <= tolerance + 1e-9
    side = len(heights)
    x, y = (faces % side).astype(float), -(faces // side).astype(float)
    areas = ((x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])) / 2.0
    assert (areas > 0.0).all() and areas.sum() == pytest.approx((side - 1) ** 2)  # all of it once, from above


def test_a_plane_is_two_triangles_and_a_hole_keeps_its_edge() -> None:
    y, x = np.mgrid[0:17, 0:17].astype(float)
    plane = 2.0 * x - y
    assert len(triangles_within(bounds_of_cuts(plane, is_falling=True), 1e-6, is_falling=True)) == 2
    plane[6:9, 3:12] = np.nan
    faces = triangles_within(bounds_of_cuts(plane, is_falling=True), 100.0, is_falling=True)
    kept = faces[np.isfinite(plane.reshape(-1)[faces]).all(axis=1)]
    drawn = _drawn(kept, plane)
    assert np.isnan(drawn[6:9, 3:12]).all() and np.isfinite(np.where(np.isnan(plane), 0.0, drawn)).all()


def _pyramid(rows: int = 140, columns: int = 100, seed: int = 3) -> HeightPyramid:
    y, x = np.mgrid[0:rows, 0:columns].astype(float)
    rng = np.random.default_rng(seed)
    heights = 5.0 * np.sin(x / 17.0) + 3.0 * np.cos(y / 23.0) + rng.normal(size=x.shape) * 0.02
    return HeightPyramid(HeightRaster(heights.astype(np.float32), UTM, 500_000.0, 5_760_000.0, 2.0, 2.0))


def test_every_square_of_every_level_keeps_to_the_error_that_it_states() -> None:
    pyramid = _pyramid()
    raster = pyramid.raster
    truth = RegularGridInterpolator(
        (np.arange(raster.heights.shape[0]), np.arange(raster.heights.shape[1])), raster.heights, method="nearest"
    )
    tileset = pyramid.tileset("dtm.tif")
    transform = MapTransform(UTM)
    measured = np.zeros(len(tileset))
    for tile in range(len(tileset)):
        uri = tileset.content_uri[tile]
        assert uri is not None
        level, column, row = (int(part) for part in uri.removesuffix(".heights").split("/"))
        if level == 0 and (column, row) != (0, 0):
            continue  # its own samples, which another test holds triangles to
        heights = pyramid.tile(level, column, row).astype(float)
        place = tileset.terrain[tile]
        assert isinstance(place, HeightPlace)
        bounds = bounds_of_cuts(heights, is_falling=place.is_falling)
        faces = triangles_within(bounds, place.tolerance, is_falling=place.is_falling)
        faces = faces[np.isfinite(heights.reshape(-1)[faces]).all(axis=1)]
        fine = _at_every_sample(_drawn(faces, heights), faces, heights, 2**level)
        rows = row * CELLS * 2**level + np.arange(fine.shape[0])
        columns = column * CELLS * 2**level + np.arange(fine.shape[1])
        inside = np.ix_(rows < raster.heights.shape[0], columns < raster.heights.shape[1])
        grid = np.stack(np.meshgrid(rows[rows < raster.heights.shape[0]],
                                    columns[columns < raster.heights.shape[1]], indexing="ij"), axis=-1)  # fmt: skip
        off = np.abs(fine[inside] - truth(grid))
        measured[tile] = np.nanmax(off)
        assert measured[tile] <= tileset.geometric_error[tile] + 1e-4, uri
        content = decode_heights(heights.astype("<f4").tobytes(), uri, place, with_skirts=False)
        on_map = transform.from_ecef(content.meshes[0].positions)
        known = raster.heights[np.isfinite(raster.heights)]
        assert known.min() - 0.1 < on_map[:, 2].min() and on_map[:, 2].max() < known.max() + 0.1
    parents = tileset.parent[1:]
    assert (tileset.geometric_error[parents] >= tileset.geometric_error[1:]).all()
    assert measured[0] > 0.3 * tileset.geometric_error[0]  # and it is no mere guess


def _at_every_sample(drawn: FloatArray, faces: NDArray[np.uint32], heights: FloatArray, stride: int) -> FloatArray:
    """The drawn surface at every sample of the finest level."""
    side = len(heights)
    made = np.full(((side - 1) * stride + 1,) * 2, np.nan)
    flat = heights.reshape(-1)
    for face in faces.astype(np.int64):
        rows, columns = face // side * stride, face % side * stride
        r, c = (grid.ravel() for grid in np.mgrid[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])
        shares = np.linalg.solve(np.stack([columns, rows, np.ones(3)]), np.stack([c, r, np.ones(len(c))]))
        inside = (shares >= -1e-9).all(axis=0)
        made[r[inside], c[inside]] = shares[:, inside].T @ flat[face]
    del drawn
    return made


def test_normals_point_up_the_slope_and_skirts_hang_down() -> None:
    heights = np.tile(np.arange(65, dtype=np.float32), (65, 1))  # one metre up every metre eastwards
    place = HeightPlace("grid", UTM, None, 500_000.0, 5_760_000.0, 1.0, 1.0, 64, True, 0.01, 7.0)
    content = decode_heights(heights.astype("<f4").tobytes(), "a", place)
    transform = MapTransform(UTM)
    normals = content.meshes[0].normals
    assert normals is not None
    start = transform.to_ecef(np.array([[500_032.0, 5_759_968.0, 32.0]]))
    tip = transform.from_ecef(start + normals[:1])[0] - (500_032.0, 5_759_968.0, 32.0)
    assert tip == pytest.approx([-np.sqrt(0.5), 0.0, np.sqrt(0.5)], abs=0.01)
    lowest = min(transform.from_ecef(mesh.positions)[:, 2].min() for mesh in content.meshes)
    assert lowest == pytest.approx(-7.0, abs=0.01) and len(content.meshes) == 5


def test_corners_of_pixels_go_on_beyond_the_last_ones() -> None:
    y, x = np.mgrid[0:4, 0:4].astype(float)
    y5, x5 = np.mgrid[0:5, 0:5] - 0.5
    assert _corners(3.0 * x + y) == pytest.approx(3.0 * x5 + y5)


def test_an_old_heightmap_of_cesium() -> None:
    heights = np.full((65, 65), 5000 + 215, "<u2")  # 43 m
    mesh = read_heightmap(heights.tobytes() + b"\x00\xff", "a")
    assert mesh.height == pytest.approx(43.0) and len(mesh.triangles) == 2
    assert mesh.water is not None and mesh.water.tolist() == [[255]]
    for damaged in (heights.tobytes()[:500], b"\x1f\x8b" + bytes(60), b""):
        with pytest.raises(ContentError, match=r"\[a\]"):
            read_heightmap(damaged, "a")


@pytest.mark.parametrize("data", [b"", b"<html>", bytes(400)])
@pytest.mark.parametrize("encoding", ["grid", "terrarium", "mapbox"])
def test_what_is_no_tile_of_heights_costs_that_tile_alone(data: bytes, encoding: str) -> None:
    place = HeightPlace(encoding, UTM, None, 0.0, 0.0, 1.0, 1.0, 64, True, 0.1, 1.0)
    with pytest.raises(ContentError, match=r"\[far/away\]"):
        decode_heights(data, "far/away", place)
