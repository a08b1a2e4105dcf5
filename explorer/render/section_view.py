"""The section of a scene: the cut that all shaders are told of, and the faces that close what it opens."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Cut
from explorer.render.section import CapArrays, CapView, section_defines, section_inputs
from explorer.render.shader_library import ShaderLibrary


class SectionView:
    """None at first. Main thread only."""

    def __init__(self, scene: Any, shaders: ShaderLibrary, pixel_scale: float) -> None:
        self._scene, self._shaders, self._pixel_scale = scene, shaders, pixel_scale
        self.cut: Cut | None = None
        self._caps: CapView | None = None

    @property
    def defines(self) -> frozenset[str]:
        """What shaders must know of it."""
        return section_defines(self.cut)

    def set(
        self, cut: Cut | None, caps: CapArrays | None, defines: frozenset[str], origin: NDArray[np.float64]
    ) -> bool:
        """Take another section, or none; `defines` are the tier's. Returns whether shaders must be others."""
        before, self.cut = self.defines, cut
        # one sees into closed shells where they are cut: their own word, to leave back faces out, is overridden
        self._scene.set_two_sided(True, 0 if cut is None else 1)
        if self._caps is not None:
            self._caps.release()
        self._caps = None if caps is None else CapView(caps, self._scene, self._shaders, defines, self._pixel_scale)
        self.place(origin)
        return self.defines != before

    def place(self, origin: NDArray[np.float64]) -> None:
        """Stand relative to a new render origin."""
        if self.cut is not None:
            self._scene.set_shader_inputs(**section_inputs(self.cut, origin))
        if self._caps is not None:
            self._caps.place(origin)
