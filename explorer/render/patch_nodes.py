"""The nodes of a tile's patches: Panda3D leaves out those out of view, and we those that others hide."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d.core import DrawMask, NodePath

from explorer.render.geometry import geom_node, indexed_geom
from explorer.render.line_reach import line_switch
from explorer.render.packing import LINE_KINDS
from explorer.render.passes import LINES_MASK, VIEW_MASK
from explorer.render.patches import Patches
from explorer.render.tile_shaders import Kind


def leave_out(node: Any, is_hidden: bool) -> None:
    """Leave a node out of the picture, but not of the shadows, or not."""
    masks, none = VIEW_MASK | LINES_MASK, DrawMask.all_off()
    node.adjust_draw_mask(none, masks if is_hidden else none, none if is_hidden else masks)


class PatchNodes:
    """What is drawn of each patch of one mesh."""

    def __init__(self, patches: Patches, centre: NDArray[np.float64]) -> None:
        """`centre`: of the tile, in the world."""
        self.boxes = np.stack([patches.lo, patches.hi], axis=1) + centre
        """(n, 2, 3) least and greatest world coordinates of each patch. [m]"""
        self.n_triangles = patches.n_triangles
        self._patches = patches
        self._nodes: list[list[Any]] = [[] for _ in range(len(patches))]
        self._hidden: frozenset[int] = frozenset()

    def has(self, kind: Kind) -> bool:
        """Whether they divide it; else it stays whole."""
        return kind in self._patches.ends

    def add(self, path: NodePath, kind: Kind, data: Any, indices: NDArray[np.unsignedinteger]) -> int:
        """Hang the patches' parts of a kind below a path; returns how many there are."""
        ends = self._patches.ends[kind]
        is_line = kind in LINE_KINDS
        some = np.flatnonzero(np.diff(ends)).tolist()
        for i in some:
            lo, hi = self._patches.lo[i], self._patches.hi[i]
            geom = indexed_geom(data, indices[ends[i] : ends[i + 1]], "lines" if is_line else "triangles")
            node = geom_node(kind, [geom], lo, hi, are_bounds_of_geoms=True)
            if is_line:
                switch = line_switch(kind, lo, hi)
                switch.add_child(node)
                node = switch
            path.attach_new_node(node)
            self._nodes[i].append(node)
        return len(some)

    def hide(self, hidden: frozenset[int]) -> None:
        """Leave these patches out of the picture, but not of the shadows, and no others."""
        for i in hidden ^ self._hidden:
            for node in self._nodes[i]:
                leave_out(node, i in hidden)
        self._hidden = hidden
