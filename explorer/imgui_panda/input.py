"""Window events to Dear ImGui, and to the application what Dear ImGui did not want."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from imgui_bundle import imgui
from panda3d.core import ButtonThrower, ModifierButtons

from explorer.imgui_panda.key_names import imgui_keys
from explorer.imgui_panda.world_events import MODIFIERS, WorldEvent, WorldEvents

_DOUBLE_CLICK_SECS = 0.35
_DOUBLE_CLICK_PX = 6.0
_MOUSE = {"mouse1": ("left", 0), "mouse3": ("right", 1), "mouse2": ("middle", 2)}
_WHEEL = {"wheel_up": (0.0, 1.0), "wheel_down": (0.0, -1.0), "wheel_left": (1.0, 0.0), "wheel_right": (-1.0, 0.0)}
_OUTSIDE = -1.0e9
_LONG_AGO = -1000
_FRAMES_AFTER_CLICK, _FRAMES_AFTER_CHORD, _FRAMES_UNTIL_TYPING = 3, 2, 4
"""How many frames begin before it is known whose the keys are that were pressed behind a click, behind Ctrl and a key,
and behind one that opens a field."""


_PLAIN = frozenset({"control", "shift", "alt", "meta"})
"""Come beside the left and right names, and would count twice."""


class InputBridge:
    """Collects events between frames.

    Whether the pointer is over a panel is known only when Dear ImGui has begun the frame that sees the event. So mouse
    events wait for `settle`: a tap, which jumps and presses at once, would else go to whom the pointer was over before.
    So do keys, and those behind a click wait longer: where a frame is slow, who clicks a field and types at once does
    both within it, and a figure meant for the field would else be a command to the city.

    The window tells where the pointer is now, but of its buttons only once a frame. So after a press the pointer stays
    for a frame: who clicks and goes on would else have let go elsewhere, and dragged the city where frames are slow.
    """

    def __init__(self, base: Any, window: Any, *, offscreen: bool) -> None:
        self._base = base
        self._window = window
        self._table = imgui_keys()
        self._mod_keys = {"control": imgui.Key.mod_ctrl, "shift": imgui.Key.mod_shift, "alt": imgui.Key.mod_alt}
        self._world = WorldEvents()
        self._late: deque[tuple[Callable[[], None], bool]] = deque()
        """What came behind a click, in order, and whether it has to wait for what the click does."""
        self._hold = 0
        """Frames for which keys still wait."""
        self._modifiers: set[str] = set()
        self._pointer: tuple[float, float] | None = None
        self._was_foreground = False
        self.n_events = 0
        """How often something happened: so that a window at rest knows when to wake."""
        self._frame = 0
        self._pressed_in = _LONG_AGO
        """The frame in which a button went down that is down still."""
        self._last_click = ("", 0.0, 0, 0.0, 0.0)
        """Button, time, frame, and where."""
        self._thrower: Any = None
        if not offscreen:
            self._listen()

    def _listen(self) -> None:
        base = self._base
        thrower = base.buttonThrowers[0].node() if base.buttonThrowers else ButtonThrower("interface")
        # without this, names arrive as "shift-h"
        thrower.set_modifier_buttons(ModifierButtons())
        thrower.set_button_down_event("imgui-down")
        thrower.set_button_up_event("imgui-up")
        thrower.set_keystroke_event("imgui-text")
        base.accept("imgui-down", self.button, [True])
        base.accept("imgui-up", lambda name: self.button(False, name))
        base.accept("imgui-text", self.text)
        self._thrower = thrower

    # -- from the window -------------------------------------------------------------------------------------------

    def poll_pointer(self) -> None:
        """Where the mouse is now; a window that is left lets go of every key."""
        was_foreground, self._was_foreground = self._was_foreground, self._window.get_properties().get_foreground()
        if was_foreground != self._was_foreground:
            self.n_events += 1
        if was_foreground and not self._was_foreground:
            self.let_go()
        if self._frame - self._pressed_in <= 1:
            return
        pointer = self._window.get_pointer(0)
        self.pointer_at((pointer.get_x(), pointer.get_y()) if pointer.get_in_window() else None)

    def let_go(self) -> None:
        """No key and no button is down any more: their way up may go to another window."""
        for name in self._world.buttons:
            self._mouse(False, name, next(number for word, number in _MOUSE.values() if word == name), self._pointer)
        imgui.get_io().clear_input_keys()
        self._world.let_go_of_keys()
        self._modifiers.clear()

    def pointer_at(self, place: tuple[float, float] | None) -> None:
        """The pointer is here, or outside."""
        if place == self._pointer:
            return
        self.n_events += 1
        before, self._pointer = self._pointer, place
        imgui.get_io().add_mouse_pos_event(*(place or (_OUTSIDE, _OUTSIDE)))
        if place is not None:
            dx, dy = (place[0] - before[0], place[1] - before[1]) if before is not None else (0.0, 0.0)
            self._push("mouse_move", dx=dx, dy=dy)

    def button(self, is_down: bool, name: str) -> None:
        """A key or mouse button went down or up."""
        self.n_events += 1
        if name.startswith("wheel_"):
            if is_down:
                self._catch_up()
                self._in_turn(partial(self._wheel, name, self._pointer), waits=False)
        elif name in _MOUSE:
            self._catch_up()
            self._in_turn(partial(self._mouse, is_down, *_MOUSE[name], self._pointer), waits=False)
        elif name not in _PLAIN and not name.endswith("-repeat"):
            self._in_turn(partial(self._key, is_down, name), waits=True)

    def _in_turn(self, act: Callable[[], None], *, waits: bool) -> None:
        """Now, or behind what came before and still waits."""
        if self._late or (waits and self._hold):
            self._late.append((act, waits))
        else:
            act()

    def begin(self) -> None:
        """Another frame begins: what has waited long enough goes on."""
        self._frame += 1
        self._hold = min(max(self._hold - 1, 0), 1 if imgui.get_io().want_text_input else self._hold)
        while self._late and not (self._hold and self._late[0][1]):
            self._late.popleft()[0]()
        self.n_events += bool(self._late)  # a window at rest goes on with it

    def expect_typing(self) -> None:
        """A field is about to open: what is typed now is for it."""
        self._hold = max(self._hold, _FRAMES_UNTIL_TYPING)

    def _wheel(self, name: str, place: tuple[float, float] | None) -> None:
        self.pointer_at(place)
        across, amount = _WHEEL.get(name, (0.0, 0.0))
        imgui.get_io().add_mouse_wheel_event(across, amount)
        if amount:
            self._push("wheel", wheel=amount)

    def _mouse(self, is_down: bool, name: str, number: int, place: tuple[float, float] | None) -> None:
        self.pointer_at(place)
        imgui.get_io().add_mouse_button_event(number, is_down)
        self._pressed_in = self._frame if is_down else _LONG_AGO
        if is_down:
            self._hold = max(self._hold, _FRAMES_AFTER_CLICK)
            self._push("mouse_down", name)
            return
        x, y = self._pointer or (0.0, 0.0)
        last, at, frame, last_x, last_y = self._last_click
        now = time.monotonic()
        is_near = abs(x - last_x) + abs(y - last_y) < _DOUBLE_CLICK_PX
        # what the first click does may take so long that the second is heard of late
        is_soon = now - at < _DOUBLE_CLICK_SECS or self._frame - frame <= 1
        is_double = last == name and is_soon and is_near
        self._last_click = ("" if is_double else name, now, self._frame, x, y)
        self._push("mouse_up", name, double_click=is_double)

    def _catch_up(self) -> None:
        """The pointer may have jumped since the frame began: what is pressed is pressed where it is now."""
        if self._thrower is not None:
            self.poll_pointer()

    def settle(self) -> None:
        """Dear ImGui has begun its frame: give the world what happened over no panel."""
        io = imgui.get_io()
        self._world.settle(is_over_panel=io.want_capture_mouse, is_typing=io.want_text_input)

    def _key(self, is_down: bool, name: str) -> None:
        io = imgui.get_io()
        modifier = MODIFIERS.get(name)
        if modifier is not None:
            (self._modifiers.add if is_down else self._modifiers.discard)(modifier)
            io.add_key_event(self._mod_keys[modifier], is_down)
        if name in self._table:
            io.add_key_event(self._table[name], is_down)
        # Dear ImGui sees keys as they are when its frame begins: let go within that of its key, Ctrl would be none
        is_chord = "control" in self._modifiers or (len(name) > 1 and bool(self._modifiers))
        if is_down and modifier is None and is_chord:
            self._hold = max(self._hold, _FRAMES_AFTER_CHORD)
        self._push("key_down" if is_down else "key_up", name)

    def text(self, characters: str) -> None:
        """Typed characters; control characters would break Ctrl shortcuts inside text fields."""
        self.n_events += 1
        self._in_turn(partial(self._text, characters), waits=True)

    def _text(self, characters: str) -> None:
        # AltGr, which types € and @, arrives as control and alt on Windows
        if "control" in self._modifiers and "alt" not in self._modifiers:
            return
        kept = "".join(c for c in characters if ord(c) >= 0x20 and ord(c) != 0x7F)
        if kept:
            imgui.get_io().add_input_characters_utf8(kept)

    def _push(
        self,
        kind: str,
        name: str = "",
        *,
        dx: float = 0.0,
        dy: float = 0.0,
        wheel: float = 0.0,
        double_click: bool = False,
    ) -> None:
        x, y = self._pointer or (0.0, 0.0)
        m = self._modifiers
        self._world.push(
            WorldEvent(kind, name, x, y, dx, dy, wheel, "shift" in m, "control" in m, "alt" in m, double_click)
        )

    # -- to the application ----------------------------------------------------------------------------------------

    def take(self) -> list[WorldEvent]:
        """Events since the last call that no panel wanted."""
        return self._world.take()

    @property
    def held(self) -> frozenset[str]:
        """Keys that are down and belong to the world."""
        return frozenset() if imgui.get_io().want_text_input else self._world.keys

    @property
    def pointer(self) -> tuple[float, float] | None:
        """Where the mouse is; None outside."""
        return self._pointer

    def follow(self, window: Any) -> None:
        """Listen to another window, in place of the one before; what was held there is let go."""
        self.let_go()
        self._window = window
        if self._thrower is not None:
            self._listen()

    def close(self) -> None:
        """Listen no longer."""
        for name in ("imgui-down", "imgui-up", "imgui-text"):
            self._base.ignore(name)
