"""What is closed all around is found, and nothing else is taken for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.tileformat import SurfaceClass, decode_content
from importers.sampletown import write_sample_town
from importers.shells import closed_groups
from tests.specimens import box_mesh


def _closed(*boxes: tuple[tuple[float, float, float], tuple[float, float, float], int], n_groups: int) -> list[bool]:
    meshes = [box_mesh(centre, size) for centre, size, _group in boxes]
    first = np.cumsum([0, *(len(mesh.positions) for mesh in meshes)])
    triangles = np.concatenate([mesh.triangles.astype(np.int64) + n for mesh, n in zip(meshes, first, strict=False)])
    group = np.repeat([group for _centre, _size, group in boxes], 12)
    positions = np.concatenate([mesh.positions for mesh in meshes])
    found: list[bool] = closed_groups(positions, triangles, group, n_groups).tolist()
    return found


def test_blocks_are_closed_though_they_stand_wall_to_wall_or_are_several() -> None:
    boxes = [((0.0, 0.0, 5.0), (10.0, 10.0, 10.0), 0), ((10.0, 0.0, 5.0), (10.0, 10.0, 10.0), 1)]
    assert _closed(*boxes, ((80_000.0, 440_000.0, 3.0), (4.0, 4.0, 6.0), 1), n_groups=3) == [True, True, False]


@pytest.mark.parametrize("face", range(12))
def test_a_block_that_lacks_a_face_or_has_one_turned_is_open(face: int) -> None:
    mesh = box_mesh((0.0, 0.0, 5.0), (10.0, 10.0, 10.0))
    whole = mesh.triangles.astype(np.int64)
    turned = whole.copy()
    turned[face] = turned[face, ::-1]
    for triangles in (np.delete(whole, face, axis=0), turned):
        assert not closed_groups(mesh.positions, triangles, np.zeros(len(triangles), np.int64), 1)[0]


def test_a_block_that_is_inside_out_is_not_closed_and_spoils_what_it_belongs_to() -> None:
    mesh = box_mesh((0.0, 0.0, 5.0), (10.0, 10.0, 10.0))
    inside_out = mesh.triangles[:, ::-1].astype(np.int64)
    assert not closed_groups(mesh.positions, inside_out, np.zeros(12, np.int64), 1)[0]
    both = np.concatenate([mesh.triangles.astype(np.int64), inside_out + 24])
    far = np.concatenate([mesh.positions * 3.0, mesh.positions + 100.0])
    assert not closed_groups(far, both, np.zeros(24, np.int64), 1)[0]


def test_houses_and_trees_of_a_town_are_written_as_closed_and_its_ground_is_not(tmp_path: Path) -> None:
    write_sample_town(tmp_path, buildings=30)
    kinds: dict[bool, set[int]] = {True: set(), False: set()}
    for file in sorted(tmp_path.rglob("*.glb")):
        for mesh in decode_content(file.read_bytes(), file.name).meshes:
            assert mesh.surface_class is not None
            kinds[mesh.is_closed] |= set(mesh.surface_class.tolist())
    closed = {SurfaceClass.WALL, SurfaceClass.ROOF, SurfaceClass.TREE, SurfaceClass.TRUNK}
    assert {int(kind) for kind in closed} <= kinds[True]
    assert int(SurfaceClass.ROAD) in kinds[False] - kinds[True]
    assert not kinds[False] & {int(kind) for kind in closed}
