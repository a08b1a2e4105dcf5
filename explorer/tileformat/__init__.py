"""3D Tiles and glTF: their types as plain arrays, reading and writing.

`read_tileset` turns a tileset.json into arrays of tiles, `decode_content` a b3dm, i3dm, pnts, cmpt or glTF into meshes,
instances, points, lines and a feature table; `encode_glb` and `encode_tileset` write what importers make, and what they
write is read back unchanged. No file, network or engine is touched here: bytes come in and go out.
"""

from explorer.tileformat.columns import ColumnTypes
from explorer.tileformat.content import (
    NO_FEATURE,
    PLAIN_USE,
    FeatureTable,
    ImageUse,
    Instances,
    Lines,
    Mesh,
    Points,
    TileContent,
)
from explorer.tileformat.decode import decode_content
from explorer.tileformat.encode import encode_glb
from explorer.tileformat.extras import CitiverseExtras
from explorer.tileformat.growing_array import GrowingArray
from explorer.tileformat.implicit_rows import Budget
from explorer.tileformat.palette import srgb_palette
from explorer.tileformat.point_semantics import POINT_SEMANTICS, PointSemantics, semantics_of
from explorer.tileformat.reach import Reach, within_reach
from explorer.tileformat.surface_class import SurfaceClass
from explorer.tileformat.terrain_layer import read_terrain_layer
from explorer.tileformat.terrain_layers import is_terrain_layer
from explorer.tileformat.tile_content import decode_tile
from explorer.tileformat.tileset import ADD, REPLACE, Tileset
from explorer.tileformat.tileset_joining import (
    GrowingTileset,
    may_be_tileset,
    part_below,
    standing_for_parts,
    with_parts,
)
from explorer.tileformat.tileset_parts import read_part, with_nested
from explorer.tileformat.tileset_reader import read_first_levels, read_tileset
from explorer.tileformat.tileset_volumes import TileVolumes
from explorer.tileformat.tileset_writer import TileNode, encode_tileset

__all__ = [
    "ADD",
    "NO_FEATURE",
    "PLAIN_USE",
    "POINT_SEMANTICS",
    "REPLACE",
    "Budget",
    "CitiverseExtras",
    "ColumnTypes",
    "FeatureTable",
    "GrowingArray",
    "GrowingTileset",
    "ImageUse",
    "Instances",
    "Lines",
    "Mesh",
    "PointSemantics",
    "Points",
    "Reach",
    "SurfaceClass",
    "TileContent",
    "TileNode",
    "TileVolumes",
    "Tileset",
    "decode_content",
    "decode_tile",
    "encode_glb",
    "encode_tileset",
    "is_terrain_layer",
    "may_be_tileset",
    "part_below",
    "read_first_levels",
    "read_part",
    "read_terrain_layer",
    "read_tileset",
    "semantics_of",
    "srgb_palette",
    "standing_for_parts",
    "with_nested",
    "with_parts",
    "within_reach",
]
