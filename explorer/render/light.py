"""Sun, sky, shadows and the land beyond the data: what gives a view its light."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera
from explorer.render.engine import Engine
from explorer.render.shader_library import ShaderLibrary
from explorer.render.shadow import Shadows
from explorer.render.shadow_map import Moment
from explorer.render.sky import Sky
from explorer.render.tiers import Tier
from explorer.render.tile_shaders import pass_shaders

_BELOW = np.array([0.0, 0.0, -1.0])
"""Where the sun is when shadows are off: it casts none."""


class Light:
    """The light of one view. Setters tell whether that is a change."""

    def __init__(self, engine: Engine, scene: Any, shaders: ShaderLibrary, defines: frozenset[str], tier: Tier) -> None:
        self._engine, self._scene, self._library = engine, scene, shaders
        self._defines, self._has_overlay = defines, False
        self._shadows = self._make_shadows(defines, tier)
        self.sky = Sky(scene, self._sky_shaders(defines), is_depth_reversed=engine.has_reversed_depth)
        self._sun = np.array([0.4, -0.5, 0.77]) / np.linalg.norm([0.4, -0.5, 0.77])
        self._elevation_deg = 50.0
        self._has_shadows = True
        self.land_height = 0.0
        """Height in the world of the land beyond the data. [m]"""
        self._ground: float | None = None
        self._map_origin = np.zeros(2)

    def use(self, defines: frozenset[str]) -> None:
        """Draw sky, land and shadow maps with other defines."""
        self._defines = defines
        self.sky.use(self._sky_shaders(defines))
        self._shadows.use(pass_shaders(self._library, "tiles/depth", defines))

    def set_tier(self, defines: frozenset[str], tier: Tier) -> None:
        """Draw as another tier does."""
        self._defines = defines
        self._shadows.close()
        self._shadows = self._make_shadows(defines, tier)
        self.sky.use(self._sky_shaders(defines))

    @property
    def shadow_defines(self) -> frozenset[str]:
        """What shaders must know of the shadow maps of now."""
        return frozenset({"USE_NEAR_SHADOW"}) if self._shadows.has_near else frozenset()

    def _sky_shaders(self, defines: frozenset[str]) -> dict[str, Any]:
        found = {name: self._library.get(f"sky/{name}", defines) for name in ("sky", "sun")}
        on_land = defines | ({"USE_OVERLAY"} if self._has_overlay else frozenset())
        found["land"] = self._library.get("sky/land", on_land)
        found["board"] = self._library.get("sky/land", on_land | {"USE_BOARD"})
        return found

    def _make_shadows(self, defines: frozenset[str], tier: Tier) -> Shadows:
        depth = pass_shaders(self._library, "tiles/depth", defines)
        graphics, host = self._engine.base.graphics_engine, self._engine.window
        return Shadows(
            graphics, host, self._scene, depth,
            size=tier.shadow_px, shares=tier.shadow_shares, is_soft=tier.has_soft_shadows,
        )  # fmt: skip

    @property
    def inputs(self) -> dict[str, Any]:
        """What the shaders read of the shadow maps."""
        return self._shadows.inputs

    def set_sun(self, direction: NDArray[np.float64], elevation_deg: float) -> bool:
        """Unit vector towards the sun in the world, and its apparent height above the horizon. [degrees]"""
        if np.allclose(direction, self._sun, atol=1e-7) and elevation_deg == self._elevation_deg:
            return False
        self._sun, self._elevation_deg = direction / np.linalg.norm(direction), elevation_deg
        self.sky.set_light(self._sun, elevation_deg)
        return True

    def set_shadows(self, are_on: bool) -> bool:
        """Cast sun shadows or not."""
        is_new, self._has_shadows = are_on != self._has_shadows, are_on
        return is_new

    def set_overlay(self, is_on: bool) -> None:
        """Let a result lie on the land, too: where a city's data has no ground, the land is all there is."""
        if is_on != self._has_overlay:
            self._has_overlay = is_on
            self.sky.use(self._sky_shaders(self._defines))

    def set_land(self, height: float) -> bool:
        """Height in the world of the land beyond the data. [m]"""
        is_new, self.land_height = height != self.land_height, height
        return is_new

    @property
    def ground_height(self) -> float:
        """Height in the world of what the viewer stands on or above, as well as it is known. [m]"""
        return self.land_height if self._ground is None else self._ground

    def set_ground(self, height: float | None) -> bool:
        """Height in the world of the ground that the viewer stands on; None: that is not known. [m]"""
        is_new, self._ground = height != self._ground, height
        return is_new

    def set_map_origin(self, easting: float, northing: float) -> bool:
        """Where on the map the world's origin is. [m]"""
        before, self._map_origin = self._map_origin, np.array([easting, northing])
        return bool((before != self._map_origin).any())

    def follow(self, camera: Camera, origin: NDArray[np.float64], version: object, patience: int = 0) -> bool:
        """Bring everything up to date for a frame from here. `version` changes with whatever casts shadow.

        Shadow maps may wait for so many frames; returns whether one does.
        """
        self.sky.follow(float(camera.position[2] - origin[2]), self.land_height - float(origin[2]))
        self.sky.stand_on(self._map_origin + origin[:2])
        sun = self._sun if self._has_shadows else _BELOW
        return self._shadows.update(camera, self.ground_height, Moment(sun, origin, version, patience))

    def rest(self) -> None:
        """Draw no shadow map in this frame."""
        self._shadows.rest()

    def close(self) -> None:
        """Give the buffers back."""
        self._shadows.close()
