"""Results in files."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyproj
import pytest

from explorer.errors import FetchError, SimulationError
from explorer.geo import WorldFrame, parse_crs
from explorer.overlays import compute_overlay, difference, write_overlay
from tests.overlays.test_compute import AFTER, BEFORE, E0, N0, REQUEST, ZONE, run

FACADES = replace(REQUEST, receivers="facades", resolution=3.0)


def test_a_geotiff_has_values_place_crs_and_provenance(tmp_path: Path) -> None:
    import rasterio

    result = run()
    write_overlay(result, tmp_path / "sun.tif")
    with rasterio.open(tmp_path / "sun.tif") as raster:
        assert np.array_equal(raster.read(1), result.values, equal_nan=True)
        assert tuple(raster.bounds) == (E0, N0, E0 + 100.0, N0 + 120.0)
        assert raster.res == (4.0, 4.0)
        assert np.isnan(raster.nodata)
        assert raster.units == ("h/day",)
        tags = raster.tags()
        crs = pyproj.CRS.from_wkt(raster.crs.to_wkt())
    assert crs.is_compound
    assert [part.to_epsg() for part in crs.sub_crs_list] == [28992, 5709]
    assert "NREL SPA" in tags["CITIVERSE_METHOD"]
    assert tags["CITIVERSE_RESOLUTION_M"] == "4.0"
    assert tags["CITIVERSE_KEY"] == result.key


def test_ellipsoidal_scenes_write_their_horizontal_crs(tmp_path: Path) -> None:
    import rasterio

    frame = WorldFrame(parse_crs("EPSG:32631+ellipsoidal"), (590_000.0, 5_760_000.0, 0.0))
    request = replace(REQUEST, area=(590_000.0, 5_760_000.0, 590_040.0, 5_760_040.0))
    write_overlay(compute_overlay(request, AFTER, frame, ZONE), tmp_path / "a.tiff")
    with rasterio.open(tmp_path / "a.tiff") as raster:
        assert raster.crs.to_epsg() == 32631


def test_the_same_result_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("a.tif", "b.tif", "a.csv", "b.csv", "a.geojson", "b.geojson"):
        write_overlay(run(), tmp_path / name)
    for ending in ("tif", "csv", "geojson"):
        assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()


def test_csv_of_facades_has_points_normals_ids_and_values(tmp_path: Path) -> None:
    result = run(FACADES)
    write_overlay(result, tmp_path / "facades.csv")
    lines = (tmp_path / "facades.csv").read_text().splitlines()
    comments = [line for line in lines if line.startswith("# ")]
    rows = list(csv.DictReader(line for line in lines if not line.startswith("# ")))
    assert any(line.startswith("# CITIVERSE_CRS: EPSG:28992+5709") for line in comments)
    assert len(rows) == len(result.values)
    assert {row["feature_id"] for row in rows} == {"box-0", "box-1"}
    assert [float(row["sun_hours"]) for row in rows] == pytest.approx(result.values.tolist(), abs=1e-4)
    assert result.facades is not None
    assert float(rows[0]["northing"]) == pytest.approx(result.facades.points[0, 1], abs=0.001)


def test_csv_of_the_ground_leaves_out_cells_without_a_value(tmp_path: Path) -> None:
    result = run()
    write_overlay(result, tmp_path / "ground.csv")
    lines = [line for line in (tmp_path / "ground.csv").read_text().splitlines() if not line.startswith("# ")]
    assert lines[0] == "easting,northing,height,sun_hours"
    assert len(lines) - 1 == result.summary()["n_with_value"]
    assert lines[1].startswith(f"{E0 + 2.0},{N0 + 118.0},-0.5,")


def test_an_id_that_a_spreadsheet_would_run_is_made_text(tmp_path: Path) -> None:
    result = run(FACADES)
    assert result.facades is not None
    hostile = replace(result.facades, feature_ids=("=HYPERLINK(1)", *result.facades.feature_ids[1:]))
    write_overlay(replace(result, facades=hostile), tmp_path / "a.csv")
    assert ",'=HYPERLINK(1)," in (tmp_path / "a.csv").read_text()


def test_geojson_names_its_crs_and_provenance(tmp_path: Path) -> None:
    result = difference(run(FACADES), run(FACADES, BEFORE))
    write_overlay(result, tmp_path / "change.geojson")
    document = json.loads((tmp_path / "change.geojson").read_text())
    assert document["crs"]["properties"]["name"] == "urn:ogc:def:crs,crs:EPSG::28992,crs:EPSG::5709"
    assert document["provenance"]["difference"] == "after - before"
    assert len(document["features"]) == len(result.values)
    values = [feature["properties"]["sun_hours_difference"] for feature in document["features"]]
    assert None in values  # NaN is no JSON
    assert len(document["features"][0]["geometry"]["coordinates"]) == 3


def test_facades_do_not_fit_into_a_geotiff(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match=r"\.csv or \.geojson"):
        write_overlay(run(FACADES), tmp_path / "a.tif")


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match=r"'\.xlsx'"):
        write_overlay(run(), tmp_path / "a.xlsx")


def test_a_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="cannot be written"):
        write_overlay(run(), tmp_path / "no" / "a.tif")
