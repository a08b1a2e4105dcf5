"""What a style says of single points, where it asks for their places, colours or normals: two texels a point.

Points share features, or are nobody's, so that the table of features (`feature_colours`) cannot tell them apart. A
cloud that such a style is for has a table of its own, as long as it lasts.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.layers.styling import PointAttributes
from explorer.render.feature_colours import LayerStyle, encoded, layer_of, point_sizes
from explorer.tileformat import FeatureTable, PointSemantics

_OPAQUE = 255


class StyledPoints(Protocol):
    """A tile with points; `TileView` is one."""

    @property
    def key(self) -> Hashable: ...
    @property
    def features(self) -> FeatureTable: ...
    @property
    def clouds(self) -> Sequence[tuple[Any, PointSemantics]]:
        """Node paths of its points, and what the data says of those."""
        ...


class PointLooks:
    """Keeps the tables of all tiles with points in step with the styles. Main thread only."""

    def __init__(self, scene: Any) -> None:
        self._styles: dict[Hashable, LayerStyle] = {}
        """Those that ask for what points have of their own."""
        self._tiles: dict[Hashable, StyledPoints] = {}
        self._sizes: dict[Hashable, int] = {}
        """GPU bytes of tiles that have tables."""
        self._new: set[Hashable] = set()
        self.defines: frozenset[str] = frozenset()
        """What shaders must know of the styles of now."""
        scene.set_shader_inputs(point_looks=_texture(np.zeros((1, 2, 4), np.uint8)), n_point_looks=0)

    def set_styles(self, styles: Mapping[Hashable, LayerStyle]) -> None:
        """Style layers so from the next frame on."""
        self._styles = {layer: one for layer, one in styles.items() if one.style.is_of_points}
        self.defines = frozenset({"USE_POINT_LOOKS"}) if self._styles else frozenset()
        for key in list(self._sizes):
            for path, _semantics in self._tiles[key].clouds:
                path.clear_shader_input("point_looks")
                path.clear_shader_input("n_point_looks")
        self._sizes, self._new = {}, set(self._tiles)
        self.look()

    def add(self, tile: StyledPoints) -> None:
        """A tile with points came; it is painted before the next frame."""
        self._tiles[tile.key] = tile
        self._new.add(tile.key)

    def drop(self, key: Hashable) -> None:
        """A tile went, or had no points."""
        self._tiles.pop(key, None)
        self._sizes.pop(key, None)
        self._new.discard(key)

    def look(self) -> None:
        """Bring tables up to date for a frame."""
        new, self._new = self._new, set()
        if self._styles:
            for key in new:
                style = self._styles.get(layer_of(key))
                if style is not None:
                    self._paint(self._tiles[key], style)

    def _paint(self, tile: StyledPoints, style: LayerStyle) -> None:
        features = style.attributes_of([tile.features])
        for path, semantics in tile.clouds:
            looks = style.style.looks(PointAttributes(semantics, features))
            table = np.zeros((len(semantics), 2, 4), np.uint8)
            table[:, 0] = encoded(looks)
            table[:, 1, 0] = point_sizes(looks)
            path.set_shader_input("point_looks", _texture(table))
            path.set_shader_input("n_point_looks", len(table))
            self._sizes[tile.key] = self._sizes.get(tile.key, 0) + table.nbytes
            if (looks.is_coloured & (looks.colours[:, 3] < _OPAQUE)).any():
                self.defines |= {"USE_SEE_THROUGH"}

    @property
    def size_bytes(self) -> int:
        """GPU bytes by our own ledger."""
        return sum(self._sizes.values())


def _texture(table: NDArray[np.uint8]) -> Any:
    """A table (n, 2, 4) as a buffer texture."""
    from panda3d.core import GeomEnums, Texture

    texture = Texture("point looks")
    texture.setup_buffer_texture(2 * len(table), Texture.T_unsigned_byte, Texture.F_rgba8i, GeomEnums.UH_static)
    memoryview(texture.modify_ram_image()).cast("B")[:] = np.ascontiguousarray(table).data.cast("B")
    return texture
