"""How far edge lines are seen, and the node that leaves them out beyond."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d.core import LODNode, Point3

from explorer.render.tile_shaders import Kind, TileShaders

EDGE_REACH = (420.0, 520.0, 800.0)
"""Distances at which half of a line's strength is left, where its end begins, and where it is gone. [m]"""
DETAIL_REACH = (420.0, 140.0, 240.0)
"""The same of lines that are details."""


def reach_of(kind: str, shaders: TileShaders) -> tuple[float, float, float]:
    """One of the two, as far as the view's tier draws lines. [m]

    They thin out almost as soon, and details reach no farther: many lines in few pixels would be black.
    """
    if kind != "edges":
        return DETAIL_REACH
    near, begin, end = EDGE_REACH
    return near * shaders.line_reach**0.25, begin * shaders.line_reach, end * shaders.line_reach


def line_switch(kind: Kind, lo: NDArray[np.floating], hi: NDArray[np.floating]) -> Any:
    """A node whose children Panda3D leaves out while it culls, where all lines within this box are too far away.

    How far the tier draws lines is told by `follow_tier`.
    """
    switch = LODNode(kind)
    switch.add_switch((EDGE_REACH if kind == "edges" else DETAIL_REACH)[2] + float(np.linalg.norm(hi - lo)) / 2.0, 0.0)
    switch.set_center(Point3(*map(float, (lo + hi) / 2.0)))
    return switch


def follow_tier(path: Any, kind: str, shaders: TileShaders) -> None:
    """Have lines end where the view's tier says: those of `line_switch` at a path, or of those right below it."""
    path.set_shader_input("edge_reach", reach_of(kind, shaders))
    switches = [path.node()] if isinstance(path.node(), LODNode) else [child.node() for child in path.children]
    for switch in switches:
        switch.set_lod_scale(1.0 / shaders.line_reach if kind == "edges" else 1.0)
