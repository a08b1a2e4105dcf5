"""A section in the picture: what shaders read to leave away what is cut off, and the faces that the cut shows."""

from __future__ import annotations

from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from panda3d.core import PTA_LVecBase4f, UnalignedLVecBase4f

from explorer.geo import Cut
from explorer.geo.cutting import MOST_PLANES
from explorer.render.geometry import geom_node, indexed_geom, vertex_data
from explorer.render.instances import table_texture
from explorer.render.passes import PICK_MASK, SHADOW_MASK
from explorer.render.points import pack_ribbons, ribbon_format
from explorer.render.shader_library import ShaderLibrary

CAP_VERTEX = np.dtype([("position", "<f4", 3), ("on_face", "<f4", 2), ("tint", "u1", 4), ("hatch", "u1", 4)])
"""28 bytes, as shaders/section/cap.vert reads them."""
_FILLS = ("6f665e", "e0674a", "b39a7c", "7fb2d3", "b7cf9b")
_HATCHES = ("9c9186", "f5b5a2", "8d7354", "4a86ae", "93b573")
_LINES = ("1f1d1b", "7a2410", "4a3826", "2f6288", "62884a")
"""sRGB by `explorer.surface.CapKind`: buildings, proposals, earth, water, vegetation."""
_TILTS = (0, 0, 1, 2, 3)
"""How a kind is hatched: 0 rising, 1 falling, 2 level, 3 not at all."""
_LINE_PX = 2.2
_MOST_BANDS = 64


class CapArrays(Protocol):
    """What the faces of a cut must offer to be drawn; `explorer.surface.Caps` does."""

    @property
    def positions(self) -> NDArray[np.float64]: ...
    @property
    def on_face(self) -> NDArray[np.float64]: ...
    @property
    def kind(self) -> NDArray[np.uint8]: ...
    @property
    def triangles(self) -> NDArray[np.uint32]: ...
    @property
    def lines(self) -> NDArray[np.float64]: ...
    @property
    def line_kind(self) -> NDArray[np.uint8]: ...


def section_defines(cut: Cut | None) -> frozenset[str]:
    """What shaders must be told of a section."""
    if cut is None:
        return frozenset()
    if cut.ring is not None:
        return frozenset({"USE_SECTION", "USE_SECTION_RING"})
    is_plane = len(cut.planes) == 1 and cut.keeps_inside
    return frozenset({"USE_SECTION", "USE_SECTION_PLANE"} if is_plane else {"USE_SECTION"})


def section_inputs(cut: Cut, origin: NDArray[np.float64]) -> dict[str, Any]:
    """What shaders/lib/section.glsl reads, relative to the render origin."""
    planes = np.tile((0.0, 0.0, 0.0, -1.0), (MOST_PLANES, 1))
    planes[: len(cut.planes)] = cut.planes
    planes[:, 3] += planes[:, :3] @ origin
    table = PTA_LVecBase4f([UnalignedLVecBase4f(*map(float, row)) for row in planes])
    found: dict[str, Any] = {"section_planes": table, "section_keeps": float(cut.keeps_inside)}
    if cut.ring is not None:
        anchor = cut.ring.mean(axis=0)
        bands, sides, low, height = ring_bands(cut.ring - anchor)
        found["section_sides"] = table_texture(sides)
        found["section_bands"] = table_texture(bands)
        found["section_band_fit"] = (low, height, float(len(bands)))
        found["section_anchor"] = tuple(map(float, anchor - origin[:2]))
    return found


def ring_bands(ring: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.float32], float, float]:
    """A ring (n, 2) cut into level bands, so that a pixel asks only the few sides that pass through its own.

    Returns first side and number of sides of each band (b, 4), the sides (k, 4) as x, y of both ends, the least y of
    all and the height of a band. [m]
    """
    start, end = ring, np.roll(ring, -1, axis=0)
    low, high = float(ring[:, 1].min()), float(ring[:, 1].max())
    count = min(len(ring), _MOST_BANDS)
    height = (high - low) / count
    bands = np.zeros((count, 4), np.float32)
    sides: list[list[float]] = []
    for band in range(count):
        # a little wider than it is: the shader's rounding finds its neighbour's sides, too
        bottom, top = low + (band - 0.01) * height, low + (band + 1.01) * height
        passing = (np.minimum(start[:, 1], end[:, 1]) <= top) & (np.maximum(start[:, 1], end[:, 1]) >= bottom)
        bands[band, :2] = len(sides), passing.sum()
        sides += np.concatenate([start[passing], end[passing]], axis=1).tolist()
    return bands, np.array(sides, np.float32), low, height


class CapView:
    """The faces of a cut as nodes. Owner of their GPU memory. Main thread only."""

    def __init__(self, caps: CapArrays, parent: Any, shaders: ShaderLibrary, defines: frozenset[str], scale: float):
        self._parent, self._scale = parent, scale
        self.root = parent.attach_new_node("section")
        everything = np.concatenate([caps.positions, caps.lines.reshape(-1, 3)])
        self._centre = everything.mean(axis=0) if len(everything) else np.zeros(3)
        if len(caps.positions):
            self._add_faces(caps, shaders.get("section/cap", defines))
        if len(caps.lines):
            self._add_lines(caps, shaders.get("tiles/lines", defines))

    def _add_faces(self, caps: CapArrays, shader: Any) -> None:
        packed = np.empty(len(caps.positions), CAP_VERTEX)
        packed["position"] = caps.positions - self._centre
        # hatches are counted from the cut's own middle: float32 holds them anywhere on the map
        packed["on_face"] = caps.on_face - np.round(caps.on_face.mean(axis=0) / 1024.0) * 1024.0
        packed["tint"] = _levels(_FILLS)[caps.kind]
        packed["hatch"] = _levels(_HATCHES)[caps.kind]
        packed["hatch"][:, 3] = np.array(_TILTS, np.uint8)[caps.kind]
        data = vertex_data("caps", packed, _cap_format())
        lo, hi = packed["position"].min(axis=0), packed["position"].max(axis=0)
        path = self.root.attach_new_node(geom_node("caps", [indexed_geom(data, caps.triangles, "triangles")], lo, hi))
        path.set_shader(shader)
        path.hide(SHADOW_MASK | PICK_MASK)

    def _add_lines(self, caps: CapArrays, shader: Any) -> None:
        ends = (caps.lines - self._centre).astype(np.float32).reshape(-1, 3)
        strokes = SimpleNamespace(
            positions=ends,
            segments=np.arange(len(ends), dtype=np.uint32).reshape(-1, 2),
            colours=np.repeat(_levels(_LINES)[caps.line_kind], 2, axis=0),
            feature_index=np.full(len(ends), 0xFFFFFFFF, np.uint32),
        )
        packed, triangles = pack_ribbons(strokes)
        data = vertex_data("cut lines", packed, ribbon_format())
        node = geom_node("lines", [indexed_geom(data, triangles, "triangles")], ends.min(axis=0), ends.max(axis=0))
        path = self.root.attach_new_node(node)
        path.set_shader(shader)
        path.set_shader_input("line_px", _LINE_PX * self._scale)
        path.set_shader_input("grey_out", 0.0)
        path.hide(SHADOW_MASK | PICK_MASK)

    def place(self, origin: NDArray[np.float64]) -> None:
        """Stand relative to a new render origin."""
        self.root.set_pos(*(self._centre - origin))

    def release(self) -> None:
        """Give the memory back."""
        self.root.remove_node()


def _levels(colours: tuple[str, ...]) -> NDArray[np.uint8]:
    return np.array([[int(one[i : i + 2], 16) for i in (0, 2, 4)] + [255] for one in colours], np.uint8)


@lru_cache(maxsize=1)
def _cap_format() -> Any:
    from panda3d.core import GeomEnums, GeomVertexArrayFormat, GeomVertexFormat

    columns = GeomVertexArrayFormat()
    columns.add_column("vertex", 3, GeomEnums.NT_float32, GeomEnums.C_point)
    columns.add_column("on_face", 2, GeomEnums.NT_float32, GeomEnums.C_other)
    columns.add_column("tint", 4, GeomEnums.NT_uint8, GeomEnums.C_color)
    columns.add_column("hatch", 4, GeomEnums.NT_uint8, GeomEnums.C_color)
    assert columns.get_stride() == CAP_VERTEX.itemsize
    return GeomVertexFormat.register_format(GeomVertexFormat(columns))
