"""Cursors are files that any program reads, with their hot spot where the point is."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from explorer.imgui_panda.cursors import SHAPES, Cursors, cursor_file


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "arrow"])
def test_a_cursor_is_a_picture_of_32_pixels_with_clear_ground(shape: str) -> None:
    data = cursor_file(shape)
    image = Image.open(io.BytesIO(data))
    assert image.size == (32, 32)
    alpha = np.asarray(image.convert("RGBA"))[:, :, 3]
    assert 0.04 < (alpha > 128).mean() < 0.7
    assert alpha[0, 0] == 0
    hot = struct.unpack("<HH", data[10:14])
    assert all(0 <= value < 32 for value in hot)


def test_the_cross_has_its_point_free_in_the_middle() -> None:
    image = np.asarray(Image.open(io.BytesIO(cursor_file("cross"))).convert("RGBA"))
    assert image[16, 16, 3] == 0
    assert image[16, 8, 3] == 255


class FakeWindow:
    """Takes what a window is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def request_properties(self, properties: object) -> None:
        self.asked.append(str(properties.get_cursor_filename()))  # type: ignore[attr-defined]


def test_a_window_is_asked_only_when_the_shape_changes() -> None:
    window = FakeWindow()
    cursors = Cursors(window)
    for shape in ("arrow", "cross", "cross", "move", "arrow"):
        cursors.show(shape)
    assert [name.rsplit("/", 1)[-1] for name in window.asked] == ["cross.cur", "move.cur", ""]
    cursors.close()
