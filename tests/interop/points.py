"""Five known points on roofs of a city file and where they are on the globe: what the viewers must find under a pixel.

    python tests/interop/points.py CITY_FILE|sample TILESET_FOLDER [--crs EPSG:7415] > points.json

Reads the source file by itself (json and the six lines of CityJSON that matter), so that a fault of the importer
cannot hide in both. ECEF comes from `explorer.geo.MapTransform`; beside it stands what plain PROJ says without grids
(horizontal within about 0.3 m in the Netherlands), with the height it would take for the two to agree: the geoid's.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from explorer.geo import MapTransform, parse_crs

INSET_M = 0.25
"""The pointer goes this far inside from a corner: on the very edge a pixel may show the ground beside it."""

Ring = NDArray[np.float64]


def _surfaces(geometry: dict[str, Any]) -> Iterator[list[list[int]]]:
    boundaries = geometry["boundaries"]
    if geometry["type"] == "Solid":
        yield from (surface for shell in boundaries for surface in shell)
    elif geometry["type"] in ("MultiSurface", "CompositeSurface"):
        yield from boundaries


def _documents(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    text = path.read_text(encoding="utf-8")
    if path.name.endswith(".jsonl"):
        head, *features = (json.loads(line) for line in text.splitlines() if line.strip())
        return head, features
    document = json.loads(text)
    return document, [document]


def roofs_of_file(path: Path) -> Iterator[tuple[str, dict[str, Any], Ring]]:
    """Id, attributes and corners (n, 3) of each upward polygon without holes of a building, at its finest level."""
    head, documents = _documents(path)
    transform = head.get("transform", {"scale": [1, 1, 1], "translate": [0, 0, 0]})
    for document in documents:
        vertices = np.array(document["vertices"], float) * transform["scale"] + transform["translate"]
        for identifier, found in document["CityObjects"].items():
            geometries = [g for g in found.get("geometry", []) if float(g["lod"]) >= 1]
            if "Building" not in found["type"] or not geometries:
                continue
            for surface in _surfaces(max(geometries, key=lambda g: float(g["lod"]))):
                if len(surface) == 1 and len(surface[0]) >= 3:
                    yield identifier, found.get("attributes", {}), vertices[surface[0]]


def roofs_of_town() -> Iterator[tuple[str, dict[str, Any], Ring]]:
    """The same of the built-in town: its triangles."""
    from importers.sampletown import make_town

    for feature in make_town().features:
        if "Building" in feature.kind and feature.meshes:
            mesh = feature.meshes[-1]
            for triangle in mesh.triangles:
                yield feature.id, dict(feature.attributes), mesh.positions[triangle]


def normal_of(ring: Ring) -> Ring:
    """Twice the area vector (Newell)."""
    local = ring - ring[0]
    area: Ring = np.cross(local, np.roll(local, -1, axis=0)).sum(axis=0)
    return area


def five_points(roofs: Iterator[tuple[str, dict[str, Any], Ring]], count: int = 5) -> list[dict[str, Any]]:
    """The largest roof, by turns pitched if there is one, of each fifth of the city from west to east.

    Of each its highest corner, and a point just inside from it.
    """
    upward = [(i, a, r, n) for i, a, r in roofs if (n := normal_of(r))[2] > 0.35 * np.linalg.norm(n) > 0]
    lowest: dict[str, float] = {}
    for identifier, _attributes, ring, _normal in upward:
        lowest[identifier] = min(lowest.get(identifier, np.inf), ring[:, 2].min())
    outlines = [shapely.Polygon(ring[:, :2]) for _i, _a, ring, _n in upward]
    sound = np.array([p.is_valid and p.area > 6 and p.buffer(-0.6).area > 1 for p in outlines])
    easting = np.array([ring[:, 0].mean() for _i, _a, ring, _n in upward])
    edges = np.quantile(easting[sound], np.linspace(0, 1, count + 1))
    found = []
    for number, (west, east) in enumerate(itertools.pairwise(edges)):
        rows = np.flatnonzero(sound & (easting >= west) & (easting <= east))
        pitched = {row for row in rows.tolist() if abs(upward[row][3][2]) < 0.95 * np.linalg.norm(upward[row][3])}
        for row in sorted(rows.tolist(), key=lambda r: (number % 2 == 0 and r not in pitched, -outlines[r].area)):
            identifier, attributes, ring, normal = upward[row]
            corner = ring[np.argmax(ring[:, 2])]
            inside = np.array(shapely.get_coordinates(outlines[row].buffer(-INSET_M)))
            en = inside[np.argmin(np.linalg.norm(inside - corner[:2], axis=1))]
            height = corner[2] - ((en - corner[:2]) @ normal[:2]) / normal[2]
            over = [
                r for r in np.flatnonzero(sound) if r != row and outlines[r].intersects(shapely.Point(en).buffer(0.2))
            ]
            flat = np.abs((ring - ring[0]) @ normal) / np.linalg.norm(normal)
            if not over and flat.max() < 0.01 and np.linalg.norm(en - corner[:2]) < 2:
                found.append((identifier, attributes, corner, np.array([*en, height]), normal / np.linalg.norm(normal)))
                break
    return [
        {"gml_id": i, "attributes": _plain(a), "corner": c.tolist(), "point": p.tolist(), "normal": n.tolist()}
        for i, a, c, p, n in found
    ]


def _plain(attributes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in attributes.items() if isinstance(value, (str, int, float))}


def main() -> None:
    """Print the points as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    parser.add_argument("tileset", type=Path)
    parser.add_argument("--crs")
    asked = parser.parse_args()
    if asked.source == "sample":
        named, roofs = "EPSG:7415", roofs_of_town()
    else:
        path = Path(asked.source)
        named = asked.crs or _documents(path)[0]["metadata"]["referenceSystem"]
        roofs = roofs_of_file(path)
    crs = parse_crs(named)
    exact = MapTransform(crs)
    plain = pyproj.Transformer.from_crs(crs.horizontal, "EPSG:4326", always_xy=True)
    points = five_points(roofs)
    for point in points:
        ecef = exact.to_ecef([point["corner"], point["point"], np.add(point["point"], point["normal"])])
        lonlath = exact.to_geodetic([point["point"]])[0]
        lon, lat = plain.transform(*point["point"][:2])
        metres = np.subtract((lon, lat), lonlath[:2]) * (111_320 * np.cos(np.radians(lat)), 111_320)
        point |= {
            "corner_ecef": ecef[0].tolist(),
            "ecef": ecef[1].tolist(),
            "normal_ecef": (ecef[2] - ecef[1]).tolist(),
            "lonlath": lonlath.tolist(),
            "plain_proj_differs_m": np.round(metres, 3).tolist(),
            "geoid_m": round(float(lonlath[2]) - point["point"][2], 3),
        }
    print(json.dumps({"tileset": str(asked.tileset.resolve()), "crs": f"{crs}", "points": points}, indent=1))


if __name__ == "__main__":
    main()
