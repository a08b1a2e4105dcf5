"""An array that grows in place: what that costs goes with what comes, not with what is there."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

_Scalar = TypeVar("_Scalar", bound=np.generic)
_SPARE = 1.5
"""Times the rows that are needed, where there are too few."""


class GrowingArray(Generic[_Scalar]):
    """(n, …) rows of an array, and more behind them as they come.

    What was given out before shows its own rows as they are now: one memory is shared until there is no room in it. The
    array that it begins with is never written to.
    """

    def __init__(self, array: NDArray[_Scalar]) -> None:
        self._whole, self._n, self._is_own = array, len(array), False

    @property
    def rows(self) -> NDArray[_Scalar]:
        """(n, …) as they are; to be written to once any row was put here."""
        return self._whole[: self._n]

    def put(self, first: int, rows: NDArray[Any]) -> None:
        """Lay rows from `first` on, which is no more than n: over those that there are, and behind them."""
        end = first + len(rows)
        if end > len(self._whole) or not self._is_own:
            room = int(max(end, self._n) * _SPARE)
            larger = np.empty((room, *self._whole.shape[1:]), self._whole.dtype)
            larger[: self._n] = self._whole[: self._n]
            self._whole, self._is_own = larger, True
        self._whole[first:end] = rows
        self._n = max(self._n, end)

    def keep(self, stays: NDArray[np.bool_]) -> None:
        """Keep these of the rows, (n,), alone; those that were given out before stay as they are."""
        self._whole = self._whole[: self._n][stays]
        self._n, self._is_own = len(self._whole), True
