"""A tile's content as the renderer takes it: numpy arrays in the world frame, no engine object."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.streaming.photos import SharperPhoto
from explorer.tileformat import PLAIN_USE, FeatureTable, ImageUse, PointSemantics


class TileMesh(Protocol):
    """A mesh of a tile: `PreparedMesh`, or what the renderer makes of it while it is still on a worker."""

    @property
    def n_triangles(self) -> int: ...
    @property
    def size_bytes(self) -> int: ...


@dataclass(frozen=True, eq=False)
class PreparedMesh:
    """Triangles with one texture, or with none. n vertices, m triangles."""

    positions: NDArray[np.float32]
    """(n, 3) easting, northing, height from the tile's centre. [m]"""
    normals: NDArray[np.int8]
    """(n, 4) unit normal times 127, the fourth is 0."""
    colours: NDArray[np.uint8]
    """(n, 4) sRGB with alpha: the data's own, or the palette's by surface class. See `colours_are_linear`."""
    surface_class: NDArray[np.uint8]
    """(n,) of `SurfaceClass`."""
    feature_index: NDArray[np.uint32]
    """(n,) row in the tile's feature table, `NO_FEATURE` for none."""
    triangles: NDArray[np.unsignedinteger]
    """(m, 3) counter-clockwise seen from outside; uint16 or uint32."""
    edges: NDArray[np.uint32] | None = None
    """(k, 2) creases and borders, rows of `positions`; None: no edge lines here."""
    texture_coordinates: NDArray[np.float32] | None = None
    """(n, 2), v downwards from the image's top."""
    photo: NDArray[np.uint8] | None = None
    """(rows, columns, 4) blue, green, red, alpha of the base colour texture, first row on top."""
    sharper: SharperPhoto | None = None
    """What is left out of the photograph until somebody is near."""
    image_use: ImageUse = PLAIN_USE
    has_own_colours: bool = False
    """The data says what colour it is (colours or a material); else `colours` is the palette's."""
    shows_colours: bool = False
    """Its material says the colour, and its classes, guessed by slope, tell roofs from walls and nothing more."""
    is_board: bool = False
    """Ground that is guessed, and looks like the board that the model stands on."""
    n_closed: int = 0
    """So many of the triangles, the first ones, are closed shells (`Mesh.is_closed`)."""
    colours_are_linear: bool = False
    """`colours` are linear light instead, as the file has them."""

    @property
    def n_triangles(self) -> int:
        """Triangles."""
        return len(self.triangles)

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        arrays = (
            self.positions,
            self.normals,
            self.colours,
            self.surface_class,
            self.feature_index,
            self.triangles,
            self.edges,
            self.texture_coordinates,
        )
        texels = 0 if self.photo is None else self.photo.nbytes * 4 // 3  # with its smaller levels
        waiting = 0 if self.sharper is None else self.sharper.size_bytes
        return sum(array.nbytes for array in arrays if array is not None) + texels + waiting


@dataclass(frozen=True, eq=False)
class PreparedInstances:
    """One template in n places, which stand in k patches of ground; a patch is drawn or left out as a whole."""

    meshes: tuple[PreparedMesh, ...]
    """The template; positions are from its own middle."""
    coarser: tuple[tuple[PreparedMesh, ...], ...]
    """The template with fewer triangles, for what is farther and farther away."""
    size_m: float
    """Diameter of the largest instance. [m]"""
    places: NDArray[np.float32]
    """(n, 3, 4) the template's frame to offsets from the tile's centre. [m]"""
    numbers: NDArray[np.float32]
    """(n,) row in the tile's feature table; -1: the template's vertices say it; -2: none."""
    patches: NDArray[np.int64]
    """(k + 1,) places `patches[i] : patches[i + 1]` stand in patch i."""
    lo: NDArray[np.float32]
    """(k, 3) least offsets from the tile's centre that any instance of a patch reaches. [m]"""
    hi: NDArray[np.float32]

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        levels = (self.meshes, *self.coarser)
        return self.places.nbytes + self.numbers.nbytes + sum(mesh.size_bytes for level in levels for mesh in level)


@dataclass(frozen=True, eq=False)
class PreparedPoints:
    """n points."""

    positions: NDArray[np.float32]
    """(n, 3) from the tile's centre. [m]"""
    normals: NDArray[np.int8]
    """(n, 4) unit normal times 127, the fourth is 0; all 0: none."""
    colours: NDArray[np.uint8]
    """(n, 4) sRGB with alpha."""
    feature_index: NDArray[np.uint32]
    """(n,) row in the tile's feature table, `NO_FEATURE` for none."""
    size_m: float
    """Diameter at which they close to a surface. [m]"""
    semantics: PointSemantics
    """What styles may ask of each."""

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        arrays = (self.positions, self.normals, self.colours, self.feature_index)
        return sum(array.nbytes for array in arrays) + self.semantics.size_bytes


@dataclass(frozen=True, eq=False)
class PreparedLines:
    """m pieces of lines between n corners; arrays as in `PreparedPoints`."""

    positions: NDArray[np.float32]
    segments: NDArray[np.uint32]
    """(m, 2) rows of `positions`."""
    colours: NDArray[np.uint8]
    feature_index: NDArray[np.uint32]

    @property
    def size_bytes(self) -> int:
        """What it takes in memory: each piece is drawn by four corners."""
        return 36 * 4 * len(self.segments) + self.positions.nbytes + self.segments.nbytes


@dataclass(frozen=True, eq=False)
class PreparedTile:
    """One tile, ready to be attached on the main thread."""

    centre: NDArray[np.float64]
    """(3,) world; positions are offsets from here."""
    meshes: tuple[TileMesh, ...]
    features: FeatureTable
    lo: NDArray[np.float64]
    """(3,) least world coordinates of the vertices."""
    hi: NDArray[np.float64]
    size_bytes: int
    diagnostics: tuple[str, ...] = field(default=())
    instances: tuple[PreparedInstances, ...] = ()
    points: tuple[PreparedPoints, ...] = ()
    lines: tuple[PreparedLines, ...] = ()
    cells: NDArray[np.float32] | None = None
    """(k, 2, 3) least and greatest offsets from the centre of boxes that together hold all of it; None: not worked out.
    [m]"""
    is_finest: bool = False
    """Nothing finer takes its place, however near one comes."""
    point_halvings: int = 0
    """For how many levels below its points are drawn smaller."""

    @property
    def n_triangles(self) -> int:
        """Triangles in all meshes, and in all places of those that stand in many."""
        many = sum(len(mesh.triangles) * len(one.places) for one in self.instances for mesh in one.meshes)
        return sum(mesh.n_triangles for mesh in self.meshes) + many

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not (self.meshes or self.instances or self.points or self.lines)
