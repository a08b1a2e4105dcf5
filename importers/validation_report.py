"""What `citiverse validate` found: for people a line each, for programs plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from explorer.i18n import _


@dataclass(slots=True)
class TileCheck:
    """What one tile states and what was measured."""

    content: str
    level: int
    stated_error: float
    measured_error: float | None
    """Largest distance found between its content and the finest data below it, both ways [m]; None: not measured."""
    sample_spacing: float
    """Distance between samples: the true deviation may be larger by at most about half of it. [m]"""
    features: int
    triangles: int


@dataclass(slots=True)
class ValidationReport:
    """What was found wrong, and the figures."""

    location: str
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was not checked, and why."""
    tiles: list[TileCheck] = field(default_factory=list)
    features: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; warnings do not count."""
        return not self.errors

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "location": self.location,
            "ok": self.ok,
            "errors": self.errors,
            "warnings": self.warnings,
            "notes": self.notes,
            "features": self.features,
            "tiles": [
                {
                    "content": tile.content,
                    "level": tile.level,
                    "stated_error": round(tile.stated_error, 4),
                    "measured_error": None if tile.measured_error is None else round(tile.measured_error, 4),
                    "sample_spacing": round(tile.sample_spacing, 3),
                    "features": tile.features,
                    "triangles": tile.triangles,
                }
                for tile in self.tiles
            ],
        }

    def lines(self) -> list[str]:
        """The report for people, a line each."""
        lines = [_("{tiles} tiles, {features} features").format(tiles=len(self.tiles), features=self.features)]
        for tile in self.tiles:
            measured = _("not measured") if tile.measured_error is None else f"{tile.measured_error:.2f} m"
            lines.append(
                _("{content} (level {level}): error stated {stated:.2f} m, measured {measured}").format(
                    content=tile.content, level=tile.level, stated=tile.stated_error, measured=measured
                )
            )
        lines += [_("Note: {sentence}").format(sentence=sentence) for sentence in self.notes]
        lines += [_("Warning: {sentence}").format(sentence=sentence) for sentence in self.warnings]
        lines += [_("Error: {sentence}").format(sentence=sentence) for sentence in self.errors]
        lines.append(_("No errors.") if self.ok else _("{count} errors.").format(count=len(self.errors)))
        return lines
