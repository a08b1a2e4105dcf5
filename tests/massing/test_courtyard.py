"""Courtyards by the depth of the wings around them."""

from __future__ import annotations

import pytest
from shapely import Polygon

from explorer.errors import ScenarioError
from explorer.massing import BuildingMass, build_solid, courtyards, figures, wing_depth
from tests.massing.test_building import ANGLE, RECTANGLE, unmatched_edges

BLOCK = ((0.0, 0.0), (50.0, 0.0), (50.0, 40.0), (0.0, 40.0))


def test_wings_are_as_deep_as_was_asked_on_all_sides() -> None:
    (yard,) = courtyards(BLOCK, 12.0)
    assert Polygon(yard).equals(Polygon([(12, 12), (38, 12), (38, 28), (12, 28)]))
    mass = BuildingMass(BLOCK, (yard,), storeys=2)
    assert wing_depth(mass) == pytest.approx(12.0)
    assert figures(mass).footprint_area == pytest.approx(2000.0 - 26.0 * 16.0)
    assert unmatched_edges(build_solid(mass)) == 0


def test_a_bent_outline_has_a_bent_courtyard() -> None:
    (yard,) = courtyards(ANGLE, 2.5)
    assert len(yard) == 6 and Polygon(ANGLE).contains(Polygon(yard))


def test_no_depth_is_no_courtyard() -> None:
    assert courtyards(BLOCK, 0.0) == () and wing_depth(BuildingMass(BLOCK)) == 0.0


def test_where_wings_would_meet_it_is_said_how_deep_they_may_be() -> None:
    with pytest.raises(ScenarioError, match=r"5\.0 m"):
        courtyards(RECTANGLE, 6.0)
    with pytest.raises(ScenarioError):
        courtyards(((0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0)), 1.0)
