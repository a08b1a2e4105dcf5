"""Many copies of one template: drawn in one call, each placed by its row of a table in GPU memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.render.geometry import MeshArrays

TEXELS = 4
"""RGBA32F texels an instance, as shaders/lib/instances.glsl reads them: three rows of a matrix, then row and tint."""


class InstanceArrays(Protocol):
    """What a set of instances must offer to be drawn; `explorer.streaming.PreparedInstances` does."""

    @property
    def meshes(self) -> Sequence[MeshArrays]: ...
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
