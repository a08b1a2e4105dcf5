"""What is worked out from the finished picture and its depth: ambient occlusion, and depth that shows in point clouds.

```text
city (colour, depth) ─► occlusion (half the size) ─┐
                     └──────────────────────────────┴─► finish ─► what is shown
```

A view that asks for neither has no such pass: the city's own picture is shown.
"""

from __future__ import annotations

from typing import Any

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
from explorer.render.passes import FAR, give_back
from explorer.render.shader_library import ShaderLibrary
from explorer.render.sky import full_screen_triangle
from explorer.render.tiers import Tier

_EYE_DOME_PX = 1.4
"""How far away the neighbours are that a point is compared with. [px]"""


class FullScreenPass:
    """One shader over a whole picture, into a texture of its own."""

    def __init__(self, engine: Engine, name: str, sort: int, size: tuple[int, int], *, is_float: bool = False) -> None:
        self._graphics = engine.base.graphics_engine
        host = engine.window
        properties = FrameBufferProperties()
        bits = 16 if is_float else 8
        properties.set_rgba_bits(bits, bits, bits, bits)
        properties.set_float_color(is_float)
        self.texture = Texture(name)
        self.texture.set_wrap_u(SamplerState.WM_clamp)
        self.texture.set_wrap_v(SamplerState.WM_clamp)
        self.buffer = self._graphics.make_output(
            host.get_pipe(), name, sort, properties, WindowProperties.size(*size),
            GraphicsPipe.BF_refuse_window | GraphicsPipe.BF_resizeable, host.get_gsg(), host,
        )  # fmt: skip
        self.buffer.add_render_texture(self.texture, GraphicsOutput.RTM_bind_or_copy, GraphicsOutput.RTP_color)
        self.buffer.disable_clears()  # every pixel is drawn
        self.scene = NodePath(name)
        self.triangle = full_screen_triangle(self.scene, name)
        self.buffer.make_display_region().set_camera(self.scene.attach_new_node(PandaCamera(name)))

    def close(self) -> None:
        """Give the buffer back."""
        give_back(self._graphics, self.buffer)
        self.scene.remove_node()


class PostPasses:
    """The passes of one view, as its tier and what it shows ask for."""

    def __init__(
        self, engine: Engine, shaders: ShaderLibrary, tier: Tier, colour: Any, depth: Any, size: tuple[int, int],
        pixel_scale: float,
    ) -> None:  # fmt: skip
        self._engine, self._shaders, self._tier = engine, shaders, tier
        self._colour, self._depth = colour, depth
        self._size, self._pixel_scale = size, pixel_scale
        self._occlusion: FullScreenPass | None = None
        self._finish: FullScreenPass | None = None
        self._has_points = False
        self._look: dict[str, Any] = {}
        self._build()

    @property
    def picture(self) -> Any:
        """The texture to show."""
        return self._colour if self._finish is None else self._finish.texture

    @property
    def last(self) -> Any:
        """The buffer that the texture to show is drawn in; None: the city's own."""
        return None if self._finish is None else self._finish.buffer

    @property
    def reads_depth(self) -> bool:
        """Whether there is any pass; all read it."""
        return self._finish is not None

    def show_points(self, has_points: bool) -> bool:
        """Shade the points of clouds by their depth, or have none; returns whether that is a change."""
        if has_points == self._has_points:
            return False
        self._has_points = has_points
        self._build()
        return True

    def _build(self) -> None:
        self.close()
        has_occlusion = self._tier.occlusion_rays > 0
        if not has_occlusion and not self._has_points:
            return
        defines = {"USE_REVERSED_DEPTH"} if self._engine.has_reversed_depth else set()
        inputs: dict[str, Any] = {"picture": self._colour, "depth_map": self._depth}
        if has_occlusion:
            self._occlusion = FullScreenPass(self._engine, "occlusion", -9, self._half(), is_float=True)
            self._occlusion.texture.set_minfilter(SamplerState.FT_nearest)
            self._occlusion.texture.set_magfilter(SamplerState.FT_nearest)
            path = self._occlusion.triangle
            path.set_shader(self._shaders.get("post/occlusion", frozenset(defines)))
            path.set_shader_inputs(depth_map=self._depth, n_rays=self._tier.occlusion_rays)
            inputs["occlusion_map"] = self._occlusion.texture
            defines.add("USE_OCCLUSION")
        if self._has_points:
            defines.add("USE_EYE_DOME")
        self._finish = FullScreenPass(self._engine, "finish", -8, self._size)
        path = self._finish.triangle
        path.set_shader(self._shaders.get("post/finish", frozenset(defines)))
        path.set_shader_inputs(**inputs)
        if self._has_points:
            path.set_shader_inputs(eye_dome=(_EYE_DOME_PX * self._pixel_scale, float(self._tier.eye_dome_taps)))
        self._apply()

    def _half(self) -> tuple[int, int]:
        return (self._size[0] + 1) // 2, (self._size[1] + 1) // 2

    def _apply(self) -> None:
        if self._look:
            for one in self._passes():
                one.triangle.set_shader_inputs(**self._look)

    def _passes(self) -> list[FullScreenPass]:
        return [one for one in (self._occlusion, self._finish) if one is not None]

    def look(self, camera: Camera, land_height: float) -> None:
        """What the passes must know of a frame's camera; heights in the world. [m]"""
        tan_x, tan_y = camera.tan_half_fov
        self._look = {
            "lens": (tan_x, tan_y, camera.near, FAR),
            "camera_up": (float(camera.right[2]), float(camera.up[2]), float(camera.forward[2])),
            "above_land": float(camera.position[2]) - land_height,
        }
        self._apply()

    def resize(self, size: tuple[int, int]) -> None:
        """Draw at another size from the next frame on."""
        self._size = size
        if self._occlusion is not None:
            self._occlusion.buffer.set_size(*self._half())
        if self._finish is not None:
            self._finish.buffer.set_size(*size)

    def set_active(self, is_active: bool) -> None:
        """Draw in the next frame, or keep what is there."""
        for one in self._passes():
            one.buffer.set_active(is_active)

    def close(self) -> None:
        """Give the buffers back."""
        for one in self._passes():
            one.close()
        self._occlusion = self._finish = None
