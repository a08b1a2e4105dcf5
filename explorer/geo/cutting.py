"""What a section leaves of the world: one side of a plane, or the inside or outside of a box or an upright prism."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from explorer.errors import ScenarioError
from explorer.i18n import _

FloatArray = NDArray[np.float64]

MOST_CORNERS = 256
"""Of a polygon: the shaders ask each of its sides, for every pixel."""
_ROUNDS_M = 1e-6
"""A box that touches a face by no more than rounding is not cut away for sure. [m]"""
LEAST_SIZE = 0.01
"""A box or a prism is at least so long, wide and high. [m]"""
MOST_PLANES = 6
_UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, eq=False)
class CutFace:
    """One plane side of what is left, where solids that are cut show what is inside."""

    origin: FloatArray
    """(3,) world. [m]"""
    right: FloatArray
    """(3,) unit vector; `right`, `up` and `normal` are at right angles and right-handed."""
    up: FloatArray
    """(3,) unit vector: upwards as far as the face allows, north on a level one."""
    normal: FloatArray
    """(3,) unit vector, from what is left to what is cut away."""
    outline: FloatArray | None
    """(n, 2) corners along `right` and `up`; None: endless. [m]"""

    @property
    def is_flat(self) -> bool:
        """Whether it shows a plan rather than a profile: what is ground above it is earth on it."""
        return abs(float(self.normal[2])) > 0.7

    def to_face(self, points: FloatArray) -> FloatArray:
        """World points (…, 3) along `right`, `up` and `normal`, (…, 3). [m]"""
        return np.asarray((points - self.origin) @ np.stack([self.right, self.up, self.normal], axis=1))

    def to_world(self, on_face: FloatArray) -> FloatArray:
        """Points of the face (…, 2) in the world, (…, 3). [m]"""
        return np.asarray(self.origin + on_face[..., :1] * self.right + on_face[..., 1:] * self.up)


@dataclass(frozen=True, eq=False)
class Cut:
    """A section in the world."""

    planes: FloatArray
    """(k, 4), at most `MOST_PLANES`: unit normals outwards and offsets; n · p + d > 0 is outside. [m]"""
    ring: FloatArray | None = None
    """(n, 2) corners of an upright prism, anticlockwise; outside of it is outside, too. [m]"""
    keeps_inside: bool = True

    def cuts_away(self, points: FloatArray) -> NDArray[np.bool_]:
        """Which world points (n, 3) are not drawn, (n,). In step with shaders/lib/section.glsl."""
        is_outside = (points @ self.planes[:, :3].T + self.planes[:, 3] > 0.0).any(axis=1)
        if self.ring is not None:
            is_outside |= ~_inside(points[:, :2], self.ring)
        return np.asarray(is_outside == self.keeps_inside)

    def cuts_away_boxes(self, lo: FloatArray, hi: FloatArray) -> NDArray[np.bool_]:
        """Which boxes of the world (n, 3) have nothing left for sure, (n,). [m]"""
        middle, half = (lo + hi) / 2.0, (hi - lo) / 2.0
        at = middle @ self.planes[:, :3].T + self.planes[:, 3]
        reach = half @ np.abs(self.planes[:, :3]).T
        if not self.keeps_inside:
            # inside of a ring is not looked into: it would need its shape
            is_inside = (at + reach <= -_ROUNDS_M).all(axis=1)
            return np.asarray(is_inside & (self.ring is None))
        is_outside = (at - reach > _ROUNDS_M).any(axis=1)
        if self.ring is not None:
            least, most = self.ring.min(axis=0), self.ring.max(axis=0)
            is_outside |= ((lo[:, :2] > most) | (hi[:, :2] < least)).any(axis=1)
        return np.asarray(is_outside)

    def faces(self) -> list[CutFace]:
        """Its sides, as they are seen from what is cut away."""
        found = [self._plane_face(i) for i in range(len(self.planes))]
        if self.ring is not None:
            found += [self._side_face(a, b) for a, b in zip(self.ring, np.roll(self.ring, -1, axis=0), strict=True)]
        return [face for face in found if face.outline is None or len(face.outline) >= 3]

    def _turned(self, face: CutFace) -> CutFace:
        """Towards what is cut away: of what is kept outside, that is the inside."""
        if self.keeps_inside:
            return face
        outline = None if face.outline is None else face.outline * (-1.0, 1.0)
        return CutFace(face.origin, -face.right, face.up, -face.normal, outline)

    def _plane_face(self, row: int) -> CutFace:
        normal, offset = self.planes[row, :3], float(self.planes[row, 3])
        up = _UP - normal * normal[2]
        if np.linalg.norm(up) < 1e-6:
            up = np.array([0.0, 1.0, 0.0])
        up = up / np.linalg.norm(up)
        right = np.cross(up, normal)
        face = CutFace(-offset * normal, right, up, normal, None)
        if len(self.planes) == 1 and self.ring is None:
            return self._turned(face)
        return self._turned(CutFace(face.origin, right, up, normal, self._outline(face, row)))

    def _outline(self, face: CutFace, row: int) -> FloatArray:
        """The part of a plane that is a side of a bounded shape: what the other planes leave of it."""
        if self.ring is not None:  # a level floor or top
            corners = np.column_stack([self.ring, np.zeros(len(self.ring))])
            return face.to_face(corners)[:, :2]
        outline = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]) * 1e7
        for other in np.delete(self.planes, row, axis=0):
            axes = np.array([other[:3] @ face.right, other[:3] @ face.up])
            outline = clipped(outline, outline @ axes + (other[:3] @ face.origin + other[3]))
        return outline

    def _side_face(self, a: FloatArray, b: FloatArray) -> CutFace:
        along = np.array([b[0] - a[0], b[1] - a[1], 0.0])
        length = float(np.linalg.norm(along))
        right = along / max(length, 1e-12)
        heights = [-1e5, 1e5]
        for plane in self.planes:
            heights[int(plane[2] > 0.0)] = float(-plane[3] / plane[2])
        outline = np.array([[0.0, heights[0]], [length, heights[0]], [length, heights[1]], [0.0, heights[1]]])
        face = CutFace(np.array([a[0], a[1], 0.0]), right, _UP, np.cross(right, _UP), outline)
        return self._turned(face)


def clipped(ring: FloatArray, distance: FloatArray) -> FloatArray:
    """The part of a convex polygon (n, 2) where `distance` (n,), linear over it, is not positive."""
    kept = []
    for i in range(len(ring)):
        j = (i + 1) % len(ring)
        if distance[i] <= 0.0:
            kept.append(ring[i])
        if (distance[i] <= 0.0) != (distance[j] <= 0.0):
            share = distance[i] / (distance[i] - distance[j])
            kept.append(ring[i] + share * (ring[j] - ring[i]))
    return np.array(kept).reshape(-1, 2)


def _inside(points: FloatArray, ring: FloatArray) -> NDArray[np.bool_]:
    is_inside = np.zeros(len(points), bool)
    for a, b in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        crosses = (a[1] > points[:, 1]) != (b[1] > points[:, 1])
        with np.errstate(divide="ignore", invalid="ignore"):
            at = a[0] + (points[:, 1] - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
        is_inside ^= crosses & (points[:, 0] < at)
    return is_inside


def plane_cut(point: ArrayLike, normal: ArrayLike) -> Cut:
    """What lies behind a plane, as seen from where its normal points.

    Raises `ScenarioError` for a normal without a direction and for numbers that are not finite.
    """
    at, way = _finite(point, 3), _finite(normal, 3)
    length = float(np.linalg.norm(way))
    if not length > 1e-9:
        raise ScenarioError(_("The section's plane has no direction: its normal is zero."))
    way = way / length
    return Cut(np.array([[*way, -float(way @ at)]]))


def box_cut(centre: ArrayLike, size: ArrayLike, heading_deg: float = 0.0, *, keeps_inside: bool = True) -> Cut:
    """A box that stands upright; `size` is its width, depth and height, `heading_deg` where its depth points. [m]

    The heading is clockwise from north. Raises `ScenarioError` for a box without extent.
    """
    middle, extent = _finite(centre, 3), _finite(size, 3)
    turn = float(np.radians(_finite([heading_deg], 1)[0]))
    if not (extent >= LEAST_SIZE).all():
        raise ScenarioError(_("The section's box has no extent: every side must be at least 1 cm long."))
    ahead = np.array([np.sin(turn), np.cos(turn), 0.0])
    right = np.array([np.cos(turn), -np.sin(turn), 0.0])
    planes = [
        [*(sign * axis), -float(sign * axis @ middle) - length / 2.0]
        for axis, length in zip((right, ahead, _UP), extent, strict=True)
        for sign in (1.0, -1.0)
    ]
    return Cut(np.array(planes), keeps_inside=keeps_inside)


def prism_cut(
    ring: Sequence[tuple[float, float]] | FloatArray,
    floor: float | None = None,
    top: float | None = None,
    *,
    keeps_inside: bool = True,
) -> Cut:
    """What stands over a polygon (n, 2), between two heights where they are given. [m]

    Raises `ScenarioError` for a polygon that crosses itself or has no area, and for a top below the floor.
    """
    corners = np.asarray(ring, dtype=np.float64)
    if corners.ndim != 2 or corners.shape[1] != 2 or not np.isfinite(corners).all():
        raise ScenarioError(_("The section's polygon needs corners of two finite numbers each."))
    if len(corners) > 1 and (corners[0] == corners[-1]).all():
        corners = corners[:-1]
    if not 3 <= len(corners) <= MOST_CORNERS:
        text = _("The section's polygon has {n} corners; it needs at least 3 and at most {most}.")
        raise ScenarioError(text.format(n=len(corners), most=MOST_CORNERS))
    polygon = shapely.Polygon(corners)
    if not polygon.is_valid:
        why = shapely.is_valid_reason(polygon)
        raise ScenarioError(_("The section's polygon crosses or touches itself: {why}").format(why=why))
    if polygon.area < LEAST_SIZE**2:
        raise ScenarioError(_("The section's polygon has no area."))
    if not polygon.exterior.is_ccw:
        corners = corners[::-1]
    low = None if floor is None else float(_finite([floor], 1)[0])
    high = None if top is None else float(_finite([top], 1)[0])
    if low is not None and high is not None and high - low < LEAST_SIZE:
        raise ScenarioError(_("The section's top must be above its floor."))
    planes = [[0.0, 0.0, -1.0, low]] if low is not None else []
    planes += [[0.0, 0.0, 1.0, -high]] if high is not None else []
    return Cut(np.array(planes).reshape(-1, 4), np.ascontiguousarray(corners), keeps_inside)


def _finite(values: ArrayLike, n: int) -> FloatArray:
    found = np.asarray(values, dtype=np.float64)
    if found.shape != (n,) or not np.isfinite(found).all():
        raise ScenarioError(_("The section holds a number that is not finite."))
    return found
