"""Cells of the S2 geometry; tokens and corners are those that s2sphere 0.2.5 gives for the places named."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.geo import S2Cell, ecef_from_geodetic, s2_boxes

CELLS = {
    "Delft": ("47c5b5c4", (2, 13, 710, 3746),
              ((4.3610386, 52.0045600), (4.3626973, 52.0151092), (4.3497730, 52.0155868), (4.3481192, 52.0050372))),
    "Rotterdam": ("47c43", (2, 8, 21, 116),
                  ((4.7332424, 51.5881758), (4.7908265, 51.9242329), (4.3768957, 51.9403429), (4.3242469, 51.6039460))),
    "Sydney": ("6b12ae669", (3, 16, 59493, 12211),
               ((151.2146155, -33.8560711), (151.2146155, -33.8573502), (151.2160726, -33.8577206),
                (151.2160726, -33.8564414))),
    "pole": ("455", (2, 4, 7, 7), ((45.0, 82.8627519), (90.0, 84.9401312), (180.0, 90.0), (0.0, 84.9401312))),
    "Quito": ("91d5907e997", (4, 20, 526803, 665658),
              ((-78.4700439, -0.1799637), (-78.4700439, -0.1800354), (-78.4699551, -0.1800354),
               (-78.4699551, -0.1799636))),
    "Fiji": ("6e1e1b", (3, 10, 717, 510),
             ((179.8505012, -17.7635643), (179.8505012, -17.8583299), (179.9253233, -17.8583726),
              (179.9253233, -17.7636069))),
}  # fmt: skip


def box_of(cell: S2Cell, low: float = -10.0, high: float = 90.0) -> tuple[np.ndarray, np.ndarray]:
    level, i, j = (np.array([one]) for one in (cell.level, cell.i, cell.j))
    centre, half_axes = s2_boxes(cell.face, level, i, j, np.array([low]), np.array([high]))
    return centre[0], half_axes[0]


def within(box: tuple[np.ndarray, np.ndarray], points: np.ndarray) -> np.ndarray:
    """How far out points are, 1 at the sides; by axis."""
    found: np.ndarray = np.abs(np.linalg.solve(box[1].T, (points - box[0]).T)).T
    return found


@pytest.mark.parametrize("place", list(CELLS))
def test_a_token_means_its_cell_and_the_box_holds_its_corners_tightly(place: str) -> None:
    token, expected, corners = CELLS[place]
    cell = S2Cell.of_token(token)
    assert (cell.face, cell.level, cell.i, cell.j) == expected
    points = ecef_from_geodetic(np.array([(*corner, height) for corner in corners for height in (-10.0, 90.0)]))
    out = within(box_of(cell), points)
    assert out.max() < 1.0 + 1e-3  # corners are given to a centimetre
    assert out.max() > 0.85


def test_the_first_cells_are_the_faces_of_a_cube_around_the_earth() -> None:
    assert [S2Cell.of_token(token) for token in "13579b"] == [S2Cell(face, 0, 0, 0) for face in range(6)]
    for face, middle in enumerate([(0, 0), (90, 0), (0, 90), (180, 0), (-90, 0), (0, -90)]):
        out = within(box_of(S2Cell(face, 0, 0, 0)), ecef_from_geodetic(np.array([(*middle, 0.0)])))
        assert out.max() < 1.0 and np.sort(out[0])[1] < 1e-6


@given(st.integers(0, 5), st.integers(0, 28), st.tuples(st.integers(0, 2**28 - 1), st.integers(0, 2**28 - 1)))
def test_the_four_cells_of_the_next_level_lie_in_theirs(face: int, level: int, place: tuple[int, int]) -> None:
    i, j = (at % (1 << level) for at in place)
    box = box_of(S2Cell(face, level, i, j))
    for k in range(4):
        centre, _half = box_of(S2Cell(face, level + 1, 2 * i + (k & 1), 2 * j + (k >> 1)))
        assert within(box, centre[None]).max() < 1.0 + 1e-6


@pytest.mark.parametrize("token", ["", "x", "0", "8", "f", "X", "47c5b5c40000000000", "-7", "47 c"])
def test_what_is_no_token_is_said(token: str) -> None:
    with pytest.raises(ValueError, match="S2 cell"):
        S2Cell.of_token(token)
