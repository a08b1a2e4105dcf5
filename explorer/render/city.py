"""The picture of the city: tiles, proposals, overlay, light, and what is under the pointer."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d.core import RenderState, TransformState

from explorer.geo import Camera
from explorer.render.engine import Engine
from explorer.render.light import Light
from explorer.render.overlay import OverlayDrape, overlay_bounds, overlay_inputs
from explorer.render.passes import make_bins
from explorer.render.picking import FIRST_PROPOSAL, Pick, Picker
from explorer.render.proposals import ProposalLook, Proposals
from explorer.render.scene import make_scene
from explorer.render.shader_library import ShaderLibrary
from explorer.render.target import CityTarget
from explorer.render.tile_shaders import PASS_DEFINES, TileShaders
from explorer.render.tile_view import TileArrays
from explorer.render.tiles import CityTiles
from explorer.render.tool_lines import ToolLines

_REBASE_DISTANCE = 2000.0
"""The render origin follows when the camera is farther from it: float32 is then good to 0.2 mm. [m]"""
_PATTERN_METRES = 1024.0
"""The origin moves by whole patterns, so that ripples on the water stay where they are (surface.frag). [m]"""
_NOTHING: frozenset[str] = frozenset()


class CityRenderer:
    """Draws into a buffer of its own; in a window the buffer is shown below the interface. Main thread only."""

    def __init__(
        self,
        engine: Engine,
        *,
        width: int | None = None,
        height: int | None = None,
        is_office_tier: bool | None = None,
        has_cascades: bool | None = None,
        pixel_scale: float = 1.0,
    ) -> None:
        self.engine = engine
        self._pixel_scale = pixel_scale
        """How many of our pixels are one of the picture's: lines are so much wider. More than 1 where it is shrunk."""
        self.is_office_tier = (
            engine.is_software and not engine.is_offscreen if is_office_tier is None else is_office_tier
        )
        """Spares what a processor draws slowly; by itself in a window on a software rasteriser, not for pictures."""
        self._graphics = engine.base.graphics_engine
        host = engine.window
        self.width, self.height = width or host.get_x_size(), height or host.get_y_size()
        has_cascades = not engine.is_software if has_cascades is None else has_cascades
        wanted = {
            "USE_REVERSED_DEPTH": engine.has_reversed_depth,
            "USE_SOFT_SHADOWS": not self.is_office_tier,
            "USE_CASCADES": has_cascades,
        }
        self._defines = frozenset(name for name, is_on in wanted.items() if is_on)
        self.shaders = ShaderLibrary(host.get_gsg())
        make_bins()
        self.scene = make_scene(self._pixel_scale, is_depth_reversed=engine.has_reversed_depth)
        self._tiles = CityTiles(self.scene)
        self._proposals = Proposals(self.scene, self._pixel_scale)
        self._version = 0
        self._origin = np.zeros(3)
        self.camera = Camera((0.0, -300.0, 200.0), pitch_deg=-30.0, width=self.width, height=self.height)
        self.needs_redraw = True
        # on a software rasteriser smoothing costs a third of the frame; a hardware card does not notice
        self._target = CityTarget(
            engine, self.scene, self.shaders, (self.width, self.height), is_smoothed=not self.is_office_tier
        )
        self._tile_shaders = TileShaders(self.shaders, self._defines)
        self._light = Light(engine, self.scene, self.shaders, self._defines, has_cascades=has_cascades)
        defines = self._defines | {"USE_STYLES"}
        pick = {kind: self.shaders.get("tiles/pick", defines | more) for kind, more in PASS_DEFINES.items()}
        self._picker = Picker(engine, self.scene, pick)
        self.lines = ToolLines(self.scene, self.shaders.get("lines/line", self._defines), self._pixel_scale)
        self.scene.set_shader_inputs(**self._light.inputs)
        self.set_overlay(None)

    def resize(self, width: int, height: int) -> None:
        """Draw at another size from the next frame on."""
        if self._target.resize(width, height):
            self.width, self.height = width, height
            self.needs_redraw = True

    # -- tiles ----------------------------------------------------------------------------------------------------

    def attach_tile(self, key: Hashable, tile: TileArrays) -> None:
        """Take a tile into GPU memory, not shown yet. A known key is replaced."""
        self.detach_tile(key)
        view = self._tiles.attach(key, tile, self._tile_shaders, self._origin)
        self._light.sky.has_ground |= view.has_ground

    def detach_tile(self, key: Hashable) -> None:
        """Give a tile's memory back; an unknown key is nothing."""
        if self._tiles.detach(key):
            self._touch()
        self._light.sky.has_ground = self._tiles.have_ground

    def show_tiles(self, keys: Iterable[Hashable]) -> None:
        """Draw exactly these of the attached tiles."""
        if self._tiles.show(keys):
            self._touch()

    @property
    def resident_bytes(self) -> int:
        """GPU bytes of attached tiles by our own ledger."""
        return self._tiles.size_bytes

    @property
    def shown_triangles(self) -> int:
        """Triangles of the tiles that are drawn."""
        return self._tiles.n_triangles

    @property
    def n_geoms(self) -> int:
        """Draw calls of the tiles that are drawn."""
        return self._tiles.n_geoms

    @property
    def has_photos(self) -> bool:
        """Whether any attached tile has a photograph."""
        return self._tiles.have_photos

    def _touch(self) -> None:
        self._version += 1
        self.needs_redraw = True

    # -- features and proposals -------------------------------------------------------------------------------------

    def set_hidden_features(self, ids: frozenset[str]) -> None:
        """Hide these features in every tile, at every level of detail."""
        if self._tiles.hide(ids):
            self._restyle()

    def set_highlight(self, selected: frozenset[str], hovered: frozenset[str] = _NOTHING) -> None:
        """Outline and tint these features in blue."""
        if self._tiles.highlight(selected, hovered):
            self._restyle()

    def _restyle(self) -> None:
        self.needs_redraw = True
        if self._tiles.restyle():
            self._touch()

    def set_proposals(self, looks: Sequence[ProposalLook]) -> None:
        """Draw these proposals; views of unchanged ones are kept."""
        if self._proposals.set(looks, self._tile_shaders, self._origin):
            self._touch()

    # -- light, overlay, land ---------------------------------------------------------------------------------------

    def set_sun(self, direction: Sequence[float] | NDArray[np.float64], elevation_deg: float) -> None:
        """Unit vector towards the sun in the world, and its apparent height above the horizon. [degrees]"""
        self.needs_redraw |= self._light.set_sun(np.asarray(direction, dtype=np.float64), elevation_deg)

    def set_shadows(self, are_on: bool) -> None:
        """Draw sun shadows or not."""
        self.needs_redraw |= self._light.set_shadows(are_on)

    def set_land(self, height: float) -> None:
        """Height in the world of the land drawn beyond the data. [m]"""
        self.needs_redraw |= self._light.set_land(height)

    def set_edges(self, strength: float) -> None:
        """How dark the lines of existing buildings are, 0 to 1."""
        self.scene.set_shader_input("edge_colour", (0.16, 0.15, 0.15, float(strength)))
        self.needs_redraw = True

    def set_photos(self, are_on: bool) -> None:
        """Draw the data's photographs, or the plain model."""
        if are_on != self._tile_shaders.with_photos:
            self._use(replace(self._tile_shaders, with_photos=are_on))
            self.needs_redraw = True

    def _use(self, shaders: TileShaders) -> None:
        self._tile_shaders = shaders
        self._tiles.use(shaders)
        self._proposals.use(shaders)

    def set_overlay(self, drape: OverlayDrape | None) -> None:
        """Drape a result over the ground and grey the city, or take it off."""
        self._drape = drape
        self._use(replace(self._tile_shaders, has_overlay=drape is not None))
        self.scene.set_shader_inputs(**overlay_inputs(drape), overlay_bounds=overlay_bounds(drape, self._origin))
        self.needs_redraw = True

    # -- frames -----------------------------------------------------------------------------------------------------

    def set_camera(self, camera: Camera) -> None:
        """Look from here in the next frame."""
        if camera != self.camera:
            self.camera = camera
            self.needs_redraw = True

    def prepare_frame(self) -> bool:
        """Bring everything that follows the camera up to date; the engine's next frame draws it.

        Returns whether there is anything new to draw; if not, the last picture stays and costs nothing.
        """
        is_new = self.needs_redraw or self.lines.are_changed
        self._target.set_active(is_new)
        self.needs_redraw = self.lines.are_changed = False
        if is_new:
            self._follow_camera()
        else:
            self._light.rest()
        return is_new

    def _follow_camera(self) -> None:
        position = np.asarray(self.camera.position, dtype=np.float64)
        if np.linalg.norm(position - self._origin) > _REBASE_DISTANCE:
            self._rebase(position)
        self._tiles.look(self.camera)
        camera = self._with_near(self.camera)
        self._target.look(camera, self._origin)
        self._light.follow(self.camera, self._origin, (self._version, len(self._proposals)))
        self.scene.set_shader_inputs(
            camera_in_local=tuple(map(float, position - self._origin)),
            near_distance=camera.near,
            pixels_at_metre=camera.height / (2.0 * camera.tan_half_fov[1]),
            viewport_px=(float(camera.width), float(camera.height)),
            **self._light.inputs,
        )

    def _with_near(self, camera: Camera) -> Camera:
        """Without reversed depth, what is far is told apart only if the near plane is farther out, too."""
        height = camera.position[2] - self._light.land_height
        return camera if self.engine.has_reversed_depth else replace(camera, near=max(camera.near, 0.02 * height))

    def _rebase(self, position: NDArray[np.float64]) -> None:
        self._origin = np.round(position / _PATTERN_METRES) * _PATTERN_METRES
        self._tiles.place(self._origin)
        self._proposals.place(self._origin)
        self.lines.place(self._origin)
        self.scene.set_shader_input("overlay_bounds", overlay_bounds(self._drape, self._origin))

    def render(self) -> None:
        """Draw one frame now, for pictures and tests; a window's loop steps the engine's tasks instead."""
        self.needs_redraw = True
        self.prepare_frame()
        self._graphics.render_frame()
        RenderState.garbage_collect()
        TransformState.garbage_collect()

    @property
    def surface_shader(self) -> Any:
        """What tiles are drawn with."""
        return self._tile_shaders.get("surface")

    @property
    def origin(self) -> NDArray[np.float64]:
        """The floating render origin in the world. [m]"""
        return self._origin

    @property
    def picture(self) -> Any:
        """The texture that the city is drawn into."""
        return self._target.picture

    def finish(self) -> None:
        """Wait until the last frame is drawn, by reading one pixel's worth of it: for measuring."""
        self._target.finish()

    def pick(self, x_px: float, y_px: float) -> Pick | None:
        """What is under a pixel of the last camera; None for sky."""
        self._tiles.look(self.camera)
        number, position = self._picker.pick(self._with_near(self.camera), x_px, y_px, self._origin)
        if number == 0:
            return None
        if number >= FIRST_PROPOSAL:
            return Pick(position, proposal_id=self._proposals.find(number))
        found = self._tiles.find(number)
        if found is None:
            return Pick(position)
        view, row = found
        return Pick(position, view.key, row, None if row is None else view.features.ids[row])

    def features_of(self, key: Hashable) -> Any:
        """The feature table of an attached tile."""
        return self._tiles[key].features

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

    def close(self) -> None:
        """Give everything back."""
        self._tiles.release()
        self._proposals.release()
        self._target.close()
        self._light.close()
        self._picker.close()
        self.scene.remove_node()
