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
    LVecBase4,
    NodePath,
    RenderState,
    SamplerState,
    ScissorAttrib,
    Texture,
    WindowProperties,
)

from explorer.geo import Camera
from explorer.render.engine import Engine
from explorer.render.passes import LINES_MASK, VIEW_MASK, fit_lens, give_back, lens_of, pose
from explorer.render.post import PostPasses
from explorer.render.shader_library import ShaderLibrary
from explorer.render.sky import full_screen_triangle
from explorer.render.tiers import Tier

_WIDTH_POWER = 0.75
"""Found on pictures of the built-in town from above with half the pixels: within 0.8 of 255 as light as with all, where
lines that end as ever make them 3 darker. [-]"""
_SEAM_PX = 2
"""Rows beside those that are left out that are drawn all the same: sizes are rounded on the way. [px]"""


class CityTarget:
    """Colour and depth of the city's picture, and what is worked out from them; shown below the interface."""

    def __init__(
        self,
        engine: Engine,
        scene: Any,
        shaders: ShaderLibrary,
        size: tuple[int, int],
        tier: Tier,
        pixel_scale: float = 1.0,
    ) -> None:
        self._engine = engine
        self._graphics = engine.base.graphics_engine
        self.width, self.height = size
        self._colour = _texture("picture", SamplerState.FT_linear)
        self._depth = _texture("picture's depth", SamplerState.FT_nearest)
        self._depth.set_format(Texture.F_depth_component32)
        self._depth.set_component_type(Texture.T_float)
        self.buffer, self.samples = self._make_buffer(size, tier.samples)
        self.buffer.set_clear_color_active(True)
        self.buffer.set_clear_color((0.8, 0.85, 0.9, 1.0))
        self.buffer.set_clear_depth_active(True)
        self.buffer.set_clear_depth(0.0 if engine.has_reversed_depth else 1.0)
        self._lens = lens_of(Camera((0.0, 0.0, 0.0)))
        node = PandaCamera("viewer", self._lens)
        node.set_camera_mask(VIEW_MASK | LINES_MASK)
        self._viewer = scene.attach_new_node(node)
        self._drawn = self.buffer.make_display_region()
        self._drawn.set_camera(self._viewer)
        self.share = 1.0
        """Of the pixels along each side, of those that the city is drawn with: the picture's lower left corner then."""
        self._left_out = (0, 0)
        self._scene = scene
        self._post = PostPasses(engine, shaders, tier, self._colour, self._depth, size, pixel_scale)
        self._has_depth = False
        # a software rasteriser's depth is in memory; a graphics card would be waited for
        self.has_depth_at_hand = engine.is_software and engine.has_reversed_depth and self.samples == 0
        self._keep_depth()
        self._show_in_window(shaders, is_smoothed=tier.samples > 0 and self.samples == 0)

    def _make_buffer(self, size: tuple[int, int], samples: int) -> tuple[Any, int]:
        """The buffer, and how many samples a pixel it has: as many as are wanted, or as there are. [-]"""
        host = self._engine.window
        properties = FrameBufferProperties()
        properties.set_rgba_bits(8, 8, 8, 8)
        properties.set_depth_bits(32)
        properties.set_float_depth(True)
        for wanted in [n for n in (8, 4, 2) if n <= samples] + [0]:
            properties.set_multisamples(wanted)
            buffer = self._graphics.make_output(
                host.get_pipe(), "city", -10, properties, WindowProperties.size(*size),
                GraphicsPipe.BF_refuse_window | GraphicsPipe.BF_resizeable, host.get_gsg(), host,
            )  # fmt: skip
            if buffer is not None:
                break
        buffer.add_render_texture(self._colour, GraphicsOutput.RTM_bind_or_copy, GraphicsOutput.RTP_color)
        return buffer, wanted

    def _keep_depth(self) -> None:
        """Have the depth in a texture, where a pass reads it."""
        if (self._post.reads_depth or self.has_depth_at_hand) and not self._has_depth:
            self.buffer.add_render_texture(self._depth, GraphicsOutput.RTM_bind_or_copy, GraphicsOutput.RTP_depth)
            self._has_depth = True

    def _show_in_window(self, shaders: ShaderLibrary, *, is_smoothed: bool) -> None:
        host = self._engine.window
        self._frame = NodePath("frame")
        self._show_path = full_screen_triangle(self._frame, "picture")
        self._show_path.set_shader(shaders.get("post/show", frozenset({"USE_SMOOTHING"} if is_smoothed else ())))
        self._is_smoothed = is_smoothed
        self._region = host.make_display_region()
        self._region.set_sort(-100)
        self._shower = self._frame.attach_new_node(PandaCamera("show"))
        self._region.set_camera(self._shower)
        # the picture covers all of it
        host.set_clear_color_active(False)
        host.set_clear_depth_active(False)
        self._fit_drawn()

    def _fit_show(self) -> None:
        # shown pixel by pixel: a software rasteriser copies that twice as fast as it interpolates
        how = SamplerState.FT_linear if self._is_smoothed or self.share < 1.0 else SamplerState.FT_nearest
        sampler = SamplerState()
        sampler.set_minfilter(how)
        sampler.set_magfilter(how)
        columns, rows = self.drawn_size
        self._show_path.set_shader_input("picture", self.picture, sampler)
        self._show_path.set_shader_input("pixel", (1.0 / self.width, 1.0 / self.height))
        x, y = (0.0, 0.0) if self.share == 1.0 else (0.5 / self.width, 0.5 / self.height)  # nothing of what lies beside
        self._show_path.set_shader_input("part", (x, y, columns / self.width - x, rows / self.height - y))

    @property
    def drawn_size(self) -> tuple[int, int]:
        """Columns and rows that the city is drawn with. [px]"""
        return max(round(self.share * self.width), 1), max(round(self.share * self.height), 1)

    def draw_share(self, share: float) -> None:
        """Draw the next frames with this share of the pixels a side; with all of them where a pass goes through all."""
        if self._post.reads_depth or self._is_smoothed:
            share = 1.0
        if share != self.share:
            self.share = share
            self._fit_drawn()

    def leave_out(self, bottom_px: int, top_px: int) -> None:
        """Draw and show nothing in so many rows of the window along its edges, over which something opaque lies.

        All are drawn where a pass goes through the whole picture, and looks from each pixel to those around it.
        """
        rows = (0, 0) if self._post.reads_depth else (max(bottom_px - _SEAM_PX, 0), max(top_px - _SEAM_PX, 0))
        if rows == self._left_out:
            return
        self._left_out = rows
        bottom, top = (min(some / self.height, 1.0) for some in rows)
        is_part = rows != (0, 0) and bottom + top < 1.0
        state = RenderState.make_empty()
        if is_part:
            state = RenderState.make(ScissorAttrib.make(LVecBase4(0.0, 1.0, bottom, 1.0 - top)))
        for camera in (self._viewer, self._shower):
            camera.node().set_initial_state(state)

    def _fit_drawn(self) -> None:
        columns, rows = self.drawn_size
        self._drawn.set_dimensions(0.0, columns / self.width, 0.0, rows / self.height)
        # lines that are wider end sooner: what moves is as light as when it stands
        wider = self.share**-_WIDTH_POWER
        self._scene.set_shader_input("line_width", wider)
        self._viewer.node().set_lod_scale(wider)
        self._fit_show()

    @property
    def picture(self) -> Any:
        """The texture with the finished picture."""
        return self._post.picture

    def show_points(self, has_points: bool) -> bool:
        """Shade the points of clouds by their depth, or have none; returns whether that is a change."""
        if not self._post.show_points(has_points):
            return False
        self._keep_depth()
        self._fit_show()
        return True

    def resize(self, width: int, height: int) -> bool:
        """Draw at another size from the next frame on; False where it is the same or none."""
        if (width, height) == (self.width, self.height) or width <= 0 or height <= 0:
            return False
        self.width, self.height = width, height
        self.leave_out(0, 0)
        self.buffer.set_size(width, height)
        self._post.resize((width, height))
        self._fit_drawn()
        return True

    def set_active(self, is_active: bool) -> None:
        """Draw in the next frame, or keep the last picture."""
        self.buffer.set_active(is_active)
        self._post.set_active(is_active)

    def look(self, camera: Camera, origin: NDArray[np.float64], land_height: float) -> None:
        """Stand at `camera`, relative to the render origin; `land_height` in the world. [m]"""
        fit_lens(self._lens, camera)
        pose(self._viewer, camera, origin)
        self._post.look(camera, land_height)

    def finish(self) -> bool:
        """Wait until the last frame is drawn and read it back; False if that failed."""
        return self._read() is not None

    def _read(self) -> Any:
        """The last frame as a texture in memory; None if that failed.

        From the buffer: what is read back from a texture itself, Panda3D takes for a change of it, and brings it there
        again over what was drawn since.
        """
        return (self._post.last or self.buffer).get_screenshot()

    def nearness(self) -> NDArray[np.float32] | None:
        """The last frame's depth as stored, (height, width) as drawn, first row at the bottom; waits until it is.

        None where that would take long: on a graphics card.
        """
        if not self.has_depth_at_hand or not self._graphics.extract_texture_data(
            self._depth, self._engine.window.get_gsg()
        ):
            return None
        stored = np.frombuffer(self._depth.get_ram_image(), np.float32)
        columns, rows = self.drawn_size
        return stored.reshape(self._depth.get_y_size(), self._depth.get_x_size())[:rows, :columns]

    def pixels(self) -> NDArray[np.uint8]:
        """The last frame as drawn, (rows, columns, 3) sRGB, first row on top. Raises `RuntimeError` if that fails."""
        read = self._read()
        if read is None:
            raise RuntimeError("the picture could not be read back")
        image = np.frombuffer(read.get_ram_image(), np.uint8).reshape(read.get_y_size(), read.get_x_size(), -1)
        columns, rows = self.drawn_size
        return np.ascontiguousarray(image[:rows, :columns][::-1, :, 2::-1])

    def close(self) -> None:
        """Give the buffers back, and the place in the window."""
        self._engine.window.remove_display_region(self._region)
        self._post.close()
        give_back(self._graphics, self.buffer)
        self._viewer.remove_node()
        self._frame.remove_node()


def _texture(name: str, how: int) -> Any:
    texture = Texture(name)
    texture.set_minfilter(how)
    texture.set_magfilter(how)
    texture.set_wrap_u(SamplerState.WM_clamp)
    texture.set_wrap_v(SamplerState.WM_clamp)
    return texture
