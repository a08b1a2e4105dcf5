"""A tileset as arrays: one row a tile, children side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.geo import CompoundCrs, OrientedBox
from explorer.tileformat.extras import CitiverseExtras
from explorer.tileformat.quantized_mesh import Rectangle
from explorer.tileformat.reach import Reach
from explorer.tileformat.tileset_volumes import TileVolumes
from explorer.tileformat.unread import UnreadPart

REPLACE = 0
ADD = 1


@dataclass(frozen=True, slots=True)
class TerrainPlace:
    """What the bytes of a terrain tile do not say about it."""

    rectangle: Rectangle
    """Of the file."""
    part: Rectangle
    """What of it is drawn: all, or a quarter that has no file of its own."""
    geometric_error: float
    """[m]"""
    encoding: str = "quantized-mesh"
    """Or "heightmap", the older format of the same tiles."""
    has_mercator_rows: bool = False
    """Its rows are as far apart on the map of Web Mercator, not in latitude."""


@dataclass(frozen=True, slots=True)
class HeightPlace:
    """What the bytes of a raster of heights do not say about it: a square of 2^k cells on a map."""

    encoding: str
    """One of `explorer.tileformat.heightmap.ENCODINGS`."""
    crs: CompoundCrs
    """Of places and heights; its map may count degrees."""
    height_offset: float | None
    """Typed offset to ellipsoidal heights, where no geoid is known. [m]"""
    west: float
    north: float
    """Place of the first vertex."""
    step_x: float
    step_y: float
    """From vertex to vertex, eastwards and southwards; both positive."""
    cells: int
    is_falling: bool
    """Which way its diagonal runs: so that levels nest."""
    tolerance: float
    """By how much what is drawn may be off its own heights. [m]"""
    skirt: float
    """How far neighbours of other levels may lie below its edges. [m]"""


@dataclass(frozen=True, eq=False)
class Tileset:
    """All tiles of a tileset that were read. n tiles; row 0 is the root, and every tile comes before its children, but
    for those of a part that was put where another had been (`with_parts`).

    Boxes are in the tileset's root frame: ECEF where it is georeferenced, metres.
    """

    centre: NDArray[np.float64]
    """(n, 3) middle of the bounding box."""
    half_axes: NDArray[np.float64]
    """(n, 3, 3) rows are half axes; regions and spheres have the box around them."""
    geometric_error: NDArray[np.float64]
    """(n,) [m]"""
    parent: NDArray[np.int32]
    """(n,) -1 for the root."""
    first_child: NDArray[np.int32]
    """(n,) row of the first child; children are rows `first_child : first_child + child_count`."""
    child_count: NDArray[np.int32]
    refine: NDArray[np.uint8]
    """(n,) `REPLACE` or `ADD`."""
    content_uri: Sequence[str | None]
    """(n,) relative to `base_uri`, or absolute; None: a tile without content."""
    transform: NDArray[np.float64]
    """(n, 4, 4) content's frame (Z up) to the root frame, all transforms above included; column vectors."""
    level: NDArray[np.int32]
    base_uri: str
    """Address of the tileset.json itself."""
    asset: dict[str, Any] = field(default_factory=dict)
    extras: CitiverseExtras | None = None
    """Where our own importers say that the data comes from."""
    more_contents: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Further contents of tiles that have several (3D Tiles 1.1), by row."""
    terrain: dict[int, TerrainPlace | HeightPlace] = field(default_factory=dict)
    """Tiles of terrain (quantized-mesh, rasters of heights), and what their bytes do not say, by row."""
    content_volumes: TileVolumes = field(default_factory=TileVolumes)
    """Where what is drawn of a tile is, for tiles that say it: no larger than the tile's box, for culling alone."""
    request_volumes: TileVolumes = field(default_factory=TileVolumes)
    """Where the viewer has to be for a tile to be considered at all, for tiles that say it."""
    up: NDArray[np.uint8] | None = None
    """(n,) axis of the contents' glTF that points up, 0 to 2, where files of the tileset differ; None: `up_axis`."""
    unread: Mapping[int, UnreadPart] = field(default_factory=dict)
    """By row, tiles that stand for parts that were left for later: they have no content, and no children yet."""
    entered: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """By row, tiles below which hangs what was read later: addresses of the files in which that is nested."""
    documents: tuple[str, ...] = ()
    """Addresses of all further files that tell of tiles: external tilesets, subtrees, their buffers, schemas."""
    diagnostics: tuple[str, ...] = ()
    """What was odd, one sentence each."""
    reach: Reach | None = None
    """Of the scene, in a tileset of the whole earth: what is read on is cut to it (`within_reach`)."""

    def __len__(self) -> int:
        return len(self.parent)

    def box(self, tile: int) -> OrientedBox:
        """The bounding box of one tile, in the root frame."""
        return OrientedBox(self.centre[tile], self.half_axes[tile])

    def children(self, tile: int) -> range:
        """Rows of a tile's children."""
        first = int(self.first_child[tile])
        return range(first, first + int(self.child_count[tile]))

    @property
    def up_axis(self) -> str:
        """The axis of the contents' glTF that points up: "Y", unless `asset.gltfUpAxis` (1.0) says otherwise."""
        return "XYZ"[up_axis_number(self.asset)]

    def up_axis_of(self, tile: int) -> str:
        """The same for the contents of one tile: an external tileset has an asset of its own."""
        return self.up_axis if self.up is None else "XYZ"[int(self.up[tile])]

    def contents(self, tile: int) -> tuple[str, ...]:
        """Addresses of all contents of a tile."""
        first = self.content_uri[tile]
        return () if first is None else (first, *self.more_contents.get(tile, ()))

    def nested_in(self, tile: int) -> tuple[str, ...]:
        """Addresses of the files in which a tile is nested, as far as they were read later than the whole."""
        while tile >= 0 and tile not in self.entered:
            tile = int(self.parent[tile])
        return self.entered.get(tile, ())

    def address(self, tile: int) -> str | None:
        """Of the first content of a tile, or of the file that tells what is below it; None: there is neither."""
        part = self.unread.get(tile)
        return self.content_uri[tile] if part is None else part.address


def up_axis_number(asset: Any) -> int:
    """0, 1 or 2: the axis that `asset.gltfUpAxis` (3D Tiles 1.0) names, Y where it names none."""
    said = asset.get("gltfUpAxis") if isinstance(asset, dict) else None
    return "XYZ".index(said.upper()) if isinstance(said, str) and said.upper() in ("X", "Y", "Z") else 1
