"""An off-screen buffer with an `ImguiBackend` on it, hands that put events in, and eyes that read pixels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from explorer.imgui_panda import ImguiBackend
from explorer.render import Engine
from explorer.render.resources import resource_dir
from explorer.ui.widgets import Widgets

BACKGROUND = (40, 90, 60)


class Screen:
    """`draw` is what a test shows: it is called with the widgets every frame."""

    def __init__(self, engine: Engine, size: tuple[int, int] = (640, 400)) -> None:
        from panda3d.core import FrameBufferProperties, GraphicsOutput, GraphicsPipe, Texture, WindowProperties

        base, self._engine = engine.base, engine
        properties = FrameBufferProperties()
        properties.set_rgba_bits(8, 8, 8, 8)
        self.buffer = base.graphics_engine.make_output(
            base.pipe, "screen", -10, properties, WindowProperties.size(*size), GraphicsPipe.BF_refuse_window,
            base.win.get_gsg(), base.win,
        )  # fmt: skip
        self.buffer.set_clear_color((*(v / 255.0 for v in BACKGROUND), 1.0))
        self._texture = Texture("screen")
        self.buffer.add_render_texture(self._texture, GraphicsOutput.RTM_copy_ram)
        self.backend = ImguiBackend(base, self.buffer, shader_folder=resource_dir("shaders") / "imgui", offscreen=True)
        self.widgets = Widgets()
        self.draw: Callable[[Widgets], None] = lambda _widgets: None

    def frames(self, count: int = 1) -> None:
        """Let so many frames pass."""
        for _number in range(count):
            self.backend.new_frame(1.0 / 60.0)
            self.widgets.begin_frame()
            self.draw(self.widgets)
            self.backend.render()
            self._engine.base.task_mgr.step()

    def picture(self) -> NDArray[np.uint8]:
        """What the buffer holds after the last frame, (rows, columns, RGB), row 0 on top."""
        raw = np.frombuffer(self._texture.get_ram_image_as("RGB"), dtype=np.uint8)
        return raw.reshape(self._texture.get_y_size(), self._texture.get_x_size(), 3)[::-1]

    def drawn(self) -> NDArray[np.bool_]:
        """Where something covers the background, (rows, columns)."""
        return np.asarray(np.any(np.abs(self.picture().astype(int) - BACKGROUND) > 8, axis=2))

    def press(self, widget_id: str) -> None:
        """Move to the middle of a widget and press the left button, with no frame in between: a tap."""
        self.backend.inject_mouse_move(*self.widgets.log[widget_id].centre)
        self.backend.inject_button("mouse1", True)

    def click(self, widget_id: str) -> None:
        """A whole click, seen through."""
        self.press(widget_id)
        self.frames(2)
        self.backend.inject_button("mouse1", False)
        self.frames(2)

    def key(self, name: str) -> None:
        """A key goes down and up."""
        self.backend.inject_button(name, True)
        self.frames(2)
        self.backend.inject_button(name, False)
        self.frames(2)

    def close(self) -> None:
        """Give context and buffer back."""
        self.backend.close()
        self._engine.base.graphics_engine.remove_window(self.buffer)
