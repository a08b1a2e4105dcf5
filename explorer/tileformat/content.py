"""A tile's content as plain arrays: what decoders give, what streaming prepares, what surfaces are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MOST_NAMES = 1 << 16
"""Of features by row number are kept for the next tile."""
NO_FEATURE = 0xFFFFFFFF
"""Feature index of a vertex that belongs to no feature."""


@dataclass(frozen=True)
class FeatureTable:
    """The features of one tile, one row each.

    `ids` are the stable ids of the source (`gml_id`, `identificatie`, `id` … or the row number as a last resort);
    `columns` hold every property by its original name, as lists of plain Python values (None = no value); a tuple is a
    vector.
    """

    ids: tuple[str, ...] = ()
    columns: dict[str, list[Any]] = field(default_factory=dict)
    classes: tuple[tuple[str, ...], ...] = ()
    """Of each feature its class and those of all above it in a hierarchy, its own first; empty: there is none."""

    def __len__(self) -> int:
        return len(self.ids)

    def row(self, index: int) -> dict[str, Any]:
        """All properties of one feature that have a value."""
        return {name: values[index] for name, values in self.columns.items() if values[index] is not None}


_ROW_NAMES: list[str] = []


def row_names(n: int) -> tuple[str, ...]:
    """ "0" to n - 1: the ids of features that have none. The same strings for all tiles."""
    known = len(_ROW_NAMES)
    if n > _MOST_NAMES:
        return tuple(map(str, range(n)))
    if n > known:
        _ROW_NAMES[known:n] = map(str, range(known, n))  # two threads at once write the same
    return tuple(_ROW_NAMES[:n])


@dataclass(frozen=True)
class ImageUse:
    """How the image of a material lies on a surface, and what of it is seen through."""

    wraps: tuple[str, str] = ("repeat", "repeat")
    """What lies beyond its sides, by column and by row: "repeat", "mirror" or "clamp" (its last texels)."""
    is_smooth: bool = True
    """Texels are blended where they are larger than pixels; else each is a square."""
    alpha_scale: float = 1.0
    """What the image's alpha is multiplied by: below a half it is seen through. Infinite: nothing is."""
    is_blended: bool = False
    """The material asks for translucency: an image that is translucent all over is drawn solid then, not left out."""


PLAIN_USE = ImageUse()
OPAQUE_USE = ImageUse(alpha_scale=inf)


@dataclass(frozen=True)
class Mesh:
    """Triangles of one material. n vertices, m triangles.

    `positions` are float64 in the frame that the producer names: the tile's own frame (Z up, before the tile's
    transform) as decoded, the world as prepared.
    """

    positions: NDArray[np.floating]
    """(n, 3) [m], float64 but where `placement` is given: then as the file has them, not to be written to."""
    triangles: NDArray[np.unsignedinteger]
    """(m, 3) rows of `positions`, counter-clockwise seen from outside; uint32, but where `placement` is given uint16 if
    that is enough."""
    normals: NDArray[np.float32] | None = None
    """(n, 3) unit, in the frame of `positions`; None: derive flat normals."""
    surface_class: NDArray[np.uint8] | None = None
    """(n,) of `SurfaceClass`; None: the data does not say."""
    feature_index: NDArray[np.uint32] | None = None
    """(n,) row in the tile's feature table, `NO_FEATURE` for none."""
    colours: NDArray[np.uint8] | None = None
    """(n, 4) sRGB with alpha; None: by surface class."""
    texture_coordinates: NDArray[np.float32] | None = None
    """(n, 2), v downwards from the image's top as in glTF."""
    image: bytes | None = None
    """The encoded base colour texture (PNG, JPEG …)."""
    image_use: ImageUse = PLAIN_USE
    base_colour: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    """Linear RGBA factor of the material."""
    outline: NDArray[np.uint32] | None = None
    """(k, 2) rows of `positions`: the lines that the data wants drawn; None: it does not say, find creases."""
    is_closed: bool = False
    """Nothing but closed shells, wound to the outside: who is not in one sees no back face. So our importers say; the
    material of a glTF, which is one-sided unless it says otherwise, is wrong too often."""
    unlit: bool = False
    """The colours hold their light already (KHR_materials_unlit): no shading by normals, no creases."""
    placement: NDArray[np.float64] | None = None
    """4x4 to the producer's frame from that which `positions`, `normals` and the winding of `triangles` are in; None:
    they are in it. Normals may then be of any length. Only for those who ask for it (`decode_content`)."""
    colours_are_linear: bool = False
    """The file's own bytes of linear light, not sRGB; only where `placement` is given, too."""


@dataclass(frozen=True)
class Instances:
    """Meshes that stand in many places: trees, lamps. n instances."""

    meshes: tuple[Mesh, ...]
    """The template, in a frame of its own, Z up. Its feature rows count where `feature_index` is None."""
    transforms: NDArray[np.float64]
    """(n, 4, 4) the template's frame to the tile's."""
    feature_index: NDArray[np.uint32] | None = None
    """(n,) row in the tile's feature table, `NO_FEATURE` for none."""
    is_east_north_up: bool = False
    """The transforms' axes are east, north and up where each instance stands, not those of the tile's frame."""

    def __len__(self) -> int:
        return len(self.transforms)


@dataclass(frozen=True)
class Points:
    """Points that are no corners of anything. n points; arrays as in `Mesh`."""

    positions: NDArray[np.float64]
    """(n, 3) [m]"""
    colours: NDArray[np.uint8] | None = None
    """(n, 4) sRGB with alpha; None: the data does not say."""
    normals: NDArray[np.float32] | None = None
    feature_index: NDArray[np.uint32] | None = None
    centre: NDArray[np.float64] | None = None
    """(3,) what the file added to its own numbers (RTC_CENTER and the like) is in `positions`; None: nothing. [m]"""

    def __len__(self) -> int:
        return len(self.positions)


@dataclass(frozen=True)
class Lines:
    """Lines that are no edges of anything. n corners, m pieces; arrays as in `Mesh`."""

    positions: NDArray[np.float64]
    """(n, 3) [m]"""
    segments: NDArray[np.uint32]
    """(m, 2) rows of `positions`."""
    colours: NDArray[np.uint8] | None = None
    feature_index: NDArray[np.uint32] | None = None


@dataclass(frozen=True)
class TileContent:
    """Everything that one content file holds, with what was odd about it."""

    meshes: tuple[Mesh, ...] = ()
    features: FeatureTable = field(default_factory=FeatureTable)
    diagnostics: tuple[str, ...] = ()
    instances: tuple[Instances, ...] = ()
    points: tuple[Points, ...] = ()
    lines: tuple[Lines, ...] = ()
