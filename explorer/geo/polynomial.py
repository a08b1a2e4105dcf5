"""A quadratic polynomial of three variables: found from samples by least squares, evaluated quickly, always alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

CHUNK = 1 << 14
"""Points at a time: what is worked on stays in the processor's cache."""

_SYMMETRIC = np.zeros((9, 6))
_SYMMETRIC[[0, 4, 8, 1, 3, 2, 6, 5, 7], [0, 1, 2, 3, 3, 4, 4, 5, 5]] = 1.0
"""Which elements of a 3x3 matrix, row by row, are factors of xx, yy, zz, xy, xz, yz."""
_HALF = np.array([1.0, 0.5, 0.5, 0.5, 1.0, 0.5, 0.5, 0.5, 1.0])


@dataclass(frozen=True, eq=False)
class PolynomialFit:
    """A quadratic polynomial of three variables, shape (n, 3) -> (n, 3), valid inside the box it was fitted for."""

    origin: FloatArray
    """(3,) source coordinates of the middle."""
    axes: FloatArray
    """(3, 3) brings offsets from `origin` to about -1 … 1: `(points - origin) @ axes`."""
    coefficients: FloatArray
    """(10, 3) of 1, x, y, z, xx, yy, zz, xy, xz, yz."""
    target: FloatArray
    """(3,) target coordinates of the middle; added last, so that nothing small is lost."""
    max_error: float
    """Largest distance from the exact way at points between the samples. [m]"""

    def __call__(self, points: ArrayLike) -> FloatArray:
        """Bring points (n, 3) over; 20 million a second. The same bits however the points are split."""
        source = np.asarray(points, dtype=np.float64)
        result = np.empty((len(source), 3))
        for start in range(0, len(source), CHUNK):
            part = source[start : start + CHUNK]
            result[start : start + CHUNK] = self._evaluate(part).T
        return result

    def matrix_at(self, point: ArrayLike) -> FloatArray:
        """The 4x4 affine matrix that agrees with the polynomial at and just around `point` (3,); column vectors."""
        x, y, z = (np.asarray(point, dtype=np.float64) - self.origin) @ self.axes
        c = self.coefficients
        gradient = np.stack(
            [
                c[1] + 2.0 * c[4] * x + c[7] * y + c[8] * z,
                c[2] + 2.0 * c[5] * y + c[7] * x + c[9] * z,
                c[3] + 2.0 * c[6] * z + c[8] * x + c[9] * y,
            ]
        )
        matrix = np.eye(4)
        matrix[:3, :3] = (self.axes @ gradient).T
        matrix[:3, 3] = self(np.asarray(point, dtype=np.float64)[None])[0] - matrix[:3, :3] @ np.asarray(point)
        return matrix

    def about(self, point: FloatArray, turn: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The same polynomial of other variables: offsets d from `point` (3,), in axes that `turn` (3, 3) turns back.

        Returns the value at the point (3,), and what to multiply by: (3, 3) column vectors for d, and (6, 3) for
        xx, yy, zz, xy, xz, yz.
        """
        middle, turned = (point - self.origin) @ self.axes, self.axes.T @ turn
        bent = self._second @ middle
        flat = self.coefficients[1:4].T
        value = self.target + self.coefficients[0] + (flat + bent) @ middle
        second = (turned.T @ self._second @ turned).reshape(3, 9)
        return value, (flat + 2.0 * bent) @ turned, (second @ _SYMMETRIC).T

    @cached_property
    def _second(self) -> FloatArray:
        """(3, 3, 3) the quadratic part as a symmetric matrix for each target coordinate."""
        return np.asarray(self.coefficients[4:].T @ _SYMMETRIC.T * _HALF).reshape(3, 3, 3)

    def _evaluate(self, points: FloatArray) -> FloatArray:
        """(n, 3) -> (3, n). By columns and without BLAS, whose sums may depend on the number of rows and threads."""
        dx, dy, dz = points[:, 0] - self.origin[0], points[:, 1] - self.origin[1], points[:, 2] - self.origin[2]
        a = self.axes[:, :, None]
        x, y, z = dx * a[0] + dy * a[1] + dz * a[2]
        c = self.coefficients[:, :, None]
        result: FloatArray = (
            x * (c[1] + x * c[4] + y * c[7] + z * c[8])
            + y * (c[2] + y * c[5] + z * c[9])
            + z * (c[3] + z * c[6])
            + c[0]
        )
        result += self.target[:, None]
        return result


def fit_polynomial(
    source: FloatArray, target: FloatArray, check_source: FloatArray, check_target: FloatArray
) -> PolynomialFit:
    """The polynomial nearest to bringing `source` (n, 3) to `target` (n, 3), by least squares.

    Its largest error is looked for at the samples and at `check_source` (m, 3), which goes to `check_target` (m, 3).
    """
    origin, middle = source.mean(axis=0), target.mean(axis=0)
    # Principal axes: ECEF samples lie in a slab that is turned against x, y and z.
    _u, spread, directions = np.linalg.svd(source - origin, full_matrices=False)
    reach = np.maximum(np.abs((source - origin) @ directions.T).max(axis=0), 1e-6)
    del spread
    axes = directions.T / reach
    terms = _terms((source - origin) @ axes)
    coefficients = np.linalg.lstsq(terms, target - middle, rcond=None)[0]
    unchecked = PolynomialFit(origin, axes, coefficients, middle, 0.0)
    errors = [
        np.linalg.norm(unchecked(a) - b, axis=1).max() for a, b in ((source, target), (check_source, check_target))
    ]
    return PolynomialFit(origin, axes, coefficients, middle, float(max(errors)))


def _terms(p: FloatArray) -> FloatArray:
    x, y, z = p.T
    return np.stack([np.ones_like(x), x, y, z, x * x, y * y, z * z, x * y, x * z, y * z], axis=1)
