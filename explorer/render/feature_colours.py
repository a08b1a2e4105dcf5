"""What a style says of features: four bytes each in one buffer texture of the view, read by the feature's number there.

One table for the whole view and not one a tile: a style changes all features at once, and is then worked out and sent
in a handful of calls however many tiles there are, those that share a page included.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
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
_CASTS = np.isin(np.arange(256), (AS_IT_IS, APART)) | (np.arange(256) >= 128)
"""By alpha: what is more than half transparent casts no shadow."""
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


def point_sizes(looks: Looks) -> NDArray[np.uint8]:
    """Diameters of points as tables hold them, (n,), 0 where nothing is said. [px]"""
    said = looks.point_px
    if said is None:
        return np.full(len(looks.shown), _AS_BEFORE_PX, np.uint8)
    return np.where(np.isnan(said), _AS_BEFORE_PX, said.clip(1.0, 255.0)).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class _Run:
    """All tiles of a layer, one after the other."""

    attributes: Attributes
    rows: NDArray[np.int64]
    """(n,) numbers of the features in the view."""
    bases: NDArray[np.int64]
    """(m,) numbers of what is no feature of the m tiles."""
    has_features: NDArray[np.bool_]
    """(m,)"""


class FeatureColours:
    """The table, and how it is filled from the styles of layers. Main thread only."""

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self._styles: Mapping[Hashable, LayerStyle] = {}
        self._layers: dict[Hashable, dict[Hashable, StyledTile]] = {}
        self._new: dict[Hashable, StyledTile] = {}
        """Tiles that came since the last frame while there are styles."""
        self._known: dict[Hashable, _Run] = {}
        """What was found out of a layer's tiles, while none comes or goes."""
        self._end = 1
        """Numbers of all tiles that came are below."""
        self._table = np.zeros((0, 4), np.uint8)
        self._sizes = np.zeros(0, np.uint8)
        self._is_changed = False
        self._colour_buffer, self._size_buffer = _Buffer("feature_colours"), _Buffer("feature_sizes")
        self.defines: frozenset[str] = frozenset()
        """What shaders must know of the styles of now."""
        self._send()

    def set_styles(self, styles: Mapping[Hashable, LayerStyle]) -> bool:
        """Style layers so from the next frame on; returns whether what casts shadow changed."""
        for layer, before in self._styles.items():
            if layer not in styles or styles[layer].attributes_of != before.attributes_of:
                self._known.pop(layer, None)
        self._styles, self._new = dict(styles), {}
        table_before = self._table
        size = self._end if styles else 0
        self._table, self._sizes = np.tile(_AS_IT_IS, (size, 1)), np.zeros(size, np.uint8)
        defines: set[str] = {"USE_COLOURS"} if styles else set()
        if any(one.style.point_size is not None for one in styles.values()):
            defines.add("USE_POINT_SIZES")
        self.defines = frozenset(defines)
        for layer in self._styles:
            if layer not in self._known:
                self._known[layer] = self._run(layer, self._layers.get(layer, {}).values())
            self._paint(layer, self._known[layer])
        self._is_changed = True
        return _casts_otherwise(table_before, self._table)

    def add(self, tile: StyledTile) -> None:
        """A tile came, or has other numbers; it is painted before the next frame."""
        layer = layer_of(tile.key)
        self._layers.setdefault(layer, {})[tile.key] = tile
        self._end = max(self._end, tile.id_base + len(tile.features) + 1)
        self._known.pop(layer, None)
        if self._styles:
            self._new[tile.key] = tile

    def drop(self, key: Hashable) -> None:
        """A tile went. Its numbers are painted anew when another has them."""
        layer = layer_of(key)
        self._new.pop(key, None)
        if self._layers.get(layer, {}).pop(key, None) is not None:
            self._known.pop(layer, None)

    def look(self) -> None:
        """Bring the texture up to date for a frame."""
        new, self._new = list(self._new.values()), {}
        for tile in new:
            end = tile.id_base + len(tile.features) + 1
            self._make_room(end)
            self._table[tile.id_base : end] = _AS_IT_IS
            self._sizes[tile.id_base : end] = _AS_BEFORE_PX
        for layer in {layer_of(tile.key) for tile in new} & self._styles.keys():
            self._paint(layer, self._run(layer, [tile for tile in new if layer_of(tile.key) == layer]))
        if new or self._is_changed:
            self._send()

    def _run(self, layer: Hashable, tiles: Iterable[StyledTile]) -> _Run:
        tables = [tile.features for tile in tiles]
        bases = np.array([tile.id_base for tile in tiles], np.int64)
        counts = np.array([len(table) for table in tables], np.int64)
        rows = np.repeat(bases + 1 - (np.cumsum(counts) - counts), counts) + np.arange(int(counts.sum()))
        return _Run(self._styles[layer].attributes_of(tables), rows, bases, counts > 0)

    def _paint(self, layer: Hashable, run: _Run) -> None:
        """Fill in the rows of tiles of one layer."""
        style = self._styles[layer].style
        looks = style.looks(run.attributes)
        found = encoded(looks)
        self._table.view(np.uint32)[run.rows] = found.view(np.uint32)
        of_none = style.looks(Attributes([_NO_FEATURES]))
        none = encoded(of_none)[0]
        beside = _APART if style.color is not None else _AS_IT_IS
        self._table[run.bases] = np.where(run.has_features[:, None], beside, none)
        if looks.point_px is not None:
            self._sizes[run.rows] = point_sizes(looks)
            self._sizes[run.bases] = np.where(run.has_features, _AS_BEFORE_PX, point_sizes(of_none))
        alphas = np.bincount(found[:, 3], minlength=256)
        if alphas[_LEAST_ALPHA:255].any() or _LEAST_ALPHA <= none[3] < 255:
            self.defines |= {"USE_SEE_THROUGH"}
        self._is_changed = True

    def _make_room(self, size: int) -> None:
        if size > len(self._table):
            more = max(size, 2 * len(self._table)) - len(self._table)
            self._table = np.concatenate([self._table, np.tile(_AS_IT_IS, (more, 1))])
            self._sizes = np.concatenate([self._sizes, np.zeros(more, np.uint8)])

    def _send(self) -> None:
        self._is_changed = False
        self._colour_buffer.send(self._scene, self._table if len(self._table) else _AS_IT_IS[None])
        self._scene.set_shader_input("n_coloured", len(self._table))
        self._size_buffer.send(self._scene, self._sizes if "USE_POINT_SIZES" in self.defines else np.zeros(1, np.uint8))

    @property
    def size_bytes(self) -> int:
        """GPU bytes by our own ledger."""
        return self._table.nbytes + (self._sizes.nbytes if "USE_POINT_SIZES" in self.defines else 0)


def _casts_otherwise(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> bool:
    """Whether other features cast a shadow than before; numbers beyond a table are features as they are."""
    n = min(len(before), len(after))
    is_same = np.array_equal(_casts(before[:n]), _casts(after[:n]))
    return not (is_same and _casts(before[n:]).all() and _casts(after[n:]).all())


def _casts(table: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which features cast a shadow."""
    found: NDArray[np.bool_] = _CASTS[table[:, 3]]
    return found


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
