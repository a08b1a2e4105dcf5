"""Writes the search index that lies beside a tileset: one row per feature, found by id or by any attribute value.

`features.sqlite`, schema version 1 (read by `explorer.layers`):

    meta(key, value)            format = "citiverse-feature-index", version = "1", crs = "EPSG:28992+5709"
    features(number, id, parent, kind, content_uri, e0, n0, h0, e1, n1, h1, attributes)
                                bounds in map coordinates, NULL for features without a place; attributes as JSON
    words                       FTS5 over id, kind and attribute values, rowid = number; absent where SQLite has no FTS5
"""

from __future__ import annotations

import json
import math
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from importers.model import CityModel

Bounds = tuple[float, float, float, float, float, float]

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE features (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, parent TEXT, kind TEXT NOT NULL, content_uri TEXT NOT NULL,
    e0 REAL, n0 REAL, h0 REAL, e1 REAL, n1 REAL, h1 REAL, attributes TEXT NOT NULL
);
"""
_MOST_ANCESTORS = 16
"""Parents of parents are followed so far: broken files have circles. [-]"""
_WORDS = "CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='unicode61 remove_diacritics 2')"


def write_index(
    path: Path, model: CityModel, bounds: Mapping[str, NDArray[np.float64]], uris: Mapping[str, str]
) -> int:
    """The index of a whole model; returns its size in bytes.

    `bounds` (6,) of the features that are drawn: least and greatest easting, northing, height [m]; `uris` of the leaf
    tiles that have them. What groups others is where they are.
    """
    whole = _with_groups(model, bounds)
    with FeatureIndexWriter(path, model.crs.identifier) as index:
        for feature in model.features:
            found = whole.get(feature.id)
            box: Any = None if found is None else tuple(float(value) for value in np.round(found, 4))
            uri = uris.get(feature.id, "")
            index.add(feature.id, feature.parent, feature.kind, uri, box, feature.attributes)
    return path.stat().st_size


def _with_groups(model: CityModel, bounds: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    result = dict(bounds)
    parent_of = {feature.id: feature.parent for feature in model.features}
    for identifier, box in bounds.items():
        parent, hops = parent_of.get(identifier), 0
        while parent in parent_of and hops < _MOST_ANCESTORS:
            known = result.get(parent, box)
            result[parent] = np.concatenate([np.minimum(known[:3], box[:3]), np.maximum(known[3:], box[3:])])
            parent, hops = parent_of[parent], hops + 1
    return result


class FeatureIndexWriter:
    """Fills an index; use as a context manager. Same features in the same order, same bytes."""

    def __init__(self, path: Path, crs: str = "") -> None:
        self._path = path
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript("PRAGMA page_size=4096; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;")
        self._database.executescript(_SCHEMA)
        meta = {"format": "citiverse-feature-index", "version": "1", "crs": crs}
        self._database.executemany("INSERT INTO meta VALUES (?, ?)", sorted(meta.items()))
        try:
            self._database.execute(_WORDS)
            self._has_words = True
        except sqlite3.OperationalError:
            self._has_words = False
        self._database.execute("BEGIN")
        self._number = 0

    def add(
        self,
        identifier: str,
        parent: str | None,
        kind: str,
        content_uri: str,
        bounds: Bounds | None,
        attributes: Mapping[str, Any],
    ) -> None:
        """One feature. `content_uri` is the leaf tile that shows it; `bounds` e0, n0, h0, e1, n1, h1 on the map [m]."""
        self._number += 1
        text = json.dumps(_finite(attributes), ensure_ascii=False, separators=(",", ":"), default=str)
        box = bounds or (None,) * 6
        self._database.execute(
            "INSERT INTO features VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self._number, identifier, parent, kind, content_uri, *box, text),
        )
        if self._has_words:
            values = [identifier, kind, *(str(value) for value in attributes.values() if value not in (None, ""))]
            self._database.execute("INSERT INTO words(rowid, text) VALUES (?, ?)", (self._number, "\n".join(values)))

    def __enter__(self) -> FeatureIndexWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._database.execute("CREATE INDEX features_by_place ON features(e0, n0, e1, n1)")
            self._database.execute("COMMIT")
        self._database.close()
        if kind is None:
            with self._path.open("rb+") as file:  # SQLite itself was told not to wait for the disk
                os.fsync(file.fileno())


def _finite(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in attributes.items()
    }
