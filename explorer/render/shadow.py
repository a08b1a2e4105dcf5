"""Which shadow maps a view has, and where they look: near ones inside wider ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera
from explorer.render.passes import panda_matrix
from explorer.render.shadow_map import NOWHERE_NEAR, Around, Moment, ShadowMap

_SMALLEST_RADIUS = 160.0
_SEEN_TEXEL_PX = 1.4
"""Where what is nearest shows a texel no larger than this, edges need no smoothing. [px]"""
_COARSE = 1.5
"""How much larger it has to be before a finer map of what is nearest is worth its while, that is then kept longer."""
ONE_COMPARISON = {"shadow_comparisons": 1.0}
"""Input of a picture that is drawn with fewer pixels: its own softness blurs the stairs of shadows, and to look for
edges takes a software rasteriser a tenth of the frame."""
_NEAR_SIZE, _NEAR_SHARE = 0.6, 0.125
"""Of a single map's size and radius has the square for what is nearest to the eye. A texel at the feet is then as many
pixels wide, about six, as one of the wide map where the near one ends."""


class Shadows:
    """All shadow maps of a view, near ones inside wider ones, as the tier says.

    What the shaders read (lib/shadows.glsl) is in `inputs`.
    """

    def __init__(
        self,
        engine: Any,
        host: Any,
        scene: Any,
        shaders: Mapping[str, Any],
        *,
        size: int,
        shares: Sequence[float],
        is_soft: bool,
    ) -> None:
        """`size` in texels, `shares` of the widest radius. A single map whose edges are hard has a finer one inside."""
        self._shares = tuple(shares)
        self._comparisons = 1.0
        self._may_have_near = len(self._shares) == 1 and not is_soft
        self.has_near = False
        """Whether shaders are to look into the near square."""
        near_size = int(size * _NEAR_SIZE) if self._may_have_near else 0
        self._maps = [
            ShadowMap(engine, host, scene, shaders, size, f"shadow {i}", near_size=near_size)
            for i in range(len(self._shares))
        ]
        self._near = NOWHERE_NEAR

    def use(self, shaders: Mapping[str, Any]) -> None:
        """Draw with these shaders."""
        for one in self._maps:
            one.use(shaders)

    def update(self, camera: Camera, ground: float, moment: Moment) -> bool:
        """Draw in this frame what is out of date, or wait with it; returns whether something waits.

        `ground`: height of the world of what is looked at, and stood on if the viewer stands. [m]
        """
        whole = _radius(camera, ground)
        some_wait = False
        nearest, near_radius = _nearest(camera, ground), whole * _NEAR_SHARE
        pixel = min(nearest, near_radius) * 2.0 * camera.tan_half_fov[1] / camera.height
        texel_px = 2.0 * whole * self._shares[0] / self._maps[0].size / pixel
        self._comparisons = 5.0 if texel_px > _SEEN_TEXEL_PX else 1.0
        is_coarse = texel_px > _SEEN_TEXEL_PX * (1.0 if self.has_near else _COARSE)
        self.has_near = self._may_have_near and is_coarse and nearest < near_radius
        near = Around(_before(camera, near_radius), near_radius) if self.has_near else None
        for one, share in zip(self._maps, self._shares, strict=True):
            radius = max(whole * share, _SMALLEST_RADIUS * share)
            some_wait |= one.update(Around(_focus(camera, ground, radius), radius), moment, near)
        self._near = self._maps[0].near_for(np.asarray(camera.position) - moment.origin, _corner_rays(camera))
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
        return found | {"shadow_near": self._near, "shadow_texel": self._maps[0].texel}

    def close(self) -> None:
        """Give the buffers back."""
        for one in self._maps:
            one.close()


def _ahead(camera: Camera, ground: float) -> float:
    """Distance to what the middle of the picture shows, within reason. [m]"""
    height = max(camera.position[2] - ground, 2.0)
    return float(min(height / max(-camera.forward[2], 0.05), 12.0 * height + 120.0))


def _nearest(camera: Camera, ground: float) -> float:
    """Distance to the nearest ground in the picture; infinite where there is none. [m]"""
    down = np.radians(camera.fov_y_deg / 2.0 - camera.pitch_deg)
    if down <= 0.0:
        return np.inf
    return max(camera.position[2] - ground, 2.0) / max(float(np.sin(min(down, np.pi / 2.0))), 1e-3)


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


def _before(camera: Camera, radius: float) -> NDArray[np.float64]:
    """The middle of a map of what is nearest: so far before the eye that its surroundings are in it."""
    return np.asarray(camera.position) + camera.forward * (0.55 * radius)


def _corner_rays(camera: Camera) -> NDArray[np.float64]:
    """(4, 3) to the corners of the picture, a metre straight ahead."""
    x, y = camera.tan_half_fov
    return np.array([camera.forward + i * x * camera.right + j * y * camera.up for i in (-1, 1) for j in (-1, 1)])
