"""What is sent for, what is not any more, and what is missing: the view's own tiles first, then the next view's."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from explorer.errors import FetchError
from explorer.i18n import _
from explorer.streaming.failures import Failures
from explorer.streaming.flights import Flights
from explorer.streaming.states import TileState, TileStates


class Requests:
    """Of one tileset. Main thread only."""

    def __init__(self, flights: Flights, failures: Failures, states: TileStates, stall_secs: float) -> None:
        """`stall_secs`: a tile under way for longer no longer holds up others."""
        self._flights, self._failures, self._states = flights, failures, states
        self._stall_secs = stall_secs

    def send(self, wanted: NDArray[np.int64], ahead: NDArray[np.int64], now: float) -> NDArray[np.int64]:
        """Cancel what neither this view nor the next wants, and send for what they lack, this view's first.

        Both are rows, most urgent first; `now`: [s]. Returns the rows of this view that are neither here nor under way.
        """
        unloaded = self._states.among(wanted, TileState.UNLOADED)
        is_urgent = len(unloaded) > self._flights.n_free
        self.cancel_all_but(wanted if is_urgent or not len(ahead) else np.concatenate([wanted, ahead]))
        self._begin(unloaded, now)
        if not is_urgent:
            self._begin(self._states.among(ahead, TileState.UNLOADED), now)
        return self._states.among(wanted, TileState.UNLOADED)

    def cancel_all_but(self, wanted: NDArray[np.int64]) -> None:
        """Nothing else is needed any more."""
        if not self._flights and not self._flights.n_late:
            return
        kept = set(wanted.tolist())
        for tile in self._flights.keep_only(kept):
            self._states.set(tile, TileState.UNLOADED)
        late = self._flights.late_but(kept)
        self._flights.forget_late([tile for tile in late if self._states.of[tile] != TileState.FAILED])

    def _begin(self, unloaded: NDArray[np.int64], now: float) -> None:
        free = self._flights.n_free
        if not free or not len(unloaded):
            return
        askable = self._flights.not_late(self._failures.may_be_asked(unloaded, now))
        for tile in askable[:free].tolist():
            self._states.set(tile, TileState.LOADING)
            self._flights.begin(tile, now)

    def ask_again(self, tiles: Iterable[int]) -> None:
        """Have tiles that failed be asked for again."""
        for tile in tiles:
            if self._states.of[tile] in (TileState.WAITING, TileState.FAILED):
                self._states.set(tile, TileState.UNLOADED)

    def give_up_overdue(self, now: float) -> None:
        """Count as failed what has been under way for too long; it is taken all the same if it comes."""
        for tile in self._flights.overdue(now):
            late = _("The tile has not come within {secs:.0f} s. [{uri}]")
            uri = self._flights.address(tile).partition("?")[0]
            error = FetchError(late.format(secs=self._stall_secs, uri=uri))
            self._states.set(tile, self._failures.add(tile, error, now))

    def missing(self, wanted: NDArray[np.int64], unloaded: NDArray[np.int64], now: float) -> tuple[int, int, int]:
        """How many tiles of a view are on their way, cannot be had, and are tried again in a while.

        `wanted`: the rows it asks for; `unloaded`: those of them that are neither here nor under way. `now`: [s]
        """
        retrying = len(self._states.among(wanted, TileState.WAITING))
        paused = len(unloaded) - len(self._failures.may_be_asked(unloaded, now))
        loading = len(wanted) - retrying - paused
        failed = self._failures.n_given_up
        if paused and self._failures.is_hopeless(now):
            return loading, failed + paused, retrying
        return loading, failed, retrying + paused
