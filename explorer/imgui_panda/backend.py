"""Dear ImGui in a Panda3D window: one object that the application drives once a frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from imgui_bundle import imgui
from panda3d.core import WindowProperties

from explorer.imgui_panda.clipboard import Clipboard
from explorer.imgui_panda.cursors import Cursors
from explorer.imgui_panda.drawing import PanelDrawing
from explorer.imgui_panda.fonts import load_fonts
from explorer.imgui_panda.input import InputBridge
from explorer.imgui_panda.theme import apply_theme
from explorer.imgui_panda.world_events import WorldEvent


class ImguiBackend:
    """Owns the Dear ImGui context. Each frame: `new_frame`, panels, `render`; then Panda3D draws."""

    def __init__(
        self, base: Any, window: Any, *, shader_folder: Path, scale: float = 1.0, offscreen: bool = False
    ) -> None:
        self._window = window
        self._offscreen = offscreen
        self.title = ""
        self._context = imgui.create_context()
        # create_context leaves an older context current
        imgui.set_current_context(self._context)
        io = imgui.get_io()
        io.set_ini_filename("")
        io.backend_flags |= (
            imgui.BackendFlags_.renderer_has_textures
            | imgui.BackendFlags_.renderer_has_vtx_offset
            | imgui.BackendFlags_.has_mouse_cursors
        )
        io.config_flags |= imgui.ConfigFlags_.nav_enable_keyboard
        self._scale, self._theme, self._touch = scale, "light", False
        self._zoom = 1.0 if offscreen else max(float(window.get_pipe().get_display_zoom()), 1.0)
        load_fonts()
        self._restyle()
        self._drawing = PanelDrawing(window, shader_folder)
        self._input = InputBridge(base, window, offscreen=offscreen)
        self._cursors = Cursors(window)
        self._clipboard = Clipboard(use_system=not offscreen)
        self._clipboard.connect()

    # -- the frame -------------------------------------------------------------------------------------------------

    def new_frame(self, dt: float) -> None:
        """Begin a frame of `dt` seconds."""
        io = imgui.get_io()
        io.display_size = imgui.ImVec2(max(self._window.get_x_size(), 1), max(self._window.get_y_size(), 1))
        io.delta_time = max(dt, 1e-4)
        self._input.begin()
        if not self._offscreen:
            self._input.poll_pointer()
            self._clipboard.poll()
        imgui.new_frame()
        self._input.settle()

    def render(self) -> bool:
        """End the frame and hand its geometry to Panda3D; False where it is the one that is drawn already."""
        imgui.render()
        return self._drawing.draw(imgui.get_draw_data())

    def listen(self) -> int:
        """Look where the pointer is, between frames; a number that changes whenever the user did anything."""
        if not self._offscreen:
            self._input.poll_pointer()
        return self._input.n_events

    # -- input -----------------------------------------------------------------------------------------------------

    @property
    def wants_mouse(self) -> bool:
        """Whether the pointer is over a panel or held by one."""
        return bool(imgui.get_io().want_capture_mouse)

    @property
    def wants_keyboard(self) -> bool:
        """Whether somebody types into a field."""
        return bool(imgui.get_io().want_text_input)

    def take_world_events(self) -> list[WorldEvent]:
        """What happened since the last call that no panel wanted."""
        return self._input.take()

    def expect_typing(self) -> None:
        """A field is about to open: what is typed from now on is for it, however slow the frames are."""
        self._input.expect_typing()

    @property
    def held_keys(self) -> frozenset[str]:
        """Keys that are down and belong to the world."""
        return self._input.held

    @property
    def pointer(self) -> tuple[float, float] | None:
        """Where the mouse is in the window; None outside."""
        return self._input.pointer

    def inject_mouse_move(self, x: float, y: float) -> None:
        """For tests: the pointer is here."""
        self._input.pointer_at((x, y))

    def inject_button(self, name: str, is_down: bool) -> None:
        """For tests: a key or mouse button by Panda3D's name goes down or up."""
        self._input.button(is_down, name)

    def inject_text(self, characters: str) -> None:
        """For tests: somebody types."""
        self._input.text(characters)

    def show_cursor(self, shape: str) -> None:
        """One of `cursors.SHAPES`; nothing without a window."""
        if not self._offscreen:
            self._cursors.show(shape)

    def set_title(self, title: str) -> None:
        """What the window's own frame and the task bar say."""
        if title == self.title:
            return
        self.title = title
        if not self._offscreen:
            properties = WindowProperties()
            properties.set_title(title)
            self._window.request_properties(properties)

    # -- looks -----------------------------------------------------------------------------------------------------

    def set_theme(self, name: str) -> None:
        """light, dark or contrast."""
        self._theme = name
        self._restyle()

    def set_scale(self, scale: float) -> None:
        """Size of everything, 0.8 to 2.5."""
        self._scale = scale
        self._restyle()

    def set_touch(self, is_touch: bool) -> None:
        """Larger controls."""
        self._touch = is_touch
        self._restyle()

    def _restyle(self) -> None:
        apply_theme(self._theme, scale=self._scale * self._zoom, touch=self._touch)

    def copy_text(self, text: str) -> None:
        """Put a text on the clipboard."""
        self._clipboard.set(text)

    def follow(self, window: Any) -> None:
        """Go on in another window, in place of the one before, which is closed."""
        self._window = window
        self._drawing.follow(window)
        self._input.follow(window)
        self._cursors.follow(window)

    def close(self) -> None:
        """End the context and give everything back."""
        self._input.close()
        self._drawing.close()
        self._cursors.close()
        imgui.destroy_context(self._context)
