"""What is under a pixel: the scene drawn once more through that pixel alone, with numbers for colours."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d.core import (
    Camera as PandaCamera,
)
from panda3d.core import (
    FrameBufferProperties,
    GraphicsOutput,
    GraphicsPipe,
    RenderState,
    ShaderAttrib,
    Texture,
    WindowProperties,
)

from explorer.geo import Camera
from explorer.render.engine import Engine
from explorer.render.passes import PICK_MASK, fit_lens, give_back, lens_of, pose, set_pass_shaders

FIRST_PROPOSAL = 0xF00000
"""Numbers from here on are proposals; below are tiles' features. 24 bits in all."""
MAX_ID = 0xFFFFFF


@dataclass(frozen=True, slots=True)
class Pick:
    """What is under a pixel."""

    position: tuple[float, float, float]
    """In the world. [m]"""
    tile: Hashable | None = None
    feature_row: int | None = None
    feature_id: str | None = None
    proposal_id: str | None = None


class Picker:
    """A camera of one pixel that looks along the pointer's ray."""

    def __init__(self, engine: Engine, scene: Any, shaders: Mapping[str, Any]) -> None:
        """`shaders`: for all that is drawn (""), and for nodes with a tag of their own."""
        self._graphics = engine.base.graphics_engine
        host = engine.window
        properties = FrameBufferProperties()
        properties.set_float_color(True)
        properties.set_rgba_bits(32, 32, 32, 32)
        properties.set_depth_bits(32)
        properties.set_float_depth(True)
        self._buffer = self._graphics.make_output(
            host.get_pipe(), "pick", -20, properties, WindowProperties.size(1, 1),
            GraphicsPipe.BF_refuse_window, host.get_gsg(), host,
        )  # fmt: skip
        self._found = Texture("picked")
        self._buffer.add_render_texture(self._found, GraphicsOutput.RTM_copy_ram, GraphicsOutput.RTP_color)
        self._buffer.set_clear_color_active(True)
        self._buffer.set_clear_color((0, 0, 0, 0))
        self._buffer.set_clear_depth_active(True)
        self._buffer.set_clear_depth(0.0 if engine.has_reversed_depth else 1.0)
        self._lens = lens_of(Camera((0.0, 0.0, 0.0)))
        node = PandaCamera("pick", self._lens)
        node.set_camera_mask(PICK_MASK)
        self._node = node
        self.use(shaders)
        self.camera = scene.attach_new_node(node)
        self._region = self._buffer.make_display_region()
        self._region.set_camera(self.camera)
        self._buffer.set_active(False)

    def use(self, shaders: Mapping[str, Any]) -> None:
        """Draw with these shaders."""
        self._node.set_initial_state(RenderState.make(ShaderAttrib.make(shaders[""], 1000)))
        set_pass_shaders(self._node, shaders)

    def pick(
        self, camera: Camera, x_px: float, y_px: float, origin: NDArray[np.float64]
    ) -> tuple[int, tuple[float, float, float]]:
        """Number and place in the world [m] of what is under a pixel; number 0 is nothing. Draws that pixel."""
        direction = self._aim(camera, x_px, y_px, origin)
        others = [o for o in self._graphics.get_windows() if o.get_name() != "pick" and o.is_active()]
        for output in others:
            output.set_active(False)
        self._buffer.set_active(True)
        self._graphics.render_frame()
        self._buffer.set_active(False)
        for output in others:
            output.set_active(True)
        number, distance = self._result()
        at = np.asarray(camera.position) + direction * distance
        return (number if distance > 0.0 else 0), (float(at[0]), float(at[1]), float(at[2]))

    def _aim(self, camera: Camera, x_px: float, y_px: float, origin: NDArray[np.float64]) -> NDArray[np.float64]:
        """Look through a pixel; the ray's unit direction in the world."""
        _, direction = camera.ray(x_px, y_px)
        tan_y = camera.tan_half_fov[1] / camera.height
        ray = replace(camera, width=1, height=1, fov_y_deg=float(np.degrees(2.0 * np.arctan(tan_y)))).looking_at(
            tuple(np.asarray(camera.position) + direction)
        )
        fit_lens(self._lens, ray)
        pose(self.camera, ray, origin)
        return direction

    def _result(self) -> tuple[int, float]:
        if not self._found.has_ram_image():
            return 0, 0.0
        values = np.frombuffer(self._found.get_ram_image(), np.float32)
        if len(values) < 4:
            return 0, 0.0
        number, distance = values[2], values[1]  # Panda3D keeps BGRA
        if not (np.isfinite(number) and np.isfinite(distance)):
            return 0, 0.0
        return int(number), float(distance)

    def close(self) -> None:
        """Give the buffer back."""
        give_back(self._graphics, self._buffer)
