"""Two thumb pads for touch panels: the left one moves, the right one looks."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _
from explorer.ui.host import Host
from explorer.ui.layout import Layout
from explorer.ui.widgets import Widgets

_SIZE = 170.0


def draw_pads(host: Host, w: Widgets, layout: Layout) -> None:
    """Draw both pads above the bottom bar and hand on what the thumbs do."""
    size = _SIZE * layout.scale
    y = layout.bottom[1] - size - 16.0
    left = _pad(w, "pad_move", _("Move"), (layout.left[2] + 30.0, y), size)
    right = _pad(w, "pad_look", _("Look"), (layout.right[0] - size - 20.0, y), size)
    host.touch(-left[1], left[0], right[0], -right[1])


def _pad(w: Widgets, pad_id: str, label: str, place: tuple[float, float], size: float) -> tuple[float, float]:
    imgui.set_next_window_pos(place)
    imgui.set_next_window_size((size, size))
    flags = (
        imgui.WindowFlags_.no_decoration
        | imgui.WindowFlags_.no_move
        | imgui.WindowFlags_.no_background
        | imgui.WindowFlags_.no_saved_settings
    )
    imgui.begin(f"###{pad_id}_window", None, flags)
    result = w.thumb_pad(pad_id, label, size - 16.0)
    imgui.end()
    return result
