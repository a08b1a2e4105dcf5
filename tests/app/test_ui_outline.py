"""An outline while it is drawn, by pointer and by typed metres; a building slid by keys."""

from __future__ import annotations

import pytest

from explorer.app.drawing import Outline, area_of, metres, number_of, square_metres
from explorer.app.handling import nudged
from explorer.scenario import Proposal

CORNER = (100.0, 50.0, 2.0)


def test_a_typed_length_puts_the_corner_exactly_there_in_the_pointers_direction() -> None:
    outline = Outline([CORNER])
    outline.follow((103.0, 54.0, 2.0))
    outline.typed = "12,5"
    assert outline.next_corner == pytest.approx((107.5, 60.0, 2.0))


def test_without_a_typed_length_the_corner_is_at_the_pointer() -> None:
    outline = Outline([CORNER])
    outline.follow((103.0, 54.0, 2.0))
    assert outline.next_corner == (103.0, 54.0, 2.0)


def test_a_square_drawing_turns_by_right_angles_to_the_edge_of_before() -> None:
    outline = Outline([CORNER, (110.0, 60.0, 2.0)])  # an edge to the north-east
    outline.follow((100.0, 69.0, 2.0), is_square=True)
    assert outline.pointer is not None
    x, y, _z = outline.pointer
    assert (x - 110.0) * 10.0 + (y - 60.0) * 10.0 == pytest.approx(0.0, abs=1e-9)


def test_metres_stand_beside_every_edge_and_square_metres_in_the_middle() -> None:
    outline = Outline([(0.0, 0.0, 0.0), (20.0, 0.0, 0.0)])
    outline.follow((20.0, 12.0, 0.0))
    words = [text for _at, text, _strong in outline.labels()]
    assert words == ["20.00 m", "12.00 m", "23.32 m", "120 m²"]
    strong = [text for _at, text, is_strong in outline.labels() if is_strong]
    assert strong == ["12.00 m"]


def test_a_pointer_that_rests_on_the_corner_just_made_is_no_edge_of_nought_metres() -> None:
    outline = Outline([(0.0, 0.0, 0.0), (20.0, 0.0, 0.0)])
    outline.follow((20.0, 0.01, 0.0))
    assert [text for _at, text, _strong in outline.labels()][:1] == ["20.00 m"]
    assert not any(is_strong for _at, _text, is_strong in outline.labels())
    outline.typed = "5"
    assert "5_ m" in [text for _at, text, _strong in outline.labels()]


def test_what_is_typed_is_taken_back_before_corners_are() -> None:
    outline = Outline([CORNER], typed="1")
    outline.take_back()
    assert (outline.typed, len(outline.corners)) == ("", 1)
    outline.take_back()
    assert outline.corners == []


def test_a_corner_twice_in_one_place_is_one_corner() -> None:
    outline = Outline([CORNER])
    assert not outline.add((100.01, 50.0, 2.0))
    assert len(outline.corners) == 1


@pytest.mark.parametrize(
    ("typed", "number"), [("12.5", 12.5), ("12,5", 12.5), ("", None), (".", None), ("1.2.3", None)]
)
def test_figures_are_read_as_people_type_them(typed: str, number: float | None) -> None:
    assert number_of(typed) == number


def test_areas_and_lengths_are_written_with_units() -> None:
    assert area_of([(0.0, 0.0, 0.0), (0.0, 150.0, 0.0), (100.0, 150.0, 0.0), (100.0, 0.0, 0.0)]) == 15_000.0
    assert (metres(3.456), metres(345.6), square_metres(240.4), square_metres(15_000.0)) == (
        "3.46 m", "345.6 m", "240 m²", "1.50 ha",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("facing", "east", "north"), [(0.0, 0.0, 1.0), (88.0, 1.0, 0.0), (181.0, 0.0, -1.0), (-90.0, -1.0, 0.0)]
)
def test_ahead_is_ahead_as_the_viewer_sees_it(facing: float, east: float, north: float) -> None:
    moved = nudged(Proposal(id="p", variant_id="v", easting=10.0, northing=20.0), 1.0, 0.0, facing)
    assert (moved.easting - 10.0, moved.northing - 20.0) == pytest.approx((east, north))
