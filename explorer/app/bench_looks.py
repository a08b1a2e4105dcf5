"""The two ways a measured flight is drawn: with the small shader of the comparison, or as the program looks.

Both take tiles through the same views (`explorer.render.tiles`), so what a tile costs beside its triangles is in both.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.errors import DisplayError
from explorer.geo import Camera
from explorer.i18n import _
from explorer.render import OFFICE, STANDARD, CityRenderer, Engine, Tier, packed_tile
from explorer.render.passes import fit_lens, lens_of, make_bins, pose
from explorer.render.tile_shaders import Kind, TileShaders
from explorer.render.tiles import CityTiles
from explorer.streaming import FrameTiles, PreparedTile

_VERTEX = """#version 330 core
uniform mat4 p3d_ModelViewProjectionMatrix;
in vec4 p3d_Vertex; in vec4 normal_class; in vec4 tint; out vec3 normal; out vec3 colour;
void main() { gl_Position = p3d_ModelViewProjectionMatrix * vec4(p3d_Vertex.xyz, 1.0);
normal = normal_class.xyz; colour = tint.rgb; }"""
_FRAGMENT = """#version 330 core
in vec3 normal; in vec3 colour; out vec4 colour_out;
void main() { float sun = max(dot(normalize(normal), normalize(vec3(0.45, -0.55, 0.70))), 0.0);
colour_out = vec4(colour * (0.5 + 0.5 * sun) * 1.1, 1.0); }"""
_SKY = (0.66, 0.78, 0.9, 1.0)
_SUN, _SUN_ELEVATION_DEG = (0.451, -0.551, 0.702), 44.5


class Look(Protocol):
    """What a measured flight needs of whoever draws it."""

    samples: int

    def packed(self, tile: PreparedTile) -> PreparedTile:
        """What workers do last with a tile that is drawn so. Thread-safe."""
        ...

    def take(self, frame: FrameTiles) -> None:
        """Attach and show what this frame asks for, let the rest go."""
        ...

    def pose(self, camera: Camera) -> None:
        """Stand there in the next frame."""
        ...

    def follow(self) -> None:
        """Bring what is drawn up to date for the pose."""
        ...

    def draw(self) -> None:
        """Draw and wait until the rasteriser is done, by reading one pixel of the finished picture."""
        ...

    def draws(self) -> int:
        """Draw calls of the tiles that are drawn."""
        ...

    def pixels(self) -> NDArray[np.uint8]:
        """The last picture, (height, width, 3) sRGB, first row on top."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


def _gl_finish() -> Callable[[], object]:
    """Waits for the rasteriser while other threads run, as swapping a window's buffers does; nothing where it cannot.

    Panda3D keeps Python's lock while it reads a pixel back, so workers would stand still until the frame is drawn.
    """
    name = ctypes.util.find_library("GL")
    try:
        return ctypes.CDLL(name).glFinish if name else lambda: None
    except (OSError, AttributeError):
        return lambda: None


class _OnePixel:
    """Reads a pixel of the window's picture, which takes until it is finished."""

    def __init__(self, engine: Engine) -> None:
        host = engine.window
        self._region = host.make_display_region(0.0, 1.0 / host.get_x_size(), 0.0, 1.0 / host.get_y_size())
        self._region.set_active(False)  # draws nothing; only says which pixel to read
        self._finish = _gl_finish()

    def read(self) -> None:
        self._finish()
        if self._region.get_screenshot() is None:
            raise DisplayError(_("The picture cannot be read back."))


class _FloorShaders(TileShaders):
    """One shader for all."""

    def get(self, kind: Kind, *, is_styled: bool = False, is_fading: bool = False) -> Any:
        del kind, is_styled, is_fading
        return _floor_shader()


def _floor_shader() -> Any:
    from panda3d.core import Shader

    global _made
    if _made is None:
        _made = Shader.make(Shader.SL_GLSL, _VERTEX, _FRAGMENT)
    return _made


_made: Any = None


class FloorLook:
    """The floor's shader: sun and ambient a pixel; no ids, shadows, edges, sky or interface."""

    samples = 0

    def __init__(self, engine: Engine, camera: Camera, far: float) -> None:
        from panda3d.core import Camera as PandaCamera
        from panda3d.core import NodePath, RenderState, TransformState

        self._states = (RenderState, TransformState)
        self._engine, self._far = engine, far
        self._graphics = engine.base.graphics_engine
        make_bins()
        self._scene = NodePath("flight")
        self._scene.set_shader(_floor_shader())
        self._shaders = _FloorShaders(None, frozenset())  # type: ignore[arg-type]
        self._tiles = CityTiles(self._scene, casts_shadow=False)
        self._origin = np.zeros(3)
        self._camera = camera
        self._lens = lens_of(camera)
        node = PandaCamera("flight", self._lens)
        self._viewer = self._scene.attach_new_node(node)
        host = engine.window
        for region in list(host.get_active_display_regions()):
            region.set_active(False)
        host.set_clear_color_active(True)
        host.set_clear_color(_SKY)
        host.make_display_region().set_camera(self._viewer)
        self._pixel = _OnePixel(engine)

    def packed(self, tile: PreparedTile) -> PreparedTile:
        """See `Look`."""
        return packed_tile(tile)

    def take(self, frame: FrameTiles) -> None:
        """See `Look`."""
        for tile, prepared in frame.attach:
            self._tiles.attach(tile, prepared, self._shaders, self._origin)
        self._tiles.shown.show(frame.render.tolist())
        for tile in frame.detach:
            self._tiles.detach(tile)

    def pose(self, camera: Camera) -> None:
        """See `Look`."""
        self._camera = camera
        fit_lens(self._lens, camera)
        self._lens.set_near_far(camera.near, self._far)
        pose(self._viewer, camera, self._origin)

    def follow(self) -> None:
        """See `Look`."""
        self._tiles.look(self._camera)

    def draw(self) -> None:
        """See `Look`."""
        self._graphics.render_frame()
        self._pixel.read()

    def draws(self) -> int:
        """See `Look`."""
        return self._tiles.n_geoms

    def pixels(self) -> NDArray[np.uint8]:
        """See `Look`."""
        return window_pixels(self._engine)

    def close(self) -> None:
        """See `Look`."""
        self._tiles.release()
        self._scene.remove_node()


class FullLook:
    """The program's own picture in one tier: shadows, edges, sky, and its way into the window."""

    samples = 0

    def __init__(self, engine: Engine, camera: Camera, tier: Tier | None = None) -> None:
        """`tier` None: that of the machine."""
        self._engine = engine
        tier = tier or (OFFICE if engine.is_software else STANDARD)
        self._renderer = CityRenderer(engine, width=camera.width, height=camera.height, tier=tier)
        self._renderer.set_sun(_SUN, _SUN_ELEVATION_DEG)
        self._feet: list[float] = []
        self._pixel = _OnePixel(engine)

    def take(self, frame: FrameTiles) -> None:
        """See `Look`."""
        for tile, prepared in frame.attach:
            self._renderer.attach_tile(tile, prepared)
        self._note_land(frame.attach)
        self._renderer.show_tiles([*frame.render.tolist(), *frame.beyond.tolist()])
        for tile in frame.detach:
            self._renderer.detach_tile(tile)

    def packed(self, tile: PreparedTile) -> PreparedTile:
        """See `Look`."""
        return self._renderer.packed(tile)

    def _note_land(self, attach: Sequence[tuple[int, PreparedTile]]) -> None:
        if attach:
            self._feet += [float(prepared.lo[2]) for _tile, prepared in attach]
            self._renderer.set_land(float(np.percentile(self._feet, 10.0)) - 0.3)

    def pose(self, camera: Camera) -> None:
        """See `Look`."""
        self._renderer.set_camera(camera)

    def follow(self) -> None:
        """See `Look`."""

    def draw(self) -> None:
        """See `Look`."""
        self._renderer.redraw()
        self._pixel.read()

    def draws(self) -> int:
        """See `Look`. Sky, sun, land, shadow map and the way into the window are not counted."""
        return self._renderer.n_geoms

    def pixels(self) -> NDArray[np.uint8]:
        """See `Look`."""
        return window_pixels(self._engine)

    def close(self) -> None:
        """See `Look`."""
        self._renderer.close()


def window_pixels(engine: Engine) -> NDArray[np.uint8]:
    """What the window shows, (height, width, 3) sRGB, first row on top."""
    texture = engine.window.get_screenshot()
    if texture is None:
        raise DisplayError(_("The picture cannot be read back."))
    flat = np.frombuffer(texture.get_ram_image(), np.uint8)
    image = flat.reshape(texture.get_y_size(), texture.get_x_size(), -1)
    return np.ascontiguousarray(image[::-1, :, 2::-1])
