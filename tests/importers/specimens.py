"""Small CityJSON files, made to order, and the town that most tests import."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

E, N = 85000.0, 447500.0
"""A corner of Delft in Dutch RD coordinates. [m]"""
HORIZONTAL = {"metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/28992"}}
"""Members of a file that says where it is but not what its heights are measured from."""

BOX_RINGS = [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]]
BOX_NAMES = ["GroundSurface", "RoofSurface", "WallSurface", "WallSurface", "WallSurface", "WallSurface"]


def box_vertices(e: float, n: float, width: float = 10.0, height: float = 6.0, base: float = 1.0) -> list[list[float]]:
    """Eight corners of a block with its south-west corner at (e, n). [m]"""
    square = [(e, n), (e + width, n), (e + width, n + width), (e, n + width)]
    return [[x, y, base] for x, y in square] + [[x, y, base + height] for x, y in square]


def solid(first: int = 0, lod: Any = "2", *, semantics: bool = True) -> dict[str, Any]:
    """A Solid over eight vertices from `first` on."""
    found: dict[str, Any] = {
        "type": "Solid",
        "lod": lod,
        "boundaries": [[[[corner + first for corner in ring]] for ring in BOX_RINGS]],
    }
    if semantics:
        names = ["GroundSurface", "RoofSurface", "WallSurface"]
        values = [names.index(name) for name in BOX_NAMES]
        found["semantics"] = {"surfaces": [{"type": name} for name in names], "values": [values]}
    return found


def building(first: int = 0, lod: Any = "2", **attributes: Any) -> dict[str, Any]:
    """A building of one solid."""
    return {"type": "Building", "attributes": attributes, "geometry": [solid(first, lod)]}


def document(objects: dict[str, Any], vertices: list[Any], **more: Any) -> dict[str, Any]:
    """A CityJSON 2.0 document in RD with NAP heights; None takes a member away."""
    found: dict[str, Any] = {
        "type": "CityJSON",
        "version": "2.0",
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/7415"},
        "transform": {"scale": [1.0, 1.0, 1.0], "translate": [0.0, 0.0, 0.0]},
        "CityObjects": objects,
        "vertices": vertices,
        **more,
    }
    return {name: value for name, value in found.items() if value is not None}


def write(path: Path, content: Any) -> Path:
    """Write a document, or text or bytes as they are."""
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def one_box(tmp_path: Path, **more: Any) -> Path:
    """A file with one building."""
    return write(tmp_path / "one.city.json", document({"b": building(year=1900)}, box_vertices(E, N), **more))


def hamlet(path: Path, rows: int = 6) -> Path:
    """rows × rows houses with gables on flat land crossed by a road, with one parent building without geometry."""
    vertices: list[list[float]] = []
    objects: dict[str, Any] = {}
    for row in range(rows):
        for column in range(rows):
            first = len(vertices)
            e, n = E + 30.0 * column, N + 30.0 * row
            vertices += _house(e, n, 5.0 + (row * 7 + column * 3) % 5)
            objects[f"house-{row}-{column}"] = {
                "type": "Building",
                "attributes": {"year": 1900 + row * 10 + column, "street": f"Lane {row}", "height": 5.5 + column},
                "geometry": [_house_solid(first)],
            }
    first = len(vertices)
    size = 30.0 * rows
    vertices += [[E - 10, N - 20, 1.0], [E + size, N - 20, 1.0], [E + size, N - 12, 1.0], [E - 10, N - 12, 1.0]]
    ring = [first, first + 1, first + 2, first + 3]
    objects["road"] = {
        "type": "Road",
        "attributes": {"function": "rijbaan lokale weg"},
        "geometry": [{"type": "MultiSurface", "lod": "1", "boundaries": [[ring]]}],
    }
    objects["estate"] = {"type": "Building", "attributes": {"name": "The Estate"}, "children": ["house-0-0"]}
    objects["house-0-0"]["parents"] = ["estate"]
    objects["house-0-0"]["type"] = "BuildingPart"
    return write(path, document(objects, vertices))


def _house(e: float, n: float, eaves: float) -> list[list[float]]:
    ground = [[e, n, 1.0], [e + 12, n, 1.0], [e + 12, n + 8, 1.0], [e, n + 8, 1.0]]
    top = [[x, y, 1.0 + eaves] for x, y, _z in ground]
    return [*ground, *top, [e, n + 4, 4.0 + eaves], [e + 12, n + 4, 4.0 + eaves]]


def _house_solid(first: int) -> dict[str, Any]:
    rings = [[0, 3, 2, 1], [0, 1, 5, 4], [2, 3, 7, 6], [1, 2, 6, 9, 5], [3, 0, 4, 8, 7], [4, 5, 9, 8], [6, 7, 8, 9]]
    names = ["GroundSurface", "WallSurface", "RoofSurface"]
    return {
        "type": "Solid",
        "lod": "2",
        "boundaries": [[[[first + corner for corner in ring]] for ring in rings]],
        "semantics": {"surfaces": [{"type": name} for name in names], "values": [[0, 1, 1, 1, 1, 2, 2]]},
    }
