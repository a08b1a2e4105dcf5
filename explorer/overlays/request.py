"""A question about a place, frozen: which simulation, where, when, how fine."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date
from math import ceil, isfinite
from typing import Any, Literal

from explorer.errors import SimulationError
from explorer.i18n import _

Kind = Literal["sun_hours", "shadow"]
Receivers = Literal["ground", "facades"]

KINDS: tuple[Kind, ...] = ("sun_hours", "shadow")
RECEIVERS: tuple[Receivers, ...] = ("ground", "facades")

DEFAULT_STEP_MINUTES = 10.0
"""Between two positions of the sun, in the window and on the command line alike. [min]"""
MOST_COORDINATE = 1e9
"""Beyond this no map has a place. [m]"""
MAX_CELLS = 16_000_000
"""More cells than this are refused: 4 km x 4 km at 1 m."""
GROUND_OFFSET = 0.10
"""Sample points on the ground stand this much above it, clear of the surface itself. [m]"""
FACADE_OFFSET = 0.05
"""Sample points on facades stand this much before them. [m]"""


@dataclass(frozen=True, slots=True)
class OverlayRequest:
    """What is to be computed. Two equal requests about the same surface have the same answer, bit for bit."""

    kind: Kind
    area: tuple[float, float, float, float]
    """Least easting and northing, greatest easting and northing, in the scene's CRS. [m]"""
    date: date
    step_minutes: float = DEFAULT_STEP_MINUTES
    """Time between two positions of the sun, for sums over the day. [min]"""
    resolution: float = 1.0
    """Edge of a ground cell, or distance of the points on facades. [m]"""
    variant_id: str | None = None
    """None: the city as it is."""
    receivers: Receivers = "ground"
    minute_of_day: float = 720.0
    """For "shadow": the time on the wall, in minutes after local midnight. [min]"""
    obstacle_margin: float | None = None
    """How far beyond the area buildings are taken into account; None: whatever is high enough to shade it. [m]"""

    def check(self) -> None:
        """Raise `SimulationError` with a sentence if it cannot be computed as it is."""
        if self.kind not in KINDS:
            raise SimulationError(
                _("There is no simulation '{kind}'. Choose one of: {kinds}.").format(
                    kind=self.kind, kinds=", ".join(KINDS)
                )
            )
        if self.receivers not in RECEIVERS:
            raise SimulationError(
                _("Results can be for 'ground' or 'facades', not for '{name}'.").format(name=self.receivers)
            )
        e0, n0, e1, n1 = self.area
        if not all(isfinite(value) for value in self.area) or e1 <= e0 or n1 <= n0:
            raise SimulationError(
                _(
                    "The area {area} is empty. Give least easting, least northing, greatest easting, greatest northing."
                ).format(area=", ".join(f"{value:g}" for value in self.area))
            )
        if max(abs(value) for value in self.area) > MOST_COORDINATE:
            area = ", ".join(f"{value:g}" for value in self.area)
            raise SimulationError(_("The area {area} lies beyond all maps.").format(area=area))
        if not 0.05 <= self.resolution <= 1000.0:
            raise SimulationError(
                _("The resolution is {value:g} m; choose between 0.05 and 1000 m.").format(value=self.resolution)
            )
        if not 0.1 <= self.step_minutes <= 240.0:
            raise SimulationError(
                _("The time step is {value:g} minutes; choose between 0.1 and 240.").format(value=self.step_minutes)
            )
        if not 0.0 <= self.minute_of_day < 1440.0:
            raise SimulationError(_("The time of day must lie between 00:00 and 23:59."))
        if self.obstacle_margin is not None and not 0.0 <= self.obstacle_margin <= 20_000.0:
            raise SimulationError(_("The obstacle margin must lie between 0 and 20,000 m."))
        rows, columns = self.shape
        if self.receivers == "ground" and rows * columns > MAX_CELLS:
            finer = ((e1 - e0) * (n1 - n0) / MAX_CELLS) ** 0.5
            raise SimulationError(
                _("{n:,} cells are too many at once. Choose a smaller area, or cells of at least {size:.2f} m.").format(
                    n=rows * columns, size=finer
                )
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the ground grid; the last row and column may reach beyond the area."""
        e0, n0, e1, n1 = self.area
        # A hundredth of a cell of slack, so that 100 m / 0.1 m is 1000 cells and not 1001.
        return max(ceil((n1 - n0) / self.resolution - 0.01), 1), max(ceil((e1 - e0) / self.resolution - 0.01), 1)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        values = asdict(self)
        values["date"] = self.date.isoformat()
        values["area"] = [float(value) for value in self.area]
        # 10 and 10.0 are one question: the key must not depend on who asks.
        for name in ("step_minutes", "resolution", "minute_of_day", "obstacle_margin"):
            values[name] = None if values[name] is None else float(values[name])
        if self.kind == "shadow":
            del values["step_minutes"]
        else:
            del values["minute_of_day"]
        return values


def content_key(*parts: Any) -> str:
    """A short hash of plain values: the same for the same content, on every machine."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
