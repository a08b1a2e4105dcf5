"""What people do. Each command says what it is called and which operations it comes to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from explorer.errors import ScenarioError
from explorer.i18n import _
from explorer.layers.styling import read_style
from explorer.scenario.operations import Insert, Operation, Remove, SetField
from explorer.scenario.records import SCENE_ID, Proposal, TilesetLayer, Variant, Viewpoint, new_id
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
class PlaceProposal:
    """Place a proposed building. Its variant must be there, and its parameters must give a solid."""

    proposal: Proposal

    @property
    def label(self) -> str:
        return _("place building")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        scenario.record(self.proposal.variant_id)
        self.proposal.mass.check()
        yield Insert(self.proposal)


@dataclass(frozen=True, slots=True)
class MoveProposal:
    """Put a proposed building at a place on the ground; what it replaces there comes with it."""

    proposal_id: str
    easting: float
    northing: float
    base_height: float
    hidden_features: tuple[str, ...] | None = None

    @property
    def label(self) -> str:
        return _("move building")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        known = scenario.proposal(self.proposal_id)
        wanted: dict[str, Any] = {
            "easting": self.easting,
            "northing": self.northing,
            "base_height": self.base_height,
            "hidden_features": known.hidden_features if self.hidden_features is None else self.hidden_features,
        }
        yield from _differences(known, wanted)


@dataclass(frozen=True, slots=True)
class ChangeProposal:
    """Set parameters of a proposed building, checked together."""

    proposal_id: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return _("change building")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        known = scenario.proposal(self.proposal_id)
        try:
            replace(known, **self.values).mass.check()
        except TypeError as error:
            raise ScenarioError(_("A building has no such parameter: {why}").format(why=error)) from error
        yield from _differences(known, self.values)


@dataclass(frozen=True, slots=True)
class CopyProposal:
    """Copy a building beside itself."""

    proposal_id: str
    new_proposal_id: str
    easting: float
    northing: float
    base_height: float
    hidden_features: tuple[str, ...] = ()
    name: str = ""
    """Empty: that of the building it is a copy of."""

    @property
    def label(self) -> str:
        return _("copy building")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        known = scenario.proposal(self.proposal_id)
        yield Insert(
            replace(
                known,
                id=self.new_proposal_id,
                easting=self.easting,
                northing=self.northing,
                base_height=self.base_height,
                hidden_features=self.hidden_features,
                name=self.name or known.name,
            )
        )


@dataclass(frozen=True, slots=True)
class DeleteProposal:
    """Take a proposed building away; what it replaced comes back."""

    proposal_id: str

    @property
    def label(self) -> str:
        return _("delete building")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        scenario.proposal(self.proposal_id)
        yield Remove(self.proposal_id)


@dataclass(frozen=True, slots=True)
class AddVariant:
    """Add an empty variant and make it the active one."""

    name: str
    variant_id: str = ""

    @property
    def label(self) -> str:
        return _("add variant")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        variant_id = self.variant_id or new_id("variant")
        yield Insert(Variant(id=variant_id, name=self.name, order=_next_order(scenario)))
        yield SetField(SCENE_ID, "active_variant", variant_id)


@dataclass(frozen=True, slots=True)
class CopyVariant:
    """Copy a variant with all that is in it."""

    variant_id: str
    name: str

    @property
    def label(self) -> str:
        return _("copy variant")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        scenario.record(self.variant_id)
        copy_id = new_id("variant")
        yield Insert(Variant(id=copy_id, name=self.name, order=_next_order(scenario)))
        for proposal in scenario.proposals(self.variant_id):
            yield Insert(replace(proposal, id=new_id("proposal"), variant_id=copy_id))
        yield SetField(SCENE_ID, "active_variant", copy_id)


@dataclass(frozen=True, slots=True)
class RenameVariant:
    """Give a variant another name."""

    variant_id: str
    name: str

    @property
    def label(self) -> str:
        return _("rename variant")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        yield from _differences(scenario.record(self.variant_id), {"name": self.name})


@dataclass(frozen=True, slots=True)
class DeleteVariant:
    """Take a variant and all that is in it away."""

    variant_id: str

    @property
    def label(self) -> str:
        return _("delete variant")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        scenario.record(self.variant_id)
        for proposal in scenario.proposals(self.variant_id):
            yield Remove(proposal.id)
        if scenario.scene.active_variant == self.variant_id:
            yield SetField(SCENE_ID, "active_variant", None)
        yield Remove(self.variant_id)


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
        yield from _differences(scenario.scene, self.values)


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
        yield from _differences(scenario.record(self.layer_id), {"is_visible": self.is_visible})


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
        yield from _differences(scenario.record(self.layer_id), {"style": self.style})


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


def _differences(record: Any, values: dict[str, Any]) -> Iterator[Operation]:
    for name, value in values.items():
        if getattr(record, name, None) != value:
            yield SetField(record.id, name, value)


def _next_order(scenario: Scenario) -> int:
    return max((variant.order for variant in scenario.variants), default=-1) + 1
