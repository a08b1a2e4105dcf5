"""Which camera sees what, as bit masks of Panda3D, and how world poses become Panda3D's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d.core import BitMask32, CullBinEnums, CullBinManager, LMatrix4f, RenderState, ShaderAttrib

from explorer.geo import Camera

VIEW_MASK = BitMask32.bit(1)
SHADOW_MASK = BitMask32.bit(2)
PICK_MASK = BitMask32.bit(3)
LINES_MASK = BitMask32.bit(4)
"""Of a camera that sees lines alone; none today."""

NEAR_FIRST = "near first"
"""Cull bin of the tiles: before the fixed bin of sky and lines."""

FAR = 80_000.0
"""Culling distance. The depth itself has no far plane. [m]"""


def make_bins() -> None:
    """Tell Panda3D of our cull bin; again is nothing."""
    CullBinManager.get_global_ptr().add_bin(NEAR_FIRST, CullBinEnums.BT_front_to_back, 25)


def panda_matrix(matrix: NDArray[np.floating]) -> Any:
    """A matrix for column vectors (numpy, ours) as one for row vectors (Panda3D): the only transpose in the program."""
    return LMatrix4f(*(float(value) for value in np.asarray(matrix).T.reshape(-1)))


def pose(node: Any, camera: Camera, origin: NDArray[np.float64]) -> None:
    """Stand a camera node where `camera` is. Panda3D's heading turns anticlockwise, ours clockwise from north."""
    node.set_pos_hpr(*(np.asarray(camera.position) - origin), -camera.heading_deg, camera.pitch_deg, 0.0)


def lens_of(camera: Camera) -> Any:
    """A perspective lens with the camera's field of view."""
    from panda3d.core import PerspectiveLens

    lens = PerspectiveLens()
    fit_lens(lens, camera)
    return lens


def fit_lens(lens: Any, camera: Camera) -> None:
    """Give a lens the camera's field of view and viewport."""
    tan_x, tan_y = camera.tan_half_fov
    lens.set_fov(float(np.degrees(2.0 * np.arctan(tan_x))), float(np.degrees(2.0 * np.arctan(tan_y))))
    lens.set_near_far(camera.near, FAR)


STATE_KEY = "drawn as"
"""Tag of nodes that shadow maps and picking draw with a shader of their own."""


def set_pass_shaders(node: Any, shaders: Mapping[str, Any]) -> None:
    """Have a camera, whose own shader replaces all others, draw the nodes of each tag with another."""
    node.set_tag_state_key(STATE_KEY)
    for tag, shader in shaders.items():
        node.set_tag_state(tag, RenderState.make(ShaderAttrib.make(shader, 1001)))


def give_back(graphics: Any, buffer: Any) -> None:
    """End an off-screen buffer, and the textures that it drew into: the driver's memory goes with the next frame."""
    textures = [buffer.get_texture(i) for i in range(buffer.count_textures())]
    buffer.clear_render_textures()
    graphics.remove_window(buffer)
    for texture in textures:
        texture.release_all()
