"""Gestures of mouse and keys alike: using a tool, stepping back, menus, metres on the picture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from explorer.app.handling import Handling
from explorer.i18n import _
from explorer.render import Pick
from explorer.ui import Measure

if TYPE_CHECKING:
    from explorer.app.application import Application

Point = tuple[float, float, float]
_TOOL_MODES = {"draw": "propose", "block": "propose", "area": "simulate", "cut": "explore"}
_GREEN = frozenset({"SolitaryVegetationObject"})
_EYE = 1.7
_FARTHEST = 20_000.0
"""Nobody draws farther away than this. [m]"""


class Gestures:
    """Sends a gesture to the tool that is in hand. Main thread only."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self.handling = Handling(application)

    def tool_taken(self, tool: str) -> None:
        """Somebody took a tool: its mode comes with it."""
        view = self._app.view
        view.mode = _TOOL_MODES.get(tool, view.mode)
        if tool not in _TOOL_MODES:
            view.crosshair = False

    # -- with a tool in hand -------------------------------------------------------------------------------------------

    def use_at(self, x: float, y: float, *, is_double: bool = False) -> None:
        """A click on a pixel with whatever is in hand."""
        app = self._app
        if app.view.tool in _TOOL_MODES:
            aimed = self.aimed_at(x, y)
            if aimed is None:
                app.status.refuse(_("There is no ground here. Click where the ground is seen."))
            elif not (is_double and app.view.drawing >= 3):
                app.tool.click(aimed)
            if is_double:
                app.tool.finish()
            return
        found = app.pick(x, y)
        app.select(found)
        if is_double and found is not None:
            self.go_to(found)

    def aimed_at(self, x: float, y: float) -> Point | None:
        """What a drawing tool means by a pixel: roofs and ground as they are, the ground behind trees; an area stays
        level with its first corner.
        """
        app = self._app
        found = app.pick(x, y)
        if found is None:
            return None
        corners = app.tool.outline.corners
        if app.view.tool == "area" and corners:
            level: float | None = corners[0][2]
        elif app.view.tool == "area" or self._is_green(found):
            level = app.tool.ground_at(found.position)
        else:
            level = None
        aimed = self._on_level(x, y, level) if level is not None else None
        return aimed or found.position

    def _is_green(self, found: Pick) -> bool:
        """Whether it is a tree: nobody draws a corner on a crown."""
        place, feature_id = self._app.place, found.feature_id
        if place is None or feature_id is None:
            return False
        hits = [layer.index.get(feature_id) for layer in place.layers if layer.index is not None]
        return any(hit is not None and hit.kind in _GREEN for hit in hits)

    def _on_level(self, x: float, y: float, level: float) -> Point | None:
        origin, direction = self._app.rig.camera.ray(x, y)
        along = (level - origin[2]) / direction[2] if direction[2] < -1e-3 else -1.0
        if not 0.0 < along < _FARTHEST:
            return None
        at = origin + direction * along
        return float(at[0]), float(at[1]), float(at[2])

    def go_to(self, found: Pick) -> None:
        """Go where somebody double-clicked: to the thing, or to the place on the ground."""
        app = self._app
        if app.view.selected is not None:
            app.frame_selection()
        else:
            around = np.array([40.0, 40.0, 8.0])
            at = np.asarray(found.position)
            app.rig.frame(at - around, at + around, less_motion=app.settings.less_motion)

    def use_tool(self) -> None:
        """Space: use the tool in the middle of the picture."""
        app = self._app
        if app.place is None:
            return
        x, y = self._middle()
        aimed = self.aimed_at(x, y)
        if app.view.tool == "draw" and aimed is not None:
            app.tool.hover(aimed)
        app.view.crosshair = True
        self.use_at(x, y)

    def zoom(self, steps: float) -> None:
        """Closer to what is in the middle of the picture, or away from it."""
        found = self._app.pick(*self._middle())
        self._app.rig.zoom(steps, found.position if found is not None else None)

    def _middle(self) -> tuple[float, float]:
        return self._app.renderer.width / 2.0, self._app.renderer.height / 2.0

    def type(self, character: str) -> bool:
        """A figure of a length, an angle or a number of storeys was typed; False where nobody waits for it."""
        if self.handling.dragged is not None:
            self.handling.typed += character
            return True
        return self._app.tool.type(character)

    def take_back(self) -> bool:
        """Backspace; False where there is nothing to take back."""
        if self.handling.dragged is not None:
            self.handling.typed = self.handling.typed[:-1]
            return True
        if self._app.view.tool in ("draw", "area", "cut"):
            self._app.tool.take_back()
            return True
        return False

    def finish(self) -> None:
        """Enter: end the gesture or the drawing."""
        if self.handling.dragged is not None:
            self.handling.finish_early()
        elif self._app.view.crosshair and self._app.view.tool in ("block", "area"):
            self.use_tool()
        else:
            self._app.tool.finish()

    def step_back(self) -> bool:
        """Esc: give up the gesture, what is typed, then the drawing; False where there was none of them."""
        app = self._app
        if self.handling.dragged is not None:
            self.handling.cancel()
        elif app.tool.outline.typed:
            app.tool.outline.typed = ""
        elif app.tool.outline.corners:
            tool = app.view.tool
            app.tool.reset()
            app.view.tool = tool
        else:
            return False
        return True

    # -- menus ---------------------------------------------------------------------------------------------------------

    def menu_at(self, x: float, y: float) -> None:
        """A right click: select what is there, and offer what fits it."""
        app = self._app
        found = app.pick(x, y)
        app.select(found)
        app.view.menu_at, app.view.menu_map = (x, y), self._on_map(found)

    def open_menu(self) -> None:
        """The same by a key: about what is selected, else about the middle of the picture."""
        app = self._app
        if app.place is None:
            return
        x, y = self._middle()
        if app.view.selected is None:
            self.menu_at(x, y)
        else:
            app.view.menu_at, app.view.menu_map = (x, y), None

    def _on_map(self, found: Pick | None) -> Point | None:
        place = self._app.place
        if found is None or place is None:
            return None
        e, n, h = (float(v) for v in place.frame.to_map(np.array([found.position]))[0])
        return e, n, h

    def _in_world(self, at: Point) -> Point | None:
        place = self._app.place
        if place is None:
            return None
        x, y, z = (float(v) for v in place.frame.to_world(np.array([at]))[0])
        return x, y, z

    def place_block(self, at: Point) -> None:
        """Put a block at easting, northing, height."""
        world = self._in_world(at)
        if world is not None:
            self._app.set_tool("block")
            self._app.tool.click(world)

    def walk_at(self, at: Point) -> None:
        """Walk from easting, northing, height on."""
        world, app = self._in_world(at), self._app
        if world is not None:
            camera = replace(app.rig.camera, position=(world[0], world[1], world[2] + _EYE), pitch_deg=0.0)
            app.rig.set_camera(camera)
            app.rig.set_mode("walk")

    # -- written over the picture --------------------------------------------------------------------------------------

    def measures(self) -> list[Measure]:
        """Lengths and areas of the gesture or drawing under way, at their pixels."""
        app = self._app
        labels = self.handling.labels() or app.tool.labels()
        if app.place is None or not labels:
            return []
        seen = app.rig.camera.project(np.array([at for at, _words, _strong in labels]))
        found = [
            Measure(float(x), float(y), words, strong)
            for (x, y, depth), (_at, words, strong) in zip(seen, labels, strict=True)
            if depth > 0.1
        ]
        return _apart(found, app.settings.scale)


def _apart(measures: list[Measure], scale: float) -> list[Measure]:
    """Those that do not cover one another: the one that changes now first, then areas, then lengths."""
    kept: list[Measure] = []
    for measure in sorted(measures, key=lambda m: (not m.is_strong, m.words.endswith(" m"))):
        wide = (len(measure.words) * 4.5 + 14.0) * scale
        if all(
            abs(m.x - measure.x) > wide + (len(m.words) * 4.5 + 4.0) * scale or abs(m.y - measure.y) > 30.0 * scale
            for m in kept
        ):
            kept.append(measure)
    return kept
