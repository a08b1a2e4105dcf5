"""Imagery of a place: opened, brought into the scene, and on its way to the renderer."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from explorer.app.places import OpenImagery, Place
from explorer.app.web import open_source, without_keys
from explorer.errors import ExplorerError
from explorer.geo import Camera
from explorer.i18n import _
from explorer.imagery import Composed, ImageryRuntime, ShownLayer, Where, open_imagery
from explorer.imagery.templates import at_each_server
from explorer.jobs import JobRunner, Progress
from explorer.render import CityRenderer, ImageryDrape
from explorer.scenario import AddImagery, ImageryLayer, Scenario, new_id
from explorer.scenario.operations import apply
from explorer.store import is_web_address

_ASSETS = "assets/"
_NEAR_M, _FAR_M = 3_000.0, 40_000.0
"""How far imagery reaches from the camera, at least and at most. [m]"""
PICTURE_SIDE, LARGE_PICTURE_SIDE = 1024, 2048
_LARGE_PX = 1000
"""A picture of more rows gets the larger squares."""


def clean_where(text: str) -> Where:
    """What a user says, as it may be written into scenes: keys in it are put with the user's own, paths made whole.

    Raises `DataError` for words that mean nothing.
    """
    where = Where.of(text)
    if not is_web_address(where.url):
        return replace(where, url=str(Path(where.url).expanduser().absolute()))
    for address in at_each_server(where.url):
        without_keys(address)
    return replace(where, url=without_keys(where.url))


def where_of(layer: ImageryLayer, location: str) -> Where:
    """Where a layer's pictures are; `location`: its address, or its path made whole."""
    return Where(location, layer.layer, layer.style, layer.matrix_set, layer.crs, layer.zoom, layer.attribution)


def opened_imagery(layer: ImageryLayer, location: str, crs: str) -> OpenImagery:
    """A layer's source; asks its server what it has. Raises `FetchError`, `DataError`."""
    return OpenImagery(layer, open_imagery(where_of(layer, location), open_source, near_crs=crs), location)


def new_imagery(text: str, crs: str) -> OpenImagery:
    """A layer of what a user says, with its source's name and attribution. Raises `FetchError`, `DataError`."""
    where = clean_where(text)
    source = open_imagery(where, open_source, near_crs=crs)
    layer = ImageryLayer(
        id=new_id("imagery"),
        name=source.title or _("Imagery"),
        url=where.url,
        layer=where.layer,
        style=where.style,
        matrix_set=where.matrix_set,
        crs=where.crs,
        zoom=where.zoom,
        attribution=source.attribution,
    )
    return OpenImagery(layer, source, where.url)


def with_imagery(place: Place, texts: Sequence[str], over: str | None = None) -> Place:
    """The same place with imagery over what it has already, the last on top. Raises `FetchError`, `DataError`."""
    scenario, opened = place.scenario, list(place.imagery)
    for text in texts:
        one = new_imagery(text, place.frame.crs.horizontal)
        scenario, _back = apply(scenario, tuple(AddImagery(one.layer).operations(scenario)))
        opened.append(one)
    if over is not None:
        records = {**scenario.records, scenario.scene.id: replace(scenario.scene, imagery_over=over)}
        scenario = scenario.with_records(records, scenario.clock)
    return replace(place, scenario=scenario, imagery=opened)


def imagery_location(layer: ImageryLayer, scene_path: Path | None, assets_root: Path | None = None) -> str:
    """Where a layer's pictures are: its address, its file inside a packed scene, or its path from the scene file."""
    if assets_root is not None and layer.url.startswith(_ASSETS):
        # an id that is a path leads nowhere else
        return str(assets_root / "imagery" / Path(layer.id).name / Path(layer.url).name)
    if is_web_address(layer.url) or os.path.isabs(layer.url):
        return layer.url
    folder = Path.cwd() if scene_path is None else scene_path.parent
    return os.path.normpath(os.path.join(os.path.abspath(folder), layer.url))


def imagery_of_scene(
    scenario: Scenario, scene_path: Path | None, assets_root: Path | None, crs: str, warnings: list[str]
) -> list[OpenImagery]:
    """What of a scene's imagery can be opened; the rest is named. What is not shown is opened once it is."""
    opened = []
    for layer in scenario.imagery:
        if not layer.is_visible:
            continue
        try:
            opened.append(opened_imagery(layer, imagery_location(layer, scene_path, assets_root), crs))
        except ExplorerError as error:
            text = _("The imagery “{name}” is missing; the rest is open: {why}")
            warnings.append(text.format(name=layer.name or layer.id, why=error))
    return opened


class ImageryDrawing:
    """Streams a place's imagery to a renderer. Main thread only."""

    def __init__(self, place: Place, fetching: JobRunner, making: JobRunner, side: int) -> None:
        self._place = place
        self.runtime = ImageryRuntime(place.frame, fetching, making, side=side)
        self._over = "ground"
        self._is_drawn = False
        self._last: Composed | None = None
        self._last_over = "ground"
        self._told: set[str] = set()

    def show(
        self, scenario: Scenario, opened: Sequence[OpenImagery], dragged: tuple[str, float] | None = None
    ) -> list[str]:
        """Draw a scenario's visible layers as far as they are open; a sentence for each that cannot be drawn.

        `dragged`: a layer's opacity as somebody pulls at it.
        """
        self._over = scenario.scene.imagery_over
        by_id = {one.layer.id: one for one in opened}
        shown = [
            ShownLayer(
                layer.id,
                layer.name,
                by_id[layer.id].source,
                dragged[1] if dragged is not None and dragged[0] == layer.id else layer.opacity,
            )
            for layer in scenario.imagery
            if layer.is_visible and layer.id in by_id
        ]
        return self.runtime.set_layers(shown, self._city() if shown else None)

    def _city(self) -> tuple[float, float, float, float]:
        """West, south, east, north of what is built, on the map. [m]"""
        low, high = self._place.frame.to_map(np.stack(self._place.city_bounds())).tolist()
        return low[0], low[1], high[0], high[1]

    def update(self, renderer: CityRenderer, camera: Camera, ground: float) -> None:
        """One frame: hand new squares over."""
        if not self.runtime.has_layers:
            if self._is_drawn:
                renderer.set_imagery(None)
                self._is_drawn, self._last = False, None
            return
        made = self.runtime.update(camera, ground, self._reach_of(camera))
        if made is not None or (self._last is not None and self._over != self._last_over):
            self._draw(renderer, made)

    def _draw(self, renderer: CityRenderer, made: Composed | None) -> None:
        self._last = made or self._last
        assert self._last is not None
        self._last_over, self._is_drawn = self._over, True
        x, y, _z = self._place.frame.origin
        places = tuple((square.west - x, square.north - y, square.size) for square in self._last.squares)
        renderer.set_imagery(ImageryDrape(self._last.texels, places, self._over))

    def _reach_of(self, camera: Camera) -> float:
        """As far as the city and the land around it are seen. [m]"""
        lo, hi = self._place.city_bounds()
        at = np.asarray(camera.position[:2])
        far = float(np.hypot(*np.maximum(np.abs(lo[:2] - at), np.abs(hi[:2] - at))))
        return float(np.clip(1.5 * far + 2000.0, _NEAR_M, _FAR_M))

    def load_all(
        self,
        renderer: CityRenderer,
        camera: Camera,
        ground: float,
        collect: Callable[[], object],
        *,
        timeout_secs: float = 60.0,
        progress: Progress | None = None,
    ) -> bool:
        """Wait until the view has all its imagery, for pictures; False where some was still on its way at the end."""
        end = time.monotonic() + timeout_secs
        self.runtime.waits_for_all = is_complete = True
        most = 1
        while self.runtime.is_busy or not self._is_drawn:
            self.update(renderer, camera, ground)
            if not (self.runtime.is_busy if is_complete else self.runtime.is_making):
                break
            most = max(most, self.runtime.loading)
            if progress is not None:
                progress.report(1.0 - self.runtime.loading / most, _("Loading imagery"))
            if is_complete and time.monotonic() > end:  # what has come is drawn
                self.runtime.waits_for_all = is_complete = False
            collect()
            time.sleep(0.002)
        return is_complete

    def take_new_problems(self) -> list[str]:
        """What went wrong and was not told yet."""
        now = self.runtime.news
        new = [text for key, text in now.items() if key not in self._told]
        self._told = set(now)
        return new

    def retry_failed(self) -> None:
        """Ask again for everything that failed."""
        self.runtime.retry_failed()

    def close(self, renderer: CityRenderer | None = None) -> None:
        """Let go of everything."""
        self.runtime.close()
        if renderer is not None and self._is_drawn:
            renderer.set_imagery(None)
        self._is_drawn = False


def picture_side(rows: int) -> int:
    """Texels a side of the squares of a picture with so many rows."""
    return LARGE_PICTURE_SIDE if rows > _LARGE_PX else PICTURE_SIDE
