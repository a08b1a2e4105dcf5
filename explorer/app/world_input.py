"""Mouse and keys that no panel wanted: moving, selecting, drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.app.camera_rig import MoveWish
from explorer.ui.keys import press

if TYPE_CHECKING:
    from explorer.app.application import Application
    from explorer.imgui_panda import WorldEvent

_CLICK_PX = 5.0
_FORWARD = {"w": 1.0, "arrow_up": 1.0, "s": -1.0, "arrow_down": -1.0}
_RIGHT = {"d": 1.0, "a": -1.0}
_TURN = {"arrow_right": 1.0, "arrow_left": -1.0}
_UP = {"e": 1.0, "q": -1.0, "r": 1.0, "c": -1.0}
_TURN_DEG_PER_SEC = 70.0


class WorldInput:
    """Turns events into gestures of the rig and commands of the tools."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self._pressed: dict[str, tuple[float, float]] = {}
        self._moved = 0.0

    def update(self, dt: float) -> MoveWish:
        """Work through this frame's events; returns what held keys ask for."""
        for event in self._app.backend.take_world_events():
            self._take(event)
        pointer = self._app.backend.pointer
        if pointer is not None and not self._pressed and not self._app.backend.wants_mouse:
            self._app.point_at(*pointer)
        self._app.desk.update_progress()
        return self._held(dt)

    def _held(self, dt: float) -> MoveWish:
        held = self._app.backend.held_keys
        if "control" in held:
            return MoveWish()

        def total(keys: dict[str, float]) -> float:
            return max(-1.0, min(1.0, sum(value for key, value in keys.items() if key in held)))

        return MoveWish(
            forward=total(_FORWARD),
            right=total(_RIGHT),
            up=total(_UP),
            turn_deg=total(_TURN) * _TURN_DEG_PER_SEC * dt,
            fast="shift" in held,
        )

    def _take(self, event: WorldEvent) -> None:
        if event.kind == "key_down":
            self._key(event)
        elif self._app.place is not None:
            getattr(self, f"_{event.kind}", lambda _event: None)(event)

    def _key(self, event: WorldEvent) -> None:
        if event.name == "backspace" and self._app.view.tool == "draw":
            self._app.tool.take_back()
        else:
            press(self._app, event.name, event.ctrl, event.shift)

    def _mouse_down(self, event: WorldEvent) -> None:
        if self._app.ui.gizmo_has_mouse and event.name == "left":
            return
        self._pressed[event.name] = (event.x, event.y)
        self._moved = 0.0
        found = self._app.pick(event.x, event.y)
        self._app.rig.grab(found.position if found is not None else None)

    def _mouse_move(self, event: WorldEvent) -> None:
        app = self._app
        if not self._pressed:
            if app.view.tool == "draw" and app.view.drawing:
                found = app.pick(event.x, event.y)
                if found is not None:
                    app.tool.hover(found.position)
            return
        self._moved += abs(event.dx) + abs(event.dy)
        if self._moved < _CLICK_PX or app.ui.gizmo.is_dragging:
            return
        pans = ("left" in self._pressed and not event.shift) if app.rig.mode == "orbit" else False
        if pans and "right" not in self._pressed:
            app.rig.drag_pan(event.x, event.y)
        else:
            app.rig.drag_turn(event.dx, event.dy)

    def _mouse_up(self, event: WorldEvent) -> None:
        start = self._pressed.pop(event.name, None)
        if start is None or self._moved >= _CLICK_PX or event.name != "left":
            return
        app = self._app
        found = app.pick(event.x, event.y)
        if app.view.tool in ("draw", "block"):
            if found is not None and not (event.double_click and app.view.drawing >= 3):
                app.tool.click(found.position)
            if event.double_click:
                app.tool.finish()
        else:
            app.select(found)
            if event.double_click and found is not None:
                app.frame_selection()

    def _wheel(self, event: WorldEvent) -> None:
        found = self._app.pick(event.x, event.y)
        self._app.rig.zoom(event.wheel, found.position if found is not None else None)
