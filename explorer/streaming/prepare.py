"""From decoded content to arrays for the renderer, on a worker thread: into the world, normals, colours, edges."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.geo import least_and_greatest
from explorer.streaming.parts import by_texture, finished, part_of
from explorer.streaming.prepare_instances import placed_instances, prepared_instances
from explorer.streaming.prepare_points import lines_in_world, points_in_world, prepared_lines, prepared_points
from explorer.streaming.prepared import PreparedTile
from explorer.streaming.tree import WorldFromTileset
from explorer.tileformat import Mesh, TileContent
from explorer.tileformat.vertex_attributes import NEARLY_UNIT
from explorer.tileformat.vertices import flat_shaded

EDGE_SHARE = 0.3
"""Of the geometric error: at 8 px of screen-space error, shorter lines take less than 2.4 px."""
_MOST_ERROR_PX = 32.0
"""More than any tier lets a tile be off before finer ones take its place."""
_FLAT = 1e-30
"""Determinant of a transform that squeezes everything into a plane: normals cannot be turned along."""


def prepare_tile(
    content: TileContent,
    transform: NDArray[np.float64],
    world_from_root: WorldFromTileset,
    *,
    with_edges: bool = True,
    geometric_error: float = 0.0,
    point_halvings: int = 0,
    is_replaced: bool = False,
) -> PreparedTile:
    """Arrays of one tile in the world.

    Parameters
    ----------
    content
        As decoded: the tile's own frame.
    transform
        4x4, the tile's frame to the tileset's root frame (ECEF).
    world_from_root
        Points of the root frame to the world: `Placing.way`.
    geometric_error
        The tile's, in metres. It is seen from so far that lines shorter than a share of it would only be noise.
    point_halvings
        How often the points of tiles below come between those of this one: they are drawn so much smaller.

    is_replaced
        Finer tiles take its place when somebody comes near: photographs are kept as sharp as can be seen until then.

    Meshes without a texture become one, so that a tile is one draw call however its file is cut up.
    """
    placed = [_placed(mesh, transform, world_from_root) for mesh in content.meshes]
    instances, plain = placed_instances(content.instances, transform, world_from_root)
    placed = [mesh for mesh in (*placed, *plain) if len(mesh.triangles)]
    bounds: list[tuple[Any, Any]] = [least_and_greatest(mesh.positions) for mesh in placed]
    bounds += [(one.lo, one.hi) for one in instances]
    points = points_in_world(content.points, transform, world_from_root)
    lines = lines_in_world(content.lines, transform, world_from_root)
    loose = [one.positions for one, _semantics in points] + [one.positions for one in lines]
    bounds += [least_and_greatest(positions) for positions in loose]
    if not bounds:
        nowhere = np.zeros(3)
        return PreparedTile(nowhere, (), content.features, nowhere, nowhere, 0, content.diagnostics)
    lo = np.min([one[0] for one in bounds], axis=0)
    hi = np.max([one[1] for one in bounds], axis=0)
    centre = (lo + hi) / 2.0
    problems = list(content.diagnostics)
    shortest = EDGE_SHARE * geometric_error
    finest = geometric_error / _MOST_ERROR_PX if is_replaced else 0.0
    meshes = tuple(
        finished(group, with_edges=with_edges, shortest_edge=shortest, problems=problems, finest_m=finest)
        for group in by_texture([part_of(mesh, centre) for mesh in placed])
    )
    many = tuple(prepared_instances(one, centre, problems) for one in instances)
    rows = 64 * len(content.features) * (1 + len(content.features.columns))
    dots = tuple(prepared_points(one, centre, semantics, point_halvings) for one, semantics in points)
    strokes = tuple(prepared_lines(one, centre) for one in lines)
    size = rows + sum(thing.size_bytes for group in (meshes, many, dots, strokes) for thing in group)
    return PreparedTile(centre, meshes, content.features, lo, hi, size, tuple(problems), many, dots, strokes)


def _placed(mesh: Mesh, transform: NDArray[np.float64], world_from_root: WorldFromTileset) -> Mesh:
    """The mesh in the world; normals turned along, or made flat where there are none."""
    used = np.zeros(len(mesh.positions), bool)
    used[mesh.triangles] = True
    is_whole = bool(used.all())
    sound = mesh.positions if is_whole else mesh.positions[used]
    middle = np.ones(len(sound)) @ sound / max(len(sound), 1)
    linear, offset = transform[:3, :3], transform[:3, 3]
    root = mesh.positions @ linear.T + offset
    if not is_whole:
        root[~used] = middle @ linear.T + offset  # far-off vertices that no triangle uses would spoil the bounds
    world = world_from_root(root)
    turn = _turn(middle @ linear.T + offset, world_from_root) @ linear
    determinant, inverse = _inverse(turn)
    triangles = np.ascontiguousarray(mesh.triangles[:, ::-1]) if determinant < 0.0 else mesh.triangles
    if mesh.unlit:
        # All faces take the light of a level one: as even as the data's own, brighter by day than at dusk.
        level = np.tile(np.array([0.0, 0.0, 1.0], np.float32), (len(world), 1))
        return replace(mesh, positions=world, triangles=triangles, normals=level)
    if mesh.normals is None or inverse is None:
        return flat_shaded(replace(mesh, positions=world, triangles=triangles))
    normals = mesh.normals @ inverse  # they end as eight bits
    squares = np.einsum("ij,ij->i", normals, normals)
    if not np.abs(squares - 1.0).max(initial=0.0) < NEARLY_UNIT:
        normals /= np.maximum(np.sqrt(squares), np.float32(1e-12))[:, None]
    return replace(mesh, positions=world, triangles=triangles, normals=normals)


def _inverse(matrix: NDArray[np.float64]) -> tuple[float, NDArray[np.float32] | None]:
    """Determinant and inverse of a 3x3 matrix, None where it is flat; a fifth of the time of LAPACK's way there."""
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    ca, cb, cc = e * i - f * h, f * g - d * i, d * h - e * g
    determinant = a * ca + b * cb + c * cc
    if not abs(determinant) > _FLAT:
        return determinant, None
    adjugate = (
        (ca, c * h - b * i, b * f - c * e),
        (cb, a * i - c * g, c * d - a * f),
        (cc, b * g - a * h, a * e - b * d),
    )
    return determinant, (np.array(adjugate) / determinant).astype(np.float32)


def _turn(point: NDArray[np.float64], way: WorldFromTileset, step: float = 1.0) -> NDArray[np.float64]:
    """How directions at a point of the root frame turn on the way to the world, (3, 3) column vectors."""
    steps = np.eye(3) * step
    ends = way(np.concatenate([point + steps, point - steps]))
    return np.asarray((ends[:3] - ends[3:]).T / (2.0 * step))
