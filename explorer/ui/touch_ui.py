"""Two thumb pads for touch panels: the left one walks and steers, the right one looks. Either alone is enough to go."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _
from explorer.ui.host import Host
from explorer.ui.layout import Layout
from explorer.ui.widgets import Widgets

_SIZE = 170.0
_LEAST = 110.0
_GAP = 16.0
_STEER = 0.7
"""How much of a turn the left pad makes when pushed to the side, where the right one turns by 1."""
_DEAD = 0.12
"""A thumb that only rests is not a wish."""


def draw_pads(host: Host, w: Widgets, layout: Layout, free: tuple[float, float]) -> None:
    """Draw both pads above the bottom bar where the city is free, and hand on what the thumbs do."""
    left, right = free
    room = (right - left - 3.0 * _GAP) / 2.0
    above = 1.7 * imgui.get_frame_height()  # the button that brings a panel back, and the variant's name
    high = layout.bottom[1] - layout.top[3] - above - 3.0 * _GAP
    size = min(_SIZE * layout.scale, room, high)
    if size < _LEAST:
        return
    y = layout.bottom[1] - size - _GAP
    walk = _pad(w, "pad_move", _("Walk"), (left + _GAP, y), size)
    look = _pad(w, "pad_look", _("Look"), (right - size - _GAP, y), size)
    host.touch(-walk[1], 0.0, walk[0] * _STEER + look[0], -look[1])


def _pad(w: Widgets, pad_id: str, label: str, place: tuple[float, float], size: float) -> tuple[float, float]:
    imgui.set_next_window_pos(place)
    imgui.set_next_window_size((size, size))
    flags = (
        imgui.WindowFlags_.no_decoration
        | imgui.WindowFlags_.no_move
        | imgui.WindowFlags_.no_background
        | imgui.WindowFlags_.no_saved_settings
        | imgui.WindowFlags_.no_bring_to_front_on_focus
    )
    imgui.push_style_var(imgui.StyleVar_.window_padding, (0.0, 0.0))
    imgui.begin(f"###{pad_id}_window", None, flags)
    imgui.pop_style_var()
    x, y = w.thumb_pad(pad_id, label, size)
    imgui.end()
    return _beyond(x), _beyond(y)


def _beyond(push: float) -> float:
    """A push with rest taken off, still from -1 to 1."""
    if abs(push) <= _DEAD:
        return 0.0
    return (push - _DEAD if push > 0.0 else push + _DEAD) / (1.0 - _DEAD)
