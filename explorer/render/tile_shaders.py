"""Which shader draws what of a tile, by what the view asks for: compiled when first needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from explorer.render.shader_library import ShaderLibrary

Kind = Literal[
    "solid",
    "surface",
    "board",
    "water",
    "photo",
    "instances",
    "photo instances",
    "points",
    "lines",
    "edges",
    "details",
]
"""What draws a piece of geometry. "solid" is "surface" of closed shells, whose back faces are left out; "board" is
ground that is guessed."""
_TAGGED: tuple[Kind, ...] = ("photo", "instances", "photo instances", "points", "lines")
"""Those with shaders of their own in other passes, too; "photo" only where it has holes."""

_DEFINES: dict[Kind, frozenset[str]] = {
    "solid": frozenset(),
    "surface": frozenset(),
    "board": frozenset({"USE_BOARD"}),
    "water": frozenset({"USE_WATER"}),
    "photo": frozenset({"USE_PHOTO"}),
    "instances": frozenset({"USE_INSTANCES"}),
    "photo instances": frozenset({"USE_INSTANCES", "USE_PHOTO"}),
    "points": frozenset({"USE_POINTS"}),
    "lines": frozenset({"USE_LINES"}),
    "edges": frozenset(),
    "details": frozenset(),
}
_FILES: dict[Kind, str] = {
    "edges": "tiles/edges",
    "details": "tiles/edges",
    "points": "tiles/points",
    "lines": "tiles/lines",
}
_DRAPED: tuple[Kind, ...] = ("solid", "surface", "board", "water", "photo")
"""Where a picture of the ground may lie."""
PASS_DEFINES: dict[str, frozenset[str]] = {"": frozenset(), **{kind: _DEFINES[kind] for kind in _TAGGED}}
"""What shadow maps and picking draw with shaders of their own, by `passes.STATE_KEY`; "" is all the rest."""


def pass_shaders(library: ShaderLibrary, name: str, defines: frozenset[str]) -> dict[str, Any]:
    """Shaders of a pass that draws everything with its own, by `passes.STATE_KEY`."""
    return {kind: library.get(name, defines | {"USE_STYLES"} | more) for kind, more in PASS_DEFINES.items()}


@dataclass(frozen=True)
class TileShaders:
    """Shaders of one way to look at the city."""

    library: ShaderLibrary
    defines: frozenset[str]
    """What the engine and the view's tier ask of every shader."""
    has_overlay: bool = False
    with_photos: bool = True
    has_imagery: bool = False
    line_reach: float = 1.0
    """As in `Tier`. [-]"""

    def get(self, kind: Kind, *, is_styled: bool = False, is_fading: bool = False) -> Any:
        """The shader for one kind of geometry.

        `is_styled`: some of its features are hidden or highlighted; `is_fading`: it comes or goes just now.
        """
        defines = set(self.defines) | _DEFINES[kind]
        if is_styled:
            defines.add("USE_STYLES")
        if is_fading:
            defines.add("USE_FADE")
        if self.has_overlay:
            defines.add("USE_OVERLAY")
        if self.has_imagery and kind in _DRAPED:
            defines.add("USE_IMAGERY")
        if not self.with_photos:
            defines.discard("USE_PHOTO")
        return self.library.get(_FILES.get(kind, "tiles/surface"), frozenset(defines))
