"""A view that lets go of everything in the engine and makes it again shows the same picture, to the byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from explorer.geo import plane_cut
from explorer.render import OFFICE, STANDARD, CityRenderer, Engine, ImageryDrape, OverlayDrape, Tier
from explorer.streaming import PreparedTile, prepare_instances
from explorer.surface import CapKind, Caps
from explorer.tileformat import SurfaceClass
from tests.render import test_instances, test_photos, test_points
from tests.render.scenery import City, above, block, opened, sheet, sun_at, tile, towards

pytestmark = pytest.mark.xdist_group("gl")

EYE = towards((-60.0, -70.0, 45.0), (0.0, 0.0, 5.0))
FAR = (31_000.0, -26_000.0, 12.0)


@pytest.fixture(autouse=True)
def _even_few_are_instances() -> Iterator[None]:
    with patch.object(prepare_instances, "FEW_TRIANGLES", 0):
        yield


def _tiles(at: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> dict[str, PreparedTile]:
    houses = (block((-15.0, 0.0), (20.0, 20.0, 10.0), 0), block((15.0, 5.0), (12.0, 20.0, 18.0), 1))
    tiles = {
        "houses": tile(
            sheet((0.0, 0.0, 0.0), (300.0, 300.0)), *houses, block((40.0, 40.0), (9.0, 9.0, 9.0), 2),
            ids=("a", "b", "c"), at=at, with_edges=True,
        ),
        "small": tile(block((-40.0, 20.0), (5.0, 5.0, 5.0)), ids=("d",), at=at, with_edges=True),
        "water": tile(sheet((0.0, -60.0, 0.2), (80.0, 20.0), SurfaceClass.WATER), at=at),
    }  # fmt: skip
    if not any(at):
        tiles |= {
            "trees": test_instances.tile(test_instances.blocks()),
            "cloud": test_points.cloud((-30.0, -20.0, 6.0), (30.0, -20.0, 6.0)),
            "wire": test_points.wire(14.0),
            "roof": tile(test_photos._photographed(), ids=("roof",), at=(-10.0, 30.0, 12.0)),
        }
    return tiles


def _attach(city: City) -> None:
    """What streaming does."""
    for key, one in _tiles(city.at).items():
        city.renderer.attach_tile(key, one)
    city.renderer.show_tiles(_tiles(city.at))


def _tell(city: City) -> None:
    """What the program tells a view while people work in it."""
    renderer, at = city.renderer, np.array(city.at)
    renderer.set_sun(*sun_at(140.0, 35.0))
    renderer.set_land(city.at[2] - 0.5)
    renderer.set_edges(0.5)
    renderer.set_hidden_features(frozenset({"b"}))
    renderer.set_highlight(frozenset({"a"}), frozenset({"d"}))
    city.propose(block((0.0, -25.0), (10.0, 10.0, 9.0)), block((25.0, -25.0), (8.0, 8.0, 30.0)), is_selected=True)
    corners = np.array([[-24.0, 20.0, 0.0], [-6.0, 20.0, 0.0], [-6.0, 20.0, 8.0]])
    caps = Caps(
        corners + at, corners[:, [0, 2]], np.full(3, CapKind.BUILDING, np.uint8), np.array([[0, 1, 2]], np.uint32),
        corners[[[0, 2]]] + at, np.array([CapKind.BUILDING], np.uint8), {},
    )  # fmt: skip
    renderer.set_section(plane_cut(tuple(at + np.array([0.0, 20.0, 0.0])), (0.0, -1.0, 0.0)), caps)
    legend = np.zeros((256, 3), np.uint8)
    legend[:, 1] = np.arange(256)
    x, y, _z = city.at
    bounds = (x - 60.0, y - 60.0, x + 60.0, y + 60.0)
    renderer.set_overlay(OverlayDrape(np.arange(36, dtype=np.float32).reshape(6, 6), bounds, legend, 0.0, 36.0))
    texels = np.random.default_rng(2).integers(0, 255, (2, 16, 16, 4)).astype(np.uint8)
    renderer.set_imagery(ImageryDrape(texels, ((x - 50.0, y - 50.0, 100.0), (x - 200.0, y - 200.0, 400.0)), "roofs"))
    corners = np.array([[-50.0, -50.0, 1.0], [50.0, -50.0, 1.0], [50.0, 0.0, 1.0]]) + at
    renderer.lines.set_line("area", corners, (30, 60, 230, 255), width=3.0)
    renderer.lines.set_points("facades", corners + np.array([0.0, 9.0, 0.0]), np.full((3, 4), 200, np.uint8), size=6.0)


def _picked(city: City) -> list[tuple[Any, Any] | None]:
    found = [city.renderer.pick(x + 0.5, y + 0.5) for x in range(10, 160, 20) for y in (30, 60, 90)]
    return [None if one is None else (one.tile, one.feature_id or one.proposal_id) for one in found]


def prepared(engine: Engine) -> dict[str, int]:
    """What Panda3D itself counts in the GPU's memory, for all who draw in the context."""
    objects = engine.window.get_gsg().get_prepared_objects()
    engine.base.graphics_engine.render_frame()  # what was let go of goes when a frame begins
    kinds = ("textures", "vertex_buffers", "index_buffers")
    return {kind: getattr(objects, f"get_num_prepared_{kind}")() for kind in kinds}


@pytest.mark.parametrize("tier", [OFFICE, STANDARD], ids=lambda one: one.name)
def test_the_picture_after_is_the_picture_before(gl_engine: Engine, tier: Tier) -> None:
    with opened(gl_engine, tier=tier) as city:
        _attach(city)
        _tell(city)
        before = city.look(EYE)
        below = city.look(above(0.0, 0.0, 120.0))
        picked = _picked(city)
        held = city.renderer.resident_bytes
        city.renderer.begin_anew()
        assert city.renderer.resident_bytes == 0 and city.renderer.shown_triangles == 0
        assert not np.array_equal(city.look(EYE), before), "no tile is there yet"
        _attach(city)
        assert np.array_equal(city.look(EYE), before)
        assert np.array_equal(city.look(above(0.0, 0.0, 120.0)), below)
        assert city.renderer.resident_bytes == held
        assert _picked(city) == picked and len(set(picked)) > 3


def test_far_from_the_origin_it_is_the_same_to_the_byte_too(gl_engine: Engine) -> None:
    with opened(gl_engine, at=FAR) as city:
        _attach(city)
        _tell(city)
        before = city.look(EYE)
        city.renderer.begin_anew()
        _attach(city)
        assert np.array_equal(city.look(EYE), before)


def test_begun_anew_again_and_again_nothing_is_left_behind(gl_engine: Engine) -> None:
    windows = gl_engine.base.graphics_engine.get_windows
    with opened(gl_engine) as city:
        _attach(city)
        _tell(city)
        city.look(EYE)
        n_buffers, n_regions = len(windows()), gl_engine.window.get_num_display_regions()
        counts = []
        for _turn in range(4):
            city.renderer.begin_anew()
            _attach(city)
            city.look(EYE)
            counts.append(prepared(gl_engine))
        assert len(windows()) == n_buffers and gl_engine.window.get_num_display_regions() == n_regions
        assert counts[1:] == counts[:1] * 3
        city.renderer.begin_anew()
        assert sum(prepared(gl_engine).values()) < sum(counts[0].values()) / 2


def test_what_was_taken_off_stays_off(gl_engine: Engine) -> None:
    with opened(gl_engine) as city:
        _attach(city)
        before = city.look(EYE)
        _tell(city)
        city.look(EYE)
        renderer = city.renderer
        renderer.set_sun(*sun_at(180.0, 45.0))
        renderer.set_land(0.0)
        renderer.set_hidden_features(frozenset())
        renderer.set_highlight(frozenset())
        renderer.set_proposals([])
        renderer.set_section(None)
        renderer.set_overlay(None)
        renderer.set_imagery(None)
        renderer.lines.clear("area")
        renderer.lines.clear("facades")
        renderer.set_underground(True)
        renderer.set_underground(False)
        renderer.begin_anew()
        _attach(city)
        renderer.set_edges(1.0)
        again = city.look(EYE)
        renderer.begin_anew()
        _attach(city)
        assert np.array_equal(city.look(EYE), again)
        assert np.abs(again - before).max(axis=-1).mean() < 6.0, "but for the strength of the lines"


def test_another_size_and_tier_hold_afterwards(gl_engine: Engine) -> None:
    with opened(gl_engine, tier=OFFICE) as city:
        _attach(city)
        city.renderer.set_tier(STANDARD)
        city.renderer.resize(200, 90)
        view = towards((-60.0, -70.0, 45.0), (0.0, 0.0, 5.0), size=(200, 90))
        before = city.look(view)
        city.renderer.begin_anew()
        _attach(city)
        assert before.shape == (90, 200, 3) and np.array_equal(city.look(view), before)
        assert city.renderer.tier == STANDARD


def test_tiles_that_come_and_go_by_a_pattern_are_forgotten_with_all_others(gl_engine: Engine) -> None:
    with opened(gl_engine, tier=STANDARD) as city:
        city.renderer.set_fading(True)
        _attach(city)
        city.renderer.advance(0.1)
        city.renderer.begin_anew()
        assert not city.renderer.advance(0.1)
        _attach(city)
        city.renderer.advance(9.0)
        fresh = city.look(EYE)
    with opened(gl_engine, tier=STANDARD) as city:
        _attach(city)
        assert np.array_equal(city.look(EYE), fresh)


def test_all_that_a_view_can_be_told_is_remembered() -> None:
    """Who adds a setter must mark it, or it is forgotten when everything is drawn anew."""
    setters: dict[str, Any] = {
        name: getattr(CityRenderer, name) for name in dir(CityRenderer) if name.startswith("set_")
    }
    assert len(setters) > 10
    assert [name for name, one in setters.items() if not hasattr(one, "__wrapped__")] == []


def test_it_asks_for_no_file_again(gl_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version may be installed over a program that runs."""
    with opened(gl_engine) as city:
        _attach(city)
        before = city.look(EYE)

        def gone(path: Path, **_how: object) -> str:
            raise FileNotFoundError(path)

        monkeypatch.setattr(Path, "read_text", gone)
        city.renderer.begin_anew()
        _attach(city)
        assert np.array_equal(city.look(EYE), before)


def test_in_another_context_the_picture_is_the_same(gl_engine: Engine) -> None:
    with opened(gl_engine, tier=STANDARD) as city:
        _attach(city)
        _tell(city)
        before, context = city.look(EYE), gl_engine.window.get_gsg()
        city.renderer.begin_anew(with_new_context=True)
        assert gl_engine.window.get_gsg() != context
        _attach(city)
        assert np.array_equal(city.look(EYE), before)
