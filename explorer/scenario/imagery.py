"""What people do with imagery: add, show, mix, order and remove it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from explorer.errors import ScenarioError
from explorer.i18n import _
from explorer.scenario.checks import check_record
from explorer.scenario.operations import Insert, Operation, Remove, SetField, differences
from explorer.scenario.records import ImageryLayer
from explorer.scenario.scenario import Scenario


def imagery_named(scenario: Scenario, layer_id: str) -> ImageryLayer:
    """One imagery layer. Raises `ScenarioError`."""
    found = scenario.record(layer_id)
    if not isinstance(found, ImageryLayer):
        raise ScenarioError(_("“{id}” is no imagery.").format(id=layer_id))
    return found


@dataclass(frozen=True, slots=True)
class AddImagery:
    """Lay imagery over what is there."""

    layer: ImageryLayer

    @property
    def label(self) -> str:
        return _("add imagery")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        check_record(self.layer)
        order = max((layer.order for layer in scenario.imagery), default=-1) + 1
        yield Insert(replace(self.layer, order=order))


@dataclass(frozen=True, slots=True)
class ChangeImagery:
    """Show or hide it, set its opacity or name."""

    layer_id: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        if set(self.values) == {"is_visible"}:
            return _("show layer") if self.values["is_visible"] else _("hide layer")
        return _("change imagery")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        known = imagery_named(scenario, self.layer_id)
        try:
            check_record(replace(known, **self.values))
        except TypeError as error:
            raise ScenarioError(_("Imagery has no such value: {why}").format(why=error)) from error
        yield from differences(known, self.values)


@dataclass(frozen=True, slots=True)
class RaiseImagery:
    """Lay it over the one above it, or, by -1, under the one below it."""

    layer_id: str
    by: int = 1

    @property
    def label(self) -> str:
        return _("reorder imagery")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        known = imagery_named(scenario, self.layer_id)
        layers = list(scenario.imagery)
        at = layers.index(known)
        to = min(max(at + self.by, 0), len(layers) - 1)
        layers.insert(to, layers.pop(at))
        for order, layer in enumerate(layers):
            if layer.order != order:
                yield SetField(layer.id, "order", order)


@dataclass(frozen=True, slots=True)
class RemoveImagery:
    """Take it off."""

    layer_id: str

    @property
    def label(self) -> str:
        return _("remove imagery")

    def operations(self, scenario: Scenario) -> Iterator[Operation]:
        yield Remove(imagery_named(scenario, self.layer_id).id)
