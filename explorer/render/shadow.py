"""The cached shadow map: drawn again when sun, geometry or the place that is looked at changes, not every frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

from explorer.geo import Camera
from explorer.render.passes import SHADOW_MASK, give_back, panda_matrix, set_pass_shaders

_DEPTH_RANGE = 4000.0
_SLOPE_BIAS = 2
_SMALLEST_RADIUS = 160.0
_GRID_SHARE = 1.0 / 16.0
"""The map's place snaps to this share of its radius, so that walking does not draw it anew each frame."""
_FAR_SHARE = 0.5
"""A place that is so much of the radius away does not wait for its map."""
_SEEN_TEXEL_PX = 1.4
"""Where what is nearest shows a texel no larger than this, edges need no smoothing. [px]"""
_LIT = np.array([[0.0, 0.0, 0.0, 0.5], [0.0, 0.0, 0.0, 0.5], [0.0, 0.0, 0.0, -1.0], [0.0, 0.0, 0.0, 1.0]])
"""Where there is no map: every point is nearer to the sun than anything."""


class ShadowMap:
    """Depth from the sun over the part of the city that the viewer sees best."""

    def __init__(
        self, engine: Any, host: Any, scene: Any, shaders: Mapping[str, Any], size: int, name: str = "shadow"
    ) -> None:
        """`shaders`: for all that casts shadow (""), and for nodes with a tag of their own."""
        self._engine = engine
        self.size = size
        self.texture = Texture("shadow map")
        self.texture.set_format(Texture.F_depth_component32)
        self.texture.set_component_type(Texture.T_float)
        self.texture.set_minfilter(SamplerState.FT_shadow)
        self.texture.set_magfilter(SamplerState.FT_shadow)
        for wrap in (self.texture.set_wrap_u, self.texture.set_wrap_v):
            wrap(SamplerState.WM_clamp)
        properties = FrameBufferProperties()
        properties.set_depth_bits(32)
        properties.set_float_depth(True)
        self._buffer = engine.make_output(
            host.get_pipe(), name, -30, properties, WindowProperties.size(size, size),
            GraphicsPipe.BF_refuse_window, host.get_gsg(), host,
        )  # fmt: skip
        self._buffer.add_render_texture(self.texture, GraphicsOutput.RTM_bind_or_copy, GraphicsOutput.RTP_depth)
        self._buffer.set_clear_depth_active(True)
        self._buffer.set_clear_depth(1.0)
        self._lens = OrthographicLens()
        node = PandaCamera("sun", self._lens)
        node.set_camera_mask(SHADOW_MASK)
        self._node = node
        self.use(shaders)
        self._camera = scene.attach_new_node(node)
        # nothing is drawn on the rim, so that what lies outside reads "lit" there
        rim = 2.0 / size
        self._buffer.make_display_region(rim, 1.0 - rim, rim, 1.0 - rim).set_camera(self._camera)
        self._drawn_share = 1.0 - 2.0 * rim
        self._buffer.set_active(False)
        self._drawn: tuple[object, ...] | None = None
        self._aimed_at = np.zeros(3)
        self._waited = 0
        self.matrix = _LIT
        self.fit = (1.0 / size, 1.0, _DEPTH_RANGE, 0.0)

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

    def update(
        self,
        centre: NDArray[np.float64],
        radius: float,
        sun: NDArray[np.float64],
        origin: NDArray[np.float64],
        version: object,
        patience: int = 0,
    ) -> bool:
        """Draw it in this frame if it is out of date. `centre` in the world, `radius` around it. [m]

        A map that only begins to lie beside what is looked at, or lacks a tile's new detail, waits up to `patience`
        frames; returns whether it does.
        """
        if sun[2] <= 0.0:
            self.fit, self.matrix = (*self.fit[:3], 0.0), _LIT
            self._buffer.set_active(False)
            self._drawn = None
            return False
        step = radius * _GRID_SHARE
        centre = np.round(centre / step) * step
        wanted = (tuple(np.round(sun, 5)), tuple(origin), tuple(centre), radius, version)
        if wanted == self._drawn:
            self._buffer.set_active(False)
            return False
        is_near = np.linalg.norm(centre - self._aimed_at) < _FAR_SHARE * radius
        if self._drawn is not None and self._drawn[:2] == wanted[:2] and is_near and self._waited < patience:
            self._waited += 1
            self._buffer.set_active(False)
            return True
        self._drawn, self._aimed_at, self._waited = wanted, centre, 0
        self._aim(centre - origin, radius, sun)
        self._buffer.set_active(True)
        return False

    def rest(self) -> None:
        """Keep the map as it is."""
        self._buffer.set_active(False)

    def close(self) -> None:
        """Give the buffer back."""
        give_back(self._engine, self._buffer)
        self._camera.remove_node()

    def _aim(self, centre: NDArray[np.float64], radius: float, sun: NDArray[np.float64]) -> None:
        right = np.cross((0.0, 0.0, 1.0), sun)
        right = right / np.linalg.norm(right) if np.linalg.norm(right) > 1e-6 else np.array([1.0, 0.0, 0.0])
        up = np.cross(sun, right)
        half = _DEPTH_RANGE / 2.0
        texel = 2.0 * radius / self.size
        # snapped to whole texels along the map's own axes: edges do not crawl when the map moves
        along = np.array([right @ centre, up @ centre])
        centre = centre + right * (round(along[0] / texel) * texel - along[0])
        centre = centre + up * (round(along[1] / texel) * texel - along[1])
        self._lens.set_film_size(2.0 * radius * self._drawn_share, 2.0 * radius * self._drawn_share)
        self._lens.set_near_far(0.0, _DEPTH_RANGE)
        self._orient(centre + sun * half, right, up, sun)
        local = np.eye(4)
        local[0, :3], local[1, :3], local[2, :3] = right / (2 * radius), up / (2 * radius), -sun / _DEPTH_RANGE
        local[:3, 3] = -local[:3, :3] @ centre + 0.5
        self.matrix = local
        self.fit = (1.0 / self.size, texel, _DEPTH_RANGE, 1.0)

    def _orient(
        self, eye: NDArray[np.float64], right: NDArray[np.float64], up: NDArray[np.float64], sun: NDArray[np.float64]
    ) -> None:
        """Panda3D's camera looks along +Y with +Z up."""
        frame = np.eye(4)
        frame[:3, 0], frame[:3, 1], frame[:3, 2], frame[:3, 3] = right, -sun, up, eye
        self._camera.set_mat(panda_matrix(frame))


class Shadows:
    """All shadow maps of a view, near ones inside wider ones, as the tier says.

    What the shaders read (lib/shadows.glsl) is in `inputs`.
    """

    def __init__(
        self, engine: Any, host: Any, scene: Any, shaders: Mapping[str, Any], *, size: int, shares: Sequence[float]
    ) -> None:
        self._shares = tuple(shares)
        self._comparisons = 1.0
        self._maps = [ShadowMap(engine, host, scene, shaders, size, f"shadow {i}") for i in range(len(self._shares))]

    def use(self, shaders: Mapping[str, Any]) -> None:
        """Draw with these shaders."""
        for one in self._maps:
            one.use(shaders)

    def update(
        self,
        camera: Camera,
        sun: NDArray[np.float64],
        origin: NDArray[np.float64],
        ground: float,
        version: object,
        patience: int = 0,
    ) -> bool:
        """Draw in this frame what is out of date, or wait with it up to `patience` frames; returns whether some waits.

        `ground`: height of the world that is looked at. [m]
        """
        whole = _radius(camera, ground)
        some_wait = False
        self._comparisons = _comparisons(camera, ground, 2.0 * whole * self._shares[0] / self._maps[0].size)
        for one, share in zip(self._maps, self._shares, strict=True):
            radius = max(whole * share, _SMALLEST_RADIUS * share)
            some_wait |= one.update(_focus(camera, ground, radius), radius, sun, origin, version, patience)
        return some_wait

    def rest(self) -> None:
        """Draw nothing in this frame."""
        for one in self._maps:
            one.rest()

    @property
    def inputs(self) -> dict[str, Any]:
        """Shader inputs by name."""
        found: dict[str, Any] = {"shadow_comparisons": self._comparisons}
        for i, one in enumerate(self._maps):
            ending = f"_{i}" if i else ""
            found[f"shadow_map{ending}"] = one.texture
            found[f"shadow_from_local{ending}"] = panda_matrix(one.matrix)
            found[f"shadow_fit{ending}"] = one.fit
        return found

    def close(self) -> None:
        """Give the buffers back."""
        for one in self._maps:
            one.close()


def _ahead(camera: Camera, ground: float) -> float:
    """Distance to what the middle of the picture shows, within reason. [m]"""
    height = max(camera.position[2] - ground, 2.0)
    return float(min(height / max(-camera.forward[2], 0.05), 12.0 * height + 120.0))


def _comparisons(camera: Camera, ground: float, texel: float) -> float:
    """How many comparisons smooth an edge, by how large a texel [m] is on the nearest ground in the picture."""
    down = np.radians(camera.fov_y_deg / 2.0 - camera.pitch_deg)
    nearest = max(camera.position[2] - ground, 2.0) / max(float(np.sin(min(down, np.pi / 2.0))), 1e-3)
    pixel = nearest * 2.0 * camera.tan_half_fov[1] / camera.height
    return 5.0 if texel > _SEEN_TEXEL_PX * pixel or down <= 0.0 else 1.0


def _radius(camera: Camera, ground: float) -> float:
    """How far around there shadows matter, in steps so that it does not change with every move. [m]"""
    radius = float(np.clip(1.25 * _ahead(camera, ground) + 60.0, _SMALLEST_RADIUS, 2200.0))
    return float(2.0 ** (np.round(np.log2(radius) * 3.0) / 3.0))


def _focus(camera: Camera, ground: float, radius: float) -> NDArray[np.float64]:
    """The middle of a map: ahead of the viewer, so far that what is near the feet is in it."""
    position, forward = np.asarray(camera.position), camera.forward
    flat = forward[:2] / (np.linalg.norm(forward[:2]) or 1.0)
    reach = min(_ahead(camera, ground) * float(np.hypot(*forward[:2])), radius * 0.85)
    return np.array([position[0] + flat[0] * reach, position[1] + flat[1] * reach, ground])
