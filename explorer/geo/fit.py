"""The way between globe and map around a tile, as a quadratic polynomial: exact to microns, and quick.

The map is smooth around a tile, so a least-squares polynomial through 6x6x3 exact samples replaces a projection call
for every vertex. Largest error: 0.001 mm over 1 km, 0.05 mm over 4 km, 3 mm over 16 km; an affine map would err by
38 mm over 500 m.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.errors import CrsError
from explorer.geo.crs import CompoundCrs
from explorer.geo.ellipsoid import enu_matrix, geodetic_from_ecef
from explorer.geo.frame import WorldFrame
from explorer.geo.transform import MapTransform
from explorer.geo.volumes import OrientedBox, looks_like_ecef
from explorer.i18n import _

FloatArray = NDArray[np.float64]

CHUNK = 1 << 14
"""Points at a time: what is worked on stays in the processor's cache."""
SAMPLES = (6, 6, 3)
"""Samples along easting, northing and height."""
_AT_ONCE = 2048
"""Boxes that fit a cache together."""
_MANY_BOXES = 300
"""From so many on, one fit around all of them is quicker than the exact way for each."""
_NEAR_ENOUGH_M = 0.05
"""Boxes are made larger by what the fit around all of them errs, but no more than this. [m]"""
_LARGE_BOX_M = 250.0
"""Longer half axes are bent by more than centimetres, and the box's corners are looked at, too. [m]"""
_CORNERS = np.array([(x, y, z) for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])
LEAST_HALF_EXTENT = 1.0
"""A flat tile is sampled over at least this much in each axis. [m]"""

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


def fit_ecef_from_map(transform: MapTransform, lo: ArrayLike, hi: ArrayLike) -> PolynomialFit:
    """Map coordinates (E, N, H) between `lo` and `hi` (3,) to ECEF. Raises `CrsError` outside the CRS's reach."""
    low, high = np.asarray(lo, dtype=np.float64), np.asarray(hi, dtype=np.float64)
    samples, checks = _grid(low, high)
    return _fit(samples, transform.to_ecef(samples), checks, transform.to_ecef(checks))


def fit_world_from_ecef(frame: WorldFrame, box: OrientedBox) -> PolynomialFit:
    """ECEF inside `box` to world coordinates. Raises `CrsError` outside the CRS's reach.

    The samples are laid out in the map, around the box, and brought to ECEF: heights then span what lies in the box
    however it is turned, and the exact way is asked in the one direction where it needs no search.
    """
    low, high = _map_bounds(frame, box)
    samples, checks = _grid(low, high)
    transform = frame.transform
    return _fit(transform.to_ecef(samples), frame.to_world(samples), transform.to_ecef(checks), frame.to_world(checks))


def fit_world_from(frame: WorldFrame, source_crs: CompoundCrs | None, box: OrientedBox) -> PolynomialFit:
    """Tileset coordinates inside `box` to world coordinates, for any tileset.

    `source_crs` None means ECEF. A tileset in Web Mercator or in a map projection of its own is given its CRS: its
    x, y, z are easting, northing and height there.

    Raises
    ------
    CrsError
        The box is not on the globe and no CRS is given, or it lies outside the CRS's reach.
    """
    if source_crs is None:
        if not looks_like_ecef(box):
            raise CrsError(
                _(
                    "The tileset is not in earth-centred coordinates (its middle is {km:.0f} km from the Earth's). "
                    "Say which CRS its coordinates are in, such as EPSG:3857+ellipsoidal."
                ).format(km=float(np.linalg.norm(box.centre)) / 1000.0)
            )
        return fit_world_from_ecef(frame, box)
    low, high = box.bounds()
    samples, checks = _grid(low, high)
    if source_crs == frame.crs:
        return _fit(samples, frame.to_world(samples), checks, frame.to_world(checks))
    source = MapTransform(source_crs, height_offset=frame.height_offset)

    def to_world(points: FloatArray) -> FloatArray:
        return frame.to_world(frame.transform.from_geodetic(source.to_geodetic(points)))

    return _fit(samples, to_world(samples), checks, to_world(checks))


def boxes_to_world(
    frame: WorldFrame, centres: FloatArray, half_axes: FloatArray, fit: Callable[[FloatArray], FloatArray] | None = None
) -> tuple[FloatArray, FloatArray]:
    """Bounding boxes of many tiles, ECEF to world: centres (n, 3) and half axes (n, 3, 3) rows, both ways.

    The middles and the ends of the half axes are brought over to within 5 cm (or by `fit`, a way from the boxes' frame
    to the world); a box is then made larger by how much its corners stray from the straight one, so that what it held
    it still holds. Boxes beyond the reach of the CRS's grids (a whole country in one root tile) are taken by a plane
    at the scene's origin, and made larger by the Earth's curvature.
    """
    centres = np.asarray(centres, dtype=np.float64)
    half_axes = np.asarray(half_axes, dtype=np.float64)
    if fit is not None:  # it is good for the whole tileset, and boxes that are not in ECEF have no other
        return _boxes_by(fit, centres, half_axes)
    small = np.abs(half_axes).sum(axis=(1, 2)) < 100_000.0
    if small.all():
        world_centres, world_axes = np.empty_like(centres), np.empty_like(half_axes)
    else:
        world_centres, world_axes = _boxes_by_plane(frame, centres, half_axes)
    if small.any():
        world_centres[small], world_axes[small] = _boxes_from_ecef(frame, centres[small], half_axes[small])
    return world_centres, world_axes


def _boxes_from_ecef(frame: WorldFrame, centres: FloatArray, half_axes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Boxes by one fit around all of them; where that is not near enough, around each half of the smaller ones."""
    if len(centres) < _MANY_BOXES:
        return _boxes_exactly(frame, centres, half_axes)
    lon, lat, _height = geodetic_from_ecef(centres.mean(axis=0)[None])[0]
    axes = enu_matrix(lon, lat)[:3, :3].T
    middles = centres @ axes.T
    turned = np.abs((half_axes.reshape(-1, 3) @ axes.T).reshape(-1, 3, 3))
    reach = turned[:, 0] + turned[:, 1] + turned[:, 2]
    low, high = (middles - reach).min(axis=0), (middles + reach).max(axis=0)
    try:
        fit = fit_world_from_ecef(frame, OrientedBox((low + high) / 2.0 @ axes, axes * ((high - low) / 2.0)[:, None]))
    except CrsError:
        return _boxes_exactly(frame, centres, half_axes)
    if fit.max_error < _NEAR_ENOUGH_M:
        return _boxes_by(fit, centres, half_axes, fit.max_error)
    world_centres, world_axes = np.empty_like(centres), np.empty_like(half_axes)
    large = reach[:, :2].max(axis=1) > (high - low)[:2].max() / 8.0
    world_centres[large], world_axes[large] = _boxes_exactly(frame, centres[large], half_axes[large])
    rest = np.flatnonzero(~large)
    wider = int(np.ptp(middles[:, :2], axis=0).argmax())
    for half in np.array_split(rest[np.argsort(middles[rest, wider], kind="stable")], 2):
        world_centres[half], world_axes[half] = _boxes_from_ecef(frame, centres[half], half_axes[half])
    return world_centres, world_axes


def _boxes_exactly(frame: WorldFrame, centres: FloatArray, half_axes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Boxes by the way of each corner; those that the CRS does not reach by a plane."""

    def exact(points: FloatArray) -> FloatArray:
        return frame.to_world(frame.transform.from_ecef(points))

    try:
        return _boxes_by(exact, centres, half_axes)
    except CrsError:
        world_centres, world_axes = _boxes_by_plane(frame, centres, half_axes)
    for index in range(len(centres)):
        one = slice(index, index + 1)
        with suppress(CrsError):
            world_centres[one], world_axes[one] = _boxes_by(exact, centres[one], half_axes[one])
    return world_centres, world_axes


def _boxes_by(
    way: Callable[[FloatArray], FloatArray], centres: FloatArray, half_axes: FloatArray, error: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """`error`: how far the way may be off. [m]"""
    n = len(centres)
    if n > _AT_ONCE:  # what fits a cache takes half the time
        some = [slice(i, i + _AT_ONCE) for i in range(0, n, _AT_ONCE)]
        parts = [_boxes_by(way, centres[rows], half_axes[rows], error) for rows in some]
        return np.concatenate([middle for middle, _axes in parts]), np.concatenate([axes for _middle, axes in parts])
    ends = np.concatenate([centres[:, None] + half_axes, centres[:, None] - half_axes], axis=1)
    moved = way(np.concatenate([centres, ends.reshape(-1, 3)]))
    middle, tips = moved[:n], moved[n:].reshape(n, 6, 3)
    axes = (tips[:, :3] - tips[:, 3:]) / 2.0
    astray = np.abs((tips[:, :3] + tips[:, 3:]) / 2.0 - middle[:, None])
    bend = astray[:, 0] + astray[:, 1] + astray[:, 2]  # (n, 3) in the world's axes
    large = np.flatnonzero((_squared(half_axes) > _LARGE_BOX_M**2).any(axis=1))
    if len(large):  # what is twisted, such as by a map's growing scale, shows at corners alone
        corners = way((centres[large, None] + _CORNERS @ half_axes[large]).reshape(-1, 3)).reshape(-1, 8, 3)
        bend[large] += np.abs(corners - middle[large, None] - _CORNERS @ axes[large]).max(axis=1)
    return middle, _grown(axes, 2.0 * bend + 2.0 * error)


def _boxes_by_plane(frame: WorldFrame, centres: FloatArray, half_axes: FloatArray) -> tuple[FloatArray, FloatArray]:
    origin = np.asarray(frame.origin)
    base = frame.transform.to_ecef([origin])[0]
    steps = np.asarray(frame.transform.to_ecef(origin + np.eye(3))) - base
    from_ecef = np.linalg.inv(steps.T)
    middle = (centres - base) @ from_ecef.T
    axes = half_axes @ from_ecef.T
    farthest = np.linalg.norm(middle, axis=1) + np.linalg.norm(axes, axis=2).sum(axis=1)
    growth = np.zeros_like(middle)
    growth[:, 2] = farthest**2 / (2.0 * 6.35e6)
    growth[:, :2] = (farthest**2 / 6.35e6)[:, None]
    return middle, _grown(axes, growth)


def _grown(axes: FloatArray, growth: FloatArray) -> FloatArray:
    """Half axes (n, 3, 3) lengthened so that the box also holds `growth` (n, 3) more along each world axis."""
    lengths = np.sqrt(_squared(axes))
    unit = axes / np.maximum(lengths, 1e-9)[:, :, None]
    flat = lengths < 1e-9  # a side of no length has no direction: take one across the other two
    if flat.any():
        for i, j in np.argwhere(flat):
            across = np.cross(unit[i, (j + 1) % 3], unit[i, (j + 2) % 3])
            size = float(np.linalg.norm(across))
            unit[i, j] = across / size if size > 1e-9 else np.eye(3)[j]
    # A box of sides `growth` reaches this far along each of the half axes.
    more = np.einsum("nij,nj->ni", np.abs(unit), growth)
    return np.asarray(unit * (lengths + more)[:, :, None])


def _squared(axes: FloatArray) -> FloatArray:
    """Squared lengths (n, 3) of half axes (n, 3, 3); numpy's sums over three numbers each take five times as long."""
    return np.asarray(np.einsum("nij,nij->ni", axes, axes))


def _map_bounds(frame: WorldFrame, box: OrientedBox) -> tuple[FloatArray, FloatArray]:
    """Least and greatest map coordinates around an ECEF box."""
    faces = np.concatenate([box.centre + box.half_axes, box.centre - box.half_axes])
    points = np.concatenate([box.corners(), faces, box.centre[None]])
    geodetic = geodetic_from_ecef(points)
    moved = frame.transform.from_geodetic(geodetic)
    return moved.min(axis=0), moved.max(axis=0)


def _grid(low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The samples, and other points halfway between them to measure the error at."""
    middle = (low + high) / 2.0
    half = np.maximum((high - low) / 2.0, LEAST_HALF_EXTENT)
    # Denser towards the edges (Chebyshev's places): even spacing errs by a twentieth more.
    ticks = [-np.cos(np.pi * np.arange(count) / (count - 1)) for count in SAMPLES]
    between = [(t[1:] + t[:-1]) / 2.0 for t in ticks]
    between[2] = np.array([-1.0, -0.5, 0.5, 1.0])
    between[0] = np.concatenate([between[0], [-1.0, 1.0]])
    between[1] = np.concatenate([between[1], [-1.0, 1.0]])
    return tuple(
        middle + half * np.stack([axis.ravel() for axis in np.meshgrid(*t, indexing="ij")], axis=1)
        for t in (ticks, between)
    )


def _fit(source: FloatArray, target: FloatArray, check_source: FloatArray, check_target: FloatArray) -> PolynomialFit:
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
