"""The tiles in GPU memory: which are there, which are drawn, and the numbers that their features have in the view."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.render.picking import FIRST_PROPOSAL
from explorer.render.tile_shaders import TileShaders
from explorer.render.tile_view import TileArrays, TileView

_NOTHING: frozenset[str] = frozenset()


class CityTiles:
    """All attached tiles of a view. Main thread only."""

    def __init__(self, parent: Any) -> None:
        self._parent = parent
        self._views: dict[Hashable, TileView] = {}
        self._shown: set[Hashable] = set()
        self._hidden = self._selected = self._hovered = _NOTHING
        self._next_id = 1
        self._have_photos = False

    def __getitem__(self, key: Hashable) -> TileView:
        return self._views[key]

    def attach(self, key: Hashable, tile: TileArrays, shaders: TileShaders, origin: NDArray[np.float64]) -> TileView:
        """Take a tile in, not shown yet; its key is not known."""
        view = TileView(key, tile, self._parent, self._ids_for(len(tile.features)), shaders)
        view.place(origin)
        view.show(False)
        view.restyle(self._hidden, self._selected, self._hovered)
        self._views[key] = view
        self._have_photos |= view.has_photo
        return view

    def detach(self, key: Hashable) -> bool:
        """Give a tile's memory back; an unknown key is nothing. Returns whether it was drawn."""
        view = self._views.pop(key, None)
        if view is None:
            return False
        view.release()
        self._have_photos &= bool(self._views)
        was_shown = key in self._shown
        self._shown.discard(key)
        return was_shown

    def show(self, keys: Iterable[Hashable]) -> bool:
        """Draw exactly these of the attached tiles; returns whether that is a change."""
        wanted = {key for key in keys if key in self._views}
        if wanted == self._shown:
            return False
        for key in self._shown - wanted:
            self._views[key].show(False)
        for key in wanted - self._shown:
            self._views[key].show(True)
        self._shown = wanted
        return True

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
        changes = [view.restyle(self._hidden, self._selected, self._hovered) for view in self._views.values()]
        return any(changes)

    def use(self, shaders: TileShaders) -> None:
        """Draw with these shaders."""
        for view in self._views.values():
            view.use(shaders)

    def place(self, origin: NDArray[np.float64]) -> None:
        """Stand relative to a new render origin."""
        for view in self._views.values():
            view.place(origin)

    def release(self) -> None:
        """Give everything back."""
        for key in list(self._views):
            self.detach(key)

    def find(self, number: int) -> tuple[TileView, int | None] | None:
        """The drawn tile that a number of the view belongs to, and the row of the feature in it."""
        for key in self._shown:
            view = self._views[key]
            if view.id_base <= number <= view.id_base + len(view.features):
                return view, view.feature_of(number)
        return None

    @property
    def have_ground(self) -> bool:
        """Whether any of them brings ground."""
        return any(view.has_ground for view in self._views.values())

    @property
    def have_points(self) -> bool:
        """Whether any of them has points."""
        return any(view.has_points for view in self._views.values())

    @property
    def have_photos(self) -> bool:
        """Whether any of them has, or had since there were none, a photograph."""
        return self._have_photos

    @property
    def size_bytes(self) -> int:
        """GPU bytes by our own ledger."""
        return sum(view.size_bytes for view in self._views.values())

    @property
    def n_triangles(self) -> int:
        """Triangles of the tiles that are drawn."""
        return sum(self._views[key].n_triangles for key in self._shown)

    def _ids_for(self, n_features: int) -> int:
        """A run of free numbers of the view for one tile; numbered afresh when the 24 bits are used up."""
        if self._next_id + n_features + 1 >= FIRST_PROPOSAL:
            self._next_id = 1
            for view in self._views.values():
                view.renumber(self._next_id)
                self._next_id += len(view.features) + 1
        base = self._next_id
        self._next_id += n_features + 1
        return base
