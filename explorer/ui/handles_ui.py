"""Handles on the selected proposal: slide it along the ground, turn it, pull its roof up. Metres beside them."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, degrees, radians, sin

import numpy as np
from imgui_bundle import icons_fontawesome_6 as fa
from imgui_bundle import imgui
from numpy.typing import NDArray

from explorer.geo import Camera
from explorer.ui.host import Host
from explorer.ui.layout import Layout
from explorer.ui.shown import Handles

_ICONS = {
    "move": fa.ICON_FA_UP_DOWN_LEFT_RIGHT,
    "turn": fa.ICON_FA_ARROWS_ROTATE,
    "height": fa.ICON_FA_UP_DOWN,
}
_RADIUS = 15.0
_RADIUS_TOUCH = 23.0
_ABOVE_ROOF = 46.0
"""How far above the roof its handle floats. [px]"""
_BLUE = (0.13, 0.35, 0.72)
_RING_STEPS = 72

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Grip:
    """A drag under way: what was grabbed, where, and how things stood."""

    kind: str
    handles: Handles
    start: tuple[float, float, float]
    """Where the pointer's ray met the ground (move), the angle [degrees] (turn), the height [m] (height)."""


class HandlesOnSelection:
    """Keeps the drag that is under way, so that it becomes one command at its end."""

    def __init__(self) -> None:
        self._grip: _Grip | None = None
        self.has_mouse = False
        self.places: dict[str, Point] = {}
        """Where the handles are in the picture, by kind. [px]"""

    @property
    def is_dragging(self) -> bool:
        """Whether a handle is held."""
        return self._grip is not None

    def draw(self, host: Host, layout: Layout) -> None:
        """Draw the handles and follow the pointer."""
        handles = host.handles()
        if self._grip is not None:
            self._follow(host)
        if handles is None:
            self._grip, self.has_mouse, self.places = None, False, {}
            return
        radius = (_RADIUS_TOUCH if host.settings.touch else _RADIUS) * layout.scale
        self.places = _places(handles, radius, layout.scale)
        io = imgui.get_io()
        hovered = None
        if not io.want_capture_mouse or self._grip is not None:
            mouse = imgui.get_mouse_pos()
            near = [(_distance((mouse.x, mouse.y), at), kind) for kind, at in self.places.items()]
            close = [pair for pair in near if pair[0] <= radius + 3.0]
            hovered = min(close)[1] if close else None
        if hovered and self._grip is None and imgui.is_mouse_clicked(imgui.MouseButton_.left):
            self._grab(handles, hovered)
        self.has_mouse = hovered is not None or self._grip is not None
        active = self._grip.kind if self._grip is not None else hovered
        _paint(handles, self.places, radius, active, layout.scale)

    def _grab(self, handles: Handles, kind: str) -> None:
        start = _under(handles, kind)
        if start is not None:
            self._grip = _Grip(kind, handles, start)

    def _follow(self, host: Host) -> None:
        """Hand on how far the pointer has gone; given up when the host no longer knows of it."""
        grip = self._grip
        assert grip is not None
        mouse = imgui.get_mouse_pos()
        is_over = not imgui.is_mouse_down(imgui.MouseButton_.left)
        now = _under(grip.handles, grip.kind) if imgui.is_mouse_pos_valid(mouse) else None
        amount = (0.0, 0.0)
        if now is not None:
            amount = (now[0] - grip.start[0], now[1] - grip.start[1])
        if not host.drag_handle(grip.kind, amount, is_over, imgui.get_io().key_shift) or is_over:
            self._grip = None


def _under(handles: Handles, kind: str) -> tuple[float, float, float] | None:
    """What the pointer means to a kind of handle; None where it points past the ground."""
    mouse = imgui.get_mouse_pos()
    origin, direction = handles.camera.ray(mouse.x, mouse.y)
    foot = np.asarray(handles.foot)
    if kind == "height":
        return _height_at(origin - foot, direction), 0.0, 0.0
    if abs(direction[2]) < 1e-6:
        return None
    along = (foot[2] - origin[2]) / direction[2]
    if along <= 0.0:
        return None
    hit = origin + direction * along
    if kind == "move":
        return float(hit[0]), float(hit[1]), 0.0
    return degrees(atan2(hit[1] - foot[1], hit[0] - foot[0])), 0.0, 0.0


def _height_at(origin: NDArray[np.float64], direction: NDArray[np.float64]) -> float:
    """Height on the vertical line through (0, 0) where a ray comes closest to it. [m]"""
    flat = float(direction[:2] @ direction[:2])
    if flat < 1e-9:
        return 0.0
    along = -float(origin[:2] @ direction[:2]) / flat
    return float(origin[2] + direction[2] * max(along, 0.0))


def _places(handles: Handles, radius: float, scale: float) -> dict[str, Point]:
    """Middles of the handles in the picture. [px]"""
    foot = np.asarray(handles.foot)
    angle = radians(handles.turn_deg)
    knob = foot + np.array([cos(angle), sin(angle), 0.0]) * handles.reach
    roof = foot + np.array([0.0, 0.0, handles.height])
    found: dict[str, Point] = {}
    for kind, at in (("move", foot), ("turn", knob), ("height", roof)):
        x, y, depth = handles.camera.project(at[None])[0]
        if depth > 0.1:
            found[kind] = (float(x), float(y) - (_ABOVE_ROOF * scale if kind == "height" else 0.0))
    # seen from above, foot and roof are one place: then the roof's handle stands aside
    if "move" in found and "height" in found and _distance(found["move"], found["height"]) < 2.4 * radius:
        found["height"] = (found["height"][0], found["move"][1] - 2.6 * radius)
    # from far away the ring is smaller than the handles
    if "move" in found and "turn" in found and _distance(found["move"], found["turn"]) < 2.6 * radius:
        x, y = found["move"]
        found["turn"] = (x + (2.6 if found["turn"][0] >= x else -2.6) * radius, y)
    return found


def _distance(a: Point, b: Point) -> float:
    return float(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5)


def _paint(handles: Handles, places: dict[str, Point], radius: float, active: str | None, scale: float) -> None:
    draw = imgui.get_background_draw_list()
    white = imgui.get_color_u32(imgui.ImVec4(1.0, 1.0, 1.0, 0.95))
    blue = imgui.get_color_u32(imgui.ImVec4(*_BLUE, 0.9))
    if "turn" in places:
        ring = _ring(handles.camera, np.asarray(handles.foot), handles.reach)
        for colour, width in ((white, 4.0), (blue, 2.0)):
            for a, b in ring:
                draw.add_line(a, b, colour, width * scale)
    if "height" in places:
        x, y, _depth = handles.camera.project((np.asarray(handles.foot) + np.array([0.0, 0.0, handles.height]))[None])[
            0
        ]
        for colour, width in ((white, 4.0), (blue, 2.0)):
            draw.add_line((float(x), float(y)), places["height"], colour, width * scale)
    for kind, at in places.items():
        is_active = kind == active
        fill = blue if is_active else white
        draw.add_circle_filled(at, radius + (3.0 if is_active else 0.0), fill)
        draw.add_circle(at, radius + (3.0 if is_active else 0.0), white if is_active else blue, 0, 2.0 * scale)
        size = imgui.calc_text_size(_ICONS[kind])
        draw.add_text((at[0] - size.x / 2.0, at[1] - size.y / 2.0), white if is_active else blue, _ICONS[kind])


def _ring(camera: Camera, foot: NDArray[np.float64], reach: float) -> list[tuple[Point, Point]]:
    """Pieces of the circle on the ground that lie before the eye. [px]"""
    angles = np.linspace(0.0, 2.0 * np.pi, _RING_STEPS + 1)
    circle = foot + np.stack([np.cos(angles), np.sin(angles), np.zeros_like(angles)], axis=1) * reach
    seen = camera.project(circle)
    points = [(float(x), float(y)) for x, y, _depth in seen]
    return [(points[i], points[i + 1]) for i in range(_RING_STEPS) if seen[i, 2] > 0.1 and seen[i + 1, 2] > 0.1]
