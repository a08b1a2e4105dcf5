"""Solids are closed, outward, and as large as arithmetic says."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import ScenarioError
from explorer.massing import ROOF_FORMS, BuildingMass, build_solid, figures
from explorer.massing.building import BASE_SKIRT
from explorer.tileformat import Mesh

RECTANGLE = ((-10.0, -5.0), (10.0, -5.0), (10.0, 5.0), (-10.0, 5.0))
ANGLE = ((0.0, 0.0), (20.0, 0.0), (20.0, 8.0), (8.0, 8.0), (8.0, 20.0), (0.0, 20.0))


def volume(mesh: Mesh) -> float:
    a, b, c = (mesh.positions[mesh.triangles[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6.0)


def unmatched_edges(mesh: Mesh) -> int:
    points = np.round(mesh.positions, 3)
    edges: Counter[tuple[tuple[float, ...], tuple[float, ...]]] = Counter()
    for triangle in mesh.triangles:
        corners = [tuple(points[i]) for i in triangle]
        for i in range(3):
            if corners[i] != corners[(i + 1) % 3]:
                edges[(corners[i], corners[(i + 1) % 3])] += 1
    return sum((edges - Counter({(b, a): n for (a, b), n in edges.items()})).values())


@pytest.mark.parametrize("form", ROOF_FORMS)
@pytest.mark.parametrize("footprint", [RECTANGLE, ANGLE, RECTANGLE[::-1]])
def test_every_roof_makes_a_closed_outward_solid(form: str, footprint: tuple[tuple[float, float], ...]) -> None:
    mass = BuildingMass(footprint, storeys=4, roof_form=form, roof_height=4.0)
    mesh = build_solid(mass)
    assert unmatched_edges(mesh) == 0
    below = figures(mass).footprint_area * BASE_SKIRT
    assert volume(mesh) == pytest.approx(figures(mass).volume + below, rel=1e-5)


@pytest.mark.parametrize(
    ("form", "above_eaves"),
    [
        ("flat", 0.0),
        ("gabled", 400.0),
        ("skillion", 400.0),
        ("pyramidal", 800.0 / 3.0),
        ("hipped", 400.0 - 400.0 / 6.0),
    ],
)
def test_volume_of_a_rectangle_is_the_textbook_one(form: str, above_eaves: float) -> None:
    # 20 m x 10 m, 4 m roof: prism half, pyramid a third; hips as steep as the sides take 2 * (1/6) of w^2 h / 2
    mass = BuildingMass(RECTANGLE, storeys=2, storey_height=3.0, roof_form=form, roof_height=4.0)
    assert figures(mass).volume == pytest.approx(200.0 * 6.0 + above_eaves, rel=1e-6)
    assert figures(mass).gross_floor_area == pytest.approx(400.0)


def test_a_courtyard_stays_open() -> None:
    yard = ((-4.0, -2.0), (4.0, -2.0), (4.0, 2.0), (-4.0, 2.0))
    mass = BuildingMass(RECTANGLE, holes=(yard,), storeys=3)
    mesh = build_solid(mass)
    assert figures(mass).footprint_area == pytest.approx(168.0)
    assert unmatched_edges(mesh) == 0
    assert volume(mesh) == pytest.approx(168.0 * (9.0 + BASE_SKIRT), rel=1e-6)


@pytest.mark.parametrize(
    "footprint",
    [
        ((0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0)),
        ((0.0, 0.0), (0.1, 0.0), (0.1, 0.1)),
        ((0.0, 0.0), (1.0, 0.0)),
        ((0.0, 0.0), (float("nan"), 0.0), (5.0, 5.0)),
    ],
)
def test_a_footprint_without_a_solid_is_refused(footprint: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ScenarioError):
        build_solid(BuildingMass(footprint))


@settings(max_examples=30, deadline=None)
@given(
    radii=st.lists(st.floats(5.0, 30.0), min_size=4, max_size=9),
    form=st.sampled_from(ROOF_FORMS),
    height=st.floats(0.5, 8.0),
)
def test_any_star_shaped_outline_gives_a_closed_solid(radii: list[float], form: str, height: float) -> None:
    angles = np.linspace(0.0, 2.0 * np.pi, len(radii), endpoint=False)
    ring = tuple((float(r * np.cos(a)), float(r * np.sin(a))) for r, a in zip(radii, angles, strict=True))
    mass = BuildingMass(ring, storeys=2, roof_form=form, roof_height=height)
    mesh = build_solid(mass)
    assert unmatched_edges(mesh) == 0
    expected = figures(mass).volume + figures(mass).footprint_area * BASE_SKIRT
    assert volume(mesh) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("storeys", "roof_height", "why"),
    [(900, 0.0, "at most 1000 m"), (4, -1.0, "between 0 and 100 m"), (4, 101.0, "between 0 and 100 m")],
)
def test_a_height_that_cannot_be_says_what_can(storeys: int, roof_height: float, why: str) -> None:
    with pytest.raises(ScenarioError, match=why):
        build_solid(BuildingMass(RECTANGLE, storeys=storeys, roof_form="gabled", roof_height=roof_height))


@pytest.mark.parametrize("form", ["gabled", "hipped", "pyramidal", "skillion"])
@pytest.mark.parametrize("footprint", [
    ((0.0, 0.0), (20.0, 0.0), (20.0, 6.0), (6.0, 6.0), (6.0, 20.0), (0.0, 20.0)),
    ((0.0, 0.0), (20.0, 0.0), (20.0, 18.0), (14.0, 18.0), (14.0, 6.0), (6.0, 6.0), (6.0, 18.0), (0.0, 18.0)),
])  # fmt: skip
def test_the_height_is_that_of_what_is_built(form: str, footprint: tuple[tuple[float, float], ...]) -> None:
    mass = BuildingMass(footprint, storeys=1, storey_height=3.0, roof_form=form, roof_height=4.0)
    top = float(build_solid(mass).positions[:, 2].max())
    assert figures(mass).height == pytest.approx(top, abs=1e-6)
    assert 3.0 < top <= 7.0 + 1e-6
