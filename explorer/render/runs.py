"""Which rows of a buffer are free: runs are taken where they fit first, and grow together when given back."""

from __future__ import annotations

from bisect import bisect


class Runs:
    """Free rows of a buffer of fixed size."""

    def __init__(self, size: int) -> None:
        self._free: list[tuple[int, int]] = [(0, size)]
        """(start, length), in order, none touching another."""

    def take(self, n: int) -> int | None:
        """The first of n rows that are taken from now on; None where there is no such run."""
        for i, (start, length) in enumerate(self._free):
            if length >= n:
                self._free[i : i + 1] = [(start + n, length - n)] if length > n else []
                return start
        return None

    def give_back(self, start: int, n: int) -> None:
        """Free rows that were taken together."""
        i = bisect(self._free, (start, n))
        if i < len(self._free) and start + n == self._free[i][0]:
            n += self._free.pop(i)[1]
        if i > 0 and sum(self._free[i - 1]) == start:
            i -= 1
            before, length = self._free.pop(i)
            start, n = before, length + n
        self._free.insert(i, (start, n))

    @property
    def n_free(self) -> int:
        """Rows that are free."""
        return sum(length for _start, length in self._free)
