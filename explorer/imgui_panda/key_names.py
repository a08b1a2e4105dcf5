"""What Panda3D and Dear ImGui call the same keys."""

from __future__ import annotations

from typing import Any

from imgui_bundle import imgui


def imgui_keys() -> dict[str, Any]:
    """Panda3D's button names as Dear ImGui's keys."""
    k = imgui.Key
    table = {
        "tab": k.tab,
        "arrow_left": k.left_arrow,
        "arrow_right": k.right_arrow,
        "arrow_up": k.up_arrow,
        "arrow_down": k.down_arrow,
        "page_up": k.page_up,
        "page_down": k.page_down,
        "home": k.home,
        "end": k.end,
        "insert": k.insert,
        "delete": k.delete,
        "backspace": k.backspace,
        "space": k.space,
        "enter": k.enter,
        "escape": k.escape,
        "lcontrol": k.left_ctrl,
        "rcontrol": k.right_ctrl,
        "lshift": k.left_shift,
        "rshift": k.right_shift,
        "lalt": k.left_alt,
        "ralt": k.right_alt,
    }
    for letter in "abcdefghijklmnopqrstuvwxyz":
        table[letter] = getattr(k, letter)
    for digit in range(10):
        table[str(digit)] = getattr(k, f"_{digit}")
    for number in range(1, 13):
        table[f"f{number}"] = getattr(k, f"f{number}")
    return table
