"""From a city file to a tileset, whole."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import CityModelError, FetchError
from explorer.geo import CompoundCrs, MapTransform
from explorer.jobs import Cancelled, Progress
from explorer.tileformat import REPLACE, SurfaceClass, Tileset, decode_content, read_tileset
from importers import import_city
from importers.cityjson import read_cityjson
from importers.pipeline import TilingOptions, write_tileset
from importers.validation import validate_tileset
from tests.importers.specimens import E, N, box_vertices, building, document, hamlet, one_box, write


def tiles_of(folder: Path) -> Tileset:
    path = folder / "tileset.json"
    return read_tileset(path.read_bytes(), path.as_uri())


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def hamlet_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hamlet as a tileset of many small tiles."""
    folder = tmp_path_factory.mktemp("hamlet")
    model = read_cityjson(hamlet(folder / "hamlet.city.json"))
    write_tileset(model, folder / "tiles", options=TilingOptions(max_vertices=220))
    return folder / "tiles"


def test_the_same_city_gives_the_same_bytes(hamlet_folder: Path, tmp_path: Path) -> None:
    model = read_cityjson(hamlet(tmp_path / "hamlet.city.json"))
    write_tileset(model, tmp_path / "again", options=TilingOptions(max_vertices=220))
    assert digests(tmp_path / "again") == digests(hamlet_folder)


def test_our_own_validation_finds_nothing_wrong(hamlet_folder: Path) -> None:
    report = validate_tileset(str(hamlet_folder))
    assert report.errors == []
    assert report.warnings == []
    assert report.features == 38
    assert any(tile.measured_error and tile.measured_error > 0.5 for tile in report.tiles)


def test_every_feature_is_in_exactly_one_leaf(hamlet_folder: Path) -> None:
    tileset = tiles_of(hamlet_folder)
    ids: list[str] = []
    for tile in range(len(tileset)):
        if not tileset.child_count[tile]:
            uri = tileset.content_uri[tile]
            assert uri is not None
            ids += decode_content((hamlet_folder / uri).read_bytes(), uri).features.ids
    assert len(ids) == len(set(ids)) == 38


def test_a_parent_without_geometry_is_a_row_beside_its_part(hamlet_folder: Path) -> None:
    tileset = tiles_of(hamlet_folder)
    for uri in tileset.content_uri:
        assert uri is not None
        features = decode_content((hamlet_folder / uri).read_bytes(), uri).features
        if "estate" in features.ids:
            assert "house-0-0" in features.ids
            assert features.row(features.ids.index("estate"))["name"] == "The Estate"
            assert features.row(features.ids.index("house-0-0"))["parent"] == "estate"
            return
    raise AssertionError("the estate has no row")


def test_errors_fall_from_the_root_to_nothing(hamlet_folder: Path) -> None:
    tileset = tiles_of(hamlet_folder)
    for tile in range(1, len(tileset)):
        assert tileset.geometric_error[tile] < tileset.geometric_error[tileset.parent[tile]]
        assert tileset.refine[tile] == REPLACE
    assert all(tileset.geometric_error[tileset.child_count == 0] == 0.0)


def test_parents_are_lighter_than_the_leaves_below(hamlet_folder: Path) -> None:
    tileset = tiles_of(hamlet_folder)
    sizes = [(hamlet_folder / uri).stat().st_size for uri in tileset.content_uri if uri is not None]
    leaves = [size for size, count in zip(sizes, tileset.child_count, strict=True) if count == 0]
    assert sizes[0] <= sum(leaves) / 2
    assert sizes[0] > 0


def test_parents_keep_feature_ids_and_surface_classes(hamlet_folder: Path) -> None:
    content = decode_content((hamlet_folder / "tiles" / "0.glb").read_bytes(), "0.glb")
    assert any(identifier.startswith("house-") for identifier in content.features.ids)
    kinds = {kind for mesh in content.meshes if mesh.surface_class is not None for kind in mesh.surface_class.tolist()}
    assert {int(SurfaceClass.ROOF), int(SurfaceClass.WALL), int(SurfaceClass.ROAD)} <= kinds


def test_extras_tell_the_way_back(hamlet_folder: Path) -> None:
    extras = tiles_of(hamlet_folder).extras
    assert extras is not None
    assert (extras.source_crs, extras.vertical_crs) == ("EPSG:28992", "EPSG:5709")
    assert extras.time_zone == "Europe/Amsterdam"
    assert extras.height_grid
    assert extras.feature_index == "features.sqlite"
    assert extras.origin is not None
    assert extras.origin[0] == pytest.approx(E + 80, abs=20)


def test_the_tileset_stands_where_the_city_is(hamlet_folder: Path) -> None:
    tileset = tiles_of(hamlet_folder)
    centre = MapTransform(CompoundCrs("EPSG:28992", "EPSG:5709")).from_ecef(tileset.centre[:1])[0]
    assert centre == pytest.approx([E + 80, N + 70, 6.0], abs=15)


def test_a_report_counts_what_was_read_and_written(tmp_path: Path) -> None:
    report = import_city(hamlet(tmp_path / "h.json"), tmp_path / "out")
    assert report.read == report.written == {"Building": 36, "BuildingPart": 1, "Road": 1}
    assert json.loads(json.dumps(report.to_dict()))["tiles"] == report.tiles
    assert report.lines()


def test_stopping_leaves_nothing_behind(tmp_path: Path) -> None:
    class StopsEarly(Progress):
        def report(self, fraction: float, text: str = "") -> None:
            if fraction > 0.7:
                self.cancel()
            super().report(fraction, text)

    source = hamlet(tmp_path / "h.json")
    with pytest.raises(Cancelled):
        import_city(source, tmp_path / "out", progress=StopsEarly())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["h.json"]


def test_a_tileset_that_is_there_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    import_city(one_box(tmp_path), tmp_path / "out")
    before = digests(tmp_path / "out")
    with pytest.raises(CityModelError):
        import_city(write(tmp_path / "bad.json", "{"), tmp_path / "out")
    assert digests(tmp_path / "out") == before
    import_city(hamlet(tmp_path / "h.json"), tmp_path / "out")
    assert digests(tmp_path / "out") != before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_folder_with_other_things_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter.txt").write_text("dear")
    with pytest.raises(FetchError, match="holds other things"):
        import_city(one_box(tmp_path), tmp_path / "out")
    assert (tmp_path / "out" / "letter.txt").read_text() == "dear"


def test_files_that_people_keep_beside_a_tileset_are_not_deleted_by_a_second_import(tmp_path: Path) -> None:
    import_city(one_box(tmp_path), tmp_path / "out")
    source = one_box(tmp_path / "out")
    before = digests(tmp_path / "out")
    with pytest.raises(FetchError, match="holds other things"):
        import_city(source, tmp_path / "out")
    assert digests(tmp_path / "out") == before
    source.unlink()
    (tmp_path / "out" / ".DS_Store").write_text("dross")
    import_city(one_box(tmp_path), tmp_path / "out")


def test_a_link_to_a_tileset_stays_a_link(tmp_path: Path) -> None:
    import_city(one_box(tmp_path), tmp_path / "out")
    before = digests(tmp_path / "out")
    link = tmp_path / "link"
    try:
        link.symlink_to(tmp_path / "out", target_is_directory=True)
    except OSError:
        pytest.skip("links cannot be made here")
    import_city(hamlet(tmp_path / "h.json"), link)
    assert link.is_symlink()
    assert digests(tmp_path / "out") != before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_leftovers_of_a_killed_import_are_cleared(tmp_path: Path) -> None:
    leftover = tmp_path / ".out.partial-999999999"
    leftover.mkdir()
    import_city(one_box(tmp_path), tmp_path / "out")
    assert not leftover.exists()


def test_files_that_share_a_building_are_joined(tmp_path: Path) -> None:
    one = write(
        tmp_path / "1.json",
        document({"a": building(0), "b": building(8)}, box_vertices(E, N) + box_vertices(E + 20, N)),
    )
    two = write(
        tmp_path / "2.json",
        document({"b": building(0), "c": building(8)}, box_vertices(E + 20, N) + box_vertices(E + 40, N)),
    )
    report = import_city([one, two], tmp_path / "out")
    assert report.written == {"Building": 3}
    assert any("earlier file" in reason for reason in report.skipped)


def test_a_city_in_many_files_has_a_title_that_fits_a_line(tmp_path: Path) -> None:
    files = [
        write(
            tmp_path / f"{n}.json",
            document(
                {f"b{n}": building()},
                box_vertices(E + 20 * n, N),
                metadata={"referenceSystem": "EPSG:7415", "title": f"Tile {n}"},
            ),
        )
        for n in range(5)
    ]
    import_city(files, tmp_path / "out")
    extras = json.loads((tmp_path / "out" / "tileset.json").read_text())["asset"]["extras"]["citiverse"]
    assert extras["title"] == "Tile 0, Tile 1, Tile 2, …"


def test_files_in_different_systems_are_refused(tmp_path: Path) -> None:
    other = document({"b": building()}, box_vertices(E, N), metadata={"referenceSystem": "EPSG:28992+ellipsoidal"})
    with pytest.raises(CityModelError, match="different coordinate systems"):
        import_city([one_box(tmp_path), write(tmp_path / "2.json", other)], tmp_path / "out")


def tampered(folder: Path, tmp_path: Path, change: Any) -> list[str]:
    """Errors that validation finds after `change` was made to a copy's tileset.json."""
    import shutil

    shutil.copytree(folder, tmp_path / "copy")
    path = tmp_path / "copy" / "tileset.json"
    content = json.loads(path.read_text())
    change(content["root"])
    path.write_text(json.dumps(content))
    return validate_tileset(str(tmp_path / "copy")).errors


def test_validation_catches_an_error_that_is_stated_too_small(hamlet_folder: Path, tmp_path: Path) -> None:
    def change(root: Any) -> None:
        for tile in [root, *root["children"]]:
            tile["geometricError"] *= 0.01

    assert any("finest data" in error for error in tampered(hamlet_folder, tmp_path, change))


def test_validation_catches_a_box_that_is_too_small(hamlet_folder: Path, tmp_path: Path) -> None:
    def change(root: Any) -> None:
        root["boundingVolume"]["box"][3:] = [value * 0.5 for value in root["boundingVolume"]["box"][3:]]

    assert any("sticks out" in error for error in tampered(hamlet_folder, tmp_path, change))


def test_validation_catches_a_missing_tile(hamlet_folder: Path, tmp_path: Path) -> None:
    def change(root: Any) -> None:
        root["content"]["uri"] = "tiles/nothing.glb"

    assert any("nothing.glb" in error for error in tampered(hamlet_folder, tmp_path, change))


def test_validation_catches_a_feature_in_two_leaves(hamlet_folder: Path, tmp_path: Path) -> None:
    def change(root: Any) -> None:
        root["children"].append(json.loads(json.dumps(root["children"][0])))

    assert any("leaves" in error for error in tampered(hamlet_folder, tmp_path, change))


def test_a_strangers_tileset_is_validated_as_far_as_it_can_be(shared_data: Path) -> None:
    report = validate_tileset(str(shared_data / "3dtiles" / "amsterdam"))
    assert len(report.tiles) == 10
    assert report.notes


def test_boxes_hold_their_content_exactly(hamlet_folder: Path) -> None:
    tileset = tiles_of(hamlet_folder)
    for tile, uri in enumerate(tileset.content_uri):
        assert uri is not None
        matrix, box = tileset.transform[tile], tileset.box(tile)
        for mesh in decode_content((hamlet_folder / uri).read_bytes(), uri).meshes:
            points = mesh.positions @ matrix[:3, :3].T + matrix[:3, 3] - box.centre
            lengths = np.linalg.norm(box.half_axes, axis=1)
            assert (np.abs(points @ (box.half_axes / lengths[:, None]).T) <= lengths + 1e-3).all()
