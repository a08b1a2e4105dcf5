"""The picture of the city: its parts in the engine, made, made otherwise, made anew after a loss, and given back."""

from __future__ import annotations

import numpy as np

from explorer.geo import Camera
from explorer.render.cells import with_cells
from explorer.render.city_frames import CityFrames
from explorer.render.drapes import Drapes
from explorer.render.engine import Engine
from explorer.render.light import Light
from explorer.render.occlusion import Unseen
from explorer.render.packing import packed_tile
from explorer.render.passes import make_bins
from explorer.render.picking import Picker
from explorer.render.proposals import Proposals
from explorer.render.render_scale import RenderScale
from explorer.render.scene import make_scene
from explorer.render.section_view import SectionView
from explorer.render.shader_library import ShaderLibrary
from explorer.render.target import CityTarget
from explorer.render.tiers import OFFICE, STANDARD, Tier
from explorer.render.tile_shaders import TileShaders, pass_shaders
from explorer.render.tiles import CityTiles
from explorer.render.tool_lines import ToolLines
from explorer.render.wishes import Wishes, wish
from explorer.streaming import PreparedTile

_FADE_SECS = 0.25
"""How long one level of detail takes to become another."""
_STEEP_M = 40.0
"""Tiles that rise by more may lie on a hill: it is worth knowing where in them the ground is how high. [m]"""


def default_tier(engine: Engine) -> Tier:
    """Where nobody has measured: what a processor draws is spared."""
    return OFFICE if engine.is_software else STANDARD


class CityRenderer(CityFrames):
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
        self.softens_when_slow = False
        self._scale = RenderScale()
        self._covered_rows = (0, 0)
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
        self._unseen = Unseen(self._tiles.shown, lambda: self._target.nearness())
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
        fading = self._tiles.shown.fading
        fading.secs, fading.most_triangles = (_FADE_SECS if is_on else 0.0), self.tier.fade_triangles
        if is_on:  # compiled now, not in the first frame that needs it
            for kind in ("surface", "board", "water", "edges", "details"):
                self._tile_shaders.get(kind, is_fading=True)

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
        has_cells = is_left_out or float(tile.hi[2] - tile.lo[2]) > _STEEP_M
        return packed_tile(with_cells(tile) if has_cells else tile, in_patches=is_left_out)

    def _take_points(self) -> None:
        self.needs_redraw |= self._target.show_points(self._tiles.have_points)

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
