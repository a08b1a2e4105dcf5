"""Parts of a tileset that are left for later: external tilesets and subtrees whose files were not read yet."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explorer.tileformat.implicit_rows import ImplicitRoot


@dataclass(frozen=True, slots=True)
class ImplicitPart:
    """A subtree of an implicit tileset."""

    root: ImplicitRoot
    level: int
    """Of its topmost tile; the levels of the tiling begin at 0."""
    place: NDArray[np.int64]
    """(2 or 3,) coordinates of that tile on its level."""
    up: int
    """Which axis of the contents' glTF points up."""


@dataclass(frozen=True, slots=True)
class UnreadPart:
    """What hangs below a tile that stands for it. `tileset_parts.read_part` reads it."""

    address: str
    """Of its file, relative to the base of the whole tileset."""
    above: tuple[str, ...]
    """Addresses of the external tilesets in which it is nested."""
    refine: int
    """`REPLACE` or `ADD`, unless it says otherwise."""
    error: float
    """Geometric error of the tile that names it. [m]"""
    implicit: ImplicitPart | None = None
    """None: it is an external tileset."""


def with_schema(root: ImplicitRoot) -> ImplicitRoot:
    """The same with its schema at hand: what reads it from the file holds that file, and all that was read with it."""
    schema = root.schema()
    return replace(root, schema=lambda: schema)
