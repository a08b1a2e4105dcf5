"""The room that draws: Panda3D, our own GLSL, and nothing of windows' widgets or of the document.

`make_engine` opens a window or an off-screen context; `CityRenderer` draws prepared tiles, proposals, overlays and
tools' lines from a `Camera`, says what is under a pixel, and gives the picture as an array. Main thread only. Positions
come in as world float64 and reach the GPU relative to a render origin that follows the camera.
"""

from explorer.render.city import CityRenderer
from explorer.render.engine import Engine, make_engine
from explorer.render.feature_colours import LayerStyle
from explorer.render.imagery import ImageryDrape
from explorer.render.overlay import OverlayDrape
from explorer.render.packing import packed_tile
from explorer.render.palette import BOARD_SRGB
from explorer.render.picking import Pick
from explorer.render.proposals import ProposalLook
from explorer.render.sharpening import PhotoWish
from explorer.render.tier_probe import abilities, measure
from explorer.render.tiers import OFFICE, PRESENTATION, STANDARD, TIERS, Abilities, Tier, best_allowed, tier_for

__all__ = [
    "BOARD_SRGB",
    "OFFICE",
    "PRESENTATION",
    "STANDARD",
    "TIERS",
    "Abilities",
    "CityRenderer",
    "Engine",
    "ImageryDrape",
    "LayerStyle",
    "OverlayDrape",
    "PhotoWish",
    "Pick",
    "ProposalLook",
    "Tier",
    "abilities",
    "best_allowed",
    "make_engine",
    "measure",
    "packed_tile",
    "tier_for",
]
