"""The tiles in GPU memory: which are there, in pages or each by itself, and how their features look in the view."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera
from explorer.render.feature_colours import FeatureColours, LayerStyle, StyledTile, layer_of
from explorer.render.feature_numbers import FeatureNumbers
from explorer.render.feature_style import style_bytes
from explorer.render.gathered import Gathering, is_small
from explorer.render.page import GatheredTile
from explorer.render.point_looks import PointLooks
from explorer.render.sharpening import PhotoWish
from explorer.render.shown_tiles import ShownTiles
from explorer.render.tile_arrays import TileArrays
from explorer.render.tile_shaders import TileShaders
from explorer.render.tile_view import TileView
from explorer.tileformat import FeatureTable

_NOTHING: frozenset[str] = frozenset()


class CityTiles:
    """All attached tiles of a view: small ones gathered in pages, others each by itself. Main thread only.

    `casts_shadow`: whether some camera draws shadows.
    """

    def __init__(self, parent: Any, *, casts_shadow: bool = True) -> None:
        self._parent = parent
        self._views: dict[Hashable, TileView | GatheredTile] = {}
        self._gathering = Gathering(parent, casts_shadow=casts_shadow)
        self._small: dict[Hashable, TileArrays] = {}
        """Small tiles that are drawn by themselves, because some of their features are styled."""
        self.shown = ShownTiles(self._views, self._gathering)
        """Which of them are drawn."""
        self._hidden = self._selected = self._hovered = _NOTHING
        self._numbers = FeatureNumbers()
        self._colours = FeatureColours(parent)
        self._point_looks = PointLooks(parent)
        self._styles: Mapping[Hashable, LayerStyle] = {}
        self._have_photos = False
        self._n_with_ground = self._n_with_points = 0

    def __getitem__(self, key: Hashable) -> TileView | GatheredTile:
        return self._views[key]

    def attach(
        self, key: Hashable, tile: TileArrays, shaders: TileShaders, origin: NDArray[np.float64]
    ) -> TileView | GatheredTile:
        """Take a tile in, not shown yet; its key is not known."""
        self._shaders, self._origin = shaders, origin
        id_base = self._ids_for(len(tile.features))
        view: TileView | GatheredTile
        if is_small(tile) and self._unstyled(tile.features.ids):
            view = self._gather(key, tile, id_base)
        else:
            view = self._by_itself(key, tile, id_base)
        self._have_photos |= view.has_photo
        self._colours.add(StyledTile(key, tile.features, id_base))
        self._n_with_ground += view.has_ground
        self._n_with_points += view.has_points
        return view

    def _gather(self, key: Hashable, tile: TileArrays, id_base: int) -> GatheredTile:
        view = GatheredTile(key, tile, id_base)
        self._gathering.add(view, self._shaders, self._origin)
        self._views[key] = view
        self.shown.renew(key)
        return view

    def _by_itself(self, key: Hashable, tile: TileArrays, id_base: int) -> TileView:
        """A view of its own, instead of that in a page."""
        before = self._views.get(key)
        if isinstance(before, GatheredTile):
            self._gathering.remove(before)
        if is_small(tile):
            self._small[key] = tile
        view = TileView(key, tile, self._parent, id_base, self._shaders)
        view.place(self._origin)
        view.restyle(self._hidden, self._selected, self._hovered)
        self._views[key] = view
        self.shown.renew(key)
        if view.has_points:
            self._point_looks.add(view)
        return view

    def _unstyled(self, ids: tuple[str, ...]) -> bool:
        return style_bytes(ids, self._hidden, self._selected, self._hovered) is None

    def detach(self, key: Hashable) -> bool:
        """Give a tile's memory back; an unknown key is nothing. Returns whether it was drawn."""
        view = self._views.pop(key, None)
        if view is None:
            return False
        self._small.pop(key, None)
        self._colours.drop(key)
        self._point_looks.drop(key)
        self._numbers.give_back(view)
        if isinstance(view, GatheredTile):
            self._gathering.remove(view)
        else:
            view.release()
        self._have_photos &= bool(self._views)
        self._n_with_ground -= view.has_ground
        self._n_with_points -= view.has_points
        return self.shown.forget(key)

    def sharpen(self, wish: PhotoWish, texels: NDArray[np.uint8] | None) -> int:
        """Fulfil a wish, or None: it cannot be; returns how many bytes more its tile takes, 0 where it is gone."""
        view = self._views.get(wish.key)
        return view.sharpen(wish, texels) if isinstance(view, TileView) else 0

    def resize_points(self, key: Hashable, share: float) -> None:
        """Draw the points of a tile at a share of the size that they came with; an unknown key is nothing. [-]"""
        view = self._views.get(key)
        if isinstance(view, TileView):
            view.resize_points(share)

    def look(self, camera: Camera) -> None:
        """Follow the camera, before each frame that is drawn."""
        self._gathering.look(camera)
        self._colours.look()
        self._point_looks.look()

    def set_styles(self, styles: Mapping[Hashable, LayerStyle]) -> bool:
        """Style layers so, by the first part of their tiles' keys; returns whether what casts shadow changed."""
        self._styles = styles
        self._point_looks.set_styles(styles)
        return self._colours.set_styles(styles)

    def features_of_layer(self, layer: Hashable) -> list[FeatureTable]:
        """Features of all attached tiles of a layer."""
        return [view.features for key, view in self._views.items() if layer_of(key) == layer]

    @property
    def colour_defines(self) -> frozenset[str]:
        """What shaders must know of the styles of now."""
        return self._colours.defines | self._point_looks.defines

    def hide(self, ids: frozenset[str]) -> bool:
        """Hide these features in every tile; returns whether that is a change."""
        if ids == self._hidden:
            return False
        self._hidden = ids
        return True

    def highlight(self, selected: frozenset[str], hovered: frozenset[str]) -> bool:
        """Mark these features; returns whether that is a change."""
        if (selected, hovered) == (self._selected, self._hovered):
            return False
        self._selected, self._hovered = selected, hovered
        return True

    def restyle(self) -> bool:
        """Bring every tile's styles up to date; returns whether what casts shadow changed."""
        has_changed = False
        for key, view in list(self._views.items()):
            if isinstance(view, GatheredTile):
                if not self._unstyled(view.features.ids):
                    has_changed |= not self._hidden.isdisjoint(view.features.ids)
                    self._by_itself(key, view.tile, view.id_base)
                continue
            has_changed |= view.restyle(self._hidden, self._selected, self._hovered)
            if key in self._small and not view.is_styled:
                self.shown.fading.forget(key)
                view.release()
                self._gather(key, self._small.pop(key), view.id_base)
        self.shown.show_gathered()
        return has_changed

    def use(self, shaders: TileShaders) -> None:
        """Draw with these shaders."""
        self._shaders = shaders
        self._gathering.use(shaders)
        for view in self._views.values():
            if isinstance(view, TileView):
                view.use(shaders)

    def place(self, origin: NDArray[np.float64]) -> None:
        """Stand relative to a new render origin."""
        self._origin = origin
        self._gathering.place(origin)
        for view in self._views.values():
            if isinstance(view, TileView):
                view.place(origin)

    def release(self) -> None:
        """Give everything back."""
        for key in list(self._views):
            self.detach(key)

    @property
    def have_ground(self) -> bool:
        """Whether any of them brings ground."""
        return self._n_with_ground > 0

    @property
    def have_points(self) -> bool:
        """Whether any of them has points."""
        return self._n_with_points > 0

    @property
    def have_photos(self) -> bool:
        """Whether any of them has, or had since there were none, a photograph."""
        return self._have_photos

    @property
    def size_bytes(self) -> int:
        """GPU bytes by our own ledger."""
        views = sum(view.size_bytes for view in self._views.values())
        return views + self._gathering.spare_bytes + self._colours.size_bytes + self._point_looks.size_bytes

    @property
    def n_geoms(self) -> int:
        """Draw calls when all of what is drawn is in view and near."""
        alone = sum(view.n_geoms for view in self.shown.views() if isinstance(view, TileView))
        return alone + self._gathering.n_geoms

    def _ids_for(self, n_features: int) -> int:
        """A run of free numbers of the view for one tile; all are numbered afresh where no run is long enough."""
        base = self._numbers.take(n_features)
        if base is None:
            self._numbers.renumber(self._views.values())
            for key, view in self._views.items():
                self._colours.add(StyledTile(key, view.features, view.id_base))
            self.set_styles(self._styles)
            base = self._numbers.take(n_features) or 0
        return base
