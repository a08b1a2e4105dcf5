"""What a view was told to show: kept, so that one that lost everything can be told again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast


class Wishes:
    """The last call of each setter, in the order of the calls."""

    def __init__(self) -> None:
        self._calls: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {}

    def note(self, name: str, positional: tuple[Any, ...], named: dict[str, Any]) -> None:
        """This is what holds now."""
        self._calls.pop(name, None)
        self._calls[name] = (positional, named)

    def tell(self, view: Any) -> None:
        """Call a view's setters as they were called last."""
        for name, (positional, named) in list(self._calls.items()):
            getattr(view, name)(*positional, **named)


Setter = TypeVar("Setter", bound=Callable[..., Any])


def wish(setter: Setter) -> Setter:
    """Marks a setter of something with `wishes`: its last call is all that need be known of it."""

    @wraps(setter)
    def noted(self: Any, *positional: Any, **named: Any) -> Any:
        self.wishes.note(setter.__name__, positional, named)
        return setter(self, *positional, **named)

    return cast(Setter, noted)
