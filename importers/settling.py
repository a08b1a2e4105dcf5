"""Bounds of each feature's deviation on their way to being good enough."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SLACK = 1.25
"""A bound this close to what was seen is good enough. [-]"""
_SLACK_METRES = 0.4


class Settling:
    """What is known of f features: distances that were seen, and bounds of the pieces that need no more work."""

    def __init__(self, good_enough: NDArray[np.float64]) -> None:
        """`good_enough` (f,): below it no bound need be sharper. [m]"""
        self.good_enough = good_enough
        self.seen = np.zeros(len(good_enough))
        """(f,) the largest distance of a point that was looked at. [m]"""
        self.bound = np.zeros(len(good_enough))
        """(f,) the largest bound of a settled piece. [m]"""

    def see(self, feature: NDArray[np.int64], distance: NDArray[np.float64]) -> None:
        """Points of these features (n,) are so far away. [m]"""
        np.maximum.at(self.seen, feature, distance)

    def settle(self, feature: NDArray[np.int64], upper: NDArray[np.float64], *, last: bool) -> NDArray[np.intp]:
        """Keep the bounds `upper` (n,) of pieces that are good enough; the rows of those that are not.

        `last`: keep them all.
        """
        seen = self.seen[feature]
        good = np.maximum(np.maximum(seen * _SLACK, seen + _SLACK_METRES), self.good_enough[feature])
        enough = upper <= np.maximum(good, self.bound[feature])
        np.maximum.at(self.bound, feature[enough], upper[enough])
        enough = upper <= np.maximum(good, self.bound[feature])
        if last:
            enough[:] = True
        np.maximum.at(self.bound, feature[enough], upper[enough])
        return np.flatnonzero(~enough)

    def result(self) -> NDArray[np.float64]:
        """Upper bound of each feature's deviation, once nothing is left (f,). [m]"""
        return np.maximum(self.bound, self.seen)
