"""Which of a view's tiles are drawn: those asked for, less what a section or other tiles hide; fading over in time."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping

import numpy as np

from explorer.geo import Camera, Cut
from explorer.render.behind import Behind, Sees
from explorer.render.fade import Fading
from explorer.render.feature_numbers import find
from explorer.render.gathered import Gathering
from explorer.render.page import GatheredTile
from explorer.render.sharpening import PhotoWish, most_blurred
from explorer.render.tile_view import TileView


class ShownTiles:
    """The tiles of one view that are drawn. Main thread only.

    `views`, `gathering`: where the tiles are; whoever owns them (`CityTiles`) tells when one is gone or has another
    view.
    """

    def __init__(self, views: Mapping[Hashable, TileView | GatheredTile], gathering: Gathering) -> None:
        self._views, self._gathering = views, gathering
        self._asked: set[Hashable] = set()
        """Those that are to be drawn, whether or not a section leaves anything of them."""
        self._shown: set[Hashable] = set()
        self._cut: Cut | None = None
        self.behind = Behind(views, gathering)
        self.fading = Fading()

    def views(self) -> Iterator[TileView | GatheredTile]:
        """What is drawn."""
        return (self._views[key] for key in self._shown)

    def renew(self, key: Hashable) -> None:
        """A tile has come, or stands in another view than before: that is drawn if the other was."""
        view = self._views[key]
        if isinstance(view, TileView):
            view.show(key in self._shown)
        self.behind.forget(key)

    def forget(self, key: Hashable) -> bool:
        """A tile is gone; returns whether it was drawn."""
        was_shown = key in self._shown
        self._shown.discard(key)
        self._asked.discard(key)
        self.behind.forget(key)
        self.fading.forget(key)
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

    def show_gathered(self) -> None:
        """Have pages draw all that is to be drawn of theirs, after some moved in or out."""
        self._gathering.change(self._parted(self._shown)[1], [])

    def most_blurred(self, camera: Camera, most: int) -> PhotoWish | None:
        """The photograph among what is drawn that would gain most from more texels; None: all are sharp enough."""
        views = ((key, self._views[key]) for key in self._shown)
        some = ((key, view.blurred) for key, view in views if isinstance(view, TileView) and view.blurred.photos)
        return most_blurred(some, camera, most)

    def find(self, number: int) -> tuple[TileView | GatheredTile, int | None] | None:
        """The drawn tile that a number of the view belongs to, and the row of the feature in it."""
        return find(self.views(), number)

    @property
    def n_triangles(self) -> int:
        """Triangles of the tiles that are drawn."""
        return sum(view.n_triangles for view in self.views())
