"""What lies over the ground of a scene: a result with its colours, and pictures of the ground."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.render.imagery import ImageryDrape, ImageryTexture
from explorer.render.overlay import OverlayDrape, overlay_bounds, overlay_inputs


class Drapes:
    """None at first. Tells the shaders of a scene where they lie; main thread only."""

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self._overlay: OverlayDrape | None = None
        self._imagery = ImageryTexture()
        self.has_imagery = False
        self.set_overlay(None, np.zeros(3))

    def set_overlay(self, drape: OverlayDrape | None, origin: NDArray[np.float64]) -> None:
        """Drape a result, or take it off."""
        self._overlay = drape
        self._scene.set_shader_inputs(**overlay_inputs(drape), overlay_bounds=overlay_bounds(drape, origin))

    def set_imagery(self, drape: ImageryDrape | None, origin: NDArray[np.float64]) -> bool:
        """Drape pictures, or take them off; returns whether there are some now and were none, or the other way."""
        before, self.has_imagery = self.has_imagery, drape is not None
        if drape is not None:
            self._imagery.take(drape)
            self._scene.set_shader_inputs(**self._imagery.inputs(origin))
        return before != self.has_imagery

    def forget_imagery(self, origin: NDArray[np.float64]) -> None:
        """Give the memory of pictures that were taken off back, once no shader reads them."""
        for name in self._imagery.inputs(origin):
            self._scene.clear_shader_input(name)
        self._imagery.release()

    def place(self, origin: NDArray[np.float64]) -> None:
        """Lie relative to a new render origin."""
        self._scene.set_shader_input("overlay_bounds", overlay_bounds(self._overlay, origin))
        if self.has_imagery:
            self._scene.set_shader_inputs(**self._imagery.inputs(origin))
