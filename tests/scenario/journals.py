"""Journals of a few steps, written by hand."""

from __future__ import annotations

from pathlib import Path

from explorer.scenario import (
    ChangeScene,
    Journal,
    PlaceProposal,
    Proposal,
    Scenario,
    ScenarioStore,
    Scene,
    Variant,
)

SQUARE = ((-5.0, -5.0), (5.0, -5.0), (5.0, 5.0), (-5.0, 5.0))


def scenario() -> Scenario:
    """One variant, nothing in it."""
    return Scenario.of(Scene(title="Harbour"), Variant(id="v1", name="Variant 1"))


def place(number: int) -> PlaceProposal:
    """A step: one more building."""
    return PlaceProposal(Proposal(id=f"p{number}", variant_id="v1", footprint=SQUARE, name="Ünïcode — “block”"))


def written(path: Path, n_steps: int) -> list[Scenario]:
    """A journal of some steps; the scenarios after 0, 1, 2 … of them."""
    store = ScenarioStore(scenario(), journal=Journal(path), scene_path="plan.cvscene")
    found = [store.scenario]
    for number in range(n_steps):
        store.execute(place(number) if number % 2 == 0 else ChangeScene({"minute": 600 + number}))
        found.append(store.scenario)
    return found
