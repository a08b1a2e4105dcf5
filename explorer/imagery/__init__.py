"""Pictures of the ground from above, draped over the city: where they come from, which of them a view needs, and how
they become squares on the scene's map.

A view needs fine pixels near the eye and coarse ones far away. So there are some squares of as many texels each, every
one twice as wide as the one before, around what is seen (a "clipmap", Tanner et al. 1998). Workers fetch the source's
tiles and resample them onto the scene's map; the renderer looks a place of the map up in the finest square that holds
it. Knows no engine and no window.
"""

from explorer.imagery.clipmap import MOST_LEVELS, Square, View, planned_squares
from explorer.imagery.composing import Composed
from explorer.imagery.grids import GridLevel, TileGrid
from explorer.imagery.layer_tiles import ShownLayer
from explorer.imagery.runtime import ImageryRuntime
from explorer.imagery.sources import ChoiceNeeded, ImageSource, Where, is_imagery, open_imagery

__all__ = [
    "MOST_LEVELS",
    "ChoiceNeeded",
    "Composed",
    "GridLevel",
    "ImageSource",
    "ImageryRuntime",
    "ShownLayer",
    "Square",
    "TileGrid",
    "View",
    "Where",
    "is_imagery",
    "open_imagery",
    "planned_squares",
]
