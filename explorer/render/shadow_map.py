"""One cached shadow map: drawn again when sun, geometry or the place that is looked at changes, not every frame.

Beside a wide square of it may stand a near one, of the same depths, in the same texture: where one lies inside the
other a shader reads the near one, for a handful of instructions and no look-up more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d.core import (
    Camera as PandaCamera,
)
from panda3d.core import (
    ColorWriteAttrib,
    DepthOffsetAttrib,
    DepthTestAttrib,
    FrameBufferProperties,
    GraphicsOutput,
    GraphicsPipe,
    OrthographicLens,
    RenderAttrib,
    RenderState,
    SamplerState,
    ShaderAttrib,
    Texture,
    WindowProperties,
)

from explorer.render.passes import SHADOW_MASK, give_back, panda_matrix, set_pass_shaders

FloatArray = NDArray[np.float64]

_DEPTH_RANGE = 4000.0
_SLOPE_BIAS = 2
_RIM_PX = 2
"""Nothing is drawn on a square's rim, so that what lies outside reads "lit" there."""
_GRID_SHARE = 1.0 / 16.0
"""A square's place snaps to this share of its radius, so that walking does not draw it anew each frame."""
_FAR_SHARE = 0.5
"""A place that is so much of the radius away does not wait for its map."""
_CLOSE_SHARE = 0.25
"""One that is no farther away waits for as long as the camera moves: the map holds what is looked at, with a margin."""
_LIT = np.array([[0.0, 0.0, 0.0, 0.5], [0.0, 0.0, 0.0, 0.5], [0.0, 0.0, 0.0, -1.0], [0.0, 0.0, 0.0, 1.0]])
"""Where there is no map: every point is nearer to the sun than anything."""
NOWHERE_NEAR = (0.0, 0.0, 1.0, 1e30)
"""`shadow_near` where there is no near square: nothing is so near."""


@dataclass(frozen=True)
class Moment:
    """What all shadow maps of a frame share."""

    sun: FloatArray
    """(3,) unit, towards it."""
    origin: FloatArray
    """(3,) the render origin in the world. [m]"""
    version: object
    """Changes with whatever casts shadow."""
    patience: int = 0
    """Frames that a square may wait which only begins to lie beside what is looked at, or lacks a tile's new detail.
    0: the camera stands."""


@dataclass(frozen=True)
class Around:
    """What a square is to hold."""

    centre: FloatArray
    """(3,) world. [m]"""
    radius: float
    """[m]"""


class ShadowMap:
    """Depth from the sun over the part of the city that the viewer sees best."""

    def __init__(
        self,
        engine: Any,
        host: Any,
        scene: Any,
        shaders: Mapping[str, Any],
        size: int,
        name: str = "shadow",
        *,
        near_size: int = 0,
    ) -> None:
        """`shaders`: for all that casts shadow (""), and for nodes with a tag of their own. Sizes in texels."""
        self._engine = engine
        self.size = size
        self.texture = _depth_texture()
        properties = FrameBufferProperties()
        properties.set_depth_bits(32)
        properties.set_float_depth(True)
        width = size + near_size
        self._buffer = engine.make_output(
            host.get_pipe(), name, -30, properties, WindowProperties.size(width, size),
            GraphicsPipe.BF_refuse_window, host.get_gsg(), host,
        )  # fmt: skip
        self._buffer.add_render_texture(self.texture, GraphicsOutput.RTM_bind_or_copy, GraphicsOutput.RTP_depth)
        # each square clears what is its own: the other may stay as it is
        self._buffer.set_clear_depth_active(False)
        self._buffer.set_clear_color_active(False)
        self._wide = _Square(self._buffer, scene, size, 0, (width, size))
        self._near = _Square(self._buffer, scene, near_size, size, (width, size)) if near_size else None
        self._buffer.set_active(False)
        self.use(shaders)
        self.matrix = _LIT
        self.fit = (1.0 / size, 1.0, 1.0, 0.0)
        self.texel = (1.0 / width, 1.0 / size)
        self._near_middle = ((size + near_size / 2.0) / width, near_size / 2.0 / size)

    def use(self, shaders: Mapping[str, Any]) -> None:
        """Draw with these shaders."""
        for square in (self._wide, self._near):
            if square is not None:
                square.use(shaders)

    def update(self, around: Around, moment: Moment, near: Around | None = None) -> bool:
        """Draw in this frame what is out of date, or wait with it; returns whether something waits."""
        if moment.sun[2] <= 0.0:
            self.forget()
            return False
        some_wait = self._wide.update(around, moment)
        place, eye = self._wide.place, self._wide.eye
        width_share = self.texel[0] * self.size
        self.matrix = np.diag([width_share, 1.0, 1.0, 1.0]) @ self._wide.matrix
        self.fit = (1.0 / self.size, 2.0 * place[1] / self.size, width_share - 0.75 * self.texel[0], 0.0)
        if self._near is not None:
            if near is None:
                self._near.forget()
            else:
                some_wait |= self._near.update(near, moment, depth_from=eye)
        self._buffer.set_active(self._wide.is_drawn_now or (self._near is not None and self._near.is_drawn_now))
        return some_wait

    def near_for(self, eye: FloatArray, rays: FloatArray) -> tuple[float, float, float, float]:
        """`shadow_near` of shaders/lib/shadows.glsl for what is seen from `eye` (3,), local.

        `rays` (4, 3) to the corners of the picture, all as long as a metre straight ahead.
        """
        near, wide = self._near, self._wide
        if near is None or not near.is_drawn:
            return NOWHERE_NEAR
        there = near.matrix[:2] @ np.append(eye, 1.0) - 0.5
        along = rays @ near.matrix[:2, :3].T
        half = 0.5 - (_RIM_PX + 2.0) / near.size
        reach = float(((half - np.sign(along) * there) / np.maximum(np.abs(along), 1e-9)).min())
        if np.abs(there).max() >= half or reach <= 0.0:
            return NOWHERE_NEAR
        zoom = wide.place[1] / near.place[1] * near.size / self.size
        middle = self.matrix @ np.append(near.place[0], 1.0)
        at = (self._near_middle[0] - zoom * middle[0], self._near_middle[1] - zoom * middle[1])
        return float(at[0]), float(at[1]), zoom, 1.0 / reach

    def rest(self) -> None:
        """Keep the map as it is."""
        self._buffer.set_active(False)

    def forget(self) -> None:
        """There is no map: all is lit."""
        self.matrix = _LIT
        self._buffer.set_active(False)
        for square in (self._wide, self._near):
            if square is not None:
                square.forget()

    def close(self) -> None:
        """Give the buffer back."""
        give_back(self._engine, self._buffer)
        for square in (self._wide, self._near):
            if square is not None:
                square.camera.remove_node()


class _Square:
    """A square part of the buffer, with the camera that looks at the city from the sun."""

    def __init__(self, buffer: Any, scene: Any, size: int, left: int, whole: tuple[int, int]) -> None:
        self.size = size
        width, height = whole
        self._lens = OrthographicLens()
        self._node = PandaCamera("sun", self._lens)
        self._node.set_camera_mask(SHADOW_MASK)
        self.camera = scene.attach_new_node(self._node)
        cleared = buffer.make_display_region(left / width, (left + size) / width, 0.0, 1.0)
        cleared.set_clear_depth_active(True)
        cleared.set_clear_depth(1.0)
        rim = _RIM_PX
        drawn = buffer.make_display_region(
            (left + rim) / width, (left + size - rim) / width, rim / height, (size - rim) / height
        )
        drawn.set_camera(self.camera)
        drawn.set_sort(1)
        self._regions = (cleared, drawn)
        self._drawn_share = 1.0 - 2.0 * rim / size
        self.place = (np.zeros(3), 1.0)
        """Middle, local, and radius. [m]"""
        self.eye = 0.0
        """How far towards the sun the camera is. [m]"""
        self.matrix = _LIT
        self.is_drawn_now = False
        self._drawn: tuple[object, ...] | None = None
        self._aimed_at = np.zeros(3)
        self._waited = 0
        self.rest()

    def use(self, shaders: Mapping[str, Any]) -> None:
        """Draw with these shaders."""
        # the scene's reversed depth test would let nothing cast a shadow, and tiles bring their own shader
        # (the priority belongs to the shader alone: an override of the whole attribute would drop the tiles' inputs)
        state = RenderState.make(ShaderAttrib.make(shaders[""], 1000))
        state = state.set_attrib(DepthTestAttrib.make(RenderAttrib.M_less), 1000)
        # the buffer may have a colour that nobody reads; a software rasteriser would fill it
        state = state.set_attrib(ColorWriteAttrib.make(ColorWriteAttrib.C_off), 1000)
        # pushed away from the sun by what a texel covers on a slope: no acne on grazing light or at the foot of a wall
        self._node.set_initial_state(state.set_attrib(DepthOffsetAttrib.make(-_SLOPE_BIAS), 1000))
        set_pass_shaders(self._node, shaders)

    def update(self, around: Around, moment: Moment, *, depth_from: float | None = None) -> bool:
        """As `ShadowMap.update`; depths count from `depth_from` towards the sun, if that is given. [m]"""
        radius, sun, origin = around.radius, moment.sun, moment.origin
        step = radius * _GRID_SHARE
        centre = np.round(around.centre / step) * step
        wanted = (tuple(np.round(sun, 5)), tuple(origin), tuple(centre), radius, moment.version, depth_from)
        self.rest()
        if wanted == self._drawn:
            return False
        if depth_from in (None, self.eye) and self._may_wait(wanted, centre, moment.patience):
            return True
        self._drawn, self._aimed_at, self._waited = wanted, centre, 0
        self._aim(centre - origin, radius, sun, depth_from)
        self._set_active(True)
        return False

    def _may_wait(self, wanted: tuple[object, ...], centre: FloatArray, patience: int) -> bool:
        if self._drawn is None or self._drawn[:2] != wanted[:2] or not patience:
            return False
        away = float(np.linalg.norm(centre - self._aimed_at)) / self.place[1]
        if self._drawn[3:] == wanted[3:] and away <= _CLOSE_SHARE:
            return True
        self._waited += 1
        return away < _FAR_SHARE and self._waited <= patience

    @property
    def is_drawn(self) -> bool:
        """Whether there is anything in it."""
        return self._drawn is not None

    def rest(self) -> None:
        """Keep it as it is."""
        self._set_active(False)

    def forget(self) -> None:
        """Whatever is wanted next is drawn."""
        self._drawn = None
        self.rest()

    def _set_active(self, is_active: bool) -> None:
        self.is_drawn_now = is_active
        for region in self._regions:
            region.set_active(is_active)

    def _aim(self, centre: FloatArray, radius: float, sun: FloatArray, depth_from: float | None) -> None:
        right = np.cross((0.0, 0.0, 1.0), sun)
        right = right / np.linalg.norm(right) if np.linalg.norm(right) > 1e-6 else np.array([1.0, 0.0, 0.0])
        up = np.cross(sun, right)
        texel = 2.0 * radius / self.size
        # snapped to whole texels along the map's own axes: edges do not crawl when the map moves
        along = np.array([right @ centre, up @ centre])
        centre = centre + right * (round(along[0] / texel) * texel - along[0])
        centre = centre + up * (round(along[1] / texel) * texel - along[1])
        self.place = (centre, radius)
        self.eye = float(sun @ centre) + _DEPTH_RANGE / 2.0 if depth_from is None else depth_from
        self._lens.set_film_size(2.0 * radius * self._drawn_share, 2.0 * radius * self._drawn_share)
        self._lens.set_near_far(0.0, _DEPTH_RANGE)
        frame = np.eye(4)  # Panda3D's camera looks along +Y with +Z up
        frame[:3, 0], frame[:3, 1], frame[:3, 2] = right, -sun, up
        frame[:3, 3] = centre + sun * (self.eye - float(sun @ centre))
        self.camera.set_mat(panda_matrix(frame))
        local = np.eye(4)
        local[0, :3], local[1, :3], local[2, :3] = right / (2 * radius), up / (2 * radius), -sun / _DEPTH_RANGE
        local[:2, 3] = 0.5 - local[:2, :3] @ centre
        local[2, 3] = self.eye / _DEPTH_RANGE
        self.matrix = local


def _depth_texture() -> Texture:
    texture = Texture("shadow map")
    texture.set_format(Texture.F_depth_component32)
    texture.set_component_type(Texture.T_float)
    texture.set_minfilter(SamplerState.FT_shadow)
    texture.set_magfilter(SamplerState.FT_shadow)
    for wrap in (texture.set_wrap_u, texture.set_wrap_v):
        wrap(SamplerState.WM_clamp)
    return texture
