"""The root of everything that is drawn: what all of it shares, and what shaders read where nothing else is said."""

from __future__ import annotations

from typing import Any

import numpy as np
from panda3d.core import DepthOffsetAttrib, DepthTestAttrib, NodePath, RenderAttrib

from explorer.render.feature_style import style_texture
from explorer.render.line_reach import EDGE_REACH
from explorer.render.points import LINE_PX, POINT_PX


def make_scene(pixel_scale: float, *, is_depth_reversed: bool) -> Any:
    """An empty scene; `pixel_scale` is how wide a line of one pixel is drawn."""
    scene = NodePath("city")
    scene.set_attrib(DepthTestAttrib.make(RenderAttrib.M_greater if is_depth_reversed else RenderAttrib.M_less))
    # away from the eye by the slope of the surface, so that lines that lie on it are whole at grazing angles, too
    scene.set_attrib(DepthOffsetAttrib.make(1 if is_depth_reversed else -1))
    scene.set_two_sided(True)
    scene.set_render_mode_thickness(pixel_scale)
    scene.set_shader_inputs(
        feature_style=style_texture(np.zeros(1, np.uint8)),
        feature_count=0,
        id_base=0,
        grey_out=0.0,
        edge_colour=(0.16, 0.15, 0.15, 0.62),
        edge_reach=EDGE_REACH,
        line_width=1.0,
        point_size=6.0,
        near_distance=0.2,
        camera_in_local=(0.0, 0.0, 0.0),
        pixels_at_metre=600.0,
        viewport_px=(960.0, 600.0),
        point_metres=0.1,
        point_px=tuple(size * pixel_scale for size in POINT_PX),
        line_px=LINE_PX * pixel_scale,
    )
    return scene
