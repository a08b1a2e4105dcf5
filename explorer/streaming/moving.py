"""Meshes from their tile's frame into the world: offsets in float32 from an origin that is known in float64.

Around a tile the way to the world is a quadratic polynomial, and of that mostly the linear part (`chart`). It is taken
about the middle of what is moved, where float32 is finer than the data. What two meshes of a file share comes out the
same to the bit, and no gap opens between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explorer.streaming.chart import UP, Chart, room_for
from explorer.streaming.tree import WorldFromTileset
from explorer.tileformat import Mesh
from explorer.tileformat.vertices import flat_shaded

_MANY, _SIGNPOSTS = 2048, 128
"""Corners of triangles among which a vertex is not looked for one by one, and those that tell where to look."""
_AXES = (0, 1, 2)
_IDENTITY = np.eye(4)


@dataclass(frozen=True, eq=False)
class Moved:
    """A mesh in the world. n vertices."""

    mesh: Mesh
    """Its other arrays; positions and normals are of no use any more."""
    origin: NDArray[np.float64]
    """(3,) world."""
    offsets: NDArray[np.float32]
    """(3, n) from there. [m]"""
    normals: NDArray[np.float32]
    """(3, n) unit."""

    @classmethod
    def of(cls, mesh: Mesh, origin: NDArray[np.float64]) -> Moved:
        """Of a mesh with normals that is in the world already."""
        assert mesh.normals is not None
        return cls(mesh, origin, (mesh.positions - origin).astype(np.float32).T, np.asarray(mesh.normals, np.float32).T)

    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Least and greatest world coordinates, (3,) each."""
        return self.origin + self.offsets.min(axis=1), self.origin + self.offsets.max(axis=1)


def moved_meshes(
    meshes: Sequence[Mesh], transform: NDArray[np.float64], world_from_root: WorldFromTileset
) -> list[Moved]:
    """Meshes of one tile in the world, those without triangles left out; normals turned along, or flat where none are.

    `transform` is 4x4, the tile's frame to the tileset's root frame.
    """
    alike: dict[bytes, list[int]] = {}
    for i, mesh in enumerate(meshes):
        if len(mesh.triangles):
            alike.setdefault((_IDENTITY if mesh.placement is None else mesh.placement).tobytes(), []).append(i)
    found: dict[int, Moved] = {}
    for at in alike.values():
        placement = meshes[at[0]].placement
        place = transform if placement is None else transform @ placement
        rooms = [room_for(meshes[i].positions) for i in at]
        bounds = [_bounds_in_use(meshes[i].triangles, some[:3]) for i, some in zip(at, rooms, strict=True)]
        lo, hi = bounds[0]
        for other_lo, other_hi in bounds[1:]:
            lo, hi = np.minimum(lo, other_lo), np.maximum(hi, other_hi)
        chart = Chart.around(lo, hi, place, world_from_root)
        for i, some in zip(at, rooms, strict=True):
            moved = _shaded(meshes[i], chart, some)
            if len(moved.mesh.triangles):
                found[i] = moved
    return [found[i] for i in sorted(found)]


def _bounds_in_use(
    triangles: NDArray[np.unsignedinteger], columns: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least and greatest of the vertices, (3, n), that triangles use; far-off ones that none uses would spoil them.

    Where the outermost are in use, nothing else need be looked at; else the others are put in the middle, in place.
    """
    flat = triangles.reshape(-1)
    if len(flat) > _MANY:
        outermost = np.concatenate([columns.argmin(axis=1), columns.argmax(axis=1)])
        if _are_named(flat, outermost):
            least, greatest = outermost.reshape(2, 3)
            return columns[_AXES, least].astype(np.float64), columns[_AXES, greatest].astype(np.float64)
    used = np.zeros(columns.shape[1], bool)
    used[flat] = True
    sound = columns if used.all() else columns[:, used]
    lo, hi = sound.min(axis=1).astype(np.float64), sound.max(axis=1).astype(np.float64)
    if sound is not columns:
        columns[:, ~used] = ((lo + hi) / 2.0)[:, None]
    return lo, hi


def _are_named(flat: NDArray[np.unsignedinteger], vertices: NDArray[np.integer]) -> bool:
    """Whether triangles name all of these. First looked for where some of the corners come nearest to each."""
    step = len(flat) // _SIGNPOSTS
    posts = flat[: step * _SIGNPOSTS : step].astype(np.int64)
    nearest = np.abs(posts - vertices[:, None]).argmin(axis=1) * step
    for vertex, at in dict(zip(vertices.tolist(), nearest.tolist(), strict=True)).items():
        near = flat[max(at - step, 0) : at + step]
        if not (np.count_nonzero(near == vertex) or np.count_nonzero(flat == vertex)):
            return False
    return True


def _shaded(mesh: Mesh, chart: Chart, room: NDArray[np.floating]) -> Moved:
    offsets = chart(room)
    if chart.determinant < 0.0:
        mesh = replace(mesh, triangles=np.ascontiguousarray(mesh.triangles[:, ::-1]))
    if mesh.unlit:
        # All faces take the light of a level one: as even as the data's own, brighter by day than at dusk.
        return Moved(mesh, chart.origin, offsets, np.broadcast_to(UP, offsets.shape))
    normals = None if mesh.normals is None else chart.turned(mesh.normals)
    if normals is None:
        flat = flat_shaded(replace(mesh, positions=np.ascontiguousarray(offsets.T), normals=None, placement=None))
        assert flat.normals is not None
        return Moved(flat, chart.origin, flat.positions.T, flat.normals.T)
    return Moved(mesh, chart.origin, offsets, normals)
