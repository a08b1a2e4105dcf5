"""Where is asked: a raster on the ground, points on facades."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.errors import SimulationError
from explorer.surface import ProposedMesh, SurfaceModel
from explorer.tileformat import Mesh, SurfaceClass
from tests.specimens import box_mesh
from tests.surface.test_model import FRAME, _ground

AREA = (-30.0, -20.0, 30.0, 20.0)


def _model(*boxes: tuple[tuple[float, float, float], tuple[float, float, float]]) -> SurfaceModel:
    houses = [ProposedMesh(f"house {i}", _outwards(box_mesh(*box))) for i, box in enumerate(boxes)]
    return SurfaceModel(FRAME, (), [_ground(), *houses])


def _outwards(mesh: Mesh) -> Mesh:
    """The same block with every triangle wound so that its normal points away from the middle."""
    corners = mesh.positions[mesh.triangles.astype(int)]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    inwards = np.einsum("ij,ij->i", normals, corners.mean(axis=1) - mesh.positions.mean(axis=0)) < 0
    rows = mesh.triangles.copy()
    rows[inwards] = rows[inwards][:, ::-1]
    return Mesh(mesh.positions, rows, surface_class=mesh.surface_class)


def test_the_raster_begins_in_the_north_west_and_lies_on_the_middles_of_its_cells() -> None:
    samples = _model().ground_samples(AREA, 2.0)
    assert samples.shape == (20, 30, 3)
    assert samples[0, 0] == pytest.approx([-29.0, 19.0, 0.0])
    assert samples[-1, -1] == pytest.approx([29.0, -19.0, 0.0])


def test_a_raster_of_a_tenth_of_a_metre_has_no_column_too_many() -> None:
    assert _model().ground_samples((0.0, 0.0, 0.7, 0.3), 0.1).shape == (3, 7, 3)


def test_cells_inside_houses_have_no_ground() -> None:
    samples = _model(((0.0, 0.0, 5.0), (10.0, 8.0, 10.0))).ground_samples(AREA, 1.0)
    assert np.isnan(samples[:, :, 2]).sum() == 80


def test_a_free_block_gets_points_on_its_four_sides_whose_areas_add_up() -> None:
    samples = _model(((0.0, 0.0, 5.0), (10.0, 8.0, 10.0))).facade_samples(AREA, 1.0)
    assert len(samples) == 360
    assert samples.areas.sum() == pytest.approx(360.0)
    assert set(samples.feature_ids) == {"house 0"}


def test_points_lie_on_their_facade() -> None:
    samples = _model(((0.0, 0.0, 5.0), (10.0, 8.0, 10.0))).facade_samples(AREA, 1.0)
    east = samples.normals[:, 0] > 0.9
    assert samples.points[east, 0] == pytest.approx(5.0)
    assert np.linalg.norm(samples.normals, axis=1) == pytest.approx(1.0)


def test_a_facade_smaller_than_the_spacing_still_gets_its_point() -> None:
    samples = _model(((0.0, 0.0, 0.5), (0.6, 0.4, 1.0))).facade_samples(AREA, 3.0)
    assert len(samples) == 4
    assert samples.areas.sum() == pytest.approx(2.0)


def test_party_walls_and_what_is_below_the_ground_get_no_points() -> None:
    apart = _model(((0.0, 0.0, 5.0), (10.0, 8.0, 10.0)), ((12.0, 0.0, 5.0), (10.0, 8.0, 10.0)))
    touching = _model(((0.0, 0.0, 5.0), (10.0, 8.0, 10.0)), ((10.0, 0.0, 5.0), (10.0, 8.0, 10.0)))
    sunken = _model(((0.0, 0.0, 0.0), (10.0, 8.0, 10.0)))
    assert apart.facade_samples(AREA, 1.0).areas.sum() == pytest.approx(720.0)
    assert touching.facade_samples(AREA, 1.0).areas.sum() == pytest.approx(720.0 - 160.0)
    assert sunken.facade_samples(AREA, 1.0).points[:, 2].min() > 0.0


def test_walls_within_a_building_get_no_points_and_those_under_its_eaves_do() -> None:
    hall = _outwards(box_mesh((0.0, 0.0, 5.0), (20.0, 8.0, 10.0)))
    inner = np.array([[0.0, -4.0, 0.0], [0.0, 4.0, 0.0], [0.0, 4.0, 10.0], [0.0, -4.0, 10.0]])
    eaves = np.array([[-11.0, -4.5, 10.1], [11.0, -4.5, 10.1], [11.0, 4.5, 10.1], [-11.0, 4.5, 10.1]])
    rows = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
    n = len(hall.positions)
    assert hall.surface_class is not None
    kinds = [hall.surface_class, np.full(4, SurfaceClass.WALL), np.full(4, SurfaceClass.ROOF)]
    house = Mesh(
        np.concatenate([hall.positions, inner, eaves]),
        np.concatenate([hall.triangles, rows + n, rows + n + 4]).astype(np.uint32),
        surface_class=np.concatenate(kinds).astype(np.uint8),
    )
    samples = SurfaceModel(FRAME, (), [_ground(), ProposedMesh("house", house)]).facade_samples(AREA, 1.0)
    within = np.abs(samples.points[:, 1]) < 3.9
    assert (np.abs(samples.points[within, 0]) > 9.0).all()
    assert samples.areas.sum() == pytest.approx(2 * 200.0 + 2 * 80.0)


def test_facades_outside_the_area_get_no_points() -> None:
    samples = _model(((0.0, 0.0, 5.0), (10.0, 8.0, 10.0))).facade_samples((0.0, -20.0, 30.0, 20.0), 1.0)
    assert (samples.points[:, 0] >= 0.0).all()
    assert len(samples) == 80 + 2 * 50


def test_far_too_many_points_are_refused_before_they_fill_the_memory() -> None:
    with pytest.raises(SimulationError, match="coarser"):
        _model(((0.0, 0.0, 5.0), (10.0, 8.0, 10.0))).facade_samples(AREA, 0.001)


def test_surfaces_without_a_class_are_told_by_their_slope() -> None:
    mesh = _outwards(box_mesh((0.0, 0.0, 5.0), (10.0, 8.0, 10.0)))
    model = SurfaceModel(FRAME, (), [Mesh(mesh.positions, mesh.triangles)])
    kinds = model.triangles(AREA).surface_class
    counts = {kind: int((kinds == kind).sum()) for kind in (SurfaceClass.WALL, SurfaceClass.ROOF, SurfaceClass.FLOOR)}
    assert counts == {SurfaceClass.WALL: 8, SurfaceClass.ROOF: 2, SurfaceClass.FLOOR: 2}
