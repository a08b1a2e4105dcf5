"""Frames of the city from where its camera stands: what follows the camera, the pictures, and what is under a pixel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d.core import RenderState, TransformState

from explorer.geo import Camera
from explorer.render.city_contents import CityContents
from explorer.render.engine import Engine
from explorer.render.occlusion import Unseen
from explorer.render.picking import FIRST_PROPOSAL, Pick
from explorer.render.render_scale import RenderScale
from explorer.render.shadow import ONE_COMPARISON
from explorer.render.spare_copies import mind_the_disk
from explorer.render.target import CityTarget
from explorer.render.wishes import wish

_REBASE_DISTANCE = 2000.0
"""The render origin follows when the camera is farther from it: float32 is then good to 0.2 mm. [m]"""
_STILL_PX, _LOWEST_EYE = 0.5, 1.0
"""A view that shifts by less from frame to frame has come to rest, but for what nobody sees. [px, m]"""
_PATTERN_METRES = 1024.0
"""The origin moves by whole patterns, so that ripples on the water stay where they are (surface.frag). [m]"""


class CityFrames(CityContents):
    """What is to be drawn, frame by frame. Whoever makes the parts in the engine (`CityRenderer`) fills these in."""

    engine: Engine
    camera: Camera
    leaves_out_hidden: bool
    """Tiles that others hide are not drawn where that spares time (`occlusion`); pictures draw them still."""
    softens_when_slow: bool
    """While the camera moves, frames that come too slowly are drawn with fewer pixels (`render_scale`): for who calls
    `advance` in each frame."""
    _scale: RenderScale
    _target: CityTarget
    _unseen: Unseen
    _graphics: Any
    _is_moving: bool
    """The camera has moved since the last frame."""
    _covered_rows: tuple[int, int]
    """At the bottom and on top."""
    _is_exact: bool
    """The next frame is a picture, with nothing left out or late."""

    @wish
    def set_camera(self, camera: Camera) -> None:
        """Look from here in the next frame."""
        if camera != self.camera:
            self._is_moving |= self._shift_px(camera) > _STILL_PX
            self.camera = camera
            self.needs_redraw = True

    def _shift_px(self, camera: Camera) -> float:
        """By how much a camera shows the ground shifted from where the last one showed it. [px]"""
        before = self.camera
        moved = float(np.linalg.norm(np.subtract(camera.position, before.position)))
        above = max(abs(camera.position[2] - self._light.ground_height), _LOWEST_EYE)
        turned = float(np.linalg.norm(camera.forward - before.forward))
        is_other_lens = camera.fov_y_deg != before.fov_y_deg or camera.height != before.height
        return np.inf if is_other_lens else (moved / above + turned) * camera.sse_factor

    @wish
    def set_covered_rows(self, bottom: int, top: int) -> None:
        """Rows of the window along its edges over which opaque panels lie in the frame to come: nothing is drawn there.

        Pictures that are read (`screenshot`) have them.
        """
        if (bottom, top) != self._covered_rows:
            self._covered_rows = (bottom, top)
            self.needs_redraw = True

    def advance(self, secs: float) -> None:
        """Let time pass since the last frame: tiles come and go."""
        self.needs_redraw |= self._tiles.shown.advance(secs)
        self._scale.advance(secs)

    def prepare_frame(self) -> bool:
        """Bring everything that follows the camera up to date; the engine's next frame draws it.

        Returns whether there is anything new to draw; if not, the last picture stays and costs nothing.
        """
        is_new = (
            self.needs_redraw
            or self.lines.are_changed
            or self._scale.is_due(self._target.share)
            or self._unseen.is_short_of(self.camera)
        )
        self._target.set_active(is_new)
        self.needs_redraw = self.lines.are_changed = False
        if is_new:
            mind_the_disk()
            self._follow_camera()
        else:
            self._light.rest()
        return is_new

    def _follow_camera(self) -> None:
        position = np.asarray(self.camera.position, dtype=np.float64)
        if np.linalg.norm(position - self._origin) > _REBASE_DISTANCE:
            self._rebase(position)
        if self._is_exact or not self.leaves_out_hidden:
            self._unseen.forget()
        else:
            self._unseen.leave_out(self.camera)
        self._look_at_tiles()
        camera = self._with_near(self.camera)
        share = self._scale.next_share(is_moving=self._is_moving)
        self._target.draw_share(share if self.softens_when_slow and not self._is_exact else 1.0)
        self._target.leave_out(*((0, 0) if self._is_exact else self._covered_rows))
        columns, rows = self._target.drawn_size
        self._target.look(camera, self._origin, self._light.land_height)
        version = (self._version, len(self._proposals))
        patience = 0 if self._is_exact or self._scale.is_still else self.tier.shadow_patience
        before = self._light.shadow_defines
        self.needs_redraw = self._light.follow(self.camera, self._origin, version, patience)
        if self._light.shadow_defines != before:
            self._redefine()
        self._is_moving = False
        self.scene.set_shader_inputs(
            camera_in_local=tuple(map(float, position - self._origin)),
            near_distance=camera.near,
            pixels_at_metre=rows / (2.0 * camera.tan_half_fov[1]),
            viewport_px=(float(columns), float(rows)),
            **self._light.inputs | (ONE_COMPARISON if self._target.share < 1.0 else {}),
        )

    def _look_at_tiles(self) -> None:
        before = self._tiles.colour_defines
        self._tiles.look(self.camera)
        if self._tiles.colour_defines != before:  # the first translucent feature has come
            self._redefine()

    def _with_near(self, camera: Camera) -> Camera:
        """Without reversed depth, what is far is told apart only if the near plane is farther out, too."""
        height = camera.position[2] - self._light.ground_height
        return camera if self.engine.has_reversed_depth else replace(camera, near=max(camera.near, 0.02 * height))

    def _rebase(self, position: NDArray[np.float64]) -> None:
        self._stand_at(np.round(position / _PATTERN_METRES) * _PATTERN_METRES)

    def render(self) -> None:
        """Draw one frame now, for pictures and tests, with nothing late; a window's loop steps the engine's tasks."""
        self._is_moving, self._is_exact = False, True
        self.redraw()
        self._is_exact = False

    def redraw(self) -> None:
        """Draw one frame as a window's loop does, though nothing may have changed: for measuring."""
        self.needs_redraw = True
        self.prepare_frame()
        self._graphics.render_frame()
        RenderState.garbage_collect()
        TransformState.garbage_collect()

    @property
    def stands(self) -> bool:
        """Whether the camera has not moved for a moment."""
        return self._scale.stands

    @property
    def drawn_size(self) -> tuple[int, int]:
        """Columns and rows that the last frame was drawn with; fewer than are shown where it came too slowly. [px]"""
        return self._target.drawn_size

    @property
    def picture(self) -> Any:
        """The texture that the city is drawn into."""
        return self._target.picture

    def finish(self) -> None:
        """Wait until the last frame is drawn, by reading one pixel's worth of it: for measuring."""
        self._target.finish()

    def pick(self, x_px: float, y_px: float) -> Pick | None:
        """What is under a pixel of the last camera; None for sky."""
        self._look_at_tiles()
        number, position = self._picker.pick(self._with_near(self.camera), x_px, y_px, self._origin)
        if number == 0:
            return None
        if number >= FIRST_PROPOSAL:
            return Pick(position, proposal_id=self._proposals.find(number))
        found = self._tiles.shown.find(number)
        if found is None:
            return Pick(position)
        view, row = found
        return Pick(position, view.key, row, None if row is None else view.features.ids[row])

    def pixels(self) -> NDArray[np.uint8]:
        """The last picture, (height, width, 3) sRGB, first row on top."""
        return self._target.pixels()

    def screenshot(self) -> NDArray[np.uint8]:
        """The city's picture of a fresh frame, (height, width, 3) sRGB, first row on top."""
        host = self.engine.window
        is_copied = self.engine.is_offscreen and host.is_active()
        if is_copied:
            host.set_active(False)  # nobody looks at the copy in a host without a screen
        self.render()
        self._graphics.render_frame()  # what changed during the first frame (shadow map) is in the second
        if is_copied:
            host.set_active(True)
        return self._target.pixels()
