"""Sky, sun colour and the land beyond the data."""

from __future__ import annotations

from math import exp, log
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

from explorer.render.daylight import daylight
from explorer.render.geometry import indexed_geom, line_format, pack_lines, vertex_data
from explorer.render.palette import BOARD, LAND, linear
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
    """Dome and land, drawn after all surfaces and only where there are none."""

    def __init__(self, scene: Any, shaders: dict[str, Any], *, is_depth_reversed: bool) -> None:
        behind = RenderAttrib.M_greater_equal if is_depth_reversed else RenderAttrib.M_less_equal
        self._land = _grid_path(scene, "land", _land_points(), _RINGS)
        self._sun = _grid_path(scene, "sun", _sun_points(), len(_SUN_RINGS))
        self._sun.set_transparency(1)
        self._below = _grid_path(scene, "sky below", _bowl_points(), 2)
        self._paths = (
            ("sky", self._below),
            ("sky", _grid_path(scene, "sky", _dome_points(), _DOME_ROWS)),
            ("sun", self._sun),
            ("land", self._land),
        )
        self.has_ground = False
        """Whether the data brings ground: then the land beyond is grassy, else it is a model's board."""
        self.use(shaders)
        for order, (_name, path) in enumerate(self._paths, -13):
            path.set_bin("fixed", order)
            path.set_depth_write(False)
            path.set_attrib(DepthTestAttrib.make(behind))
            path.hide(SHADOW_MASK | PICK_MASK)
        self._scene = scene
        self.is_open = False
        """Whether the land is cut away somewhere: the sky is seen below it."""
        self.set_light(np.array([0.4, -0.5, 0.77]), 50.0)
        self.follow(0.0, 0.0)

    def use(self, shaders: dict[str, Any]) -> None:
        """Draw sky, sun and land with these shaders; "board" is the land's where no data brings ground."""
        self._shaders = shaders
        for name, path in self._paths:
            path.set_shader(shaders[name])
        self._show_land()

    def _show_land(self) -> None:
        self._is_board = not self.has_ground
        self._land.set_shader(self._shaders["board" if self._is_board else "land"])

    def set_light(self, sun: NDArray[np.float64], elevation_deg: float) -> None:
        """Colours of everything for this sun; inputs live on the scene's root."""
        light = daylight(elevation_deg)
        self._haze_density = -log(_CONTRAST_LEFT) / light.visibility
        self._scene.set_shader_inputs(
            sun_direction=tuple(map(float, sun)),
            sun_colour=light.sun,
            sky_zenith=light.zenith,
            sky_horizon=light.horizon,
            sky_light=light.sky,
            ground_bounce=light.bounce,
        )
        if max(light.sun) > 0.0:
            self._sun.show()
        else:
            self._sun.hide()

    def follow(self, camera_height: float, land_height: float) -> None:
        """Heights in local of the eye and of the land beyond the data; from below, that land is not seen. [m]"""
        if camera_height > land_height:
            self._land.show()
        else:
            self._land.hide()
        if self.is_open or camera_height <= land_height:
            self._below.show()
        else:
            self._below.hide()
        above = max(camera_height - land_height, 1.0) / _HAZE_HEIGHT
        thin = (1.0 - exp(-above)) / above  # of the density on the ground, the mean between eye and ground
        self._scene.set_shader_input("haze_density", self._haze_density * thin)
        if self._is_board == self.has_ground:
            self._show_land()
        colour = linear(LAND if self.has_ground else BOARD)
        self._land.set_shader_input("land", (*colour, float(land_height)))

    def stand_on(self, place: NDArray[np.float64]) -> None:
        """Map coordinates (2,) of local (0, 0), by which the lines of a model's board lie. [m]"""
        self._scene.set_shader_input("board_corner", tuple(map(float, np.mod(place, _BOARD_PATTERN))))


_CONTRAST_LEFT = 0.02
"""At the end of visibility (Koschmieder 1924)."""
_HAZE_HEIGHT = 900.0
"""Haze lies low: this much higher it is thinner by e, so a city seen from above keeps its colours. [m]"""
_BOARD_PATTERN = 1000.0
"""After so far the lines on the board (board.glsl) are where they were. [m]"""
_COLUMNS = 64
_DOME_ROWS = 24
_RINGS = 20
_SUN_RINGS = (0.0, 0.3, 0.42, 0.6, 1.2, 2.4, 4.5, 8.0, 13.0, 20.0)
"""Angles from the sun's middle; its disc is 0.53 degrees wide, drawn a little larger. [degrees]"""


def _dome_points() -> NDArray[np.float64]:
    """Unit directions, row by row from below the horizon to the zenith, closer together near the horizon."""
    elevations = np.radians(-8.0 + 98.0 * np.linspace(0.0, 1.0, _DOME_ROWS) ** 1.8)
    azimuths = np.linspace(0.0, 2.0 * np.pi, _COLUMNS + 1)
    e, a = np.meshgrid(elevations, azimuths, indexing="ij")
    return np.stack([np.sin(a) * np.cos(e), np.cos(a) * np.cos(e), np.sin(e)], axis=-1).reshape(-1, 3)


def _bowl_points() -> NDArray[np.float64]:
    """Unit directions from straight down to where the dome begins."""
    e, a = np.meshgrid(np.radians([-90.0, -8.0]), np.linspace(0.0, 2.0 * np.pi, _COLUMNS + 1), indexing="ij")
    return np.stack([np.sin(a) * np.cos(e), np.cos(a) * np.cos(e), np.sin(e)], axis=-1).reshape(-1, 3)


def _sun_points() -> NDArray[np.float64]:
    """Sideways and up as sines of the angle from the sun's middle; third, the angle in degrees."""
    r, a = np.meshgrid(_SUN_RINGS, np.linspace(0.0, 2.0 * np.pi, _COLUMNS + 1), indexing="ij")
    return np.stack([np.sin(a) * np.sin(np.radians(r)), np.cos(a) * np.sin(np.radians(r)), r], axis=-1).reshape(-1, 3)


def _land_points() -> NDArray[np.float64]:
    """Rings around the eye's foot, from 0 to 80 km, each about twice as wide as the one before. [m]"""
    radii = np.concatenate([[0.0], np.geomspace(4.0, 80_000.0, _RINGS - 1)])
    azimuths = np.linspace(0.0, 2.0 * np.pi, _COLUMNS + 1)
    r, a = np.meshgrid(radii, azimuths, indexing="ij")
    return np.stack([np.sin(a) * r, np.cos(a) * r, np.zeros_like(r)], axis=-1).reshape(-1, 3)


def _grid_path(parent: Any, name: str, points: NDArray[np.float64], rows: int) -> Any:
    """A grid of `rows` times `_COLUMNS` + 1 points as triangles that are never culled."""
    width = _COLUMNS + 1
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(_COLUMNS), indexing="ij")
    a = (i * width + j).reshape(-1)
    triangles = np.concatenate([np.stack([a, a + 1, a + width], 1), np.stack([a + 1, a + width + 1, a + width], 1)])
    data = vertex_data(name, pack_lines(points, (255, 255, 255, 255)), line_format())
    node = GeomNode(name)
    node.add_geom(indexed_geom(data, triangles.astype(np.uint32), "triangles"))
    node.set_bounds(OmniBoundingVolume())
    node.set_final(True)
    path = parent.attach_new_node(node)
    path.set_two_sided(True)
    return path
