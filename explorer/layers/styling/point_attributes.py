"""Attributes of single points: what the data says of where they are and how they look, else those of their features."""

from __future__ import annotations

import numpy as np

from explorer.layers.styling.columns import Attributes, Coded, Column, Measured, rows_of
from explorer.layers.styling.values import UNDEFINED
from explorer.tileformat import NO_FEATURE, POINT_SEMANTICS, PointSemantics


class PointAttributes(Attributes):
    """Attributes of the n points of `semantics`, whose features are the rows of `features`."""

    def __init__(self, semantics: PointSemantics, features: Attributes) -> None:
        super().__init__(())
        self.n = len(semantics)
        self._semantics, self._features = semantics, features
        index = semantics.feature_index
        self._rows = np.full(self.n, -1) if index is None else np.where(index == NO_FEATURE, -1, index.astype(np.int64))

    def column(self, name: str) -> Column:
        if name not in self._known:
            self._known[name] = self._semantic(name) if name in POINT_SEMANTICS else self._of_features(name)
        return self._known[name]

    def _semantic(self, name: str) -> Column:
        values = self._semantics.values(name)
        return self._undefined() if values is None else Measured(values)

    def _of_features(self, name: str) -> Column:
        return rows_of(self._features.column(name), self._rows) if len(self._features) else self._undefined()

    def _undefined(self) -> Column:
        return Coded(np.zeros(self.n, np.int32), [UNDEFINED])
