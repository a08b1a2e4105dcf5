"""What people do with proposed buildings, and with the variants that hold them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from explorer.errors import ScenarioError
from explorer.i18n import _
from explorer.scenario.operations import Insert, Operation, Remove, SetField, differences
from explorer.scenario.records import SCENE_ID, Proposal, Variant, new_id
from explorer.scenario.scenario import Scenario


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
        yield from differences(known, wanted)


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
        yield from differences(known, self.values)


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
        yield from differences(scenario.record(self.variant_id), {"name": self.name})


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


def _next_order(scenario: Scenario) -> int:
    return max((variant.order for variant in scenario.variants), default=-1) + 1
