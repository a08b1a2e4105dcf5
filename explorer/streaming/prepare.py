"""From decoded content to arrays for the renderer, on a worker thread: into the world, normals, colours, edges."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.geo import least_and_greatest
from explorer.streaming.moving import moved_meshes
from explorer.streaming.parts import by_texture, finished, part_of
from explorer.streaming.prepare_instances import placed_instances, prepared_instances
from explorer.streaming.prepare_points import lines_in_world, points_in_world, prepared_lines, prepared_points
from explorer.streaming.prepared import PreparedTile
from explorer.streaming.tree import WorldFromTileset
from explorer.tileformat import TileContent

EDGE_SHARE = 0.3
"""Of the geometric error: at 8 px of screen-space error, shorter lines take less than 2.4 px."""
_STAYS = np.eye(4)
_MOST_ERROR_PX = 32.0
"""More than any tier lets a tile be off before finer ones take its place."""


@np.errstate(over="ignore", invalid="ignore", divide="ignore")  # of damaged files, whose places are beyond all maps
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
        The tile's, in metres. If it is replaced by finer ones, it is seen from so far that lines shorter than a share
        of it would only be noise.
    point_halvings
        How often the points of tiles below come between those of this one: they are drawn so much smaller.

    is_replaced
        Finer tiles take its place when somebody comes near: photographs are kept as sharp as can be seen until then.

    Meshes without a texture become one, so that a tile is one draw call however its file is cut up.
    """
    instances, plain = placed_instances(content.instances, transform, world_from_root)
    moved = moved_meshes(content.meshes, transform, world_from_root)
    moved += moved_meshes(plain, _STAYS, lambda points: points) if plain else []
    bounds: list[tuple[Any, Any]] = [mesh.bounds() for mesh in moved]
    bounds += [(one.lo, one.hi) for one in instances]
    points = points_in_world(content.points, transform, world_from_root)
    lines = lines_in_world(content.lines, transform, world_from_root)
    loose = [one.positions for one, _semantics in points] + [one.positions for one in lines]
    bounds += [least_and_greatest(positions) for positions in loose]
    if not bounds:
        nowhere = np.zeros(3)
        return PreparedTile(nowhere, (), content.features, nowhere, nowhere, 0, content.diagnostics)
    lo, hi = bounds[0]
    if len(bounds) > 1:
        lo, hi = np.min([one[0] for one in bounds], axis=0), np.max([one[1] for one in bounds], axis=0)
    centre = (
        moved[0].origin if moved and len(bounds) == 1 else (lo + hi) / 2.0
    )  # near enough: its vertices need not move again
    problems = list(content.diagnostics)
    shortest = EDGE_SHARE * geometric_error if is_replaced else 0.0
    finest = geometric_error / _MOST_ERROR_PX if is_replaced else 0.0
    meshes = tuple(
        finished(group, with_edges=with_edges, shortest_edge=shortest, problems=problems, finest_m=finest)
        for group in by_texture([part_of(mesh, centre) for mesh in moved])
    )
    many = tuple(prepared_instances(one, centre, problems) for one in instances)
    rows = 64 * len(content.features) * (1 + len(content.features.columns))
    dots = tuple(prepared_points(one, centre, semantics, point_halvings) for one, semantics in points)
    strokes = tuple(prepared_lines(one, centre) for one in lines)
    size = rows + sum(thing.size_bytes for group in (meshes, many, dots, strokes) for thing in group)
    return PreparedTile(
        centre,
        meshes,
        content.features,
        lo,
        hi,
        size,
        tuple(problems),
        many,
        dots,
        strokes,
        is_finest=not is_replaced,
        point_halvings=point_halvings,
    )
