"""Results in files that others can read: GeoTIFF for the ground, CSV and GeoJSON for points. Coordinates are in the
scene's CRS; the provenance travels with them.
"""

from __future__ import annotations

import csv
import io
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from explorer.errors import SimulationError
from explorer.i18n import _
from explorer.overlays.result import OverlayResult
from explorer.store import write_atomically

DECIMALS = 3
"""Of coordinates in text files: millimetres."""


def write_overlay(result: OverlayResult, path: str | Path) -> None:
    """Write a result as its file name says: .tif/.tiff (ground only), .csv, .geojson/.json. Whole or not at all.

    Raises `SimulationError` for another ending, and `FetchError` when the file cannot be written.
    """
    target = Path(path)
    check_file_name(target, has_facades=result.facades is not None)
    suffix = target.suffix.lower()
    if suffix in (".tif", ".tiff"):
        content = to_geotiff(result)
    elif suffix == ".csv":
        content = to_csv(result).encode()
    else:
        content = to_geojson(result).encode()
    write_atomically(target, content)


def check_file_name(path: Path, *, has_facades: bool) -> None:
    """Raise `SimulationError` for a name that no result could be written under; ask before the long work."""
    suffix = path.suffix.lower()
    if suffix in (".tif", ".tiff") and has_facades:
        text = _("Points on facades do not fit into a GeoTIFF. Write a .csv or .geojson file. [{path}]")
        raise SimulationError(text.format(path=path))
    if suffix not in (".tif", ".tiff", ".csv", ".geojson", ".json"):
        text = _("Results are written as .tif, .csv or .geojson, not as '{suffix}'. [{path}]")
        raise SimulationError(text.format(suffix=suffix, path=path))


def to_geotiff(result: OverlayResult) -> bytes:
    """A single-band float32 GeoTIFF with the compound CRS, NaN as no-data and the provenance as tags."""
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning
    from rasterio.io import MemoryFile
    from rasterio.transform import Affine

    rows, columns = result.values.shape
    profile: dict[str, Any] = {
        "driver": "GTiff",
        "height": rows,
        "width": columns,
        "count": 1,
        "dtype": "float32",
        "nodata": float("nan"),
        "transform": Affine(result.cell_size, 0.0, result.west, 0.0, -result.cell_size, result.north),
        "crs": _wkt(result),
        "compress": "deflate",
        "predictor": 3,
        "tiled": rows >= 256 and columns >= 256,
    }
    with warnings.catch_warnings(), rasterio.Env(), MemoryFile() as memory:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with memory.open(**profile) as raster:
            raster.write(result.values, 1)
            raster.set_band_description(1, result.request.kind)
            raster.set_band_unit(1, result.unit)
            raster.update_tags(**provenance_tags(result))
        return bytes(memory.read())


def to_csv(result: OverlayResult) -> str:
    """Points with values as comma-separated text; lines that start with # say where the figures come from."""
    text = io.StringIO()
    for name, value in provenance_tags(result).items():
        text.write(f"# {name}: {value}\n")
    writer = csv.writer(text, lineterminator="\n")
    value_name = f"{result.request.kind}{'_difference' if result.is_difference else ''}"
    if result.facades is None:
        writer.writerow(["easting", "northing", "height", value_name])
        writer.writerows([*_rounded(point), _plain(value)] for point, value in _ground_rows(result))
    else:
        facades = result.facades
        writer.writerow(
            ["easting", "northing", "height", "normal_east", "normal_north", "normal_up", "feature_id", value_name]
        )
        for point, normal, feature_id, value in zip(
            facades.points, facades.normals, facades.feature_ids, result.values, strict=True
        ):
            writer.writerow([*_rounded(point), *_rounded(normal), _safe_cell(feature_id), _plain(float(value))])
    return text.getvalue()


def to_geojson(result: OverlayResult) -> str:
    """A FeatureCollection of points in the scene's CRS, named in `crs` as GeoJSON 2008 has it.

    The standard of 2016 (RFC 7946) knows degrees alone; GIS programs read both.
    """
    name = f"{result.request.kind}{'_difference' if result.is_difference else ''}"
    features: list[dict[str, Any]] = []
    if result.facades is None:
        features.extend(_feature(point, {name: _number(value)}) for point, value in _ground_rows(result))
    else:
        facades = result.facades
        for point, normal, feature_id, value in zip(
            facades.points, facades.normals, facades.feature_ids, result.values, strict=True
        ):
            properties = {"feature_id": feature_id, "normal": _rounded(normal), name: _number(float(value))}
            features.append(_feature(point, properties))
    document = {
        "type": "FeatureCollection",
        "name": name,
        "crs": {"type": "name", "properties": {"name": _urn(result)}},
        "provenance": {**result.provenance, "unit": result.unit, "key": result.key},
        "features": features,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def provenance_tags(result: OverlayResult) -> dict[str, str]:
    """The provenance as flat texts, names in capitals."""
    facts = {**result.provenance, "unit": result.unit, "key": result.key, "is_difference": result.is_difference}
    return {
        f"CITIVERSE_{name.upper()}": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in facts.items()
        if value not in (None, "", [])
    }


def _ground_rows(result: OverlayResult) -> list[tuple[np.ndarray[Any, Any], float]]:
    """Points (3,) and values of all ground cells that have one, from north-west to south-east."""
    known = np.isfinite(result.values)
    heights = result.heights if result.heights is not None else np.full(result.values.shape, np.nan, np.float32)
    points = np.concatenate([result.cell_centres(), heights[..., None].astype(np.float64)], axis=-1)[known]
    return list(zip(points, result.values[known].tolist(), strict=True))


def _feature(point: np.ndarray[Any, Any], properties: dict[str, Any]) -> dict[str, Any]:
    coordinates = [value for value in _rounded(point) if value == value]
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": coordinates}, "properties": properties}


def _rounded(values: np.ndarray[Any, Any]) -> list[float]:
    return [round(float(value), DECIMALS) + 0.0 for value in values]


def _number(value: float) -> float | None:
    return None if value != value else round(value, 5)


def _plain(value: float) -> str:
    return "" if value != value else f"{round(value, 5):g}"


def _safe_cell(text: str) -> str:
    """An id that a spreadsheet takes for text: one that begins like a formula gets an apostrophe."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _wkt(result: OverlayResult) -> str:
    """The CRS spelled out, whatever PROJ database GDAL brings along; ellipsoidal: horizontal alone."""
    import pyproj

    crs = result.crs
    name = crs.horizontal if crs.is_ellipsoidal else crs.identifier
    return str(pyproj.CRS.from_user_input(name).to_wkt("WKT2_2019"))


def _urn(result: OverlayResult) -> str:
    codes = [code.replace("EPSG:", "crs:EPSG::") for code in (result.crs.horizontal, result.crs.vertical)]
    if result.crs.is_ellipsoidal:
        return f"urn:ogc:def:{codes[0]}"
    return f"urn:ogc:def:crs,{codes[0]},{codes[1]}"
