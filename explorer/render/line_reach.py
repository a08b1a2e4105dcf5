"""How far edge lines are seen, and the node that leaves them out beyond."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d.core import LODNode, Point3

from explorer.render.tile_shaders import Kind

EDGE_REACH = (420.0, 520.0, 800.0)
"""Distances at which half of a line's strength is left, where its end begins, and where it is gone. [m]"""
DETAIL_REACH = (420.0, 140.0, 240.0)
"""The same of lines that are details."""


def reach_of(kind: Kind) -> tuple[float, float, float]:
    """Of one of `LINE_KINDS`."""
    return EDGE_REACH if kind == "edges" else DETAIL_REACH


def line_switch(kind: Kind, lo: NDArray[np.floating], hi: NDArray[np.floating]) -> Any:
    """A node whose children Panda3D leaves out while it culls, where all lines within this box are too far away."""
    switch = LODNode(kind)
    switch.add_switch(reach_of(kind)[2] + float(np.linalg.norm(hi - lo)) / 2.0, 0.0)
    switch.set_center(Point3(*map(float, (lo + hi) / 2.0)))
    return switch
