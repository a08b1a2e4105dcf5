"""Dear ImGui without a window: one context for each test, its textures taken as uploaded, events put in by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from imgui_bundle import imgui

from explorer.imgui_panda.fonts import load_fonts
from explorer.imgui_panda.theme import apply_theme
from explorer.ui import Ui
from explorer.ui.widgets import WidgetRecord
from tests.ui.fake_host import FakeHost


class Desk:
    """A host, its panels, and hands."""

    def __init__(self, host: FakeHost, size: tuple[float, float] = (1280.0, 800.0)) -> None:
        self.host = host
        self.ui = Ui(host)
        self.size = size

    def frames(self, count: int = 1) -> None:
        """Draw so many frames."""
        for _number in range(count):
            io = imgui.get_io()
            io.display_size = imgui.ImVec2(*self.size)
            io.delta_time = 1.0 / 60.0
            imgui.new_frame()
            self.ui.draw(*self.size)
            imgui.render()
            for texture in imgui.get_draw_data().textures or []:
                if texture.status in (imgui.ImTextureStatus.want_create, imgui.ImTextureStatus.want_updates):
                    texture.set_tex_id(1)
                    texture.set_status(imgui.ImTextureStatus.ok)

    @property
    def log(self) -> dict[str, WidgetRecord]:
        """The widgets of the last frame."""
        return self.ui.widgets.log

    def move(self, place: tuple[float, float]) -> None:
        """The pointer goes there."""
        imgui.get_io().add_mouse_pos_event(*place)
        self.frames(2)

    def click(self, widget_id: str) -> None:
        """Press and let go in the middle of a widget."""
        self.move(self.log[widget_id].centre)
        self.button(True)
        self.button(False)
        self.frames(2)

    def button(self, is_down: bool) -> None:
        """The left button goes down or up."""
        imgui.get_io().add_mouse_button_event(0, is_down)
        self.frames(2)

    def drag(self, widget_id: str, share: float) -> None:
        """Press in the middle of a widget and pull to a share of its width."""
        x0, y0, x1, y1 = self.log[widget_id].rect
        self.move(((x0 + x1) / 2.0, (y0 + y1) / 2.0))
        self.button(True)
        self.move((x0 + (x1 - x0) * share, (y0 + y1) / 2.0))

    def type(self, text: str) -> None:
        """Characters arrive."""
        imgui.get_io().add_input_characters_utf8(text)
        self.frames(2)

    def key(self, key: Any, ctrl: bool = False) -> None:
        """A key goes down and up."""
        io = imgui.get_io()
        if ctrl:
            io.add_key_event(imgui.Key.mod_ctrl, True)
        io.add_key_event(key, True)
        self.frames(2)
        io.add_key_event(key, False)
        if ctrl:
            io.add_key_event(imgui.Key.mod_ctrl, False)
        self.frames(2)

    def fill(self, widget_id: str, text: str) -> None:
        """Replace what a field holds, and press Enter."""
        self.click(widget_id)
        self.key(imgui.Key.a, ctrl=True)
        self.type(text)
        self.key(imgui.Key.enter)


@contextmanager
def imgui_context(theme: str = "light", scale: float = 1.0, touch: bool = False) -> Iterator[None]:
    """A context of its own, destroyed afterwards."""
    before = imgui.get_current_context()
    context = imgui.create_context()
    imgui.set_current_context(context)
    io = imgui.get_io()
    io.set_ini_filename("")
    io.backend_flags |= imgui.BackendFlags_.renderer_has_textures
    load_fonts()
    apply_theme(theme, scale=scale, touch=touch)
    try:
        yield
    finally:
        imgui.destroy_context(context)
        if before is not None:
            imgui.set_current_context(before)
