"""A section leaves out what lies beyond it, in every kind of picture, and shows filled faces where it cuts."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.geo import Cut, box_cut, plane_cut, prism_cut
from explorer.render import Engine
from explorer.surface import CapKind, Caps
from explorer.tileformat import SurfaceClass
from tests.render.scenery import City, above, block, opened, sheet, sun_at, towards

pytestmark = pytest.mark.xdist_group("gl")

FAR = (31_000.0, -26_000.0, 12.0)
TOP = above(0.0, 0.0, 60.0)


def _furnish(city: City) -> None:
    city.build(
        sheet((0.0, 0.0, 0.0), (200.0, 200.0), SurfaceClass.GREEN),
        block((-15.0, 0.0), (10.0, 10.0, 8.0), 0),
        block((15.0, 0.0), (10.0, 10.0, 8.0), 1),
        ids=("west", "east"),
    )
    city.renderer.set_shadows(False)


def _shown(cut: Cut, at: tuple[float, float, float]) -> Cut:
    """The same cut where the city is."""
    planes = cut.planes.copy()
    planes[:, 3] -= planes[:, :3] @ np.array(at)
    return Cut(planes, None if cut.ring is None else cut.ring + at[:2], cut.keeps_inside)


CUTS = {
    "plane": plane_cut((0.0, 0.0, 0.0), (1.0, 0.0, 0.0)),
    "box": box_cut((-15.0, 0.0, 4.0), (16.0, 16.0, 30.0), 30.0),
    "box kept outside": box_cut((15.0, 0.0, 0.0), (24.0, 24.0, 60.0), keeps_inside=False),
    "polygon": prism_cut([(-25, -12), (-2, -12), (-2, 12), (-14, 8), (-25, 12)], -5.0, 20.0),
    "polygon kept outside": prism_cut([(5, -12), (28, -12), (28, 12), (14, 8), (5, 12)], keeps_inside=False),
}


@pytest.mark.parametrize("at", [(0.0, 0.0, 0.0), FAR], ids=["near", "far"])
@pytest.mark.parametrize("name", list(CUTS))
def test_what_is_cut_away_is_not_in_the_picture_nor_under_the_pointer(
    gl_engine: Engine, name: str, at: tuple[float, float, float]
) -> None:
    with opened(gl_engine, at=at) as city:
        _furnish(city)
        whole = city.look(TOP)
        assert _picked(city, 120, 60) == "east"
        city.renderer.set_section(_shown(CUTS[name], at))
        cut = city.look(TOP)
        assert np.abs(cut[60, 40] - whole[60, 40]).max() < 2.0, "what is left looks as before"
        assert np.abs(cut[60, 120] - whole[60, 120]).max() > 10.0, "what is cut away is gone"
        assert _picked(city, 40, 60) == "west"
        assert _picked(city, 120, 60) is None
        city.renderer.set_section(None)
        assert np.abs(city.look(TOP) - whole).max() < 2.0
        assert _picked(city, 120, 60) == "east"


def _picked(city: City, x: int, y: int) -> str | None:
    found = city.renderer.pick(x + 0.5, y + 0.5)
    return None if found is None else found.feature_id


@pytest.mark.parametrize("name", list(CUTS))
def test_shaders_and_numbers_agree_on_what_is_cut_away(gl_engine: Engine, name: str) -> None:
    cut = CUTS[name]
    with opened(gl_engine) as city:
        city.build(sheet((0.0, 0.0, 0.0), (200.0, 200.0), SurfaceClass.GREEN))
        city.renderer.set_shadows(False)
        whole = city.look(TOP)
        city.renderer.set_section(cut)
        is_gone = np.abs(city.look(TOP) - whole).max(axis=-1) > 4.0
    columns, rows = np.meshgrid(np.arange(160), np.arange(120))
    step = 60.0 / 160.0
    places = np.stack([(columns + 0.5 - 80.0) * step, (60.0 - rows - 0.5) * step, np.zeros((120, 160))], axis=-1)
    wanted = cut.cuts_away(places.reshape(-1, 3)).reshape(120, 160)
    # a pixel that is smoothed may be of either side
    assert np.mean(is_gone != wanted) < 0.02


def test_what_is_cut_away_casts_no_shadow(gl_engine: Engine) -> None:
    with opened(gl_engine) as city:
        _furnish(city)
        city.renderer.set_shadows(True)
        city.renderer.set_sun(*sun_at(90.0, 30.0))
        beside = (6.0, 0.0, 0.0)
        before = city.colour_at(TOP, beside)[0]
        city.renderer.set_section(plane_cut((8.0, 0.0, 0.0), (1.0, 0.0, 0.0)))
        after = city.colour_at(TOP, beside)[0]
    assert after.sum() > before.sum() + 30.0


def _caps(kind: CapKind) -> Caps:
    corners = np.array([[0.0, -10, 0], [0, 10, 0], [0, 10, 12], [0, -10, 12]])
    ends = np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)
    return Caps(
        positions=corners,
        on_face=corners[:, 1:],
        kind=np.full(4, int(kind), np.uint8),
        triangles=np.array([[0, 1, 2], [0, 2, 3]], np.uint32),
        lines=ends,
        line_kind=np.full(4, int(kind), np.uint8),
        areas={kind: 240.0},
    )


@pytest.mark.parametrize("at", [(0.0, 0.0, 0.0), FAR], ids=["near", "far"])
def test_faces_are_filled_and_their_lines_have_one_width_on_screen(
    gl_engine: Engine, at: tuple[float, float, float]
) -> None:
    widths = []
    with opened(gl_engine, at=at) as city:
        city.build(sheet((0.0, 0.0, -2.0), (400.0, 400.0), SurfaceClass.GREEN))
        caps = _caps(CapKind.BUILDING)
        moved = Caps(
            caps.positions + np.array(at), caps.on_face, caps.kind, caps.triangles, caps.lines + np.array(at),
            caps.line_kind, caps.areas,
        )  # fmt: skip
        city.renderer.set_section(_shown(plane_cut((0.0, 0.0, 0.0), (1.0, 0.0, 0.0)), at), moved)
        for distance in (60.0, 150.0):
            camera = towards((distance, 0.0, 6.0), (0.0, 0.0, 6.0))
            picture = city.look(camera)
            row = picture[60].sum(axis=-1)
            inside = picture[60, 78:83].mean(axis=(0, 1))
            assert 80.0 < inside < 170.0, "poché"
            widths.append(int((row < 160.0).sum()))
    assert abs(widths[0] - widths[1]) <= 2 and min(widths) >= 2


def test_a_picture_without_a_section_has_the_shaders_of_before(gl_engine: Engine) -> None:
    with opened(gl_engine) as city:
        before = city.renderer.surface_shader
        city.renderer.set_section(CUTS["plane"])
        assert city.renderer.surface_shader != before
        city.renderer.set_section(None)
        assert city.renderer.surface_shader == before


def test_tiles_that_come_later_are_cut_too(gl_engine: Engine) -> None:
    with opened(gl_engine) as city:
        city.renderer.set_section(CUTS["plane"])
        _furnish(city)
        city.look(TOP)
        assert _picked(city, 120, 60) is None
        assert _picked(city, 40, 60) == "west"


def test_hidden_and_selected_features_are_cut_as_all_others(gl_engine: Engine) -> None:
    with opened(gl_engine) as city:
        _furnish(city)
        city.renderer.set_section(CUTS["plane"])
        city.renderer.set_highlight(frozenset({"east", "west"}))
        picture = city.look(TOP)
        assert _picked(city, 120, 60) is None
        assert picture[60, 40, 2] > picture[60, 40, 0] + 20.0


def test_proposals_are_cut_with_their_lines(gl_engine: Engine) -> None:
    with opened(gl_engine) as city:
        city.build(sheet((0.0, 0.0, 0.0), (200.0, 200.0), SurfaceClass.GREEN))
        city.propose(block((15.0, 0.0), (10.0, 10.0, 8.0)))
        city.renderer.set_section(CUTS["plane"])
        cut = city.look(TOP)
        city.propose()
        assert np.abs(city.look(TOP) - cut).max() < 3.0


def test_samples_on_facades_are_cut_and_lines_of_tools_are_not(gl_engine: Engine) -> None:
    with opened(gl_engine) as city:
        city.build(sheet((0.0, 0.0, 0.0), (200.0, 200.0), SurfaceClass.GREEN))
        at, pink = np.array([[-15.0, 0.0, 2.0], [15.0, 0.0, 2.0]]), (255, 0, 255, 255)
        city.renderer.lines.set_points("facades", at, np.array([pink, pink], np.uint8), size=9.0)
        city.renderer.lines.set_line("tool", at + np.array([0.0, 10.0, 0.0]), pink, width=4.0)
        city.renderer.set_section(CUTS["plane"])
        picture = city.look(TOP)
    pink_at = (picture[..., 0] > 200) & (picture[..., 1] < 90)
    assert pink_at[50:70, 20:60].any() and not pink_at[50:70, 100:140].any()
    assert pink_at[20:45, 100:115].any()
