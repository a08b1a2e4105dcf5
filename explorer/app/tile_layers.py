"""The place's tilesets on their way to the renderer: one runtime a tileset, one list of what to show."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from contextlib import suppress
from typing import cast

from explorer.app.blurred_photos import BlurredPhotos
from explorer.app.indexed import contents_of, with_parts
from explorer.app.land import Land
from explorer.app.odd_tiles import OddTiles
from explorer.app.places import Place
from explorer.errors import ExplorerError
from explorer.geo import Camera
from explorer.i18n import _
from explorer.jobs import JobRunner, Progress
from explorer.render import CityRenderer, packed_tile
from explorer.streaming import (
    Ceiling,
    FrameTiles,
    PreparedTile,
    TilesetRuntime,
    refine_towards,
    wait_until_idle,
)

_PLOTS = "plots of replaced buildings"
_GROUND = "guessed ground"


class TileLayers:
    """Streams every visible tileset of a place. Main thread only."""

    def __init__(
        self,
        place: Place,
        jobs: JobRunner,
        *,
        max_screen_space_error: float = 16.0,
        ceiling: Ceiling | None = None,
        finish: Callable[[PreparedTile], PreparedTile] = packed_tile,
    ) -> None:
        """`finish`: what workers do last with a tile, for who draws it."""
        self._place = place
        self._jobs = jobs
        self._ceiling = ceiling or Ceiling()  # one for all layers
        self._runtimes = {
            layer.layer.id: TilesetRuntime(
                layer.store,
                layer.opened,
                place.frame,
                jobs,
                max_screen_space_error=max_screen_space_error,
                ceiling=self._ceiling,
                source_crs=layer.source_crs,
                tree=layer.tree(place.frame),
                finish=finish,
            )
            for layer in place.layers
        }
        self._visible = {layer.layer.id: layer.layer.is_visible for layer in place.layers}
        self._lists: dict[str, list[Hashable]] = {}
        self._hidden: frozenset[str] = frozenset()
        self._selected: frozenset[str] = frozenset()
        self._plots: PreparedTile | None = None
        self._ground: dict[Hashable, PreparedTile] = {}
        self._told: dict[str, str] = {}
        self._mended: list[str] = []
        self._odd = OddTiles()
        # an index tells of what is built; without one, the tiles that come do
        self.land = Land(lambda: place.city_bounds()[0][2], is_guessed=all(one.index is None for one in place.layers))
        self.loading = 0
        self._photos = BlurredPhotos(jobs, self._has_grown)

    @property
    def is_busy(self) -> bool:
        """Whether any tile of a layer that is shown is under way."""
        return any(runtime.is_busy for layer_id, runtime in self._runtimes.items() if self._visible[layer_id])

    def set_error(self, max_screen_space_error: float) -> None:
        """Draw from now on what is off by so much at most. [px]"""
        for runtime in self._runtimes.values():
            runtime.max_screen_space_error = max_screen_space_error

    def set_visible(self, layer_id: str, is_visible: bool) -> None:
        """Show a layer or not."""
        if layer_id in self._visible:
            self._visible[layer_id] = is_visible

    def set_hidden(self, feature_ids: frozenset[str]) -> bool:
        """Refine down to the leaves of these features, so that a coarse parent does not show them.

        Returns whether anything changed.
        """
        if feature_ids == self._hidden:
            return False
        self._hidden = feature_ids
        self._refine()
        return True

    def set_selected(self, feature_ids: frozenset[str]) -> None:
        """Refine down to the leaves of these features, too: in a far tile they may be part of a block."""
        if feature_ids != self._selected:
            self._selected = feature_ids
            self._refine()

    def _refine(self) -> None:
        wanted = with_parts(self._place.layers, self._hidden) | self._selected
        for layer in self._place.layers:
            contents = contents_of(layer, wanted)  # of none, nobody need wait for all of a tileset
            rows = refine_towards(layer.tileset, contents) if contents else frozenset()
            self._runtimes[layer.layer.id].set_must_refine(rows)

    def set_plots(self, renderer: CityRenderer, tile: PreparedTile | None) -> None:
        """Show the ground that replaced buildings leave, instead of that of before."""
        self._plots = tile
        key: Hashable = (_PLOTS, 0)
        renderer.detach_tile(key)
        self._lists.pop(_PLOTS, None)
        if tile is not None:
            renderer.attach_tile(key, tile)
            self._lists[_PLOTS] = [key]
        self._show(renderer)

    def set_level(self, renderer: CityRenderer, level: float) -> None:
        """Let the land beyond the data lie as high as the ground that is guessed ends. [m, world]"""
        self.land.level = level
        renderer.set_land(self.land.height)

    def set_ground(self, renderer: CityRenderer, square: Hashable, tile: PreparedTile | None) -> None:
        """Show a square of ground that is guessed, or None: not any more."""
        key: Hashable = (_GROUND, square)
        if tile is None:
            if self._ground.pop(square, None) is None:
                return
            renderer.detach_tile(key)
        else:
            self._ground[square] = tile
            renderer.attach_tile(key, tile)
        self._lists[_GROUND] = [(_GROUND, one) for one in self._ground]
        self._show(renderer)

    def begin_anew(self, renderer: CityRenderer) -> None:
        """The renderer has lost all tiles: what the view needs is loaded again."""
        for runtime in self._runtimes.values():
            runtime.begin_anew()
        self._lists.clear()
        self.set_plots(renderer, self._plots)
        for square, tile in self._ground.items():
            self.set_ground(renderer, square, tile)

    def _show(self, renderer: CityRenderer) -> None:
        shown = [key for keys in self._lists.values() for key in keys]
        renderer.show_tiles(shown)
        self.land.show(shown)

    def update(self, renderer: CityRenderer, camera: Camera) -> None:
        """One frame: hand tiles over, show what is wanted."""
        self.loading = 0
        changed = False
        for layer_id, runtime in self._runtimes.items():
            if not self._visible[layer_id]:
                changed |= bool(self._lists.pop(layer_id, []))
                self._let_go_of_hidden(renderer, layer_id)
                continue
            frame = runtime.update([camera])
            self._attach(renderer, layer_id, frame)
            shown: list[Hashable] = [(layer_id, int(t)) for t in (*frame.render, *frame.beyond)]
            changed |= shown != self._lists.get(layer_id)
            self._lists[layer_id] = shown
            if changed:
                self._show(renderer)
            self._detach(renderer, layer_id, frame.detach)
            self.loading += frame.loading
        if changed:
            self._show(renderer)
        # not while tiles are awaited
        self._photos.update(renderer, camera, may_begin=not self.loading and self._ceiling.has_room_to_spare)

    def _has_grown(self, key: Hashable, n_bytes: int) -> None:
        layer_id, tile = cast(tuple[str, int], key)
        self._runtimes[layer_id].grow(tile, n_bytes)

    def _let_go_of_hidden(self, renderer: CityRenderer, layer_id: str) -> None:
        """What nobody sees gives way to what the others need."""
        self._take(renderer, layer_id, self._runtimes[layer_id].update([]))

    def load_all(
        self, renderer: CityRenderer, camera: Camera, timeout_secs: float = 120.0, progress: Progress | None = None
    ) -> bool:
        """Wait until the view is complete, for pictures; False when tiles were still on their way at the end."""
        progress = progress or Progress()
        is_complete = True
        for layer_id, runtime in self._runtimes.items():

            def take(frame: FrameTiles, layer_id: str = layer_id) -> None:
                self._take(renderer, layer_id, frame)
                missing = frame.loading + frame.retrying
                progress.report(len(frame.render) / max(len(frame.render) + missing, 1), _("Loading the city"))

            if self._visible[layer_id]:
                settled = wait_until_idle(runtime, [camera], self._jobs, timeout_secs=timeout_secs, on_frame=take)
                is_complete &= not settled.timed_out
        self.update(renderer, camera)
        self._photos.finish(renderer, camera, progress)
        return is_complete

    def _take(self, renderer: CityRenderer, layer_id: str, frame: FrameTiles) -> None:
        self._attach(renderer, layer_id, frame)
        self._detach(renderer, layer_id, frame.detach)

    def _attach(self, renderer: CityRenderer, layer_id: str, frame: FrameTiles) -> None:
        for tile, prepared in frame.attach:
            renderer.attach_tile((layer_id, tile), prepared)
            if prepared.diagnostics:
                self._odd.add(prepared.diagnostics, self._runtimes[layer_id].tileset.content_uri[tile])
        for tile, share in frame.resized:
            renderer.resize_points((layer_id, tile), share)
        for tile, prepared in frame.attach:
            if not prepared.is_empty:
                cells = None if prepared.cells is None else (prepared.centre, prepared.cells)
                self.land.take((layer_id, tile), prepared.lo, prepared.hi, cells)
        if frame.attach:
            renderer.set_land(self.land.height)

    def _detach(self, renderer: CityRenderer, layer_id: str, tiles: Iterable[int]) -> None:
        for tile in tiles:
            renderer.detach_tile((layer_id, int(tile)))
            self.land.forget((layer_id, int(tile)))

    def problems(self) -> list[str]:
        """What could not be drawn, or not as it should be, one sentence each."""
        missing = [sentence for runtime in self._runtimes.values() for sentence in runtime.diagnostics]
        return [*missing, *self._odd.sentences.values()]

    def take_new_problems(self) -> list[str]:
        """Problems that were not told yet."""
        now = {key: text for runtime in self._runtimes.values() for key, text in runtime.news.items()}
        now |= self._odd.sentences
        new = [text for key, text in now.items() if key not in self._told]
        self._mended += [text for key, text in self._told.items() if key not in now]
        self._told = {key: self._told.get(key, text) for key, text in now.items()}
        return new

    def take_mended_problems(self) -> list[str]:
        """Problems that were told and are none any more: what was missing has come."""
        mended, self._mended = self._mended, []
        return mended

    def retry_failed(self) -> None:
        """Ask again for every tile that failed."""
        for runtime in self._runtimes.values():
            runtime.retry_failed()

    def release(self, renderer: CityRenderer) -> None:
        """Let go of everything, on the GPU too."""
        self.set_plots(renderer, None)
        for square in list(self._ground):
            self.set_ground(renderer, square, None)
        renderer.show_tiles([])
        for layer_id, runtime in self._runtimes.items():
            self._detach(renderer, layer_id, runtime.close())

    @property
    def resident_bytes(self) -> int:
        """Memory of prepared tiles."""
        return sum(runtime.resident_bytes for runtime in self._runtimes.values())

    def close(self) -> None:
        """Let go of everything."""
        for runtime in self._runtimes.values():
            with suppress(ExplorerError):
                runtime.close()
