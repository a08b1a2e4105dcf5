"""One template in many places: drawn, shaded, pointed at and hidden as if each were spelled out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.render import OFFICE, STANDARD, Engine, Tier, instances
from explorer.streaming import PreparedTile, prepare_instances, prepare_tile
from explorer.tileformat import FeatureTable, Instances, Mesh, SurfaceClass, TileContent
from tests.render.scenery import NOON, City, above, luma, opened, sheet, towards
from tests.specimens import at_home, box_mesh


def tree() -> tuple[Mesh, ...]:
    """A round crown of 320 triangles on a stem."""
    from scipy.spatial import ConvexHull

    k = np.arange(162) + 0.5
    polar, around = np.arccos(1 - 2 * k / 162), np.pi * (1 + 5**0.5) * k
    ball = np.stack([np.cos(around) * np.sin(polar), np.sin(around) * np.sin(polar), np.cos(polar)], axis=1)
    faces = ConvexHull(ball).simplices
    a, b, c = ball[faces].transpose(1, 0, 2)
    out = np.einsum("ij,ij->i", np.cross(b - a, c - a), a) > 0
    faces = np.where(out[:, None], faces, faces[:, ::-1]).astype(np.uint32)
    crown = Mesh(ball * 3.0 + (0.0, 0.0, 5.0), faces, colours=np.tile(np.array([70, 150, 50, 255], np.uint8), (162, 1)))
    stem = replace(box_mesh((0, 0, 1.5), (0.5, 0.5, 3.0), None), surface_class=None)
    return crown, replace(stem, colours=np.tile(np.array([120, 85, 50, 255], np.uint8), (24, 1)))


def instances_of(template: tuple[Mesh, ...], places: NDArray[np.float64] | None = None) -> Instances:
    at = np.array([(*xy, 0.0) for xy in PLACES]) if places is None else places
    transforms = np.broadcast_to(np.eye(4), (len(at), 4, 4)).copy()
    transforms[:, :3, 3] = at
    return Instances(template, transforms, np.arange(len(at), dtype=np.uint32))


PLACES = [(-10.0, 0.0), (0.0, 0.0), (10.0, 0.0)]
IDS = ("west", "middle", "east")


@pytest.fixture(autouse=True)
def _even_few_are_instances() -> Iterator[None]:
    with patch.object(prepare_instances, "FEW_TRIANGLES", 0):
        yield


def blocks(*, features: bool = True, turn_deg: float = 0.0) -> Instances:
    """Three blocks of 2 x 4 x 6 m on the ground; the template's middle is not its origin."""
    template = replace(box_mesh((1.0, 0.0, 3.0), (2.0, 4.0, 6.0), None), surface_class=None)
    c, s = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    transforms = np.broadcast_to(np.eye(4), (3, 4, 4)).copy()
    transforms[:, :2, :2] = [[c, -s], [s, c]]
    transforms[:, :2, 3] = PLACES
    return Instances((template,), transforms, np.arange(3, dtype=np.uint32) if features else None)


def tile(*groups: Instances, ids: tuple[str, ...] = IDS) -> PreparedTile:
    ground = sheet((0.0, 0.0, 0.0), (60.0, 60.0), SurfaceClass.PAVING)
    content = TileContent((ground,), FeatureTable(ids), instances=groups)
    return prepare_tile(content, np.eye(4), at_home, with_edges=False)


def show(city: City, one: PreparedTile) -> None:
    city.renderer.attach_tile("trees", one)
    city.renderer.show_tiles(["trees"])


SIDE = towards((0.0, -40.0, 25.0), (0.0, 0.0, 2.0))


def test_instances_look_like_the_same_blocks_spelled_out(city: City) -> None:
    show(city, tile(blocks(turn_deg=30.0)))
    many = city.look(SIDE)
    with patch.object(prepare_instances, "FEW_TRIANGLES", 10**6):
        plain = tile(blocks(turn_deg=30.0))
    assert not plain.instances
    show(city, plain)
    apart = np.abs(city.look(SIDE) - many)
    # the tint by chance moves colours a little; places, sides and shadows are the same
    assert np.median(apart) < 1.0
    assert (apart.max(axis=2) > 40.0).mean() < 0.01


def test_instances_cast_shadows_where_they_stand(city: City) -> None:
    show(city, tile(blocks()))
    from_above = above(0.0, 0.0, 40.0)
    light = luma(city.colour_at(from_above, (1.0, 4.0, 0.0), (11.0, 4.0, 0.0), (6.0, 4.0, 0.0)))
    assert light[0] < 0.85 * light[2]  # behind the middle one at noon
    assert light[1] < 0.85 * light[2]


def test_each_instance_is_picked_as_its_own_feature(city: City) -> None:
    show(city, tile(blocks()))
    city.look(above(0.0, 0.0, 40.0))
    camera = city.renderer.camera
    for (x, y), feature in zip(PLACES, IDS, strict=True):
        at = camera.project(np.array([[x + 1.0, y, 6.0]]))[0]
        pick = city.renderer.pick(at[0], at[1])
        assert pick is not None
        assert pick.feature_id == feature
        assert pick.position[2] == pytest.approx(6.0, abs=0.05)
    ground = camera.project(np.array([[6.0, 8.0, 0.0]]))[0]
    pick = city.renderer.pick(ground[0], ground[1])
    assert pick is not None
    assert pick.feature_id is None


def test_a_hidden_instance_is_gone_with_its_shadow_and_the_others_stay(city: City) -> None:
    show(city, tile(blocks()))
    camera = above(0.0, 0.0, 40.0)
    roof, shade, other = (1.0, 0.0, 6.0), (1.0, 4.0, 0.0), (11.0, 0.0, 6.0)
    before = city.colour_at(camera, roof, shade, other)
    city.renderer.set_hidden_features(frozenset({"middle"}))
    after = city.colour_at(camera, roof, shade, other)
    assert np.abs(after[0] - before[0]).max() > 15.0
    assert luma(after[1]) > 1.15 * luma(before[1])
    np.testing.assert_allclose(after[2], before[2], atol=2.0)


def test_a_selected_instance_is_marked(city: City) -> None:
    show(city, tile(blocks()))
    camera = above(0.0, 0.0, 40.0)
    before = city.colour_at(camera, (1.0, 0.0, 6.0), (11.0, 0.0, 6.0))
    city.renderer.set_highlight(selected=frozenset({"east"}))
    after = city.colour_at(camera, (1.0, 0.0, 6.0), (11.0, 0.0, 6.0))
    assert np.abs(after[0] - before[0]).max() < 3.0
    assert after[1][2] - after[1][0] > before[1][2] - before[1][0] + 20.0


def test_what_is_far_is_drawn_with_fewer_triangles_of_the_same_colour_and_size(city: City) -> None:
    ball = instances_of(tree())
    one = prepare_tile(TileContent((), FeatureTable(IDS), instances=(ball,)), np.eye(4), at_home)
    (group,) = one.instances
    counts = [sum(len(mesh.triangles) for mesh in level) for level in (group.meshes, *group.coarser)]
    assert counts == sorted(counts, reverse=True)
    assert len(counts) == 3
    seen = []
    for px in ((1e-6, 1e-7), (1e6, 1e-7), (1e6, 1e5)):
        with patch.object(instances, "LEVEL_PX", px):
            show(city, tile(ball))
        picture = city.look(SIDE)
        crown = (picture[:, :, 1] - picture[:, :, 2] > 25.0) & (picture[:, :, 1] > picture[:, :, 0])
        seen.append((int(crown.sum()), picture[crown].mean(axis=0)))
    for n, colour in seen[1:]:
        assert n == pytest.approx(seen[0][0], rel=0.35)
        np.testing.assert_allclose(colour, seen[0][1], atol=30.0)


def test_instances_stand_in_patches_that_hold_them_all() -> None:
    rng = np.random.default_rng(3)
    places = np.concatenate([rng.uniform(-1500, 1500, (200, 2)), np.zeros((200, 1))], axis=1)
    group = instances_of(tree(), places)
    ids = tuple(map(str, range(200)))
    one = prepare_tile(TileContent((), FeatureTable(ids), instances=(group,)), np.eye(4), at_home)
    (many,) = one.instances
    assert len(many.lo) > 10
    assert many.patches[0] == 0 and many.patches[-1] == 200 and (np.diff(many.patches) > 0).all()
    assert sorted(many.numbers.tolist()) == list(range(200))
    for i, (lo, hi) in enumerate(zip(many.lo, many.hi, strict=True)):
        inside = many.places[many.patches[i] : many.patches[i + 1], :, 3]
        assert (inside >= lo).all() and (inside <= hi).all()
        assert (hi[:2] - lo[:2] < 450.0).all()
    # each row of the table still stands where its feature does
    found = many.places[:, :2, 3] + one.centre[:2]
    np.testing.assert_allclose(found, places[many.numbers.astype(int), :2], atol=0.05)


def test_instances_without_features_are_nobodys(city: City) -> None:
    show(city, tile(blocks(features=False), ids=()))
    camera = above(0.0, 0.0, 40.0)
    city.look(camera)
    at = camera.project(np.array([[1.0, 0.0, 6.0]]))[0]
    pick = city.renderer.pick(at[0], at[1])
    assert pick is not None
    assert pick.feature_id is None
    assert pick.position[2] == pytest.approx(6.0, abs=0.05)


def test_instances_count_as_triangles_and_bytes(city: City) -> None:
    one = tile(blocks())
    show(city, one)
    assert one.n_triangles == city.renderer.shown_triangles == 2 + 3 * 12
    city.renderer.detach_tile("trees")
    assert city.renderer.resident_bytes == 0


def test_a_sun_that_moves_moves_their_shadows(city: City) -> None:
    show(city, tile(blocks()))
    camera = above(0.0, 0.0, 40.0)
    behind = city.colour_at(camera, (1.0, 4.0, 0.0))
    city.renderer.set_sun(NOON[0] * (1.0, -1.0, 1.0), NOON[1])
    assert luma(city.colour_at(camera, (1.0, 4.0, 0.0)))[0] > 1.15 * luma(behind)[0]


@pytest.mark.parametrize("how", [{"tier": STANDARD}, {"tier": OFFICE}])
def test_instances_are_drawn_and_shaded_in_every_tier(gl_engine: Engine, how: dict[str, Tier]) -> None:
    with opened(gl_engine, **how) as city:
        show(city, tile(blocks()))
        light = luma(city.colour_at(above(0.0, 0.0, 40.0), (1.0, 4.0, 0.0), (6.0, 4.0, 0.0), (1.0, 0.0, 6.0)))
        assert light[0] < 0.85 * light[1]
        assert abs(light[2] - light[1]) > 5.0
