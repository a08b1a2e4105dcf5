"""Lines and points of the tools: a footprint being drawn, a measured way, samples on facades."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.render.geometry import geom_node, indexed_geom, line_format, pack_lines, vertex_data
from explorer.render.passes import PICK_MASK, SHADOW_MASK

Colour = tuple[int, int, int, int]


@dataclass
class _Set:
    points: NDArray[np.float64]
    packed: Any
    indices: NDArray[np.uint32]
    kind: str
    width: float
    path: Any = None


class ToolLines:
    """Named sets of lines and points in the world; set one again to change it."""

    def __init__(self, pixel_scale: float = 1.0) -> None:
        self._pixel_scale = pixel_scale
        self.are_changed = False
        """Set by every change; taken by the renderer when it draws."""
        self._sets: dict[str, _Set] = {}
        self._origin = np.zeros(3)

    def begin(self, scene: Any, shader: Any) -> None:
        """Stand in a scene, with all that was set; `shader` draws it."""
        self._origin = np.zeros(3)
        self._root = scene.attach_new_node("tool lines")
        self._root.set_shader(shader)
        self._points_shader = shader
        self._root.set_transparency(1)
        self._root.set_depth_write(False)
        self._root.set_bin("fixed", 30)
        self._root.hide(SHADOW_MASK | PICK_MASK)
        for name, one in self._sets.items():
            self._draw(name, one)

    def end(self) -> None:
        """Leave the scene; what was set is remembered."""
        for one in self._sets.values():
            one.path = None
        self._root.remove_node()

    def set_line(self, name: str, points: NDArray[np.float64], colour: Colour, *, width: float = 2.0) -> None:
        """A line through world points (n, 3); fewer than two take it away."""
        self.clear(name)
        if len(points) >= 2:
            rows = np.arange(len(points), dtype=np.uint32)
            pairs = np.stack([rows[:-1], rows[1:]], axis=1)
            self._add(name, points, pack_lines(points - points[0], colour), pairs, "lines", width)

    def set_points(
        self, name: str, points: NDArray[np.float64], colours: NDArray[np.uint8], *, size: float = 6.0
    ) -> None:
        """Points (n, 3) of the world with sRGB colours (n, 4); none take them away."""
        self.clear(name)
        if len(points):
            packed = pack_lines(points - points[0], (255, 255, 255, 255))
            packed["tint"] = colours
            self._add(name, points, packed, np.arange(len(points), dtype=np.uint32), "points", size)

    def use(self, shader: Any) -> None:
        """Draw points with this shader: they lie on the city and are cut with it, as lines of tools are not."""
        self._points_shader = shader
        for one in self._sets.values():
            if one.kind == "points":
                one.path.set_shader(shader)

    def _add(
        self, name: str, points: NDArray[np.float64], packed: Any, indices: NDArray[np.uint32], kind: str, width: float
    ) -> None:
        one = self._sets[name] = _Set(np.array(points), packed, indices, kind, width)
        self._draw(name, one)

    def _draw(self, name: str, one: _Set) -> None:
        data = vertex_data(name, one.packed, line_format(), is_static=False)
        offsets = one.points - one.points[0]
        geom = indexed_geom(data, one.indices, one.kind)
        path = self._root.attach_new_node(geom_node(name, [geom], offsets.min(axis=0), offsets.max(axis=0)))
        path.set_render_mode_thickness(one.width * self._pixel_scale)
        path.set_shader_input("point_size", one.width * self._pixel_scale)
        path.set_pos(*(one.points[0] - self._origin))
        if one.kind == "points":
            path.set_shader(self._points_shader)
        one.path = path
        self.are_changed = True

    def clear(self, name: str) -> None:
        """Take a set away; an unknown one is nothing."""
        found = self._sets.pop(name, None)
        if found is not None:
            found.path.remove_node()
            self.are_changed = True

    def place(self, origin: NDArray[np.float64]) -> None:
        """Stand relative to a new render origin."""
        self._origin = origin
        for one in self._sets.values():
            one.path.set_pos(*(one.points[0] - origin))
