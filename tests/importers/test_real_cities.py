"""Real city files, whole: counted, imported, and brought back to their source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.errors import CityModelError, CrsError
from explorer.geo import CompoundCrs, MapTransform
from explorer.layers import FeatureIndex
from explorer.tileformat import decode_content, read_tileset
from importers import import_city
from importers.cityjson import read_cityjson
from importers.validation import validate_tileset

RD_NAP = "EPSG:7415"
DELFSHAVEN = "cityjson/rotterdam-delfshaven/3-20-DELFSHAVEN.city.json"


@pytest.mark.parametrize(
    ("name", "crs", "kinds"),
    [
        ("delft/delft.city.json", None, {"Bridge": 3, "Building": 160, "GenericCityObject": 54, "LandUse": 81,
                                         "PlantCover": 126, "Road": 143, "WaterBody": 3}),
        ("den-haag/DenHaag_01.city.json", None, {"Building": 844, "BuildingPart": 1653, "TINRelief": 1}),
        ("den-haag/DH_01_subs.city.json", RD_NAP, {"Building": 4, "BuildingPart": 8}),
        ("delft-3dbag/3dbag-delft-99.city.jsonl", None, {"Building": 99, "BuildingPart": 100}),
        ("delft-3dbag/3dbag-tile901.city.jsonl", None, {"Building": 52, "BuildingPart": 52}),
        ("delft-3dbag/3dbag-5870-ext.city.jsonl", None, {"Building": 54, "BuildingPart": 54, "BuildingZ": 1}),
        ("rotterdam-delfshaven/3-20-DELFSHAVEN.city.json", RD_NAP, {"Building": 853}),
        ("rotterdam-subset/rotterdam_subset.city.json", RD_NAP, {"Building": 16}),
    ],
)  # fmt: skip
def test_every_object_of_a_real_file_is_read(shared_data: Path, name: str, crs: str | None, kinds: Any) -> None:
    model = read_cityjson(shared_data / "cityjson" / name, crs=crs)
    assert dict(model.report.read) == kinds
    assert len(model.features) == sum(kinds.values())
    parents = {feature.parent for feature in model.features} - {None}
    drawn = {feature.id for feature in model.features if feature.meshes}
    assert all(feature.id in drawn or feature.id in parents for feature in model.features)


def test_an_old_version_is_refused_naming_those_supported(shared_data: Path) -> None:
    path = shared_data / "cityjson" / "rotterdam-two-buildings-textured" / "twobuildings_t.json"
    with pytest.raises(CityModelError, match=r"0\.3 is not supported; versions 1\.0, 1\.1, 2\.0"):
        read_cityjson(path)


@pytest.mark.parametrize("name", ["rotterdam-subset/rotterdam_subset.city.json", "den-haag/DH_01_subs.city.json"])
def test_a_real_file_without_crs_asks_for_one(shared_data: Path, name: str) -> None:
    with pytest.raises(CrsError, match="--crs"):
        read_cityjson(shared_data / "cityjson" / name)


def test_delfshaven_asks_what_its_heights_are_measured_from(shared_data: Path) -> None:
    with pytest.raises(CrsError, match="--vertical"):
        read_cityjson(shared_data / DELFSHAVEN)


@pytest.fixture(scope="module")
def delfshaven(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Delfshaven as a tileset."""
    out = tmp_path_factory.mktemp("delfshaven") / "tiles"
    import_city(shared_data / DELFSHAVEN, out, crs=RD_NAP)
    return out


def leaf_features(folder: Path) -> tuple[dict[str, NDArray[np.float64]], dict[str, Mapping[str, Any]]]:
    """Corner points in map coordinates and attributes of every feature in the finest tiles."""
    path = folder / "tileset.json"
    tileset = read_tileset(path.read_bytes(), path.as_uri())
    transform = MapTransform(CompoundCrs("EPSG:28992", "EPSG:5709"))
    points: dict[str, NDArray[np.float64]] = {}
    attributes: dict[str, Mapping[str, Any]] = {}
    for tile in np.flatnonzero(tileset.child_count == 0).tolist():
        uri = tileset.content_uri[tile]
        assert uri is not None
        content = decode_content((folder / uri).read_bytes(), uri)
        matrix = tileset.transform[tile]
        for mesh in content.meshes:
            assert mesh.feature_index is not None
            at = transform.from_ecef(mesh.positions @ matrix[:3, :3].T + matrix[:3, 3])
            for row in np.unique(mesh.feature_index).tolist():
                identifier = content.features.ids[row]
                assert identifier not in points, "in two leaves"
                points[identifier] = at[mesh.feature_index == row]
        for row, identifier in enumerate(content.features.ids):
            attributes[identifier] = content.features.row(row)
    return points, attributes


def test_delfshaven_comes_back_to_its_source(shared_data: Path, delfshaven: Path) -> None:
    source = json.loads((shared_data / DELFSHAVEN).read_text())
    vertices = np.array(source["vertices"]) * source["transform"]["scale"] + source["transform"]["translate"]
    points, attributes = leaf_features(delfshaven)
    assert set(attributes) == set(source["CityObjects"])
    worst = 0.0
    for identifier, found in source["CityObjects"].items():
        used = {
            corner for geometry in found["geometry"] for surface in geometry["boundaries"] for ring in surface
            for corner in ring
        }  # fmt: skip
        own = vertices[sorted(used)]
        apart = np.linalg.norm(points[identifier][:, None] - own[None], axis=2)
        worst = max(worst, float(apart.min(axis=1).max()))
        assert {name: value for name, value in attributes[identifier].items() if name != "kind"} == {
            name: value for name, value in found["attributes"].items() if value is not None
        }
        assert attributes[identifier]["kind"] == found["type"]
    assert worst < 0.01


def test_delfshaven_keeps_its_surface_area(shared_data: Path, delfshaven: Path) -> None:
    model = read_cityjson(shared_data / DELFSHAVEN, crs=RD_NAP)
    wanted = sum(_area(mesh.positions, mesh.triangles) for feature in model.features for mesh in feature.meshes[-1:])
    path = delfshaven / "tileset.json"
    tileset = read_tileset(path.read_bytes(), path.as_uri())
    found = 0.0
    for tile in np.flatnonzero(tileset.child_count == 0).tolist():
        uri = tileset.content_uri[tile]
        assert uri is not None
        for mesh in decode_content((delfshaven / uri).read_bytes(), uri).meshes:
            found += _area(mesh.positions, mesh.triangles)
    assert found == pytest.approx(wanted, rel=1e-3)  # RD's scale at Rotterdam is 0.99993


def _area(positions: NDArray[np.float64], triangles: NDArray[Any]) -> float:
    a, b, c = (positions[triangles[:, corner].astype(np.int64)] for corner in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def test_delfshaven_states_errors_that_hold(delfshaven: Path) -> None:
    report = validate_tileset(str(delfshaven))
    assert report.errors == []
    assert report.warnings == []
    root = report.tiles[0]
    assert root.measured_error is not None
    assert 2.0 < root.measured_error <= root.stated_error < 60.0


def test_delfshavens_index_finds_a_building_by_what_is_said_about_it(shared_data: Path, delfshaven: Path) -> None:
    index = FeatureIndex.open(delfshaven / "features.sqlite")
    assert len(index) == 853
    hit = index.search("10A31B7E-8FC2-45EE-836A-1DB9FEF06E04")[0]
    assert hit.id == "{10A31B7E-8FC2-45EE-836A-1DB9FEF06E04}"
    assert hit.attributes["TerrainHeight"] == 1.37
    assert hit.centre is not None
    assert 90409 < hit.centre[0] < 91454


def test_coarser_levels_of_the_source_serve_the_parents(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "cityjson" / "delft-3dbag" / "3dbag-tile901.city.jsonl"
    report = import_city(source, tmp_path / "out")
    root = next(tile for tile in report.geometric_errors if tile["level"] == 0)
    assert root["vertices"] < root["finest_vertices"]
    assert 0.0 < root["measured"] < root["stated"]
    assert validate_tileset(str(tmp_path / "out")).ok
