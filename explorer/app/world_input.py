"""Mouse and keys that no panel wanted: moving, selecting, drawing, grabbing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.app.camera_rig import MoveWish
from explorer.ui.keys import press

if TYPE_CHECKING:
    from explorer.app.application import Application
    from explorer.imgui_panda import WorldEvent
    from explorer.render import Pick

_CLICK_PX = 5.0
_LONG_PRESS_SECS = 0.6
"""A finger that rests so long asks for the menu: it has no right button."""
_FORWARD = {"w": 1.0, "arrow_up": 1.0, "s": -1.0, "arrow_down": -1.0}
_RIGHT = {"d": 1.0, "a": -1.0}
_TURN = {"arrow_right": 1.0, "arrow_left": -1.0}
_UP = {"e": 1.0, "q": -1.0, "r": 1.0, "c": -1.0}
_TURN_DEG_PER_SEC = 70.0
_PANEL_KEYS = frozenset({"tab", "space", "enter", "arrow_up", "arrow_down", "arrow_left", "arrow_right"})
"""Keys that walk through a panel, once the keyboard is in one."""
_WINDOW_KEYS = frozenset({"escape", "tab", "f6", "f1"})
"""All that goes past a window in the middle that has the keyboard."""
_FIGURES = frozenset("0123456789.,")


class WorldInput:
    """Turns events into gestures of the rig and commands of the tools."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self._pressed: dict[str, tuple[float, float]] = {}
        self._moved = 0.0
        self._rested_secs = 0.0
        self._held_at: tuple[float, float, float] | None = None
        """Where the selected building itself was grabbed, in the world."""

    def update(self, dt: float) -> MoveWish:
        """Work through this frame's events; returns what held keys ask for."""
        for event in self._app.backend.take_world_events():
            self._take(event)
        self._rest(dt)
        pointer = self._app.backend.pointer
        if pointer is not None and not self._pressed and not self._app.backend.wants_mouse:
            self._app.point_at(*pointer)
        self._app.backend.show_cursor(self._app.ui.cursor)
        self._app.desk.update_progress()
        return self._held(dt)

    def _rest(self, dt: float) -> None:
        """A finger that stays where it went down opens the menu there."""
        app = self._app
        can = app.settings.touch and app.view.tool == "select" and "left" in self._pressed and app.place is not None
        self._rested_secs = self._rested_secs + dt if can and self._moved < _CLICK_PX else 0.0
        if self._rested_secs >= _LONG_PRESS_SECS:
            self._held_at = None
            app.gestures.menu_at(*self._pressed.pop("left"))  # it is no tap any more

    def _held(self, dt: float) -> MoveWish:
        held = self._app.backend.held_keys
        if "control" in held:
            return MoveWish()
        if self._app.ui.has_keyboard:
            held -= _PANEL_KEYS
        if self._app.ui.is_asking:
            held = frozenset()

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
        gestures = self._app.gestures
        if self._app.ui.has_keyboard and event.name in _PANEL_KEYS and not event.ctrl:
            return
        if self._app.ui.is_asking and event.name not in _WINDOW_KEYS:
            return
        if event.name == "escape" and self._app.ui.focus.took_escape:
            return
        if event.name in _FIGURES and not event.ctrl and gestures.type(event.name):
            return
        if event.name == "backspace" and gestures.take_back():
            return
        press(self._app, event.name, event.ctrl, event.shift)
        if self._app.view.wants_search:
            self._app.backend.expect_typing()

    def _mouse_down(self, event: WorldEvent) -> None:
        if self._app.ui.handles.has_mouse and event.name == "left":
            return
        self._pressed[event.name] = (event.x, event.y)
        self._moved = 0.0
        found = self._app.pick(event.x, event.y)
        self._app.rig.grab(found.position if found is not None else None)
        if event.name == "left":
            self._grab_selected(found)

    def _grab_selected(self, found: Pick | None) -> None:
        """The button went down on the selected building: it can be slid by its own body."""
        selected, app = self._app.view.selected, self._app
        is_free = app.view.tool == "select" and app.view.mode == "propose" and app.rig.mode == "orbit"
        if found is None or selected is None or found.proposal_id is None or not is_free:
            return
        if found.proposal_id == selected.proposal_id:
            self._held_at = found.position

    def _slide(self, event: WorldEvent, *, is_over: bool) -> None:
        """Slide the building along the level at which it was grabbed."""
        assert self._held_at is not None
        start = self._held_at
        origin, direction = self._app.rig.camera.ray(event.x, event.y)
        along = (start[2] - origin[2]) / direction[2] if abs(direction[2]) > 1e-6 else -1.0
        at = origin + direction * along if along > 0.0 else start
        amount = (float(at[0] - start[0]), float(at[1] - start[1]))
        if not self._app.gestures.handling.drag("move", amount, is_over) or is_over:
            self._held_at = None

    def _mouse_move(self, event: WorldEvent) -> None:
        app = self._app
        if abs(event.dx) + abs(event.dy) > 2.0:
            app.view.crosshair = False
        if not self._pressed:
            if app.view.tool in ("draw", "area") and app.view.drawing:
                aimed = app.gestures.aimed_at(event.x, event.y)
                if aimed is not None:
                    app.tool.hover(aimed, is_square=event.shift)
            return
        self._moved += abs(event.dx) + abs(event.dy)
        if self._moved < _CLICK_PX or app.ui.handles.is_dragging:
            return
        if self._held_at is not None:
            self._slide(event, is_over=False)
            return
        pans = ("left" in self._pressed and not event.shift) if app.rig.mode == "orbit" else False
        if pans and "right" not in self._pressed:
            app.rig.drag_pan(event.x, event.y)
        else:
            app.rig.drag_turn(event.dx, event.dy)

    def _mouse_up(self, event: WorldEvent) -> None:
        start = self._pressed.pop(event.name, None)
        was_held = self._held_at is not None
        if was_held and event.name == "left" and self._moved >= _CLICK_PX:
            self._slide(event, is_over=True)
        self._held_at = None
        if start is None or self._moved >= _CLICK_PX:
            return
        if event.name == "left":
            self._app.gestures.use_at(event.x, event.y, is_double=event.double_click)
        elif event.name == "right" and self._app.view.tool == "select":
            self._app.gestures.menu_at(event.x, event.y)
        elif event.name == "right":
            self._app.step_back()

    def _wheel(self, event: WorldEvent) -> None:
        found = self._app.pick(event.x, event.y)
        self._app.rig.zoom(event.wheel, found.position if found is not None else None)
