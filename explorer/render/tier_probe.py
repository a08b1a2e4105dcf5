"""What this machine can draw, and how fast: a made-up city and a pass over the picture, for a few tenths of a second.

What counts in a frame is vertices, fragments and passes over the whole picture, so the probe has a share of each: as
many triangles as a city in view, blocks that cover each other, and one pass with as many look-ups as ambient occlusion.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d.core import (
    Camera as PandaCamera,
)
from panda3d.core import (
    DepthTestAttrib,
    FrameBufferProperties,
    GraphicsOutput,
    GraphicsPipe,
    NodePath,
    PerspectiveLens,
    RenderAttrib,
    Texture,
    WindowProperties,
)

from explorer.render.engine import Engine
from explorer.render.geometry import geom_node, indexed_geom, line_format, pack_lines, vertex_data
from explorer.render.passes import give_back
from explorer.render.post import FullScreenPass
from explorer.render.shader_library import ShaderLibrary
from explorer.render.tiers import STANDARD_BELOW_MS, Abilities

SIZE = (1280, 720)
_BLOCKS = 110
"""A side of the city: 12,100 blocks of 12 triangles."""
_FRAMES = 5
_ENOUGH_SECS = 0.3
_HOPELESS_MS = 2.0 * STANDARD_BELOW_MS
"""A frame that takes as long needs no second to be sure."""


def probe_ms(engine: Engine, shaders: ShaderLibrary) -> float:
    """Milliseconds of a frame of the probe at 1280 by 720, the best of a few; for `tiers.tier_for`."""
    host, graphics = engine.window, engine.base.graphics_engine
    scene = NodePath("probe")
    scene.set_attrib(DepthTestAttrib.make(RenderAttrib.M_less))
    positions, triangles = _blocks()
    data = vertex_data("probe", pack_lines(positions, (200, 200, 200, 255)), line_format())
    lo, hi = positions.min(axis=0), positions.max(axis=0)
    scene.attach_new_node(geom_node("probe", [indexed_geom(data, triangles, "triangles")], lo, hi))
    scene.set_shader(shaders.get("probe/city"))
    scene.set_two_sided(True)
    properties = FrameBufferProperties()
    properties.set_rgba_bits(8, 8, 8, 8)
    properties.set_depth_bits(32)
    colour = Texture("probe")
    buffer = graphics.make_output(
        host.get_pipe(), "probe", -60, properties, WindowProperties.size(*SIZE),
        GraphicsPipe.BF_refuse_window, host.get_gsg(), host,
    )  # fmt: skip
    buffer.add_render_texture(colour, GraphicsOutput.RTM_bind_or_copy, GraphicsOutput.RTP_color)
    buffer.set_clear_color_active(True)
    buffer.set_clear_depth_active(True)
    lens = PerspectiveLens()
    lens.set_fov(75.0, 48.0)
    lens.set_near_far(1.0, 5000.0)
    viewer = scene.attach_new_node(PandaCamera("probe", lens))
    viewer.set_pos(0.0, -1500.0, 600.0)
    viewer.look_at(0.0, 0.0, 0.0)
    buffer.make_display_region().set_camera(viewer)
    over = FullScreenPass(engine, "probe pass", -59, SIZE)
    over.triangle.set_shader(shaders.get("probe/pass"))
    over.triangle.set_shader_input("picture", colour)
    try:
        return _best_ms(graphics, over.texture, host.get_gsg())
    finally:
        over.close()
        give_back(graphics, buffer)
        scene.remove_node()


def _best_ms(graphics: Any, texture: Any, gsg: Any) -> float:
    best, begin = float("inf"), time.perf_counter()
    for i in range(_FRAMES + 1):
        start = time.perf_counter()
        graphics.render_frame()
        graphics.extract_texture_data(texture, gsg)  # returns when all of it is drawn
        end = time.perf_counter()
        if i > 0:  # the first compiles and uploads
            best = min(best, (end - start) * 1000.0)
            if best > _HOPELESS_MS or end - begin > _ENOUGH_SECS:
                break
    return best


def _blocks() -> tuple[NDArray[np.float32], NDArray[np.uint32]]:
    """Corners (8 n, 3) and triangles (12 n, 3) of blocks of all heights on a grid."""
    corner = np.array([[x, y, z] for z in (0.0, 1.0) for y in (-0.4, 0.4) for x in (-0.4, 0.4)])
    faces = np.array([[0, 1, 3, 2], [4, 5, 7, 6], [0, 1, 5, 4], [2, 3, 7, 6], [0, 2, 6, 4], [1, 3, 7, 5]])
    of_one = np.concatenate([faces[:, [0, 1, 2]], faces[:, [0, 2, 3]]])
    i, j = (axis.reshape(-1) for axis in np.mgrid[0:_BLOCKS, 0:_BLOCKS])
    n = len(i)
    size = np.stack([np.full(n, 20.0), np.full(n, 20.0), 6.0 + (i * 7 + j * 13) % 29], axis=1)
    middle = np.stack([(i - _BLOCKS / 2) * 20.0, (j - _BLOCKS / 2) * 20.0, np.zeros(n)], axis=1)
    positions = (corner[None] * size[:, None] + middle[:, None]).reshape(-1, 3)
    triangles = (of_one[None] + 8 * np.arange(n)[:, None, None]).reshape(-1, 3)
    return positions.astype(np.float32), triangles.astype(np.uint32)


def measure(engine: Engine) -> float:
    """`probe_ms` with shaders of its own. [ms]"""
    return probe_ms(engine, ShaderLibrary(engine.window.get_gsg()))


def abilities(engine: Engine) -> Abilities:
    """What this OpenGL offers, by asking for it in small."""
    return Abilities(_made(engine, samples=4)[0], _made(engine, is_float=True)[1])


def _made(engine: Engine, *, samples: int = 0, is_float: bool = False) -> tuple[int, bool]:
    """Samples and whether colours are float, of a buffer that was asked for so; none is (0, False)."""
    graphics, host = engine.base.graphics_engine, engine.window
    properties = FrameBufferProperties()
    bits = 16 if is_float else 8
    properties.set_rgba_bits(bits, bits, bits, bits)
    properties.set_float_color(is_float)
    properties.set_depth_bits(24)
    properties.set_multisamples(samples)
    buffer = graphics.make_output(
        host.get_pipe(), "ability", -60, properties, WindowProperties.size(16, 16),
        GraphicsPipe.BF_refuse_window, host.get_gsg(), host,
    )  # fmt: skip
    if buffer is None:
        return 0, False
    try:
        buffer.add_render_texture(Texture(), GraphicsOutput.RTM_bind_or_copy, GraphicsOutput.RTP_color)
        graphics.open_windows()
        got = buffer.get_fb_properties()
        is_there = bool(buffer.is_valid())
        return (int(got.get_multisamples()) if is_there else 0), is_there and bool(got.get_float_color())
    finally:
        give_back(graphics, buffer)
