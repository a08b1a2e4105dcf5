"""What every importer gives: a city as features with meshes at one or more levels of detail, and an honest report.

Coordinates are map coordinates of the model's compound CRS: easting, northing, height, float64 metres. One source room
(`cityjson`, `sampletown` …) fills these types; `importers.pipeline` turns them into 3D Tiles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _

if TYPE_CHECKING:
    from explorer.geo import CompoundCrs


@dataclass(frozen=True, slots=True)
class LodMesh:
    """One feature's triangles at one level of detail. n vertices, m triangles."""

    lod: float
    """The level of detail as the source numbers it: 1, 2, 2.2 …; finer is larger."""
    positions: NDArray[np.float64]
    """(n, 3) easting, northing, height [m]. Corners of different faces need not be shared."""
    triangles: NDArray[np.int32]
    """(m, 3) rows of `positions`, counter-clockwise seen from outside."""
    surface: NDArray[np.uint8]
    """(m,) `SurfaceClass` of each triangle."""


@dataclass(frozen=True, slots=True)
class CityFeature:
    """One real thing of the city: a building, a building part, a road, a tree."""

    id: str
    """Stable and unique in the model."""
    kind: str
    """The source's word for it, in CityJSON's spelling where that has one: "Building", "Road", "WaterBody" …"""
    parent: str | None
    """The id of the feature that this one is a part of."""
    attributes: Mapping[str, Any]
    """Everything that the source says about it: str, int, float, bool, None, or JSON text for what is nested."""
    meshes: tuple[LodMesh, ...] = ()
    """From coarse to fine; empty for a feature that only groups others."""
    footprint: Any | None = None
    """Outline on the map (a shapely polygon or multipolygon), where the source has one; else it is derived."""


@dataclass(slots=True)
class ImportReport:
    """What was read, written and skipped, and why. Filled along the way by reader and pipeline."""

    read: Counter[str] = field(default_factory=Counter)
    """Features read, by kind."""
    written: Counter[str] = field(default_factory=Counter)
    """Features written, by kind."""
    skipped: dict[str, Counter[str]] = field(default_factory=dict)
    """Reason -> how many, by kind. What is skipped may be a feature or one geometry of it."""
    warnings: list[str] = field(default_factory=list)
    """Sentences about the whole: a file, its coordinates."""
    object_warnings: list[str] = field(default_factory=list)
    """Sentences about single city objects, each naming its own. At most `MAX_WARNINGS`; the rest are counted."""
    warnings_left_out: int = 0
    sources: list[str] = field(default_factory=list)
    tiles: int = 0
    bytes_written: int = 0
    bytes_read: int = 0
    seconds: float = 0.0
    geometric_errors: list[dict[str, Any]] = field(default_factory=list)
    """Per tile: content, level, stated and measured error [m]."""
    notes: dict[str, Any] = field(default_factory=dict)
    """Further figures, such as the height grid that was used."""

    def count_skipped(self, reason: str, kind: str, count: int = 1) -> None:
        """Note that `count` things of `kind` were left out because of `reason`."""
        self.skipped.setdefault(reason, Counter())[kind] += count

    def warn(self, sentence: str) -> None:
        """Keep a sentence about the whole for the user."""
        self.warnings.append(sentence)

    def warn_of_object(self, sentence: str) -> None:
        """Keep a sentence about one city object; past the limit it is only counted."""
        if len(self.object_warnings) < MAX_WARNINGS:
            self.object_warnings.append(sentence)
        else:
            self.warnings_left_out += 1

    def merge(self, other: ImportReport) -> None:
        """Add what another source's report says."""
        self.read.update(other.read)
        self.written.update(other.written)
        for reason, kinds in other.skipped.items():
            self.skipped.setdefault(reason, Counter()).update(kinds)
        self.warnings.extend(other.warnings)
        for sentence in other.object_warnings:
            self.warn_of_object(sentence)
        self.warnings_left_out += other.warnings_left_out
        self.sources.extend(other.sources)
        self.bytes_read += other.bytes_read
        self.notes.update(other.notes)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, keys sorted, so that the same import gives the same text (but for the seconds)."""
        return {
            "sources": list(self.sources),
            "read": dict(sorted(self.read.items())),
            "written": dict(sorted(self.written.items())),
            "skipped": {reason: dict(sorted(kinds.items())) for reason, kinds in sorted(self.skipped.items())},
            "warnings": [*self.warnings, *self.object_warnings],
            "warnings_left_out": self.warnings_left_out,
            "tiles": self.tiles,
            "bytes_read": self.bytes_read,
            "bytes_written": self.bytes_written,
            "seconds": round(self.seconds, 3),
            "geometric_errors": list(self.geometric_errors),
            "notes": dict(self.notes),
        }

    def lines(self) -> list[str]:
        """The report for people, a line each."""
        lines = [_("Read: {counts}").format(counts=_counts(self.read))]
        lines.append(_("Written: {counts}").format(counts=_counts(self.written)))
        for reason, kinds in sorted(self.skipped.items()):
            lines.append(_("Skipped, {reason}: {counts}").format(reason=reason, counts=_counts(kinds)))
        shown, more = self.object_warnings[:_MOST_SHOWN], self.warnings_left_out
        more += len(self.object_warnings) - len(shown)
        said = Counter([*self.warnings, *shown])
        for sentence, count in said.items():  # in the order in which they came first
            line = _("Warning: {sentence}").format(sentence=sentence)
            lines.append(line if count == 1 else _("{line} ({count} times)").format(line=line, count=count))
        if more:
            lines.append(
                _("… and {count} more warnings; --json tells the first {most}").format(count=more, most=MAX_WARNINGS)
            )
        if self.tiles:
            lines.append(
                _("{tiles} tiles, {size:.1f} MB, in {seconds:.1f} s").format(
                    tiles=self.tiles, size=self.bytes_written / 1e6, seconds=self.seconds
                )
            )
        return lines


MAX_WARNINGS = 200
_MOST_SHOWN = 20
"""So many lines fit a screen beside what was read and written. [-]"""


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or _("nothing")


@dataclass(slots=True)
class CityModel:
    """A whole city, read into memory."""

    crs: CompoundCrs
    features: list[CityFeature]
    title: str = ""
    attribution: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    """What a source wants kept in the tileset's `asset.extras.citiverse` besides the common entries."""
    report: ImportReport = field(default_factory=ImportReport)
