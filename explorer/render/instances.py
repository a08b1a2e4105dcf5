"""Many copies of one template: drawn in one call, each placed by its row of a table in GPU memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.render.geometry import MeshArrays

LEVEL_PX = (28.0, 9.0)
"""Instances that are smaller than this on screen are drawn with fewer triangles, and with fewest. [px]"""
_PX_PER_RADIAN = 1100.0
"""Of a picture of 720 lines as a person looks at it: levels change by distance alone."""
_FOREVER = 1e9
TEXELS = 4
"""RGBA32F texels an instance, as shaders/lib/instances.glsl reads them: three rows of a matrix, then row and tint."""


class InstanceArrays(Protocol):
    """What a set of instances must offer to be drawn; `explorer.streaming.PreparedInstances` does."""

    @property
    def meshes(self) -> Sequence[MeshArrays]: ...
    @property
    def coarser(self) -> Sequence[Sequence[MeshArrays]]: ...
    @property
    def size_m(self) -> float: ...
    @property
    def patches(self) -> NDArray[np.int64]: ...
    @property
    def places(self) -> NDArray[np.float32]: ...
    @property
    def numbers(self) -> NDArray[np.float32]: ...
    @property
    def lo(self) -> NDArray[np.float32]: ...
    @property
    def hi(self) -> NDArray[np.float32]: ...


def instance_table(instances: InstanceArrays) -> NDArray[np.float32]:
    """The rows of the table, (n, 4, 4): matrix, feature row, and a tint by chance, for no two trees are the same."""
    n = len(instances.places)
    table = np.empty((n, TEXELS, 4), np.float32)
    table[:, :3] = instances.places
    table[:, 3, 0] = instances.numbers
    one, other = _chance(n, 1), _chance(n, 17)
    table[:, 3, 1:] = np.stack([0.90 + 0.2 * one, 0.92 + 0.16 * other, 0.90 + 0.18 * one], axis=1)
    return table


def table_texture(table: NDArray[np.float32]) -> Any:
    """The table as a buffer texture; the driver has its own copy once it is drawn."""
    from panda3d.core import GeomEnums, Texture

    texture = Texture("instances")
    texture.setup_buffer_texture(table.size // 4, Texture.T_float, Texture.F_rgba32, GeomEnums.UH_static)
    # in the order of the shader: Panda3D keeps blue first in pictures, not in buffers
    memoryview(texture.modify_ram_image()).cast("B")[:] = np.ascontiguousarray(table).view(np.uint8).data.cast("B")
    return texture


def _chance(n: int, seed: int) -> NDArray[np.float32]:
    """0 to 1, the same every time (a Weyl sequence: neighbours differ)."""
    return np.asarray((np.arange(seed, n + seed) * 0.6180339887) % 1.0, np.float32)


def level_switch(n_levels: int, size_m: float, lo: NDArray[np.floating], hi: NDArray[np.floating]) -> Any:
    """A node that draws one of its children by distance, the finest first; for instances within a box."""
    from panda3d.core import LODNode, Point3

    switch = LODNode("levels")
    beyond = float(np.linalg.norm(np.asarray(hi) - lo)) / 2.0
    ends = [min(size_m * _PX_PER_RADIAN / px + beyond, _FOREVER) for px in LEVEL_PX[: n_levels - 1]] + [_FOREVER]
    for near, far in zip([0.0, *ends[:-1]], ends, strict=True):
        switch.add_switch(far, near)
    switch.set_center(Point3(*map(float, (np.asarray(lo) + hi) / 2.0)))
    return switch
