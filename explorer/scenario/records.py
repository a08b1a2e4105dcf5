"""The records of a scenario: flat, frozen, by id. Positions are map coordinates of the scene's CRS. [m, degrees]"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, fields
from typing import Any

from explorer.massing import BuildingMass

Ring = tuple[tuple[float, float], ...]

SCENE_ID = "scene"


def new_id(kind: str) -> str:
    """An id that no other machine gives: "proposal-3f2a…"."""
    return f"{kind}-{uuid.uuid4().hex[:12]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What holds for the whole scene."""

    id: str = SCENE_ID
    title: str = ""
    author: str = ""
    licence: str = ""
    attribution: str = ""
    crs: str = ""
    """Compound CRS of every position in the scene: "EPSG:28992+EPSG:5709" as its two parts say."""
    vertical_crs: str = ""
    height_offset: float | None = None
    """Typed offset to ellipsoidal heights, where no geoid is known. [m]"""
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Easting, northing, height of the world's zero. [m]"""
    time_zone: str = "UTC"
    """IANA name."""
    date: str = "2026-06-21"
    """Local date of the sun, ISO."""
    minute: int = 960
    """Local time of the sun, minutes after midnight."""
    active_variant: str | None = None
    """None: the city as it is."""
    active_section: str | None = None
    """None: the city is shown whole."""
    imagery_over: str = "ground"
    """What imagery is draped over: "ground", "roofs" (these, too) or "all"."""
    camera: tuple[float, ...] | None = None
    """Easting, northing, height, heading, pitch, vertical field of view."""
    navigation: str = "orbit"
    eye_height: float = 1.65
    extra: tuple[tuple[str, Any], ...] = ()
    """Members that a newer version wrote; kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TilesetLayer:
    """A tileset that the scene stands on."""

    id: str
    name: str = ""
    url: str = ""
    """Address, or path relative to the scene file."""
    sha256: str = ""
    """Of the tileset.json, to notice other data under the same address."""
    is_visible: bool = True
    source_crs: str | None = None
    """For tilesets that are not in ECEF."""
    style: dict[str, Any] | None = None
    """A style of 3D Tiles Styling as JSON, never changed in place; None: as the data says. Variants share it: they are
    compared in the same colours."""
    order: int = 0
    extra: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageryLayer:
    """A picture of the ground from above, draped over the city."""

    id: str
    name: str = ""
    url: str = ""
    """Address with {z}, {x}, {y}; of a TMS or WMTS; or path of a file, relative to the scene file."""
    layer: str = ""
    """Of a WMTS, as are style and matrix set."""
    style: str = ""
    matrix_set: str = ""
    crs: str = ""
    """Where the source does not say it."""
    zoom: str = ""
    """Levels of an address with {z}: "0-19"."""
    attribution: str = ""
    is_visible: bool = True
    opacity: float = 1.0
    order: int = 0
    """The highest lies on top."""
    extra: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One of several futures of the same place."""

    id: str
    name: str = ""
    order: int = 0
    extra: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A proposed building: parameters, not a mesh."""

    id: str
    variant_id: str
    name: str = ""
    easting: float = 0.0
    northing: float = 0.0
    base_height: float = 0.0
    """Height of the ground floor in the scene's vertical CRS. [m]"""
    rotation_deg: float = 0.0
    """Anticlockwise from the footprint as drawn."""
    footprint: Ring = ()
    """About (easting, northing), before the rotation. [m]"""
    holes: tuple[Ring, ...] = ()
    storeys: int = 3
    storey_height: float = 3.0
    roof_form: str = "flat"
    roof_height: float = 0.0
    hidden_features: tuple[str, ...] = ()
    """Ids of what it replaces."""
    extra: tuple[tuple[str, Any], ...] = ()

    @property
    def mass(self) -> BuildingMass:
        """Its parameters as a mass, before rotation and place."""
        return BuildingMass(
            self.footprint, self.holes, self.storeys, self.storey_height, self.roof_form, self.roof_height
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewpoint:
    """A saved pose."""

    id: str
    name: str = ""
    easting: float = 0.0
    northing: float = 0.0
    height: float = 0.0
    heading_deg: float = 0.0
    pitch_deg: float = 0.0
    fov_y_deg: float = 60.0
    order: int = 0
    extra: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Where the city is cut open."""

    id: str
    name: str = ""
    shape: str = "plane"
    """"plane", "box" or "polygon"."""
    keep: str = "inside"
    """"inside" or "outside"; of a plane, what lies behind it as seen along its heading is inside."""
    easting: float = 0.0
    northing: float = 0.0
    height: float = 0.0
    """A point of the plane; the middle of the box's floor. [m]"""
    heading_deg: float = 0.0
    """Where a plane looks, and where a box's depth points, clockwise from north."""
    pitch_deg: float = 0.0
    """Of a plane's look: 0 level, -90 down."""
    size: tuple[float, float, float] = (40.0, 40.0, 30.0)
    """Width, depth, height of the box. [m]"""
    ring: Ring = ()
    """Corners of the polygon on the map. [m]"""
    floor: float | None = None
    """Height below which the polygon's prism does not reach; None: endless. [m]"""
    top: float | None = None
    order: int = 0
    extra: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A record of a kind that this version does not know; kept as it came."""

    id: str
    kind: str = ""
    members: tuple[tuple[str, Any], ...] = field(default=())


Record = Scene | TilesetLayer | ImageryLayer | Variant | Proposal | Viewpoint | Section | Unknown

KINDS: dict[str, type[Any]] = {
    "scene": Scene,
    "tileset": TilesetLayer,
    "imagery": ImageryLayer,
    "variant": Variant,
    "proposal": Proposal,
    "viewpoint": Viewpoint,
    "section": Section,
}


def kind_of(record: Record) -> str:
    """The plain word for a record's class, as files and journal say it."""
    if isinstance(record, Unknown):
        return record.kind
    return next(kind for kind, cls in KINDS.items() if isinstance(record, cls))


def field_names(record: Record) -> tuple[str, ...]:
    """Names of all fields but the id."""
    return tuple(f.name for f in fields(record) if f.name != "id")
