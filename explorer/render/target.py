"""The buffer that the city is drawn into, its camera, and its way into the window."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d.core import Camera as PandaCamera
from panda3d.core import (
    FrameBufferProperties,
    GraphicsOutput,
    GraphicsPipe,
    NodePath,
    SamplerState,
    Texture,
    WindowProperties,
)

from explorer.geo import Camera
from explorer.render.engine import Engine
from explorer.render.passes import LINES_MASK, VIEW_MASK, fit_lens, lens_of, pose
from explorer.render.shader_library import ShaderLibrary
from explorer.render.sky import full_screen_triangle


class CityTarget:
    """Colour and depth of the city's picture; in a window it is shown below the interface."""

    def __init__(
        self, engine: Engine, scene: Any, shaders: ShaderLibrary, size: tuple[int, int], *, is_smoothed: bool
    ) -> None:
        self._engine = engine
        self._graphics = engine.base.graphics_engine
        self.width, self.height = size
        host = engine.window
        properties = FrameBufferProperties()
        properties.set_rgba_bits(8, 8, 8, 8)
        properties.set_depth_bits(32)
        properties.set_float_depth(True)
        self.picture = Texture("picture")
        # shown pixel by pixel: a software rasteriser copies that twice as fast as it interpolates
        how = SamplerState.FT_linear if is_smoothed else SamplerState.FT_nearest
        self.picture.set_minfilter(how)
        self.picture.set_magfilter(how)
        self.buffer = self._graphics.make_output(
            host.get_pipe(), "city", -10, properties, WindowProperties.size(*size),
            GraphicsPipe.BF_refuse_window | GraphicsPipe.BF_resizeable, host.get_gsg(), host,
        )  # fmt: skip
        self.buffer.add_render_texture(self.picture, GraphicsOutput.RTM_bind_or_copy, GraphicsOutput.RTP_color)
        self.buffer.set_clear_color_active(True)
        self.buffer.set_clear_color((0.8, 0.85, 0.9, 1.0))
        self.buffer.set_clear_depth_active(True)
        self.buffer.set_clear_depth(0.0 if engine.has_reversed_depth else 1.0)
        self._lens = lens_of(Camera((0.0, 0.0, 0.0)))
        node = PandaCamera("viewer", self._lens)
        node.set_camera_mask(VIEW_MASK | LINES_MASK)
        self._viewer = scene.attach_new_node(node)
        self.buffer.make_display_region().set_camera(self._viewer)
        self._show_in_window(host, shaders, is_smoothed)

    def _show_in_window(self, host: Any, shaders: ShaderLibrary, is_smoothed: bool) -> None:
        self._frame = NodePath("frame")
        path = full_screen_triangle(self._frame, "picture")
        path.set_shader(shaders.get("post/show", frozenset({"USE_SMOOTHING"} if is_smoothed else ())))
        path.set_shader_input("picture", self.picture)
        self._show_path = path
        self._region = host.make_display_region()
        self._region.set_sort(-100)
        self._region.set_camera(self._frame.attach_new_node(PandaCamera("show")))
        # the picture covers all of it
        host.set_clear_color_active(False)
        host.set_clear_depth_active(False)
        self._fit_show()

    def _fit_show(self) -> None:
        self._show_path.set_shader_input("pixel", (1.0 / self.width, 1.0 / self.height))

    def resize(self, width: int, height: int) -> bool:
        """Draw at another size from the next frame on; False where it is the same or none."""
        if (width, height) == (self.width, self.height) or width <= 0 or height <= 0:
            return False
        self.width, self.height = width, height
        self.buffer.set_size(width, height)
        self._fit_show()
        return True

    def set_active(self, is_active: bool) -> None:
        """Draw in the next frame, or keep the last picture."""
        self.buffer.set_active(is_active)

    def look(self, camera: Camera, origin: NDArray[np.float64]) -> None:
        """Stand at `camera`, relative to the render origin."""
        fit_lens(self._lens, camera)
        pose(self._viewer, camera, origin)

    def finish(self) -> bool:
        """Wait until the last frame is drawn and read it back; False if that failed."""
        return bool(self._graphics.extract_texture_data(self.picture, self._engine.window.get_gsg()))

    def pixels(self) -> NDArray[np.uint8]:
        """The last frame, (height, width, 3) sRGB, first row on top. Raises `RuntimeError` if it cannot be read."""
        if not self.finish():
            raise RuntimeError("the picture could not be read back")
        flat = np.frombuffer(self.picture.get_ram_image(), np.uint8)
        image = flat.reshape(self.picture.get_y_size(), self.picture.get_x_size(), -1)
        return np.ascontiguousarray(image[::-1, :, 2::-1])

    def close(self) -> None:
        """Give the buffer back, and the place in the window."""
        self._engine.window.remove_display_region(self._region)
        self._graphics.remove_window(self.buffer)
        self._frame.remove_node()
