"""Camera paths that several viewers fly for comparison: `citiverse-camera-path-1`, and the cameras in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import asin, atan2, degrees
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from explorer.errors import DataError, FetchError
from explorer.geo import Camera
from explorer.i18n import _

FORMAT = "citiverse-camera-path-1"
_MAX_BYTES = 256 * 1024 * 1024
_MAX_SIDE = 16384
_UNIT_SLACK = 1e-3

_Vector = Annotated[list[float], msgspec.Meta(min_length=3, max_length=3)]
_Side = Annotated[int, msgspec.Meta(gt=0, le=_MAX_SIDE)]
_Positive = Annotated[float, msgspec.Meta(gt=0)]


class _Frame(msgspec.Struct):
    i: int
    position: _Vector
    direction: _Vector
    up: _Vector


class _File(msgspec.Struct):
    format: Literal["citiverse-camera-path-1"]
    crs: Literal["EPSG:4978"]
    width: _Side
    height: _Side
    fovy_deg: Annotated[float, msgspec.Meta(gt=0, lt=180)]
    near: _Positive
    far: _Positive
    sse_px: _Positive
    enu_to_ecef_column_major: Annotated[list[float], msgspec.Meta(min_length=16, max_length=16)]
    frames: Annotated[list[_Frame], msgspec.Meta(min_length=1)]


@dataclass(frozen=True, eq=False)
class CameraPath:
    """A flight over a tileset in ECEF, seen from a local east-north-up frame.

    That frame is the world of the measurement: a rigid motion of ECEF, so that distances, and with them the tiles that
    are chosen, are those of every other viewer to the last digit. A map projection would change them by its scale.
    """

    cameras: tuple[Camera, ...]
    max_error_px: float
    far: float
    """Far plane of the path. [m]"""
    enu_from_ecef: NDArray[np.float64]
    """4x4"""
    name: str

    def to_world(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """ECEF points (n, 3) as east, north, up. [m]"""
        return np.asarray(points @ self.enu_from_ecef[:3, :3].T + self.enu_from_ecef[:3, 3])

    def flown(self, stride: int) -> list[Camera]:
        """The cameras with an index that `stride` divides, and the last."""
        last = len(self.cameras) - 1
        return [camera for i, camera in enumerate(self.cameras) if i % stride == 0 or i == last]


def read_camera_path(path: Path) -> CameraPath:
    """Read a path file.

    Raises `FetchError` where it cannot be read, `DataError` naming the place in it that is wrong.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise DataError(_("The camera path is too large. [{path}]").format(path=path))
        data = path.read_bytes()
    except OSError as error:
        text = _("The camera path cannot be read: {why}. [{path}]")
        raise FetchError(text.format(why=error.strerror, path=path)) from error
    try:
        file = msgspec.json.decode(data, type=_File)
        with np.errstate(over="ignore", invalid="ignore"):  # numbers without end are found out below
            return _checked(file, path)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        text = _("This is not a camera path of the form {form}: {why}. [{path}]")
        raise DataError(text.format(form=FORMAT, why=error, path=path)) from error


def _checked(file: _File, path: Path) -> CameraPath:
    enu_to_ecef = np.array(file.enu_to_ecef_column_major, np.float64).reshape(4, 4).T
    turn = enu_to_ecef[:3, :3]
    is_rigid = np.isfinite(enu_to_ecef).all() and np.abs(turn.T @ turn - np.eye(3)).max() < _UNIT_SLACK
    if not is_rigid or np.linalg.det(turn) < 0.0 or not (enu_to_ecef[3] == (0.0, 0.0, 0.0, 1.0)).all():
        raise ValueError("enu_to_ecef_column_major is not a rigid motion")
    if file.far <= file.near:
        raise ValueError("far is not beyond near")
    ecef_to_enu = np.eye(4)
    ecef_to_enu[:3, :3] = turn.T
    ecef_to_enu[:3, 3] = -turn.T @ enu_to_ecef[:3, 3]
    base = Camera(
        (0.0, 0.0, 0.0), fov_y_deg=file.fovy_deg, width=file.width, height=file.height, near=file.near
    )  # fmt: skip
    cameras = []
    for at, frame in enumerate(file.frames):
        if frame.i != at:
            raise ValueError(f"frames[{at}].i is {frame.i}")
        cameras.append(_camera(frame, at, base, ecef_to_enu))
    return CameraPath(tuple(cameras), file.sse_px, file.far, ecef_to_enu, path.stem)


def _camera(frame: _Frame, at: int, base: Camera, ecef_to_enu: NDArray[np.float64]) -> Camera:
    position = ecef_to_enu[:3, :3] @ np.array(frame.position) + ecef_to_enu[:3, 3]
    forward, up = (ecef_to_enu[:3, :3] @ np.array(vector) for vector in (frame.direction, frame.up))
    if not np.isfinite(position).all():
        raise ValueError(f"frames[{at}].position is not finite")
    for name, vector in (("direction", forward), ("up", up)):
        if not abs(float(np.linalg.norm(vector)) - 1.0) < _UNIT_SLACK:
            raise ValueError(f"frames[{at}].{name} is not a unit vector")
    if not abs(float(forward @ up)) < _UNIT_SLACK:
        raise ValueError(f"frames[{at}].up is not orthogonal to the direction")
    right = np.cross(forward, up)
    if up[2] < 0.0 or abs(float(right[2])) > _UNIT_SLACK:
        raise ValueError(f"frames[{at}].up leans: our horizon is level")
    heading = degrees(atan2(-right[1], right[0]))
    pitch = degrees(asin(min(max(float(forward[2]), -1.0), 1.0)))
    x, y, z = (float(value) for value in position)
    return replace(base, position=(x, y, z), heading_deg=heading % 360.0, pitch_deg=pitch)
