"""The plots of replaced buildings on their way into the picture."""

from __future__ import annotations

from explorer.app.plots import Area, ShownPlots
from explorer.geo import WorldFrame, parse_crs
from explorer.jobs import InlineJobs
from explorer.streaming import PreparedTile
from explorer.surface import SurfaceModel
from explorer.tileformat import SurfaceClass
from tests.specimens import box_mesh, land_with_hole, one_tile_source

CRS = parse_crs("EPSG:28992+5709")
ORIGIN = (85_000.0, 447_000.0, 0.0)
HOUSE: tuple[Area, ...] = ((-6.0, -6.0, 6.0, 6.0),)


def _model(*hidden: str) -> SurfaceModel:
    meshes = (land_with_hole(40.0, 6.0), box_mesh((0.0, 0.0, 7.0), (12.0, 12.0, 10.0)))
    source = one_tile_source(meshes, ("house",), CRS, ORIGIN)
    return SurfaceModel(WorldFrame(CRS, ORIGIN), [source], hidden=frozenset(hidden))


def test_the_plot_comes_with_the_replacement_and_goes_with_it() -> None:
    shown: list[PreparedTile | None] = []
    jobs = InlineJobs()
    plots = ShownPlots(jobs, shown.append)
    plots.show(_model("house"), HOUSE)
    jobs.collect()
    (tile,) = shown
    assert tile is not None and (tile.meshes[0].surface_class == SurfaceClass.BARE).all()
    assert tile.lo[:2].round(2).tolist() == [-6.0, -6.0] and tile.hi[:2].round(2).tolist() == [6.0, 6.0]
    plots.show(_model(), ())
    assert shown[1:] == [None]


def test_what_did_not_change_is_not_worked_out_again() -> None:
    shown: list[PreparedTile | None] = []
    jobs = InlineJobs()
    plots = ShownPlots(jobs, shown.append)
    for _ in range(3):
        plots.show(_model("house"), HOUSE)
        jobs.collect()
    assert len(shown) == 1


def test_a_plot_of_a_variant_that_is_left_does_not_come_late() -> None:
    shown: list[PreparedTile | None] = []
    jobs = InlineJobs()
    plots = ShownPlots(jobs, shown.append)
    plots.show(_model("house"), HOUSE)
    plots.show(_model(), ())
    jobs.collect()
    assert shown == [None]


def test_neighbours_share_one_plot() -> None:
    shown: list[PreparedTile | None] = []
    jobs = InlineJobs()
    ShownPlots(jobs, shown.append).show(_model("house"), (*HOUSE, (0.0, 0.0, 20.0, 20.0)))
    jobs.collect()
    assert shown[0] is not None and shown[0].n_triangles == 2
