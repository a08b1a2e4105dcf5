"""What people do. Each command says what it is called and which operations it comes to.

Here are those of the scene, its tilesets and viewpoints; buildings, sections and imagery have modules of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from explorer.i18n import _
from explorer.layers.styling import read_style
from explorer.scenario.operations import Insert, Operation, Remove, differences
from explorer.scenario.records import TilesetLayer, Viewpoint
from explorer.scenario.scenario import Scenario


class Command(Protocol):
    """Something a person does to the scenario."""

    @property
    def label(self) -> str:
        """Short words for "Undo: …"."""
        ...

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        """What it comes to on this scenario. Raises `ScenarioError` when it cannot be done."""
        ...


@dataclass(frozen=True, slots=True)
class ChangeScene:
    """Set fields of the scene: title, date and time of the sun, active variant, view …"""

    values: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        if set(self.values) <= {"date", "minute"}:
            return _("change date and time")
        if set(self.values) == {"active_variant"}:
            return _("switch variant")
        return _("change scene")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        yield from differences(scenario.scene, self.values)


@dataclass(frozen=True, slots=True)
class AddLayer:
    """Stand the scene on one more tileset."""

    layer: TilesetLayer

    @property
    def label(self) -> str:
        return _("add layer")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        yield Insert(self.layer)


@dataclass(frozen=True, slots=True)
class ShowLayer:
    """Show or hide a layer."""

    layer_id: str
    is_visible: bool

    @property
    def label(self) -> str:
        return _("show layer") if self.is_visible else _("hide layer")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        yield from differences(scenario.record(self.layer_id), {"is_visible": self.is_visible})


@dataclass(frozen=True, slots=True)
class StyleLayer:
    """Colour, show and hide a layer's features by their attributes; None: as the data says.

    Raises `StyleError` for one that is not 3D Tiles Styling as published.
    """

    layer_id: str
    style: dict[str, Any] | None

    @property
    def label(self) -> str:
        return _("colour by attribute") if self.style is not None else _("take colours off")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        if self.style is not None:
            read_style(self.style)
        yield from differences(scenario.record(self.layer_id), {"style": self.style})


@dataclass(frozen=True, slots=True)
class SaveViewpoint:
    """Keep a pose."""

    viewpoint: Viewpoint

    @property
    def label(self) -> str:
        return _("save viewpoint")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        yield Insert(self.viewpoint)


@dataclass(frozen=True, slots=True)
class DeleteViewpoint:
    """Forget a pose."""

    viewpoint_id: str

    @property
    def label(self) -> str:
        return _("delete viewpoint")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        scenario.record(self.viewpoint_id)
        yield Remove(self.viewpoint_id)
