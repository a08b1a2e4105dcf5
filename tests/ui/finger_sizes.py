"""Which controls a finger would miss."""

from __future__ import annotations

from imgui_bundle import imgui

from tests.ui.imgui_fixture import Desk

CONTROLS = (
    "button",
    "checkbox",
    "textbox",
    "combobox",
    "slider",
    "searchbox",
    "link",
    "option",
    "menuitem",
    "spinbutton",
)


def too_small(desk: Desk, least: float) -> dict[str, tuple[float, float]]:
    """Controls of the last frame that are lower, or (buttons) narrower, than a finger."""
    small = {}
    for record in desk.log.values():
        x0, y0, x1, y1 = record.rect
        # lines of a list touch one another: what counts is from line to line
        high = y1 - y0 + (imgui.get_style().item_spacing.y * 0.5 if record.role in ("option", "menuitem") else 0.0)
        is_narrow = record.role == "button" and x1 - x0 < least
        if record.role in CONTROLS and record.visible and (high < least or is_narrow):
            small[record.id] = (x1 - x0, high)
    return small
