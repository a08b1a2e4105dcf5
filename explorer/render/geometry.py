"""Numpy arrays into Panda3D geometry: one copy, main thread only (Geoms built in threads corrupt Panda3D's heap)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.render.albedo import only_class, vertex_tints

VERTEX = np.dtype(
    [("position", "<f4", 3), ("normal_class", "i1", 4), ("tint", "u1", 4), ("feature", "<u4")], align=False
)
"""24 bytes a vertex, as shaders/tiles/surface.vert reads it."""
PHOTO_VERTEX = np.dtype([*((name, VERTEX[name]) for name in VERTEX.names or ()), ("photo_at", "<f4", 2)], align=False)
"""32 bytes: the same with a place in the photograph."""


class MeshArrays(Protocol):
    """What a mesh must offer to be drawn; `explorer.streaming.PreparedMesh` does."""

    @property
    def positions(self) -> NDArray[np.float32]: ...
    @property
    def normals(self) -> NDArray[np.int8]: ...
    @property
    def colours(self) -> NDArray[np.uint8]: ...
    @property
    def colours_are_linear(self) -> bool: ...
    @property
    def surface_class(self) -> NDArray[np.uint8]: ...
    @property
    def feature_index(self) -> NDArray[np.uint32]: ...
    @property
    def triangles(self) -> NDArray[np.uint32]: ...
    @property
    def edges(self) -> NDArray[np.uint32] | None: ...
    @property
    def n_closed(self) -> int: ...
    @property
    def texture_coordinates(self) -> NDArray[np.float32] | None: ...
    @property
    def photo(self) -> NDArray[np.uint8] | None: ...


def pack_vertices(
    mesh: MeshArrays, signal: tuple[float, float, float, float] | None = None, *, only: int | None = None
) -> NDArray[np.void]:
    """Interleave a mesh's arrays as `VERTEX`, or `PHOTO_VERTEX` where it has a photograph; safe in a worker.

    `signal`: linear colour and share mixed into all; `only`: the class that all are of, where that is known.
    """
    only = only_class(mesh.surface_class) if only is None else only
    with_photo = mesh.photo is not None and mesh.texture_coordinates is not None
    packed = np.empty(len(mesh.positions), dtype=PHOTO_VERTEX if with_photo else VERTEX)
    # column by column, whole words: numpy is several times slower where a row's part is a few elements long
    words = packed.view(np.uint32).reshape(len(packed), -1)
    numbers = words.view(np.float32)
    for k in range(3):
        numbers[:, k] = mesh.positions[:, k]
    if only is None:
        words[:, 3] = _words(mesh.normals)
        packed["normal_class"][:, 3] = mesh.surface_class.view(np.int8)
    else:
        np.bitwise_or(_words(mesh.normals), np.uint32(only << 24), out=words[:, 3])
    words[:, 4] = _words(
        vertex_tints(
            mesh.positions,
            mesh.surface_class,
            mesh.colours,
            mesh.feature_index,
            signal=signal,
            are_linear=mesh.colours_are_linear,
            only=only,
            are_shown=getattr(mesh, "shows_colours", False),
        )
    )
    words[:, 5] = mesh.feature_index
    if with_photo:
        assert mesh.texture_coordinates is not None
        for k in range(2):
            numbers[:, 6 + k] = mesh.texture_coordinates[:, k]
    return packed


def _words(rows: NDArray[np.integer]) -> NDArray[np.uint32]:
    """Rows of four bytes, (n, 4), as one number each."""
    return np.ascontiguousarray(rows).view(np.uint32).reshape(-1)


@lru_cache(maxsize=2)
def tile_format(*, with_photo: bool = False) -> Any:
    """The registered Panda3D format of `VERTEX` or `PHOTO_VERTEX`."""
    from panda3d.core import Geom, GeomEnums, GeomVertexArrayFormat, GeomVertexFormat

    columns = GeomVertexArrayFormat()
    columns.add_column("vertex", 3, GeomEnums.NT_float32, GeomEnums.C_point)
    columns.add_column("normal_class", 4, GeomEnums.NT_int8, GeomEnums.C_color)
    columns.add_column("tint", 4, GeomEnums.NT_uint8, GeomEnums.C_color)
    columns.add_column("feature", 1, GeomEnums.NT_uint32, GeomEnums.C_index)
    if with_photo:
        columns.add_column("photo_at", 2, GeomEnums.NT_float32, GeomEnums.C_other)
    assert columns.get_stride() == (PHOTO_VERTEX if with_photo else VERTEX).itemsize, Geom
    return GeomVertexFormat.register_format(GeomVertexFormat(columns))


@lru_cache(maxsize=1)
def line_format() -> Any:
    """Position and colour, 16 bytes."""
    from panda3d.core import GeomEnums, GeomVertexArrayFormat, GeomVertexFormat

    columns = GeomVertexArrayFormat()
    columns.add_column("vertex", 3, GeomEnums.NT_float32, GeomEnums.C_point)
    columns.add_column("tint", 4, GeomEnums.NT_uint8, GeomEnums.C_color)
    return GeomVertexFormat.register_format(GeomVertexFormat(columns))


def vertex_data(name: str, packed: NDArray[np.void], vertex_format: Any, *, is_static: bool = True) -> Any:
    """`GeomVertexData` holding a copy of the packed vertices."""
    from panda3d.core import Geom, GeomVertexData

    data = GeomVertexData(name, vertex_format, Geom.UH_static if is_static else Geom.UH_dynamic)
    data.unclean_set_num_rows(len(packed))
    if len(packed):
        memoryview(data.modify_array(0)).cast("B")[:] = np.ascontiguousarray(packed).view(np.uint8).data.cast("B")
    return data


def indexed_geom(data: Any, indices: NDArray[np.unsignedinteger], kind: str) -> Any:
    """A `Geom` of "triangles", "lines" or "points" over vertex data; indices of two bytes stay so."""
    from panda3d.core import Geom, GeomEnums, GeomLines, GeomPoints, GeomTriangles

    primitive = {"triangles": GeomTriangles, "lines": GeomLines, "points": GeomPoints}[kind](Geom.UH_static)
    is_short = indices.dtype == np.uint16
    primitive.set_index_type(GeomEnums.NT_uint16 if is_short else GeomEnums.NT_uint32)
    array = primitive.modify_vertices()
    flat = np.ascontiguousarray(indices, dtype=np.uint16 if is_short else np.uint32).reshape(-1)
    array.unclean_set_num_rows(len(flat))
    if len(flat):
        memoryview(array).cast("B")[:] = flat.view(np.uint8).data.cast("B")
    geom = Geom(data)
    geom.add_primitive(primitive)
    return geom


def geom_node(
    name: str,
    geoms: list[Any],
    lo: NDArray[np.floating],
    hi: NDArray[np.floating],
    *,
    are_bounds_of_geoms: bool = False,
) -> Any:
    """A `GeomNode` with given bounds, so that Panda3D need not read the vertices.

    `are_bounds_of_geoms`: nor does it to sort the geoms by distance, when they are first drawn.
    """
    from panda3d.core import BoundingBox, GeomNode, Point3

    bounds = BoundingBox(Point3(*map(float, lo)), Point3(*map(float, hi)))
    node = GeomNode(name)
    for geom in geoms:
        if are_bounds_of_geoms:
            geom.set_bounds(bounds)
        node.add_geom(geom)
    node.set_bounds(bounds)
    node.set_final(True)
    return node


def pack_lines(points: NDArray[np.floating], colour: tuple[int, int, int, int]) -> NDArray[np.void]:
    """Points (n, 3) with one sRGB colour, in `line_format`."""
    packed = np.empty(len(points), dtype=np.dtype([("position", "<f4", 3), ("tint", "u1", 4)]))
    packed["position"] = points
    packed["tint"] = colour
    return packed
