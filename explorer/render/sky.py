"""Sky, sun colour and the land beyond the data."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d.core import (
    DepthTestAttrib,
    Geom,
    GeomNode,
    GeomTriangles,
    GeomVertexData,
    GeomVertexFormat,
    OmniBoundingVolume,
    RenderAttrib,
)

from explorer.geo import Camera
from explorer.render.daylight import daylight
from explorer.render.palette import LAND, linear
from explorer.render.passes import PICK_MASK, SHADOW_MASK


def full_screen_triangle(parent: Any, name: str) -> Any:
    """Three vertices without data; the shader places them by `gl_VertexID`."""
    data = GeomVertexData(name, GeomVertexFormat.get_empty(), Geom.UH_static)
    data.set_num_rows(3)
    triangle = GeomTriangles(Geom.UH_static)
    triangle.add_next_vertices(3)
    geom = Geom(data)
    geom.add_primitive(triangle)
    node = GeomNode(name)
    node.add_geom(geom)
    node.set_bounds(OmniBoundingVolume())
    node.set_final(True)
    path = parent.attach_new_node(node)
    path.set_depth_test(False)
    path.set_depth_write(False)
    path.set_two_sided(True)
    return path


class Sky:
    """The backdrop, drawn after all surfaces and only where there are none."""

    def __init__(self, scene: Any, shader: Any, *, is_depth_reversed: bool) -> None:
        self._path = full_screen_triangle(scene, "sky")
        self._path.set_shader(shader)
        self._path.set_bin("fixed", -10)
        behind = RenderAttrib.M_greater_equal if is_depth_reversed else RenderAttrib.M_less_equal
        self._path.set_attrib(DepthTestAttrib.make(behind))
        self._path.hide(SHADOW_MASK | PICK_MASK)
        self._scene = scene
        self.set_light(np.array([0.4, -0.5, 0.77]), 50.0)

    def set_light(self, sun: NDArray[np.float64], elevation_deg: float) -> None:
        """Colours of everything for this sun; inputs live on the scene's root."""
        light = daylight(elevation_deg)
        haze = 1.0 / 14_000.0 if elevation_deg > 4.0 else 1.0 / 9_000.0
        self._scene.set_shader_inputs(
            sun_direction=tuple(map(float, sun)),
            sun_colour=light.sun,
            sky_zenith=light.zenith,
            sky_horizon=light.horizon,
            ground_bounce=light.bounce,
            haze_density=haze,
        )

    def follow(self, camera: Camera, land_height: float) -> None:
        """Look where the camera looks; `land_height` is that of the land beyond the data, in local. [m]"""
        tan_x, tan_y = camera.tan_half_fov
        self._path.set_shader_inputs(
            view_corner=(tan_x, tan_y, 0.0, 0.0),
            view_right=tuple(map(float, camera.right)),
            view_up=tuple(map(float, camera.up)),
            view_forward=tuple(map(float, camera.forward)),
            land=(*linear(LAND), float(land_height)),
        )
