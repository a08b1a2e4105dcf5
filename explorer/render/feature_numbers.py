"""The numbers that features have in a view, by which a pixel tells what is under it: runs of 24 bits, a run a tile."""

from __future__ import annotations

from collections.abc import Iterable

from explorer.render.page import GatheredTile
from explorer.render.picking import FIRST_PROPOSAL
from explorer.render.runs import Runs
from explorer.render.tile_view import TileView


class FeatureNumbers:
    """Free and taken numbers. 0 is nothing; each tile has one more than features, for what belongs to none."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._runs = Runs(FIRST_PROPOSAL)
        self._runs.take(1)

    def take(self, n_features: int) -> int | None:
        """The first number of a run for one tile; None where none is long enough."""
        return self._runs.take(n_features + 1)

    def give_back(self, view: TileView | GatheredTile) -> None:
        """A tile is gone."""
        self._runs.give_back(view.id_base, len(view.features) + 1)

    def renumber(self, views: Iterable[TileView | GatheredTile]) -> None:
        """Give all tiles other runs, without gaps; 0 to those for which there are not enough."""
        self._begin()
        for view in views:
            view.renumber(self.take(len(view.features)) or 0)


def find(views: Iterable[TileView | GatheredTile], number: int) -> tuple[TileView | GatheredTile, int | None] | None:
    """The tile that a number belongs to, and the row of the feature in it."""
    for view in views:
        if view.id_base <= number <= view.id_base + len(view.features):
            return view, view.feature_of(number)
    return None
