"""Points and lines of tiles: points as round dots whose size follows their distance, lines as ribbons of one width."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.render.albedo import tints_of_colours
from explorer.tileformat import NO_FEATURE, PointSemantics

LINE_VERTEX = np.dtype(
    [("position", "<f4", 3), ("other", "<f4", 3), ("side", "i1", 4), ("tint", "u1", 4), ("feature", "<u4")],
    align=False,
)
"""36 bytes, four for each piece of a line, as shaders/tiles/lines.vert reads them."""
POINT_PX = (1.8, 6.0)
"""No point is smaller or larger on screen. [px]"""
LINE_PX = 2.0
"""Width of lines. [px]"""


class PointArrays(Protocol):
    """What points must offer to be drawn; `explorer.streaming.PreparedPoints` does."""

    @property
    def positions(self) -> NDArray[np.float32]: ...
    @property
    def normals(self) -> NDArray[np.int8]: ...
    @property
    def colours(self) -> NDArray[np.uint8]: ...
    @property
    def feature_index(self) -> NDArray[np.uint32]: ...
    @property
    def size_m(self) -> float: ...
    @property
    def semantics(self) -> PointSemantics: ...


class LineArrays(Protocol):
    """What lines must offer to be drawn; `explorer.streaming.PreparedLines` does."""

    @property
    def positions(self) -> NDArray[np.float32]: ...
    @property
    def segments(self) -> NDArray[np.uint32]: ...
    @property
    def colours(self) -> NDArray[np.uint8]: ...
    @property
    def feature_index(self) -> NDArray[np.uint32]: ...


def point_table(points: PointArrays) -> NDArray[np.float32]:
    """Two texels a point, (n, 2, 4), as shaders/lib/dots.glsl reads them: place and row, then tint and normal.

    The row is -1 where a point is nobody's; the tint is one whole number of 24 bits; a normal of length 0 is none.
    """
    table = np.zeros((len(points.positions), 2, 4), np.float32)
    table[:, 0, :3] = points.positions
    table[:, 0, 3] = np.where(points.feature_index == NO_FEATURE, -1.0, points.feature_index.astype(np.float64))
    tints = tints_of_colours(points.colours).astype(np.uint32)
    table[:, 1, 0] = tints[:, 0] << 16 | tints[:, 1] << 8 | tints[:, 2]
    table[:, 1, 1:] = points.normals[:, :3] / np.float32(127.0)
    return table


def dots_geom(n: int, lo: NDArray[np.floating], hi: NDArray[np.floating]) -> Any:
    """A `Geom` of n triangles without any columns: the shader knows a corner by its number and looks the point up."""
    from panda3d.core import BoundingBox, Geom, GeomTriangles, GeomVertexData, GeomVertexFormat, Point3

    data = GeomVertexData("dots", GeomVertexFormat.get_empty(), Geom.UH_static)
    data.set_num_rows(3 * n)
    triangles = GeomTriangles(Geom.UH_static)
    triangles.add_next_vertices(3 * n)
    geom = Geom(data)
    geom.add_primitive(triangles)
    # the bin that sorts by distance leaves out what has no bounds of its own
    geom.set_bounds(BoundingBox(Point3(*map(float, lo)), Point3(*map(float, hi))))
    return geom


def pack_ribbons(lines: LineArrays) -> tuple[NDArray[np.void], NDArray[np.uint32]]:
    """Vertices (4 m) of `LINE_VERTEX` and triangles (2 m, 3) for m pieces: each end twice, left and right of it."""
    ends = lines.segments
    m = len(ends)
    packed = np.zeros((m, 4), dtype=LINE_VERTEX)
    tints = tints_of_colours(lines.colours)
    for corner, (end, side) in enumerate(((0, 1), (0, -1), (1, -1), (1, 1))):
        rows = ends[:, end]
        packed["position"][:, corner] = lines.positions[rows]
        packed["other"][:, corner] = lines.positions[ends[:, 1 - end]]
        packed["side"][:, corner, 0] = 127 * side
        packed["tint"][:, corner] = tints[rows]
        packed["feature"][:, corner] = lines.feature_index[rows]
    first = np.arange(m)[:, None] * 4
    # the other end looks back: its left is this end's right
    corners = np.array([[0, 1, 2], [1, 2, 3]])
    triangles = np.concatenate([first + corners[0], first + corners[1]])
    return packed.reshape(-1), triangles.astype(np.uint32)


@lru_cache(maxsize=1)
def ribbon_format() -> Any:
    """The registered Panda3D format of `LINE_VERTEX`."""
    from panda3d.core import GeomEnums, GeomVertexArrayFormat, GeomVertexFormat

    columns = GeomVertexArrayFormat()
    columns.add_column("vertex", 3, GeomEnums.NT_float32, GeomEnums.C_point)
    columns.add_column("other", 3, GeomEnums.NT_float32, GeomEnums.C_other)
    columns.add_column("side", 4, GeomEnums.NT_int8, GeomEnums.C_color)
    columns.add_column("tint", 4, GeomEnums.NT_uint8, GeomEnums.C_color)
    columns.add_column("feature", 1, GeomEnums.NT_uint32, GeomEnums.C_index)
    assert columns.get_stride() == LINE_VERTEX.itemsize
    return GeomVertexFormat.register_format(GeomVertexFormat(columns))
