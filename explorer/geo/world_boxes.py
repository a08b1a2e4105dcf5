"""Bounding boxes of many tiles brought to the world at once, each made so much larger that it holds what it held."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from explorer.errors import CrsError
from explorer.geo.ellipsoid import enu_matrix, geodetic_from_ecef
from explorer.geo.fit import fit_world_from_ecef
from explorer.geo.frame import WorldFrame
from explorer.geo.volumes import OrientedBox

FloatArray = NDArray[np.float64]

_AT_ONCE = 2048
"""Boxes that fit a cache together."""
_MANY_BOXES = 300
"""From so many on, one fit around all of them is quicker than the exact way for each."""
_NEAR_ENOUGH_M = 0.05
"""Boxes are made larger by what the fit around all of them errs, but no more than this. [m]"""
_LARGE_BOX_M = 250.0
"""Longer half axes are bent by more than centimetres, and the box's corners are looked at, too. [m]"""
_CORNERS = np.array([(x, y, z) for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])


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
