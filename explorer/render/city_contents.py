"""What a view of the city shows, and the setters by which it is told: tiles, proposals, section, light, drapes.

Each setter keeps its last call (`wishes`), so that a view that lost everything in the engine can be told again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera, Cut
from explorer.render.drapes import Drapes
from explorer.render.feature_colours import LayerStyle
from explorer.render.imagery import ImageryDrape
from explorer.render.light import Light
from explorer.render.overlay import OverlayDrape
from explorer.render.picking import Picker
from explorer.render.proposals import ProposalLook, Proposals
from explorer.render.section import CapArrays
from explorer.render.section_view import SectionView
from explorer.render.shader_library import ShaderLibrary
from explorer.render.sharpening import PhotoWish
from explorer.render.tiers import Tier
from explorer.render.tile_arrays import TileArrays
from explorer.render.tile_shaders import TileShaders, pass_shaders
from explorer.render.tiles import CityTiles
from explorer.render.tool_lines import ToolLines
from explorer.render.wishes import Wishes, wish

_NOTHING: frozenset[str] = frozenset()


class CityContents(ABC):
    """What is to be drawn. Whoever draws it (`CityRenderer`) makes the parts and looks at `needs_redraw`."""

    scene: Any
    shaders: ShaderLibrary
    tier: Tier
    lines: ToolLines
    wishes: Wishes
    needs_redraw: bool
    """Something looks different from the last frame."""
    _tiles: CityTiles
    _proposals: Proposals
    _light: Light
    _section: SectionView
    _drapes: Drapes
    _picker: Picker
    _tile_shaders: TileShaders
    _defines: frozenset[str]
    """Of the tier and the depth buffer."""
    _origin: NDArray[np.float64]
    """The floating render origin in the world. [m]"""
    _is_underground: bool
    _version: int
    """Counts changes of what casts shadow."""

    @abstractmethod
    def _take_points(self) -> None:
        """There are points now that are shaded by their depth, or none any more."""

    @property
    def _defines_now(self) -> frozenset[str]:
        below = {"USE_UNDERGROUND"} if self._is_underground else set()
        more = self._section.defines | self._tiles.colour_defines | self._light.shadow_defines
        return self._defines | below | more

    # -- tiles ----------------------------------------------------------------------------------------------------

    def attach_tile(self, key: Hashable, tile: TileArrays) -> None:
        """Take a tile into GPU memory, not shown yet. A known key is replaced."""
        self.detach_tile(key)
        view = self._tiles.attach(key, tile, self._tile_shaders, self._origin)
        self._light.sky.has_ground |= view.has_ground
        self._take_points()

    def detach_tile(self, key: Hashable) -> None:
        """Give a tile's memory back; an unknown key is nothing."""
        if self._tiles.detach(key):
            self._touch()
        self._light.sky.has_ground = self._tiles.have_ground
        self._take_points()

    def show_tiles(self, keys: Iterable[Hashable]) -> None:
        """Draw exactly these of the attached tiles."""
        if self._tiles.shown.show(keys):
            self._touch()

    @property
    def resident_bytes(self) -> int:
        """GPU bytes of attached tiles by our own ledger."""
        return self._tiles.size_bytes

    @property
    def shown_triangles(self) -> int:
        """Triangles of the tiles that are drawn."""
        return self._tiles.shown.n_triangles

    @property
    def n_hidden_tiles(self) -> int:
        """Tiles that the last frame left out, whole or in part, because others hide them."""
        return len(self._tiles.shown.behind)

    @property
    def n_geoms(self) -> int:
        """Draw calls of the tiles that are drawn."""
        return self._tiles.n_geoms

    @property
    def has_photos(self) -> bool:
        """Whether any attached tile has a photograph."""
        return self._tiles.have_photos

    def most_blurred(self, camera: Camera) -> PhotoWish | None:
        """The photograph that would gain most from more texels, seen from here; None: all are sharp enough."""
        if not self._tile_shaders.with_photos:
            return None
        return self._tiles.shown.most_blurred(camera, self.tier.photo_px)

    def sharpen(self, wish: PhotoWish, texels: NDArray[np.uint8] | None) -> int:
        """Draw a photograph with more texels (None: there are none); returns how many bytes more its tile takes."""
        more = self._tiles.sharpen(wish, texels)
        self.needs_redraw |= more > 0
        return more

    def resize_points(self, key: Hashable, share: float) -> None:
        """Draw the points of a tile at a share of the size that they came with; an unknown key is nothing. [-]"""
        self._tiles.resize_points(key, share)
        self.needs_redraw = True

    def _touch(self) -> None:
        self._version += 1
        self.needs_redraw = True

    def features_of(self, key: Hashable) -> Any:
        """The feature table of an attached tile."""
        return self._tiles[key].features

    def features_of_layer(self, layer: Hashable) -> list[Any]:
        """Feature tables of all attached tiles of a layer."""
        return self._tiles.features_of_layer(layer)

    # -- features and proposals -------------------------------------------------------------------------------------

    @wish
    def set_hidden_features(self, ids: frozenset[str]) -> None:
        """Hide these features in every tile, at every level of detail."""
        if self._tiles.hide(ids):
            self._restyle()

    @wish
    def set_highlight(self, selected: frozenset[str], hovered: frozenset[str] = _NOTHING) -> None:
        """Outline and tint these features in blue."""
        if self._tiles.highlight(selected, hovered):
            self._restyle()

    @wish
    def set_layer_styles(self, styles: Mapping[Hashable, LayerStyle]) -> None:
        """Colour, show and hide features as styles say, from the next frame on; a layer without one is as it is.

        `styles`: by the first part of a tile's key. Translucent features keep a share of their pixels; what is more
        than half transparent casts no shadow.
        """
        before = self._tiles.colour_defines
        if self._tiles.set_styles(styles):
            self._touch()
        if self._tiles.colour_defines != before:
            self._redefine()
        self.needs_redraw = True

    def _restyle(self) -> None:
        self.needs_redraw = True
        if self._tiles.restyle():
            self._touch()

    @wish
    def set_proposals(self, looks: Sequence[ProposalLook]) -> None:
        """Draw these proposals; views of unchanged ones are kept."""
        if self._proposals.set(looks, replace(self._tile_shaders, has_imagery=False), self._origin):
            self._touch()

    # -- section ----------------------------------------------------------------------------------------------------

    @wish
    def set_section(self, cut: Cut | None, caps: CapArrays | None = None) -> None:
        """Draw only what a section leaves, with these faces where it cuts; None: everything."""
        self._tiles.shown.cut(cut)
        if self._section.set(cut, caps, self._defines, self._origin):
            self._redefine()
        self._touch()

    @wish
    def set_underground(self, is_on: bool) -> None:
        """See through the ground from below, or not."""
        if is_on != self._is_underground:
            self._is_underground = is_on
            self._redefine()
            self.needs_redraw = True

    def _redefine(self) -> None:
        """Take the shaders that tier, section and underground view ask for."""
        defines = self._defines_now
        self._use(replace(self._tile_shaders, defines=defines, line_reach=self.tier.line_reach))
        self._light.use(defines | ({"USE_IMAGERY"} if self._tile_shaders.has_imagery else frozenset()))
        self._light.sky.is_open = self._section.cut is not None
        self._picker.use(pass_shaders(self.shaders, "tiles/pick", defines))
        self.lines.use(self.shaders.get("lines/line", defines))

    # -- light, overlay, land ---------------------------------------------------------------------------------------

    @wish
    def set_sun(self, direction: Sequence[float] | NDArray[np.float64], elevation_deg: float) -> None:
        """Unit vector towards the sun in the world, and its apparent height above the horizon. [degrees]"""
        self.needs_redraw |= self._light.set_sun(np.asarray(direction, dtype=np.float64), elevation_deg)

    @wish
    def set_shadows(self, are_on: bool) -> None:
        """Draw sun shadows or not."""
        self.needs_redraw |= self._light.set_shadows(are_on)

    @wish
    def set_land(self, height: float) -> None:
        """Height in the world of the land drawn beyond the data. [m]"""
        self.needs_redraw |= self._light.set_land(height)

    @wish
    def set_ground(self, height: float | None) -> None:
        """Height in the world of the ground that the viewer stands on or looks at, where that is known: in a hilly city
        it is far above or below the land beyond. Shadows are fitted to it. [m]
        """
        self.needs_redraw |= self._light.set_ground(height)

    @wish
    def set_map_origin(self, easting: float, northing: float) -> None:
        """Where on the map the world's origin is: the lines on a model's board are the map's. [m]"""
        self.needs_redraw |= self._light.set_map_origin(easting, northing)

    @wish
    def set_edges(self, strength: float) -> None:
        """How dark the lines of existing buildings are, 0 to 1."""
        self.scene.set_shader_input("edge_colour", (0.16, 0.15, 0.15, float(strength)))
        self.needs_redraw = True

    @wish
    def set_photos(self, are_on: bool) -> None:
        """Draw the data's photographs, or the plain model."""
        if are_on != self._tile_shaders.with_photos:
            self._use(replace(self._tile_shaders, with_photos=are_on))
            self.needs_redraw = True

    def _use(self, shaders: TileShaders) -> None:
        self._tile_shaders = shaders
        self._tiles.use(shaders)
        self._proposals.use(replace(shaders, has_imagery=False))

    @wish
    def set_overlay(self, drape: OverlayDrape | None) -> None:
        """Drape a result over the ground and grey the city, or take it off."""
        self._drapes.set_overlay(drape, self._origin)
        self._use(replace(self._tile_shaders, has_overlay=drape is not None))
        self._light.set_overlay(drape is not None)
        self.needs_redraw = True

    @wish
    def set_imagery(self, drape: ImageryDrape | None) -> None:
        """Drape pictures of the ground, or take them off."""
        if drape is None and not self._drapes.has_imagery:
            return
        if self._drapes.set_imagery(drape, self._origin):
            self._tile_shaders = replace(self._tile_shaders, has_imagery=drape is not None)
            self._redefine()
        if drape is None:
            self._drapes.forget_imagery(self._origin)
        self.needs_redraw = True

    # -- where and how ------------------------------------------------------------------------------------------------

    @property
    def surface_shader(self) -> Any:
        """What tiles are drawn with."""
        return self._tile_shaders.get("surface")

    @property
    def origin(self) -> NDArray[np.float64]:
        """The floating render origin in the world. [m]"""
        return self._origin

    def _stand_at(self, origin: NDArray[np.float64]) -> None:
        self._origin = origin
        self._tiles.place(self._origin)
        self._proposals.place(self._origin)
        self.lines.place(self._origin)
        self._section.place(self._origin)
        self._drapes.place(self._origin)
