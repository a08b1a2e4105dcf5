"""The tiles of a place on their way to a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from explorer.app.finding import open_place
from explorer.app.picture import view_camera
from explorer.app.tile_layers import TileLayers
from explorer.jobs import InlineJobs, Progress
from tests.fakes import StepJobs


class _Renderer:
    """Counts what it is given."""

    def __init__(self) -> None:
        self.attached: list[Any] = []

    def attach_tile(self, key: Any, prepared: Any) -> None:
        self.attached.append(key)

    def detach_tile(self, key: Any) -> None:
        self.attached.remove(key)

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
