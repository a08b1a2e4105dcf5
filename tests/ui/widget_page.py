"""One panel that draws what a test hands in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from imgui_bundle import imgui

from explorer.ui.widgets import Widgets


class Page:
    """One panel that draws what a test hands in; hands that click and type."""

    def __init__(self) -> None:
        self.widgets = Widgets()
        self.results: list[Any] = []
        self.draw: Callable[[Widgets], Any] = lambda _w: None

    def show(self, draw: Callable[[Widgets], Any]) -> None:
        """Draw this from now on; what it returns is kept in `results`."""
        self.draw = draw
        self.frames(3)
        self.results.clear()

    def frames(self, count: int = 2) -> None:
        """Let so many frames pass."""
        for _number in range(count):
            io = imgui.get_io()
            io.display_size, io.delta_time = imgui.ImVec2(800.0, 600.0), 1.0 / 60.0
            imgui.new_frame()
            self.widgets.begin_frame()
            imgui.set_next_window_pos((0.0, 0.0))
            imgui.set_next_window_size((400.0, 500.0))
            imgui.begin("page", None, imgui.WindowFlags_.no_decoration)
            self.results.append(self.draw(self.widgets))
            imgui.end()
            imgui.render()
            for texture in imgui.get_draw_data().textures or []:
                texture.set_tex_id(1)
                texture.set_status(imgui.ImTextureStatus.ok)

    def click_at(self, x: float, y: float) -> None:
        """Press and let go."""
        io = imgui.get_io()
        io.add_mouse_pos_event(x, y)
        io.add_mouse_button_event(0, True)
        self.frames()
        io.add_mouse_button_event(0, False)
        self.frames()

    def click(self, widget_id: str) -> None:
        """In the middle of a widget."""
        self.click_at(*self.widgets.log[widget_id].centre)

    def key(self, key: Any, *, ctrl: bool = False) -> None:
        """Down and up."""
        io = imgui.get_io()
        for is_down in (True, False):
            if ctrl:
                io.add_key_event(imgui.Key.mod_ctrl, is_down)
            io.add_key_event(key, is_down)
            self.frames()

    def replace_by(self, widget_id: str, text: str) -> None:
        """Type over what a field holds, without committing."""
        self.click(widget_id)
        self.key(imgui.Key.a, ctrl=True)
        imgui.get_io().add_input_characters_utf8(text)
        self.frames(3)

    def committed(self) -> list[Any]:
        """The values of those frames in which a field said it is committed."""
        return [value for is_committed, value in self.results if is_committed]
