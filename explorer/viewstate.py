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
    meta: tuple[tuple[str, str], ...] = ()
    """What the layer's style says of it in words (`meta`)."""
    bounds: tuple[float, float, float, float, float, float] | None = None
    """Least and greatest easting, northing, height in the scene's CRS. [m]"""


@dataclass(frozen=True, slots=True)
class Answered:
    """The question that the result on screen answers; the panel may be asking another one already."""

    kind: str = "sun_hours"
    is_on_facades: bool = False
    step_minutes: float = 10.0
    resolution: float = 2.0


@dataclass
class OverlayState:
    """The simulation that is shown, or being worked out."""

    kind: str = "sun_hours"
    receivers: str = "ground"
    area: str = "view"
    """"view", "all", "proposal" or "drawn"."""
    rectangle: tuple[float, float, float, float] | None = None
    """What was drawn: least easting and northing, greatest easting and northing. [m]"""
    resolution: float = 2.0
    step_minutes: float = 10.0
    show: str = "with"
    """"with" the proposals, "without", or "difference"."""
    is_visible: bool = True
    has_result: bool = False
    answered: Answered = field(default_factory=Answered)
    is_stale: bool = False
    probe: float | None = None
    """Value under the pointer."""
    figures: tuple[tuple[str, str], ...] = ()
    """Words and values of the summary."""
    fraction: float | None = None
    """Progress while it is worked out; None: nothing under way."""
    export_replaces: str = ""
    """The path that was to be written, where such a file is already: asked about before it is replaced."""


@dataclass(frozen=True, slots=True)
class StyleLegend:
    """What the colours of one layer mean."""

    layer_id: str
    layer_name: str
    attribute: str
    """What it is coloured by; empty: a style of somebody's own."""
    way: str
    rows: tuple[Any, ...]
    """Of `explorer.layers.styling.LegendRow`."""
    is_whole: bool = True
    """Whether all of the data is counted; else what is loaded."""


@dataclass
class StylingState:
    """Colours by attribute: what is shown, and what is being asked."""

    layer_id: str = ""
    """The layer that the panel is about."""
    names: tuple[str, ...] | None = None
    """Its attributes, those that most features have first; None: not known yet."""
    legends: tuple[StyleLegend, ...] = ()
    is_expert: bool = False
    """The style is shown as text."""
    error: str = ""
    """Why the text is no style."""
    is_busy: bool = False
    doubts: tuple[str, ...] = ()
    """What styles on screen ask for that no feature has, a sentence or two each."""


@dataclass(frozen=True, slots=True)
class CrsOption:
    """A coordinate system that the coordinates would fit."""

    crs: str
    """Such as "EPSG:28992+5709"."""
    title: str
    detail: str = ""
    """Where on earth the city would lie."""


@dataclass
class CrsQuestion:
    """What a city file does not say about its coordinates, and what it could be."""

    name: str
    sentence: str
    """What was found."""
    options: tuple[CrsOption, ...] = ()
    chosen: int = 0
    """Row of `options`; -1: what is typed."""
    label: str = ""
    """Of the field for typing; "": it asks for another system."""
    typed: str = ""
    asks_offset: bool = False
    """Whether the heights need a number, because the geoid is not on this computer."""
    offset: str = ""
    error: str = ""
    """Why the last answer cannot be."""


KEY_KINDS = ("token", "password", "query", "header")
"""How a key is shown to a server."""


@dataclass
class ServerQuestion:
    """A server that wants a key, or whose certificate nobody vouches for."""

    server: str
    """Scheme, host and port."""
    sentence: str
    """What happened."""
    fingerprint: str = ""
    """SHA-256 of the certificate that may be accepted; "": a key is wanted."""
    is_changed: bool = False
    """Another certificate was accepted before."""
    kind: str = "token"
    """One of `KEY_KINDS`."""
    name: str = ""
    """Of the user, the parameter or the header."""
    secret: str = field(default="", repr=False)
    is_kept: bool = True
    error: str = ""
    """Why the last answer cannot be."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A line of a list of files."""

    name: str
    path: str
    is_folder: bool
    detail: str = ""


@dataclass
class FileList:
    """The program's own list of folders and files, where the system has no dialog for that."""

    title: str
    is_saving: bool = False
    folder: str = ""
    entries: tuple[FileEntry, ...] = ()
    shortcuts: tuple[FileEntry, ...] = ()
    """Home, drives and sticks."""
    is_reading: bool = False
    error: str = ""
    name: str = ""
    """The name to save under, or what is typed."""
    asks_overwrite: bool = False


@dataclass
class ViewState:
    """Everything transient that panels and application share."""

    mode: str = "explore"
    tool: str = "select"
    """"select", "draw" (a footprint), "block", "area" (of a simulation), "cut" (a section's polygon)."""
    selected: Selected | None = None
    pointer_map: tuple[float, float, float] | None = None
    """Easting, northing, height under the pointer."""
    heading_deg: float = 0.0
    navigation: str = "orbit"
    is_waiting_for_ground: bool = False
    overlay: OverlayState = field(default_factory=OverlayState)
    styling: StylingState = field(default_factory=StylingState)
    drawing: int = 0
    """Corners drawn so far."""
    crosshair: bool = False
    """The keyboard points: Space acts in the middle of the picture."""
    wants_search: bool = False
    """The keyboard wants to type into the search box."""
    wants_city: bool = False
    """The keyboard wants out of the panels: what was chosen there is in the city."""
    wants_panel: bool = False
    """The keyboard wants to go to the next panel."""
    variant_before: str | None = None
    """Id of the variant that was on before the city as it is."""
    menu_at: tuple[float, float] | None = None
    """Open the menu of what fits the thing here. [px]"""
    menu_map: tuple[float, float, float] | None = None
    """Easting, northing, height that the menu is about."""
    show_welcome: bool = True
    show_settings: bool = False
    show_section: bool = False
    """The tool of sections is open."""
    underground: bool = False
    """The camera may go below the ground."""
    show_help: bool = False
    show_problems: bool = False
    is_playing: bool = False
    """The clock runs."""
    passing_minute: float | None = None
    """Local minute after midnight that is shown instead of the scene's, while the clock runs or the hour is dragged."""
    is_hour_held: bool = False
    """Somebody has the hour in hand."""
    crs_question: CrsQuestion | None = None
    server_question: ServerQuestion | None = None
    files: FileList | None = None
    imagery_text: str = ""
    """The address or file that is typed to be added."""
    imagery_error: str = ""
    imagery_word: str = ""
    imagery_choices: tuple[str, ...] = ()
    """What a service offers of that, where one has to be chosen."""
    is_adding_imagery: bool = False
    dragged_opacity: tuple[str, float] | None = None
    """Imagery whose opacity is being dragged, and where it is now."""
    asks_unsaved: str = ""
    """What is about to happen to work that is not saved: "open" or "quit"; "": nothing."""
    show_recovery: bool = True
    """Offer what former runs left behind, if there is anything; put off by "Later"."""
    panels_visible: bool = True
    left_visible: bool = True
    """Layers and variants; put away at the panel's corner."""
    right_visible: bool = True
    sunrise: float | None = None
    """Local minutes after midnight."""
    sunset: float | None = None
