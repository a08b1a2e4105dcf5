"""What the renderer asks of a tile, and what it makes of that first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.render.instances import InstanceArrays
from explorer.render.packing import PackedMesh, packed_mesh
from explorer.render.points import LineArrays, PointArrays
from explorer.tileformat import FeatureTable


class TileArrays(Protocol):
    """What a tile must offer to be drawn; `explorer.streaming.PreparedTile` does."""

    @property
    def centre(self) -> Any: ...
    @property
    def meshes(self) -> Sequence[Any]:
        """`MeshArrays`, or `PackedMesh` where a worker has packed them already."""
        ...

    @property
    def instances(self) -> Sequence[InstanceArrays]: ...
    @property
    def points(self) -> Sequence[PointArrays]: ...
    @property
    def lines(self) -> Sequence[LineArrays]: ...
    @property
    def features(self) -> FeatureTable: ...
    @property
    def lo(self) -> Any: ...
    @property
    def hi(self) -> Any: ...


def boxes_in(tile: TileArrays) -> NDArray[np.float64]:
    """(k, 2, 3) least and greatest world coordinates of boxes that together hold all of a tile. [m]"""
    cells = getattr(tile, "cells", None)
    if cells is None:
        return np.array([[tile.lo, tile.hi]], np.float64)
    return np.asarray(cells + np.asarray(tile.centre, np.float64))


def packed_meshes(tile: TileArrays) -> tuple[PackedMesh, ...]:
    """Its meshes as they go to the GPU."""
    return tuple(mesh if isinstance(mesh, PackedMesh) else packed_mesh(mesh) for mesh in tile.meshes)
