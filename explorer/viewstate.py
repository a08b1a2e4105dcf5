"""What is selected, hovered and switched on right now. Shared by application and interface; never saved as such."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MODES = ("explore", "propose", "simulate", "compare", "present")


@dataclass(frozen=True, slots=True)
class Selected:
    """What the user clicked: a feature of the city, or a proposal."""

    feature_id: str | None = None
    proposal_id: str | None = None
    kind: str = ""
    name: str = ""
    attributes: tuple[tuple[str, Any], ...] = ()
    bounds: tuple[float, float, float, float, float, float] | None = None
    """Least and greatest easting, northing, height in the scene's CRS. [m]"""


@dataclass
class OverlayState:
    """The simulation that is shown, or being worked out."""

    kind: str = "sun_hours"
    receivers: str = "ground"
    area: str = "view"
    """"view", "all" or "proposal"."""
    resolution: float = 2.0
    step_minutes: float = 10.0
    show: str = "with"
    """"with" the proposals, "without", or "difference"."""
    is_visible: bool = True
    has_result: bool = False
    is_stale: bool = False
    probe: float | None = None
    """Value under the pointer."""
    figures: tuple[tuple[str, str], ...] = ()
    """Words and values of the summary."""
    fraction: float | None = None
    """Progress while it is worked out; None: nothing under way."""


@dataclass
class ViewState:
    """Everything transient that panels and application share."""

    mode: str = "explore"
    tool: str = "select"
    """"select", "draw" (a footprint), "block", "walk_here"."""
    selected: Selected | None = None
    pointer_map: tuple[float, float, float] | None = None
    """Easting, northing, height under the pointer."""
    heading_deg: float = 0.0
    navigation: str = "orbit"
    is_waiting_for_ground: bool = False
    overlay: OverlayState = field(default_factory=OverlayState)
    drawing: int = 0
    """Corners drawn so far."""
    show_welcome: bool = True
    show_settings: bool = False
    show_help: bool = False
    show_problems: bool = False
    is_playing: bool = False
    """The clock runs."""
    show_save: bool = False
    show_recovery: bool = True
    """Offer what former runs left behind, if there is anything; put off by "Later"."""
    panels_visible: bool = True
    left_visible: bool = True
    """Layers and variants; put away at the panel's corner."""
    right_visible: bool = True
    sunrise: float | None = None
    """Local minutes after midnight."""
    sunset: float | None = None
    sun_elevation_deg: float = 0.0
    frame_ms: float = 0.0
