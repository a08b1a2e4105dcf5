"""The picture of the city: frames of what it shows, from where the camera stands, and what is under the pointer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d.core import RenderState, TransformState

from explorer.geo import Camera
from explorer.render.cells import with_cells
from explorer.render.city_contents import CityContents
from explorer.render.drapes import Drapes
from explorer.render.engine import Engine
from explorer.render.light import Light
from explorer.render.occlusion import Unseen
from explorer.render.packing import packed_tile
from explorer.render.passes import make_bins
from explorer.render.picking import FIRST_PROPOSAL, Pick, Picker
from explorer.render.proposals import Proposals
from explorer.render.scene import make_scene
from explorer.render.section_view import SectionView
from explorer.render.shader_library import ShaderLibrary
from explorer.render.spare_copies import mind_the_disk
from explorer.render.target import CityTarget
from explorer.render.tiers import OFFICE, STANDARD, Tier
from explorer.render.tile_shaders import TileShaders, pass_shaders
from explorer.render.tiles import CityTiles
from explorer.render.tool_lines import ToolLines
from explorer.render.wishes import Wishes, wish
from explorer.streaming import PreparedTile

_REBASE_DISTANCE = 2000.0
"""The render origin follows when the camera is farther from it: float32 is then good to 0.2 mm. [m]"""
_PATTERN_METRES = 1024.0
"""The origin moves by whole patterns, so that ripples on the water stay where they are (surface.frag). [m]"""
_FADE_SECS = 0.25
"""How long one level of detail takes to become another."""
_NOTHING: frozenset[str] = frozenset()


def default_tier(engine: Engine) -> Tier:
    """Where nobody has measured: what a processor draws is spared."""
    return OFFICE if engine.is_software else STANDARD


class CityRenderer(CityContents):
    """Draws into a buffer of its own; in a window the buffer is shown below the interface. Main thread only."""

    def __init__(
        self,
        engine: Engine,
        *,
        width: int | None = None,
        height: int | None = None,
        tier: Tier | None = None,
        pixel_scale: float = 1.0,
    ) -> None:
        self.engine = engine
        self._pixel_scale = pixel_scale
        """How many of our pixels are one of the picture's: lines are so much wider. More than 1 where it is shrunk."""
        self.tier = tier or default_tier(engine)
        """What a picture may cost; `set_tier` changes it."""
        self._graphics = engine.base.graphics_engine
        host = engine.window
        self.width, self.height = width or host.get_x_size(), height or host.get_y_size()
        self.camera = Camera((0.0, -300.0, 200.0), pitch_deg=-30.0, width=self.width, height=self.height)
        self.leaves_out_hidden = True
        """Tiles that others hide are not drawn where that spares time (`occlusion`); pictures draw them still."""
        self.lines = ToolLines(self._pixel_scale)
        self.wishes = Wishes()
        self.shaders = ShaderLibrary(host.get_gsg())
        self._begin()

    def _begin(self) -> None:
        """Make everything that lives in the engine, with nothing to show yet but the sky."""
        engine = self.engine
        self._defines = self._defines_of(self.tier)
        make_bins()
        self.scene = make_scene(self._pixel_scale, is_depth_reversed=engine.has_reversed_depth)
        self._tiles = CityTiles(self.scene)
        self._proposals = Proposals(self.scene, self._pixel_scale)
        self._version = 0
        self._fades = self._is_moving = self._is_exact = False
        self._origin = np.zeros(3)
        self.needs_redraw = True
        self._target = self._make_target()
        self._unseen = Unseen(self._tiles, lambda: self._target.nearness())
        self._tile_shaders = TileShaders(self.shaders, self._defines, line_reach=self.tier.line_reach)
        self._light = Light(engine, self.scene, self.shaders, self._defines, self.tier)
        self._picker = Picker(engine, self.scene, pass_shaders(self.shaders, "tiles/pick", self._defines))
        self._section = SectionView(self.scene, self.shaders, self._pixel_scale)
        self._is_underground = False
        self._drapes = Drapes(self.scene)
        self.lines.begin(self.scene, self.shaders.get("lines/line", self._defines))
        self.scene.set_shader_inputs(**self._light.inputs)
        self._use(self._tile_shaders)

    def begin_anew(self, *, with_new_context: bool = False) -> None:
        """Let go of everything in the engine, and make it again as it was told: after a lost context, or to be sure.

        `with_new_context`: in another window (`Engine.renew`), which all others who draw in it must follow.

        Tiles are gone, for nobody keeps their arrays: attach them again (`TileLayers.begin_anew`). The interface and
        whoever else draws in this context get their copies in the GPU's memory again when they draw next.
        """
        origin = self._origin
        self._end()
        if with_new_context:
            self.engine.renew()
        gsg = self.engine.window.get_gsg()
        gsg.get_prepared_objects().release_all()
        self.shaders.begin_anew(gsg)
        self._begin()
        self.wishes.tell(self)
        self._stand_at(origin)

    def _defines_of(self, tier: Tier) -> frozenset[str]:
        return tier.defines | ({"USE_REVERSED_DEPTH"} if self.engine.has_reversed_depth else set())

    def _make_target(self) -> CityTarget:
        return CityTarget(
            self.engine, self.scene, self.shaders, (self.width, self.height), self.tier, self._pixel_scale
        )

    @wish
    def set_tier(self, tier: Tier) -> None:
        """Draw as this tier does from the next frame on. What is attached stays."""
        if tier == self.tier:
            return
        self.tier, self._defines = tier, self._defines_of(tier)
        self._target.close()
        self._unseen.forget()
        self._target = self._make_target()
        self._target.show_points(self._tiles.have_points)
        self._light.set_tier(self._defines_now, tier)
        self._redefine()
        self.scene.set_shader_inputs(**self._light.inputs)
        self.set_fading(self._fades)
        self.needs_redraw = True

    @wish
    def set_fading(self, is_on: bool) -> None:
        """Let levels of detail cross-fade, for who calls `advance` in each frame; else they change at once."""
        self._fades = is_on
        fading = self._tiles.fading
        fading.secs, fading.most_triangles = (_FADE_SECS if is_on else 0.0), self.tier.fade_triangles
        if is_on:  # compiled now, not in the first frame that needs it
            for kind in ("surface", "water", "edges", "details"):
                self._tile_shaders.get(kind, is_fading=True)

    def advance(self, secs: float) -> None:
        """Let time pass since the last frame: tiles come and go."""
        self.needs_redraw |= self._tiles.advance(secs)

    @property
    def samples(self) -> int:
        """Samples a pixel that the hardware takes; 0 is one."""
        return self._target.samples

    def resize(self, width: int, height: int) -> None:
        """Draw at another size from the next frame on."""
        if self._target.resize(width, height):
            self._unseen.forget()
            self.width, self.height = width, height
            self.needs_redraw = True

    def packed(self, tile: PreparedTile) -> PreparedTile:
        """What workers do last with a tile that this view is to draw. Thread-safe."""
        is_left_out = self._target.has_depth_at_hand
        return packed_tile(with_cells(tile) if is_left_out else tile, in_patches=is_left_out)

    def _take_points(self) -> None:
        self.needs_redraw |= self._target.show_points(self._tiles.have_points)

    # -- frames -----------------------------------------------------------------------------------------------------

    @wish
    def set_camera(self, camera: Camera) -> None:
        """Look from here in the next frame."""
        if camera != self.camera:
            self.camera = camera
            self.needs_redraw = self._is_moving = True

    def prepare_frame(self) -> bool:
        """Bring everything that follows the camera up to date; the engine's next frame draws it.

        Returns whether there is anything new to draw; if not, the last picture stays and costs nothing.
        """
        is_new = self.needs_redraw or self.lines.are_changed or self._unseen.is_short_of(self.camera)
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
        self._target.look(camera, self._origin, self._light.land_height)
        version = (self._version, len(self._proposals))
        patience = self.tier.shadow_patience if self._is_moving else 0
        self.needs_redraw = self._light.follow(self.camera, self._origin, version, patience)
        self._is_moving = False
        self.scene.set_shader_inputs(
            camera_in_local=tuple(map(float, position - self._origin)),
            near_distance=camera.near,
            pixels_at_metre=camera.height / (2.0 * camera.tan_half_fov[1]),
            viewport_px=(float(camera.width), float(camera.height)),
            **self._light.inputs,
        )

    def _look_at_tiles(self) -> None:
        before = self._tiles.colour_defines
        self._tiles.look(self.camera)
        if self._tiles.colour_defines != before:  # the first translucent feature has come
            self._redefine()

    def _with_near(self, camera: Camera) -> Camera:
        """Without reversed depth, what is far is told apart only if the near plane is farther out, too."""
        height = camera.position[2] - self._light.land_height
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
        found = self._tiles.find(number)
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

    def close(self) -> None:
        """Give everything back."""
        self._end()

    def _end(self) -> None:
        self._tiles.release()
        self._proposals.release()
        self._target.close()
        self._light.close()
        self._picker.close()
        self.lines.end()
        self.scene.remove_node()
