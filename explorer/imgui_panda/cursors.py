"""The window's mouse cursors, drawn out of the icon font when they are first needed."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path
from typing import Any

from imgui_bundle import icons_fontawesome_6 as fa
from panda3d.core import Filename, WindowProperties
from PIL import Image, ImageDraw, ImageFont

from explorer.imgui_panda.fonts import icon_font

SHAPES = ("arrow", "cross", "hand", "move", "text")
_GLYPHS = {"hand": fa.ICON_FA_HAND_POINTER, "move": fa.ICON_FA_UP_DOWN_LEFT_RIGHT, "text": fa.ICON_FA_I_CURSOR}
_SIZE = 32


class Cursors:
    """Shows one shape at a time in a window; the system's own where a shape cannot be shown."""

    def __init__(self, window: Any) -> None:
        self._window = window
        self._shape = "arrow"
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def show(self, shape: str) -> None:
        """One of `SHAPES`."""
        if shape == self._shape:
            return
        self._shape = shape
        properties = WindowProperties()
        if shape == "arrow":
            properties.set_cursor_filename(Filename())
        else:
            properties.set_cursor_filename(Filename.from_os_specific(str(self._file(shape))))
        self._window.request_properties(properties)

    def _file(self, shape: str) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="citiverse-cursors-")
        path = Path(self._folder.name) / f"{shape}.cur"
        if not path.exists():
            path.write_bytes(cursor_file(shape))
        return path

    def follow(self, window: Any) -> None:
        """Show them in another window."""
        self._window, self._shape = window, "arrow"

    def close(self) -> None:
        """Take the files away."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def cursor_file(shape: str) -> bytes:
    """A shape as a Windows .cur file, which Panda3D reads on every system: 32 bits a pixel, hot spot in it."""
    image = _drawn(shape)
    hot = (10, 3) if shape == "hand" else (_SIZE // 2, _SIZE // 2)
    rows = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM).tobytes("raw", "BGRA")
    mask = b"\0" * (_SIZE * _SIZE // 8)
    # the bitmap counts as twice as high: the picture and the mask below it
    header = struct.pack("<IiiHHIIiiII", 40, _SIZE, _SIZE * 2, 1, 32, 0, len(rows) + len(mask), 0, 0, 0, 0)
    body = header + rows + mask
    return struct.pack("<HHHBBBBHHII", 0, 2, 1, _SIZE, _SIZE, 0, 0, *hot, len(body), 22) + body


def _drawn(shape: str) -> Image.Image:
    image = Image.new("RGBA", (_SIZE, _SIZE), (0, 0, 0, 0))
    draw, middle = ImageDraw.Draw(image), _SIZE // 2
    if shape == "cross":
        for colour, width, gap in (((255, 255, 255, 255), 5, 3), ((20, 30, 45, 255), 1, 4)):
            for x0, y0, x1, y1 in (
                (middle, 1, middle, middle - gap), (middle, middle + gap, middle, _SIZE - 2),
                (1, middle, middle - gap, middle), (middle + gap, middle, _SIZE - 2, middle),
            ):  # fmt: skip
                draw.line((x0, y0, x1, y1), fill=colour, width=width)
        return image
    font = ImageFont.truetype(str(icon_font()), 22)
    draw.text(
        (middle, middle), _GLYPHS[shape], font=font, anchor="mm",
        fill=(20, 30, 45, 255), stroke_width=2, stroke_fill=(255, 255, 255, 255),
    )  # fmt: skip
    return image
