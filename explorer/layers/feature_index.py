"""The search index of a city: an SQLite file beside its tileset, opened read-only."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.errors import DataError
from explorer.i18n import _

Bounds = tuple[float, float, float, float, float, float]

_COLUMNS = "number, id, parent, kind, content_uri, e0, n0, h0, e1, n1, h1, attributes"
_VERSION = "1"
_BROKEN = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What SQLite says of a damaged file; where it quotes bytes of it, Python cannot even read what it says."""


@dataclass(frozen=True, slots=True)
class FeatureHit:
    """One feature of the city, found."""

    id: str
    kind: str
    parent: str | None
    content_uri: str
    """The finest tile that shows it, relative to tileset.json."""
    bounds: Bounds | None
    """e0, n0, h0, e1, n1, h1 in map coordinates [m]; None for what has no place."""
    attributes: dict[str, Any]
    matched: str
    """What the search found it by: "id", an attribute's name, or "" when it was not searched for by text."""

    @property
    def centre(self) -> tuple[float, float, float] | None:
        """The middle of its bounds, map coordinates [m]."""
        if self.bounds is None:
            return None
        e0, n0, h0, e1, n1, h1 = self.bounds
        return ((e0 + e1) / 2.0, (n0 + n1) / 2.0, (h0 + h1) / 2.0)


class FeatureIndex:
    """Finds features of the whole dataset. Safe to use from several threads.

    Raises
    ------
    DataError
        The file is no feature index, is damaged, or was written by a newer version.
    """

    def __init__(self, database: sqlite3.Connection, name: str) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._name = name
        try:
            meta = dict(database.execute("SELECT key, value FROM meta").fetchall())
            tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
        except _BROKEN as error:
            raise self._damaged(error) from error
        if meta.get("format") != "citiverse-feature-index" or "features" not in tables:
            raise self._damaged(_("it has no table of features"))
        if meta.get("version") != _VERSION:
            raise DataError(
                _("The search index has version {version}; this program reads version {known}. [{path}]").format(
                    version=meta.get("version"), known=_VERSION, path=name
                )
            )
        self.crs: str = meta.get("crs", "")
        self._has_words = "words" in tables and self._can_use_words()

    @classmethod
    def open(cls, source: str | Path | bytes, name: str = "features.sqlite") -> FeatureIndex:
        """From a file, or from the bytes of one that came over the network from the address `name`."""
        try:
            if isinstance(source, bytes):
                database = sqlite3.connect(":memory:", check_same_thread=False)
                if source:  # of nothing SQLite says that memory is short
                    database.deserialize(source)
                return cls(database, name)
            path = Path(source).absolute()
            if not path.is_file():
                raise DataError(_("There is no search index. [{path}]").format(path=path))
            database = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
            return cls(database, str(path))
        except sqlite3.Error as error:
            raise DataError(
                _("The search index cannot be read: {reason}. [{path}]").format(
                    reason=error, path=name if isinstance(source, bytes) else source
                )
            ) from error

    def __len__(self) -> int:
        return int(self._rows("SELECT count(*) FROM features", ())[0][0])

    def get(self, identifier: str) -> FeatureHit | None:
        """The feature with exactly this id."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM features WHERE id = ?", (identifier,))
        return self._hit(rows[0], "id") if rows else None

    def children(self, identifier: str) -> list[FeatureHit]:
        """The parts of a feature."""
        return [
            self._hit(row, "")
            for row in self._rows(f"SELECT {_COLUMNS} FROM features WHERE parent = ? ORDER BY number", (identifier,))
        ]

    def within(self, bounds: tuple[float, float, float, float], limit: int = 10_000) -> list[FeatureHit]:
        """Features whose bounds touch e0, n0, e1, n1 (map coordinates [m])."""
        e0, n0, e1, n1 = bounds
        return [
            self._hit(row, "")
            for row in self._rows(
                f"SELECT {_COLUMNS} FROM features WHERE e0 <= ? AND e1 >= ? AND n0 <= ? AND n1 >= ? "
                "ORDER BY number LIMIT ?",
                (e1, e0, n1, n0, limit),
            )
        ]

    def boxes(self, kind: str) -> list[tuple[float, float, float, float, float, float]]:
        """Bounds of all features whose kind begins so, without the rest of them: ten times faster than `within`. [m]"""
        columns = "e0, n0, h0, e1, n1, h1"
        return self._rows(f"SELECT {columns} FROM features WHERE e0 IS NOT NULL AND kind GLOB ?", (f"{kind}*",))

    def attribute_names(self) -> dict[str, int]:
        """Names of all attributes, and how many features have a value there; the most frequent first."""
        query = (
            "SELECT key, count(*) FROM features, json_each(features.attributes) WHERE json_each.type <> 'null' "
            "GROUP BY key ORDER BY count(*) DESC, key"
        )
        return {str(name): int(count) for name, count in self._rows(query, ())}

    def described(self) -> list[tuple[str, str | None, str, str]]:
        """Id, parent, kind and attributes (as JSON) of every feature, in order: a hundred thousand take a second."""
        return self._rows("SELECT id, parent, kind, attributes FROM features ORDER BY number", ())

    def search(self, text: str, limit: int = 50) -> list[FeatureHit]:
        """Features by id or by attribute value; "name=value" looks in one attribute only.

        First ids that are the text, then all whose words begin with the words of the text, then those that hold it
        anywhere. Upper and lower case are the same. At most `limit` hits.
        """
        text = text.strip()
        if not text:
            return []
        name, equals, value = text.partition("=")
        if equals and name.strip():
            return self._search_attribute(name.strip(), value.strip(), limit)
        found: dict[int, FeatureHit] = {}
        exact = self._rows(f"SELECT {_COLUMNS} FROM features WHERE id = ? COLLATE NOCASE LIMIT ?", (text, limit))
        self._take(found, exact, text, limit)
        if self._has_words and len(found) < limit:
            query = " ".join(f'"{word}"*' for word in re.findall(r"\w+", text.replace("_", " ")))
            if query:
                self._take(
                    found,
                    self._rows(
                        f"SELECT {_COLUMNS} FROM features "
                        "WHERE number IN (SELECT rowid FROM words WHERE words MATCH ?) ORDER BY number LIMIT ?",
                        (query, limit),
                    ),
                    text,
                    limit,
                )
        if len(found) < limit:
            pattern = f"%{_escaped(text)}%"
            self._take(
                found,
                self._rows(
                    f"SELECT {_COLUMNS} FROM features WHERE id LIKE ? ESCAPE '\\' OR kind LIKE ? ESCAPE '\\' OR "
                    "attributes LIKE ? ESCAPE '\\' ORDER BY number LIMIT ?",
                    (pattern, pattern, pattern, 4 * limit),
                ),
                text,
                limit,
            )
        return list(found.values())

    def _search_attribute(self, name: str, value: str, limit: int) -> list[FeatureHit]:
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM features WHERE attributes LIKE ? ESCAPE '\\' OR ? IN ('id', 'kind', 'parent') "
            "ORDER BY number",
            (f'%"{_escaped(name)}"%', name.lower()),
        )
        exact: list[FeatureHit] = []
        partial: list[FeatureHit] = []
        wanted = value.lower()
        for row in rows:
            hit = self._hit(row, name)
            own: dict[str, Any] = {"id": hit.id, "kind": hit.kind, "parent": hit.parent, **hit.attributes}
            for key, content in own.items():
                if key.lower() != name.lower() or content is None:
                    continue
                said = _said(content)
                if said == wanted:
                    exact.append(hit)
                elif wanted and wanted in said:
                    partial.append(hit)
                break
        return (exact + partial)[:limit]

    def _take(self, found: dict[int, FeatureHit], rows: Iterable[tuple[Any, ...]], text: str, limit: int) -> None:
        """Add rows that really hold the text, with what they were found by."""
        for row in rows:
            if len(found) >= limit:
                return
            if row[0] in found:
                continue
            hit = self._hit(row, "")
            matched = _matched(hit, text)
            if matched is not None:
                found[row[0]] = FeatureHit(
                    hit.id, hit.kind, hit.parent, hit.content_uri, hit.bounds, hit.attributes, matched
                )

    def _rows(self, query: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._database.execute(query, parameters).fetchall()
        except _BROKEN as error:
            raise self._damaged(error) from error

    def _can_use_words(self) -> bool:
        try:
            self._database.execute("SELECT rowid FROM words WHERE words MATCH 'a' LIMIT 1").fetchall()
        except _BROKEN:
            return False
        return True

    def _damaged(self, reason: object) -> DataError:
        return DataError(
            _("The search index is damaged: {reason}. Import the city again. [{path}]").format(
                reason=reason, path=self._name
            )
        )

    def _hit(self, row: tuple[Any, ...], matched: str) -> FeatureHit:
        _number, identifier, parent, kind, uri, e0, n0, h0, e1, n1, h1, written = row
        bounds = None if e0 is None else (e0, n0, h0, e1, n1, h1)
        try:
            attributes = json.loads(written)
        except (ValueError, TypeError, RecursionError) as error:
            raise self._damaged(error) from error
        if not isinstance(attributes, dict):
            raise self._damaged(_("a feature's attributes are no table"))
        return FeatureHit(identifier, kind, parent, uri, bounds, attributes, matched)

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._database.close()


def _matched(hit: FeatureHit, text: str) -> str | None:
    """What holds the text as a whole, or else each of its words: "id", an attribute's name, "kind"; None: nothing."""
    places = {"id": hit.id, **hit.attributes, "kind": hit.kind}
    lower = text.lower()
    said = {name: _said(value) for name, value in places.items() if value is not None}
    for name, value in said.items():
        if lower in value:
            return name
    holders = [_holder(said, word) for word in re.findall(r"\w+", lower)]
    return holders[0] if holders and None not in holders else None


def _holder(said: dict[str, str], word: str) -> str | None:
    return next((name for name, value in said.items() if word in value), None)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).lower()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
