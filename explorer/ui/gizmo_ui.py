"""Handles on the selected proposal: move along the ground, turn."""

from __future__ import annotations

import numpy as np
from imgui_bundle import imgui, imguizmo

from explorer.ui.host import Host
from explorer.ui.layout import Layout

gizmo = imguizmo.im_guizmo


class Gizmo:
    """Keeps whether a drag is under way, so that it becomes one command at its end."""

    def __init__(self) -> None:
        self.is_dragging = False

    def draw(self, host: Host, layout: Layout) -> bool:
        """Draw the handles; True while they have the mouse."""
        matrices = host.gizmo_matrices()
        if matrices is None:
            self.is_dragging = False
            return False
        view, projection, placed = matrices
        gizmo.begin_frame()
        gizmo.set_drawlist(imgui.get_background_draw_list())
        gizmo.set_orthographic(False)
        gizmo.set_rect(0.0, 0.0, layout.width, layout.height)
        matrix = gizmo.Matrix16(placed.T.reshape(-1).astype(np.float32).tolist())
        seen = gizmo.Matrix16(view.T.reshape(-1).tolist())
        lens = gizmo.Matrix16(projection.T.reshape(-1).tolist())
        is_over = False
        # two sets of handles in turn: the binding takes one operation at a time
        for number, operation in enumerate((gizmo.OPERATION.translate, gizmo.OPERATION.rotate_z)):
            gizmo.push_id(number)
            gizmo.set_axis_mask(False, False, operation == gizmo.OPERATION.translate)
            gizmo.manipulate(seen, lens, operation, gizmo.MODE.world, matrix)
            is_over |= bool(gizmo.is_over())
            gizmo.pop_id()
        is_using = bool(gizmo.is_using_any())
        if is_using or self.is_dragging:
            values = np.array(matrix.values, dtype=np.float32).reshape(4, 4).T
            host.drag_selected(values, not is_using)
        self.is_dragging = is_using
        return is_using or is_over
