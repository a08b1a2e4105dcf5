"""What happens over the world: events that wait until it is known whose they are, the panels' or the world's."""

from __future__ import annotations

from dataclasses import dataclass

MODIFIERS = {
    "lcontrol": "control",
    "rcontrol": "control",
    "lshift": "shift",
    "rshift": "shift",
    "lalt": "alt",
    "ralt": "alt",
}
"""Keys that come in two, left and right, and what both are called."""


@dataclass(frozen=True, slots=True)
class WorldEvent:
    """Something that happened over the world. Positions in pixels from the top left."""

    kind: str
    """mouse_down, mouse_up, mouse_move, wheel, key_down, key_up."""
    name: str = ""
    """left, right, middle; or the key."""
    x: float = 0.0
    y: float = 0.0
    dx: float = 0.0
    dy: float = 0.0
    wheel: float = 0.0
    shift: bool = False
    ctrl: bool = False
    alt: bool = False
    double_click: bool = False


class WorldEvents:
    """Gives the world what no panel wants; who gets the press of a button keeps it until it is let go."""

    def __init__(self) -> None:
        self._waiting: list[WorldEvent] = []
        self._events: list[WorldEvent] = []
        self._is_worlds: dict[str, bool] = {}
        """By each button that is down."""
        self._keys: set[str] = set()

    def push(self, event: WorldEvent) -> None:
        """Something happened; whose it is will be known when Dear ImGui begins its frame."""
        self._waiting.append(event)

    def settle(self, *, is_over_panel: bool, is_typing: bool) -> None:
        """It has begun: the pointer is over a panel or not, the keys go to a field or not."""
        waiting, self._waiting = self._waiting, []
        self._events += [event for event in waiting if self._takes(event, is_over_panel, is_typing)]

    def _takes(self, event: WorldEvent, is_over_panel: bool, is_typing: bool) -> bool:
        key = MODIFIERS.get(event.name, event.name)
        match event.kind:
            case "mouse_down":
                self._is_worlds[event.name] = not is_over_panel
                return not is_over_panel
            case "mouse_up":
                return self._is_worlds.pop(event.name, False)
            case "mouse_move" if self._is_worlds:
                return any(self._is_worlds.values())
            case "key_down":
                if not is_typing:
                    self._keys.add(key)
                return not is_typing
            case "key_up":
                self._keys.discard(key)
                return True
            case _:
                return not is_over_panel

    def take(self) -> list[WorldEvent]:
        """The world's events since the last call."""
        events, self._events = self._events, []
        return events

    @property
    def buttons(self) -> tuple[str, ...]:
        """Mouse buttons that are down, a panel's or the world's."""
        return tuple(self._is_worlds)

    @property
    def keys(self) -> frozenset[str]:
        """Keys that are down and belong to the world."""
        return frozenset(self._keys)

    def let_go_of_keys(self) -> None:
        """No key is down any more."""
        self._keys.clear()
