"""What a style says of features: four bytes each in one buffer texture of the view, read by the feature's number there.

One table for the whole view and not one a tile: a style changes all features at once, and is then worked out and sent
in a handful of calls however many tiles there are, those that share a page included.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.layers.styling import Attributes, Looks, Style
from explorer.render.albedo import tints_of_colours
from explorer.tileformat import FeatureTable

GONE, AS_IT_IS, APART = 0, 1, 2
"""Alphas that say something else than how opaque a colour is: not shown; the data's own colour; a neutral grey for what
stands without being a feature. In step with shaders/lib/features.glsl."""
_LEAST_ALPHA = 3
_AS_IT_IS = np.array([255, 255, 255, AS_IT_IS], np.uint8)
_APART = np.array([0, 0, 0, APART], np.uint8)
_AS_BEFORE_PX = 0
"""Point size of which the style says nothing."""
_NO_FEATURES = FeatureTable(("",))
"""What a tile without features is to a style: one feature without attributes (22-025r4, “Overview”)."""


@dataclass(frozen=True, eq=False)
class StyledTile:
    """A tile as far as a style is concerned."""

    key: Hashable
    features: FeatureTable
    id_base: int
    """Number of what is no feature of it; its features follow."""


@dataclass(frozen=True, eq=False)
class LayerStyle:
    """A style, and where it has the features' attributes from: from their tiles, unless something else is said."""

    style: Style
    attributes_of: Callable[[Sequence[FeatureTable]], Attributes] = Attributes


def layer_of(key: Hashable) -> Hashable:
    """What styles are told apart by: the first part of a tile's key."""
    return key[0] if isinstance(key, tuple) else key


def encoded(looks: Looks) -> NDArray[np.uint8]:
    """Looks as the table holds them, (n, 4): square root of the linear colour, then how opaque it is, or a sign."""
    rows = tints_of_colours(looks.colours)
    opacity = np.maximum(looks.colours[:, 3], _LEAST_ALPHA)
    rows[:, 3] = np.where(looks.shown, np.where(looks.is_coloured, opacity, AS_IT_IS), GONE)
    return rows


class FeatureColours:
    """The table, and how it is filled from the styles of layers. Main thread only."""

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self._styles: Mapping[Hashable, LayerStyle] = {}
        self._tiles: dict[Hashable, StyledTile] = {}
        """Of layers with a style."""
        self._new: dict[Hashable, StyledTile] = {}
        self._known: dict[Hashable, tuple[list[StyledTile], Attributes]] = {}
        """Attributes of all tiles of a layer, while no tile comes or goes."""
        self._table = np.zeros((0, 4), np.uint8)
        self._sizes = np.zeros(0, np.uint8)
        self._is_changed = False
        self._colour_buffer, self._size_buffer = _Buffer("feature_colours"), _Buffer("feature_sizes")
        self.defines: frozenset[str] = frozenset()
        """What shaders must know of the styles of now."""
        self._send()

    def set_styles(self, styles: Mapping[Hashable, LayerStyle], tiles: Sequence[StyledTile]) -> bool:
        """Style layers so from the next frame on; `tiles`: all that are attached. Whether what casts shadow changed."""
        before_styles, self._styles = self._styles, dict(styles)
        self._tiles = {tile.key: tile for tile in tiles if layer_of(tile.key) in styles}
        self._new = {}
        sources = {layer: one.attributes_of for layer, one in before_styles.items()}
        self._known = {
            layer: known
            for layer, known in self._known.items()
            if layer in styles and sources.get(layer) == styles[layer].attributes_of
        }
        before = self._table
        size = max((tile.id_base + len(tile.features) + 1 for tile in tiles), default=1) if styles else 0
        self._table, self._sizes = np.tile(_AS_IT_IS, (size, 1)), np.zeros(size, np.uint8)
        defines: set[str] = {"USE_COLOURS"} if styles else set()
        if any(one.style.point_size is not None for one in styles.values()):
            defines.add("USE_POINT_SIZES")
        self.defines = frozenset(defines)
        for layer in self._styles:
            own = [tile for tile in self._tiles.values() if layer_of(tile.key) == layer]
            self._paint(layer, own, self._attributes(layer, own))
        self._is_changed = True
        n = min(len(before), len(self._table))
        same = np.array_equal(_casts(before[:n]), _casts(self._table[:n]))
        return not (same and _casts(before[n:]).all() and _casts(self._table[n:]).all())

    def add(self, tile: StyledTile) -> None:
        """A tile came: it is painted before the next frame."""
        if self._styles:
            self._new[tile.key] = tile

    def drop(self, key: Hashable) -> None:
        """A tile went. Its numbers are painted anew when another has them."""
        self._new.pop(key, None)
        if self._tiles.pop(key, None) is not None:
            self._known.pop(layer_of(key), None)

    def look(self) -> bool:
        """Bring the texture up to date for a frame; whether tiles were painted that it had not."""
        new, self._new = list(self._new.values()), {}
        for tile in new:
            self._make_room(tile.id_base + len(tile.features) + 1)
            self._table[tile.id_base : tile.id_base + len(tile.features) + 1] = _AS_IT_IS
            self._sizes[tile.id_base : tile.id_base + len(tile.features) + 1] = _AS_BEFORE_PX
        for layer in {layer_of(tile.key) for tile in new} & self._styles.keys():
            own = [tile for tile in new if layer_of(tile.key) == layer]
            self._tiles |= {tile.key: tile for tile in own}
            self._known.pop(layer, None)
            self._paint(layer, own, self._styles[layer].attributes_of([tile.features for tile in own]))
        if new or self._is_changed:
            self._send()
        return bool(new)

    def _attributes(self, layer: Hashable, tiles: list[StyledTile]) -> Attributes:
        known = self._known.get(layer)
        if known is None or [id(one.features) for one in known[0]] != [id(one.features) for one in tiles]:
            known = self._known[layer] = (tiles, self._styles[layer].attributes_of([tile.features for tile in tiles]))
        return known[1]

    def _paint(self, layer: Hashable, tiles: list[StyledTile], attributes: Attributes) -> None:
        """Fill in the rows of tiles of one layer."""
        style = self._styles[layer].style
        looks = style.looks(attributes)
        counts = np.array([len(tile.features) for tile in tiles], np.int64)
        bases = np.array([tile.id_base for tile in tiles], np.int64)
        rows = np.repeat(bases + 1 - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        found = encoded(looks)
        self._table[rows] = found
        none = encoded(style.looks(Attributes([_NO_FEATURES])))[0]
        self._table[bases] = np.where((counts > 0)[:, None], _APART if style.color is not None else _AS_IT_IS, none)
        if looks.point_px is not None:
            self._sizes[rows] = np.where(np.isnan(looks.point_px), _AS_BEFORE_PX, looks.point_px.clip(1.0, 255.0))
        if ((found[:, 3] >= _LEAST_ALPHA) & (found[:, 3] < 255)).any() or _LEAST_ALPHA <= none[3] < 255:
            self.defines |= {"USE_SEE_THROUGH"}
        self._is_changed = True

    def _make_room(self, size: int) -> None:
        if size > len(self._table):
            more = max(size, 2 * len(self._table)) - len(self._table)
            self._table = np.concatenate([self._table, np.tile(_AS_IT_IS, (more, 1))])
            self._sizes = np.concatenate([self._sizes, np.zeros(more, np.uint8)])

    def _send(self) -> None:
        self._is_changed = False
        table = self._table if len(self._table) else _AS_IT_IS[None]
        self._colour_buffer.send(self._scene, table)
        self._scene.set_shader_input("n_coloured", len(self._table))
        self._size_buffer.send(self._scene, self._sizes if "USE_POINT_SIZES" in self.defines else np.zeros(1, np.uint8))

    @property
    def size_bytes(self) -> int:
        """GPU bytes by our own ledger."""
        return self._table.nbytes + (self._sizes.nbytes if "USE_POINT_SIZES" in self.defines else 0)


def _casts(table: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which features cast a shadow."""
    alpha = table[:, 3]
    return np.asarray((alpha == AS_IT_IS) | (alpha == APART) | (alpha >= 128))


class _Buffer:
    """One buffer texture of bytes; the same one as long as its size is."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._texture: Any = None
        self._shape: tuple[int, ...] = ()

    def send(self, scene: Any, table: NDArray[np.uint8]) -> None:
        """Have the shaders read this table."""
        from panda3d.core import GeomEnums, Texture

        if table.shape != self._shape:
            self._texture, self._shape = Texture(self._name), table.shape
            form = Texture.F_rgba8i if table.ndim == 2 else Texture.F_r8i
            self._texture.setup_buffer_texture(len(table), Texture.T_unsigned_byte, form, GeomEnums.UH_dynamic)
            scene.set_shader_input(self._name, self._texture)
        memoryview(self._texture.modify_ram_image()).cast("B")[:] = np.ascontiguousarray(table).data.cast("B")
