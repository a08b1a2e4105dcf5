"""Typed events: who changes something publishes it, who cares subscribes. Main thread only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

E = TypeVar("E")


class Events:
    """A small bus keyed by the event's class."""

    def __init__(self) -> None:
        self._handlers: dict[type[Any], list[Callable[[Any], None]]] = {}

    def subscribe(self, kind: type[E], handler: Callable[[E], None]) -> Callable[[], None]:
        """Call `handler(event)` for every event of this class; returns a function that ends it."""
        handlers = self._handlers.setdefault(kind, [])
        handlers.append(handler)

        def unsubscribe() -> None:
            if handler in handlers:
                handlers.remove(handler)

        return unsubscribe

    def publish(self, event: object) -> None:
        """Tell everyone who subscribed to this event's class, in the order they came."""
        for handler in list(self._handlers.get(type(event), ())):
            handler(event)
