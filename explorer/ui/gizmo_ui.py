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
        operation = gizmo.OPERATION.translate_x | gizmo.OPERATION.translate_y | gizmo.OPERATION.rotate_z
        gizmo.manipulate(
            gizmo.Matrix16(view.T.reshape(-1).tolist()),
            gizmo.Matrix16(projection.T.reshape(-1).tolist()),
            operation,
            gizmo.MODE.world,
            matrix,
        )
        is_using = bool(gizmo.is_using())
        if is_using or self.is_dragging:
            values = np.array(matrix.values, dtype=np.float32).reshape(4, 4).T
            host.drag_selected(values, not is_using)
        self.is_dragging = is_using
        return is_using or bool(gizmo.is_over())
