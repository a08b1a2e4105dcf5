"""Whatever the machine can do, the picture is the same one; and it is the one that was agreed on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.render import OFFICE, Engine, OverlayDrape, Tier
from explorer.tileformat import Mesh, SurfaceClass
from tests.render.scenery import PLAIN, City, Levels, block, opened, sheet, sun_at, towards

pytestmark = pytest.mark.xdist_group("gl")

PICTURES = Path(__file__).parent / "pictures"
SMALL = (60, 40)
"""Pictures are compared at this size, so that an edge drawn half a pixel further does not count. [px]"""
LARGE = (240, 160)
EYE = towards((-70.0, -95.0, 60.0), (0.0, 5.0, 4.0))


def _as(mesh: Mesh, kind: SurfaceClass) -> Mesh:
    return replace(mesh, surface_class=np.full(len(mesh.positions), int(kind), np.uint8))


def _village(city: City) -> None:
    """Twelve houses of all heights along a road and a canal, with trees."""
    places = [(-45.0 + 30.0 * i, y) for y in (-30.0, 12.0, 45.0) for i in range(4)]
    houses = [block(at, (14.0, 12.0, 6.0 + 2.5 * (i * 5 % 7)), i) for i, at in enumerate(places)]
    trees = [_as(block((-58.0 + 16.0 * i, -10.0), (4.0, 4.0, 7.0), 12 + i), SurfaceClass.TREE) for i in range(8)]
    flat = [
        sheet((0.0, 0.0, 0.0), (400.0, 400.0), SurfaceClass.TERRAIN, parts=4),
        sheet((0.0, -2.0, 0.06), (200.0, 8.0), SurfaceClass.ROAD),
        sheet((0.0, 29.0, 0.06), (200.0, 9.0), SurfaceClass.WATER, parts=4),
    ]
    city.build(*flat, *houses, *trees, ids=tuple(f"f{i}" for i in range(20)), with_edges=True)


def _small(picture: Levels | Image.Image) -> Levels:
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture.astype(np.uint8))
    return np.asarray(image.convert("RGB").resize(SMALL, Image.Resampling.BOX), np.float64)


def _off(one: Levels | Image.Image, other: Levels | Image.Image) -> tuple[float, float]:
    """Mean and 99th percentile of the difference at a glance. [levels]"""
    off = np.abs(_small(one) - _small(other))
    return float(off.mean()), float(np.percentile(off, 99.0))


def _looks_like(picture: Levels, name: str) -> bool:
    """Whether it is the known picture, but for what drivers do otherwise. NEW_PICTURES=1 makes it the known one."""
    path = PICTURES / name
    if os.environ.get("NEW_PICTURES"):
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(picture.astype(np.uint8)).save(path, optimize=True)
    with Image.open(path) as known:
        mean, worst = _off(picture, known)
    return mean < 2.0 and worst < 25.0


@pytest.fixture
def plain(gl_engine: Engine) -> Iterator[Levels]:
    """The village as it is drawn where all is to be had."""
    with opened(gl_engine) as city:
        _village(city)
        yield city.look(EYE)


@pytest.mark.parametrize("tier", [PLAIN, OFFICE], ids=lambda tier: tier.name)
@pytest.mark.parametrize("has_reversed_depth", [False, True])
def test_the_picture_is_the_same_on_lesser_machines(
    has_reversed_depth: bool, tier: Tier, plain: Levels, gl_engine: Engine
) -> None:
    engine = replace(gl_engine, has_reversed_depth=has_reversed_depth)
    with opened(engine, tier=tier) as city:
        _village(city)
        mean, worst = _off(city.look(EYE), plain)
    assert mean < 1.0 and worst < 12.0


@pytest.mark.parametrize(
    ("distance", "rise"), [(30.0, 0.35), (120.0, 0.35), (450.0, 0.35), (900.0, 0.35), (120.0, 0.02), (500.0, 0.02)]
)
def test_without_clip_control_the_same_lines_and_faces_are_in_front(
    distance: float, rise: float, gl_engine: Engine
) -> None:
    if not gl_engine.has_reversed_depth:
        pytest.skip("this machine has no clip control: there is nothing to compare with")
    eye = (-0.55 * distance, -0.75 * distance, rise * distance)
    camera = towards(eye, (0.0, 5.0, 4.0), fov=min(4500.0 / distance, 60.0))
    pictures = []
    for has_reversed_depth in (True, False):
        with opened(replace(gl_engine, has_reversed_depth=has_reversed_depth)) as city:
            _village(city)
            pictures.append(city.look(camera))
    off = np.abs(pictures[0] - pictures[1]).max(axis=-1)
    assert np.mean(off > 20.0) < 0.004, f"{np.mean(off > 20.0):.2%} of the picture differs"


def test_without_clip_control_picks_are_right_to_five_centimetres(gl_engine: Engine) -> None:
    with opened(replace(gl_engine, has_reversed_depth=False)) as city:
        city.build(sheet((0.0, 0.0, 0.0), (400.0, 400.0)), block((0.0, 0.0), (20.0, 20.0, 10.0)), ids=("house",))
        city.look(EYE)
        for point, feature in (((-3.0, -10.0, 5.0), "house"), ((-20.0, -30.0, 0.0), None)):
            x, y, _depth = EYE.project(np.array([point]))[0]
            found = city.renderer.pick(float(x), float(y))
            assert found is not None and found.feature_id == feature
            assert np.linalg.norm(np.asarray(found.position) - point) < 0.05
        city.look(towards((0.0, 0.0, 20.0), (0.0, 100.0, 60.0)))
        assert city.renderer.pick(80.0, 60.0) is None


def test_a_village_at_noon_looks_as_agreed(gl_engine: Engine) -> None:
    with opened(gl_engine, size=LARGE) as city:
        _village(city)
        city.propose(block((75.0, 10.0), (16.0, 16.0, 24.0)))
        city.renderer.set_sun(*sun_at(215.0, 40.0))
        city.renderer.set_highlight(frozenset({"f1"}))
        picture = city.look(towards((-70.0, -95.0, 60.0), (10.0, 5.0, 4.0), fov=50.0, size=LARGE))
    assert _looks_like(picture, "noon.png")


def test_a_draped_result_in_the_evening_looks_as_agreed(gl_engine: Engine) -> None:
    y, x = np.mgrid[0:40, 0:60].astype(np.float32)
    values = np.where(y < 8, np.float32("nan"), x + 2.0 * y)
    ramp = np.linspace(0.0, 255.0, 256)
    legend = np.stack([ramp, 60.0 + ramp * 0.6, 160.0 - ramp * 0.5], axis=1).astype(np.uint8)
    with opened(gl_engine, size=LARGE) as city:
        _village(city)
        city.renderer.set_sun(*sun_at(262.0, 14.0))
        city.renderer.set_overlay(OverlayDrape(values, (-60.0, -45.0, 60.0, 55.0), legend, 0.0, 140.0))
        picture = city.look(towards((60.0, -90.0, 28.0), (0.0, 10.0, 8.0), fov=50.0, size=LARGE))
    assert _looks_like(picture, "evening.png")
