"""A camera as data: where it stands, where it looks, what it sees. No window, no engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import asin, atan2, cos, radians, sin, sqrt, tan

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Camera:
    """Pose and lens of a viewer in world coordinates (scene CRS minus scene origin, metres, Z up).

    Heading is clockwise from grid north, pitch upwards from the horizon (-90 looks straight down). [degrees]
    """

    position: tuple[float, float, float]
    heading_deg: float = 0.0
    pitch_deg: float = 0.0
    fov_y_deg: float = 60.0
    width: int = 1280
    """Viewport width. [px]"""
    height: int = 720
    near: float = 0.2

    @property
    def forward(self) -> FloatArray:
        """Unit vector of the view direction in the world, shape (3,)."""
        heading, pitch = radians(self.heading_deg), radians(self.pitch_deg)
        return np.array([sin(heading) * cos(pitch), cos(heading) * cos(pitch), sin(pitch)])

    @property
    def right(self) -> FloatArray:
        """Unit vector to the right of the picture, always level, shape (3,)."""
        heading = radians(self.heading_deg)
        return np.array([cos(heading), -sin(heading), 0.0])

    @property
    def up(self) -> FloatArray:
        """Unit vector to the top of the picture, shape (3,)."""
        heading, pitch = radians(self.heading_deg), radians(self.pitch_deg)
        return np.array([-sin(heading) * sin(pitch), -cos(heading) * sin(pitch), cos(pitch)])

    @property
    def tan_half_fov(self) -> tuple[float, float]:
        """Tangents of half the horizontal and half the vertical field of view."""
        tan_y = tan(radians(self.fov_y_deg) / 2.0)
        return tan_y * self.width / max(self.height, 1), tan_y

    @property
    def sse_factor(self) -> float:
        """Multiply by geometric_error / distance to get the screen-space error. [px]"""
        return self.height / (2.0 * tan(radians(self.fov_y_deg) / 2.0))

    def frustum_planes(self) -> FloatArray:
        """Left, right, bottom, top and near planes as rows (nx, ny, nz, d): inside where n·p + d >= 0. Shape (5, 4)."""
        (rx, ry, rz), (fx, fy, fz), (ux, uy, uz) = self.right.tolist(), self.forward.tolist(), self.up.tolist()
        tan_x, tan_y = self.tan_half_fov
        # right, up and forward are square unit vectors; plain floats are ten times as fast as small arrays
        x, y = 1.0 / sqrt(1.0 + tan_x * tan_x), 1.0 / sqrt(1.0 + tan_y * tan_y)
        across, along_x, along_y = x, x * tan_x, y * tan_y
        normals = (
            (across * rx + along_x * fx, across * ry + along_x * fy, across * rz + along_x * fz),
            (-across * rx + along_x * fx, -across * ry + along_x * fy, -across * rz + along_x * fz),
            (y * ux + along_y * fx, y * uy + along_y * fy, y * uz + along_y * fz),
            (-y * ux + along_y * fx, -y * uy + along_y * fy, -y * uz + along_y * fz),
            (fx, fy, fz),
        )
        px, py, pz = self.position
        return np.array([(nx, ny, nz, -(nx * px + ny * py + nz * pz)) for nx, ny, nz in normals])

    def ray(self, x_px: float, y_px: float) -> tuple[FloatArray, FloatArray]:
        """Origin and unit direction in the world of the ray through a pixel (0, 0 = top left corner)."""
        tan_x, tan_y = self.tan_half_fov
        x = (2.0 * x_px / self.width - 1.0) * tan_x
        y = (1.0 - 2.0 * y_px / self.height) * tan_y
        direction = self.forward + x * self.right + y * self.up
        return np.asarray(self.position, dtype=np.float64), direction / np.linalg.norm(direction)

    def project(self, points: FloatArray) -> FloatArray:
        """Pixel position and depth along the view of world points (n, 3) -> (n, 3); depth <= 0 is behind."""
        offset = np.asarray(points, dtype=np.float64) - np.asarray(self.position)
        depth = offset @ self.forward
        tan_x, tan_y = self.tan_half_fov
        safe = np.where(np.abs(depth) < 1e-9, 1e-9, depth)
        x = (offset @ self.right) / (safe * tan_x)
        y = (offset @ self.up) / (safe * tan_y)
        return np.stack([(x + 1.0) * self.width / 2.0, (1.0 - y) * self.height / 2.0, depth], axis=1)

    def looking_at(self, target: tuple[float, float, float]) -> Camera:
        """The same camera turned towards a point in the world."""
        dx, dy, dz = (t - p for t, p in zip(target, self.position, strict=True))
        length = (dx * dx + dy * dy + dz * dz) ** 0.5 or 1.0
        heading = np.degrees(atan2(dx, dy)) if dx * dx + dy * dy > 1e-12 else self.heading_deg
        return replace(self, heading_deg=float(heading) % 360.0, pitch_deg=float(np.degrees(asin(dz / length))))
