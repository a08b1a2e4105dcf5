"""Streaming a tileset for the eye: which tiles to draw from here, which to load next, which to let go.

Selection is pure arithmetic on arrays in the world frame; workers fetch, decode and prepare numpy arrays; only the
renderer, on the main thread, makes engine objects of them. What simulations and figures need comes from the room
`surface`, never from what happens to be loaded here.
"""

from explorer.streaming.ceiling import Ceiling
from explorer.streaming.frames import Budgets, FrameTiles, TileFailure
from explorer.streaming.opening import OpenTileset, load_tileset, open_tileset
from explorer.streaming.photos import SharperPhoto, decode_photo
from explorer.streaming.prepare import prepare_tile
from explorer.streaming.prepared import PreparedMesh, PreparedTile
from explorer.streaming.runtime import TilesetRuntime
from explorer.streaming.selection import Selection, Selector, select_tiles
from explorer.streaming.settling import Settled, wait_until_idle
from explorer.streaming.states import TileState
from explorer.streaming.tree import TileTree, refine_towards, world_tree

__all__ = [
    "Budgets",
    "Ceiling",
    "FrameTiles",
    "OpenTileset",
    "PreparedMesh",
    "PreparedTile",
    "Selection",
    "Selector",
    "Settled",
    "SharperPhoto",
    "TileFailure",
    "TileState",
    "TileTree",
    "TilesetRuntime",
    "decode_photo",
    "load_tileset",
    "open_tileset",
    "prepare_tile",
    "refine_towards",
    "select_tiles",
    "wait_until_idle",
    "world_tree",
]
