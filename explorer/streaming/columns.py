"""Named columns that grow at their end: the rows of a table that changes a little in every frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LEAST_ROWS = 256


def of_length(array: NDArray[Any], n: int, fill: Any = 0) -> NDArray[Any]:
    """The first n numbers of an array (m,), with `fill` behind those that there are."""
    found = np.full(n, fill, array.dtype)
    found[: len(array)] = array[:n]
    return found


class Columns:
    """Arrays of one length, the rows along their last axis, with room to grow.

    Parameters
    ----------
    kinds
        By name, dtype and the shape of one row.
    """

    def __init__(self, kinds: Mapping[str, tuple[Any, tuple[int, ...]]]) -> None:
        self._whole = {name: np.zeros((*shape, _LEAST_ROWS), dtype) for name, (dtype, shape) in kinds.items()}
        self._views: dict[str, NDArray[Any]] = {}
        self._n = 0
        self._set_length(0)

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, name: str) -> NDArray[Any]:
        """The column as it is now, (..., n): writing to it writes to the table. Stale once rows are added or kept."""
        return self._views[name]

    def append(self, k: int, **values: Any) -> None:
        """Add k rows; columns that are not named are 0 there."""
        n = self._n + k
        room = next(iter(self._whole.values())).shape[-1]
        if n > room:
            for name, array in self._whole.items():
                larger = np.zeros((*array.shape[:-1], max(n, 2 * room)), array.dtype)
                larger[..., : self._n] = array[..., : self._n]
                self._whole[name] = larger
        for name, array in self._whole.items():
            array[..., self._n : n] = values.get(name, 0)
        self._set_length(n)

    def keep(self, rows: NDArray[np.int64]) -> None:
        """Keep these rows alone, in this order."""
        for array in self._whole.values():
            array[..., : len(rows)] = array.take(rows, axis=-1)
        self._set_length(len(rows))

    def _set_length(self, n: int) -> None:
        self._n = n
        self._views = {name: array[..., :n] for name, array in self._whole.items()}
