"""The tiles of a place on their way to a picture."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.app.finding import open_place
from explorer.app.indexed import building_at
from explorer.app.picture import view_camera
from explorer.app.references import References
from explorer.app.tile_layers import TileLayers
from explorer.jobs import InlineJobs, Progress
from explorer.render import PhotoWish
from explorer.tileformat import Mesh, TileContent, encode_glb
from importers.pipeline import TilingOptions, write_tileset
from importers.sampletown import make_town
from tests.fakes import StepJobs
from tests.specimens import tile_json, tileset_json


class _Renderer:
    """Counts what it is given."""

    def __init__(self) -> None:
        self.attached: list[Any] = []
        self.land: list[float] = []
        self.wishes: list[PhotoWish] = []
        self.sharpened: list[Any] = []

    def attach_tile(self, key: Any, prepared: Any) -> None:
        self.attached.append(key)

    def detach_tile(self, key: Any) -> None:
        self.attached.remove(key)

    def most_blurred(self, _camera: Any) -> Any:
        return self.wishes.pop(0) if self.wishes else None

    def sharpen(self, wish: Any, texels: Any) -> int:
        self.sharpened.append((wish.side, None if texels is None else texels.shape))
        return 0 if texels is None else texels.nbytes

    def set_land(self, height: float) -> None:
        self.land.append(height)

    def show_tiles(self, keys: list[Any]) -> None:
        assert set(keys) <= set(self.attached)


def test_a_picture_says_whether_all_of_its_city_came(small_town: Path) -> None:
    place = open_place(str(small_town))
    camera = view_camera(place, "bird", 320, 180)
    renderer: Any = _Renderer()
    heard: list[float] = []
    tiles = TileLayers(place, InlineJobs(), max_screen_space_error=8.0)
    assert tiles.load_all(renderer, camera, progress=Progress(lambda fraction, _text: heard.append(fraction)))
    assert renderer.attached and heard[-1] == 1.0

    late: Any = _Renderer()
    assert not TileLayers(place, StepJobs()).load_all(late, camera, timeout_secs=0.05)
    assert late.attached == []


def test_the_land_lies_at_the_foot_of_what_came_where_boxes_are_far_too_high(shared_data: Path) -> None:
    place = open_place(str(shared_data / "3dtiles" / "amsterdam"))
    assert place.bounds()[0][2] < -1000.0
    renderer: Any = _Renderer()
    tiles = TileLayers(place, InlineJobs(), max_screen_space_error=8.0)
    tiles.load_all(renderer, view_camera(place, "bird", 320, 180))
    foot = place.frame.to_map([(0.0, 0.0, renderer.land[-1])])[0][2]
    assert 37.0 < foot < 46.0  # NAP lies 43 m above the ellipsoid there; some blocks of the data go 3 m deeper


def test_a_building_in_a_block_of_a_far_tile_is_found_by_the_index_and_refined_when_selected(tmp_path: Path) -> None:
    write_tileset(make_town(buildings=120, seed=3), tmp_path / "town", options=TilingOptions(max_vertices=4000))
    place = open_place(str(tmp_path / "town"))
    layer = place.layers[0]
    assert layer.index is not None
    house = next(hit for hit in layer.index.search("gabled", 40) if hit.kind == "Building" and hit.bounds)
    assert house.bounds is not None
    middle = ((house.bounds[0] + house.bounds[3]) / 2.0, (house.bounds[1] + house.bounds[4]) / 2.0, house.bounds[5])
    tiles = TileLayers(place, InlineJobs(), max_screen_space_error=100_000.0)
    leaf = layer.tileset.content_uri.index(house.content_uri)
    assert building_at(place.layers, ("city", 0), *middle) == house.id
    assert building_at(place.layers, ("city", leaf), *middle) is None
    assert building_at(place.layers, ("city", 0), middle[0], middle[1], middle[2] + 50.0) is None

    camera = view_camera(place, "bird", 320, 180)
    for selected in (frozenset[str](), frozenset({house.id})):
        tiles.set_selected(selected)
        renderer: Any = _Renderer()
        tiles.load_all(renderer, camera)
        assert (("city", leaf) in renderer.attached) == bool(selected)


def test_a_tileset_in_web_mercator_is_shown_in_true_lengths(shared_data: Path) -> None:
    place = open_place(str(shared_data / "3dtiles" / "rotterdam-3857"), References("EPSG:3857", "ellipsoidal"))
    assert place.frame.crs.identifier == "EPSG:32631+ellipsoidal"
    assert any("EPSG:3857" in warning and "EPSG:32631" in warning for warning in place.warnings)
    lo, hi = place.bounds()
    # lon 4.461 to 4.522, lat 51.895 to 51.919: 4.2 km by 2.7 km on the ground, 1.62 times as much on the map
    assert (hi - lo)[:2] == pytest.approx([4200.0, 2700.0], rel=0.12)


def test_another_tier_asks_for_more_or_less_from_the_next_frame_on(small_town: Path) -> None:
    place = open_place(str(small_town))
    camera = view_camera(place, "bird", 320, 180)
    renderer: Any = _Renderer()
    shown: list[set[Any]] = []
    renderer.show_tiles = lambda keys: shown.append(set(keys))
    tiles = TileLayers(place, InlineJobs(), max_screen_space_error=1.0)
    tiles.load_all(renderer, camera)
    fine = shown[-1]
    tiles.set_error(4000.0)
    tiles.load_all(renderer, camera)
    assert len(shown[-1]) < len(fine)


def test_a_blurred_photograph_is_decoded_larger_by_a_worker_and_one_that_is_broken_is_let_be(small_town: Path) -> None:
    place = open_place(str(small_town))
    camera = view_camera(place, "bird", 320, 180)
    renderer: Any = _Renderer()
    jobs = StepJobs()
    tiles = TileLayers(place, InlineJobs(), max_screen_space_error=8.0)
    assert tiles.load_all(renderer, camera)
    tiles._photos._jobs = jobs
    key, held = renderer.attached[0], tiles.resident_bytes
    sound = io.BytesIO()
    Image.new("RGB", (300, 200)).save(sound, "PNG")
    renderer.wishes = [PhotoWish(key, sound.getvalue(), 128), PhotoWish(key, b"broken", 128)]
    for _frame in range(40):
        tiles.update(renderer, camera)
        jobs.run()
        jobs.collect()
    assert renderer.sharpened == [(128, (85, 128, 4)), (128, None)]
    assert tiles.resident_bytes == held + 85 * 128 * 4

    renderer.wishes = [PhotoWish(key, sound.getvalue(), 256)]
    assert tiles.load_all(renderer, camera), "a picture waits for it"
    assert renderer.sharpened[-1] == (256, (171, 256, 4))


def test_what_is_odd_about_tiles_is_told_once_a_kind_with_the_first_that_has_it(tmp_path: Path) -> None:
    corners = np.array([[0.0, 0.0, 0.0], [20.0, 0.0, 0.0], [0.0, 20.0, 0.0]])
    mesh = Mesh(
        corners, np.array([[0, 1, 2]], np.uint32), texture_coordinates=np.zeros((3, 2), np.float32), image=b"no"
    )
    (tmp_path / "a.glb").write_bytes(encode_glb(TileContent((mesh,))))
    (tmp_path / "b.glb").write_bytes(encode_glb(TileContent((mesh,))))
    root = tile_json("a.glb?v=3", 10.0, refine="ADD", children=[tile_json("b.glb")])
    (tmp_path / "tileset.json").write_bytes(tileset_json(root))
    place = open_place(str(tmp_path))
    renderer: Any = _Renderer()
    tiles = TileLayers(place, InlineJobs(), max_screen_space_error=1.0)
    assert tiles.load_all(renderer, view_camera(place, "bird", 320, 180)) and len(renderer.attached) == 2
    told = ["A photograph cannot be read: it is of no known kind [a.glb]"]
    assert tiles.take_new_problems() == told
    assert tiles.problems() == told and tiles.take_new_problems() == tiles.take_mended_problems() == []


def test_what_comes_as_a_layer_is_hidden_is_there_when_it_is_shown_again(small_town: Path) -> None:
    place = open_place(str(small_town))
    jobs, renderer = StepJobs(), _Renderer()
    tiles = TileLayers(place, jobs, max_screen_space_error=8.0)
    camera = view_camera(place, "bird", 320, 180)
    for _n in range(30):
        tiles.set_visible("city", True)
        tiles.update(renderer, camera)  # type: ignore[arg-type]
        jobs.run()
        jobs.collect()
        tiles.set_visible("city", False)
        tiles.update(renderer, camera)  # type: ignore[arg-type]
    tiles.set_visible("city", True)
    tiles.update(renderer, camera)  # type: ignore[arg-type]
    assert renderer.attached and tiles.loading == 0
