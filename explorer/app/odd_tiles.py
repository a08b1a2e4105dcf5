"""What is odd about tiles that came and are drawn: told once a kind, however many tiles say it."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MOST_KINDS = 3
"""More would bury what matters; `citiverse validate` tells all."""
_NUMBERS = re.compile(r"\d+")


class OddTiles:
    """Keeps the first sentence of each kind, numbers and addresses aside."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def add(self, sentences: Iterable[str], address: str | None) -> None:
        """What a tile's decoding said, and where the tile is."""
        for sentence in sentences:
            if len(self._told) >= _MOST_KINDS:
                return
            text, mark, _where = sentence.partition(" [")
            kind = _NUMBERS.sub("#", text)
            if kind not in self._told:
                self._told[kind] = sentence if mark or address is None else f"{sentence} [{address.partition('?')[0]}]"

    @property
    def sentences(self) -> dict[str, str]:
        """By kind; they stay."""
        return dict(self._told)
