"""How large the points of tiles are drawn that came before all levels below them were known.

Points of a tile that others add to are drawn smaller, the more levels do. Of a tileset of many files nobody knows how
many there are before the file is read that tells it: then what is here already has to follow.
"""

from __future__ import annotations

from dataclasses import replace

from explorer.streaming.loading import TileLoader
from explorer.streaming.prepared import PreparedTile
from explorer.streaming.states import TileState, TileStates


class PointSizes:
    """Of one tileset. Main thread only."""

    def __init__(self) -> None:
        self._came_with: dict[int, int] = {}
        """By tile that the renderer has: for how many levels its points were made."""
        self._drawn_for: dict[int, int] = {}
        """For how many levels they are drawn now, where that is another number."""
        self._is_news = False

    def tileset_changed(self) -> None:
        """There are more tiles, or fewer."""
        self._is_news = True

    def handed_over(self, tile: int, prepared: PreparedTile, loader: TileLoader) -> PreparedTile:
        """A tile as the renderer is to have it, which it has from now on."""
        if not prepared.points:
            return prepared
        halvings = loader.point_halvings(tile)
        if halvings != prepared.point_halvings:
            share = 2.0 ** (prepared.point_halvings - halvings)
            points = tuple(replace(one, size_m=one.size_m * share) for one in prepared.points)
            prepared = replace(prepared, points=points, point_halvings=halvings)
        self._came_with[tile] = halvings
        self._drawn_for.pop(tile, None)
        return prepared

    def changed(self, states: TileStates, loader: TileLoader) -> list[tuple[int, float]]:
        """Tiles whose points are to be drawn at another share of the size that they came with: told once."""
        if not self._is_news:
            return []
        self._is_news = False
        found: list[tuple[int, float]] = []
        for tile, came_with in list(self._came_with.items()):
            if states.of[tile] != TileState.READY:
                del self._came_with[tile]
                self._drawn_for.pop(tile, None)
                continue
            halvings = loader.point_halvings(tile)
            if halvings != self._drawn_for.get(tile, came_with):
                self._drawn_for[tile] = halvings
                found.append((tile, 2.0 ** (came_with - halvings)))
        return found
