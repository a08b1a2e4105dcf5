"""What a place is made of, for an area, a variant and a largest error: triangles, rays, ground heights, sample points.

Everything is read from the whole data of the area, never from what is loaded for the eye, so an answer does not depend
on the camera and is the same in the window and on the command line. Tiles are read once and kept; a variant (hidden
features and proposed buildings) is put on top of them. Walking gets its triangles from here, too (`CollisionFeed`).
"""

from explorer.surface.collision_feed import CollisionFeed
from explorer.surface.estimated_ground import SQUARE_METRES, Square, area_of_square, squares_over
from explorer.surface.model import ProposedMesh, SurfaceModel
from explorer.surface.rays import RayCaster
from explorer.surface.samples import FacadeSamples
from explorer.surface.section_caps import CapKind, Caps, section_caps
from explorer.surface.sources import SurfaceTileset
from explorer.surface.triangles import TriangleSoup

__all__ = [
    "SQUARE_METRES",
    "CapKind",
    "Caps",
    "CollisionFeed",
    "FacadeSamples",
    "ProposedMesh",
    "RayCaster",
    "Square",
    "SurfaceModel",
    "SurfaceTileset",
    "TriangleSoup",
    "area_of_square",
    "section_caps",
    "squares_over",
]
