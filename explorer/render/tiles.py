"""The tiles in GPU memory: which are there, which are drawn, and the numbers that their features have in the view."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera, Cut
from explorer.render.behind import Behind, Sees
from explorer.render.fade import Fading
from explorer.render.feature_colours import FeatureColours, LayerStyle, StyledTile, layer_of
from explorer.render.feature_numbers import FeatureNumbers, find
from explorer.render.feature_style import style_bytes
from explorer.render.gathered import Gathering, is_small
from explorer.render.page import GatheredTile
from explorer.render.point_looks import PointLooks
from explorer.render.sharpening import PhotoWish, most_blurred
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
        self._asked: set[Hashable] = set()
        """Those that are to be drawn, whether or not a section leaves anything of them."""
        self._shown: set[Hashable] = set()
        self.behind = Behind(self._views, self._gathering)
        self._cut: Cut | None = None
        self.fading = Fading()
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
        self.behind.forget(key)
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
        view.show(key in self._shown)
        view.restyle(self._hidden, self._selected, self._hovered)
        self._views[key] = view
        self.behind.forget(key)
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
        self.fading.forget(key)
        if isinstance(view, GatheredTile):
            self._gathering.remove(view)
        else:
            view.release()
        self._have_photos &= bool(self._views)
        self._n_with_ground -= view.has_ground
        self._n_with_points -= view.has_points
        was_shown = key in self._shown
        self._shown.discard(key)
        self.behind.forget(key)
        self._asked.discard(key)
        return was_shown

    def cut(self, cut: Cut | None) -> None:
        """Leave out tiles that a section cuts away whole."""
        self._cut = cut
        self.show(self._asked)

    def show(self, keys: Iterable[Hashable]) -> bool:
        """Draw exactly these of the attached tiles; returns whether that is a change."""
        asked = set(keys)
        self._asked = asked - asked.difference(self._views)
        wanted = self._asked - self._cut_away(self._asked)
        if wanted == self._shown:
            return False
        come, gathered_come = self._parted(wanted - self._shown)
        go, gathered_go = self._parted(self._shown - wanted)
        n_triangles = sum(view.n_triangles for some in (come, go) for view in some.values())
        self._hide_now(self.fading.change(come, go, n_triangles))
        for key, view in come.items():
            view.show(True)
            if key not in self.fading.steps:
                view.fade(None)
        self._shown = wanted
        self.behind.others_are_shown()
        self._show_fading()
        self._gathering.change(gathered_come, gathered_go)
        return True

    def hide_behind(self, sees: Sees | None) -> int:
        """Leave out what cannot be seen, None: nothing; returns how many triangles in view that spares."""
        return self.behind.hide(self._shown, sees)

    def would_show(self, sees: Sees) -> bool:
        """Whether anything that is left out now would not be by this test."""
        return self.behind.would_show(self._shown, sees)

    def _cut_away(self, asked: set[Hashable]) -> set[Hashable]:
        if self._cut is None or not asked:
            return set()
        keys = list(asked)
        lo = np.array([self._views[key].lo for key in keys])
        hi = np.array([self._views[key].hi for key in keys])
        return {keys[i] for i in np.flatnonzero(self._cut.cuts_away_boxes(lo, hi))}

    def _parted(self, keys: Iterable[Hashable]) -> tuple[dict[Hashable, TileView], list[GatheredTile]]:
        """Those that are drawn by themselves, and those in pages.

        The latter change at once: they are a few pixels, and have no shader of their own.
        """
        alone: dict[Hashable, TileView] = {}
        gathered: list[GatheredTile] = []
        for key in keys:
            view = self._views[key]
            if isinstance(view, TileView):
                alone[key] = view
            else:
                gathered.append(view)
        return alone, gathered

    def _by_themselves(self, keys: Iterable[Hashable]) -> dict[Hashable, TileView]:
        return self._parted(keys)[0]

    def most_blurred(self, camera: Camera, most: int) -> PhotoWish | None:
        """The photograph among what is drawn that would gain most from more texels; None: all are sharp enough."""
        views = ((key, self._views[key]) for key in self._shown)
        some = ((key, view.blurred) for key, view in views if isinstance(view, TileView) and view.blurred.photos)
        return most_blurred(some, camera, most)

    def sharpen(self, wish: PhotoWish, texels: NDArray[np.uint8] | None) -> int:
        """Fulfil a wish, or None: it cannot be; returns how many bytes more its tile takes, 0 where it is gone."""
        view = self._views.get(wish.key)
        return view.sharpen(wish, texels) if isinstance(view, TileView) else 0

    def advance(self, secs: float) -> bool:
        """Let tiles come and go for so long; returns whether some did."""
        if not self.fading.steps:
            return False
        come, gone = self.fading.advance(secs)
        for view in self._by_themselves(come).values():
            view.fade(None)
        self._hide_now(gone)
        self._show_fading()
        return True

    def _hide_now(self, keys: Iterable[Hashable]) -> None:
        for view in self._by_themselves(keys).values():
            view.fade(None)
            view.show(False)

    def _show_fading(self) -> None:
        for key, view in self._by_themselves(self.fading.steps).items():
            step = self.fading.steps[key]
            view.fade(step.kept, casts_shadow=step.is_coming)

    def _show_gathered(self) -> None:
        """Have pages draw all that is to be drawn of theirs, after some moved in or out."""
        self._gathering.change(self._parted(self._shown)[1], [])

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
                self.fading.forget(key)
                view.release()
                self._gather(key, self._small.pop(key), view.id_base)
        self._show_gathered()
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

    def find(self, number: int) -> tuple[TileView | GatheredTile, int | None] | None:
        """The drawn tile that a number of the view belongs to, and the row of the feature in it."""
        return find((self._views[key] for key in self._shown), number)

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
    def n_triangles(self) -> int:
        """Triangles of the tiles that are drawn."""
        return sum(self._views[key].n_triangles for key in self._shown)

    @property
    def n_geoms(self) -> int:
        """Draw calls when all of what is drawn is in view and near."""
        views = (self._views[key] for key in self._shown)
        return sum(view.n_geoms for view in views if isinstance(view, TileView)) + self._gathering.n_geoms

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
