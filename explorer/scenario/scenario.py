"""A scenario: all records at one moment. Immutable; a worker may read it without a lock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import is_
from types import MappingProxyType
from typing import Any, TypeVar, cast

from explorer.errors import UnknownProposal, UnknownRecord, quoted
from explorer.i18n import _
from explorer.scenario.records import (
    SCENE_ID,
    ImageryLayer,
    Proposal,
    Record,
    Scene,
    Section,
    TilesetLayer,
    Variant,
    Viewpoint,
)

R = TypeVar("R")


def _frozen(records: dict[str, Record]) -> MappingProxyType[str, Record]:
    return MappingProxyType(records)


@dataclass(frozen=True, eq=False)
class Scenario:
    """Records by id. Make one with `Scenario.of(Scene(...), …)`."""

    records: MappingProxyType[str, Record] = field(default_factory=lambda: _frozen({SCENE_ID: Scene()}))
    clock: int = 0
    """Logical time of the newest operation."""
    members: tuple[tuple[str, Any], ...] = ()
    """Members of the scene file, beside its records, that a newer version wrote; kept."""

    @classmethod
    def of(cls, *records: Record) -> Scenario:
        """A scenario of these records; a scene record is added where there is none."""
        found: dict[str, Record] = {record.id: record for record in records}
        found.setdefault(SCENE_ID, Scene())
        return cls(_frozen(found))

    def with_records(self, records: dict[str, Record], clock: int) -> Scenario:
        """The next moment."""
        return Scenario(_frozen(records), clock, self.members)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scenario) and dict(self.records) == dict(other.records)

    def record(self, record_id: str) -> Record:
        """One record. Raises `UnknownRecord`."""
        try:
            return self.records[record_id]
        except KeyError:
            raise UnknownRecord(_("There is no “{id}” in this scene.").format(id=quoted(record_id))) from None

    @property
    def scene(self) -> Scene:
        """What holds for the whole scene."""
        return cast(Scene, self.records[SCENE_ID])

    def proposal(self, proposal_id: str) -> Proposal:
        """One proposal. Raises `UnknownProposal`."""
        found = self.records.get(proposal_id)
        if not isinstance(found, Proposal):
            raise UnknownProposal(_("There is no proposal “{id}” in this scene.").format(id=quoted(proposal_id)))
        return found

    def _all(self, cls: type[R]) -> Iterator[R]:
        return (record for record in self.records.values() if isinstance(record, cls))

    @property
    def layers(self) -> tuple[TilesetLayer, ...]:
        """Tilesets, in order."""
        return tuple(sorted(self._all(TilesetLayer), key=lambda r: (r.order, r.id)))

    @property
    def imagery(self) -> tuple[ImageryLayer, ...]:
        """Pictures of the ground, the lowest first."""
        return tuple(sorted(self._all(ImageryLayer), key=lambda r: (r.order, r.id)))

    @property
    def variants(self) -> tuple[Variant, ...]:
        """Variants, in order."""
        return tuple(sorted(self._all(Variant), key=lambda r: (r.order, r.id)))

    @property
    def viewpoints(self) -> tuple[Viewpoint, ...]:
        """Saved poses, in order."""
        return tuple(sorted(self._all(Viewpoint), key=lambda r: (r.order, r.id)))

    @property
    def sections(self) -> tuple[Section, ...]:
        """Where the city can be cut open, in order."""
        return tuple(sorted(self._all(Section), key=lambda r: (r.order, r.id)))

    @property
    def section(self) -> Section | None:
        """Where it is cut open now; None: nowhere."""
        found = self.records.get(self.scene.active_section or "")
        return found if isinstance(found, Section) else None

    def proposals(self, variant_id: str | None) -> tuple[Proposal, ...]:
        """Proposals of a variant; none for the city as it is."""
        if variant_id is None:
            return ()
        return tuple(sorted((p for p in self._all(Proposal) if p.variant_id == variant_id), key=lambda r: r.id))

    def hidden_features(self, variant_id: str | None) -> frozenset[str]:
        """Ids of the city's features that the variant's proposals replace."""
        return frozenset(feature for proposal in self.proposals(variant_id) for feature in proposal.hidden_features)

    def variant_named(self, name: str) -> Variant:
        """A variant by name (or id). Raises `UnknownRecord` that lists the names."""
        for variant in self.variants:
            if name in (variant.name, variant.id):
                return variant
        names = ", ".join(variant.name for variant in self.variants) or "-"
        text = _("There is no variant “{name}” in this scene. It has: {names}")
        raise UnknownRecord(text.format(name=name, names=names))


def changed_ids(before: Scenario, after: Scenario) -> frozenset[str]:
    """Ids of records that were added, removed or changed; identity is compared first, so it is cheap."""
    # plain copies: asking a read-only view ten thousand times costs more than copying it once
    a, b = before.records.copy(), after.records.copy()
    if len(a) == len(b) and all(map(is_, a, b)):
        # fields were set, nothing came or went: the records lie in the same order
        same = map(is_, a.values(), b.values())
        return frozenset(i for i, is_same in zip(a, same, strict=True) if not is_same and a[i] != b[i])
    changed = {i for i, record in b.items() if (old := a.get(i)) is not record and old != record}
    changed.update(i for i in a if i not in b)
    return frozenset(changed)
