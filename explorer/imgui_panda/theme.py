"""Three looks: light for projectors, dark, and high contrast. One blue accent; colour never alone carries meaning."""

from __future__ import annotations

from imgui_bundle import imgui

Rgb = tuple[float, float, float]


def _hex(text: str, alpha: float = 1.0) -> tuple[float, float, float, float]:
    r, g, b = (int(text[i : i + 2], 16) / 255.0 for i in (0, 2, 4))
    return r, g, b, alpha


_LOOKS = {
    "light": {
        "panel": ("fbfaf7", 0.96), "text": ("22262b", 1.0), "muted": ("5d646d", 1.0), "line": ("d9d5cc", 1.0),
        "control": ("ece8e0", 1.0), "hover": ("dfe8f7", 1.0), "active": ("c4d7f5", 1.0), "accent": ("2762c7", 1.0),
    },
    "dark": {
        "panel": ("1f2329", 0.96), "text": ("eef0f2", 1.0), "muted": ("a7afb8", 1.0), "line": ("3a4049", 1.0),
        "control": ("2e343d", 1.0), "hover": ("3a4a63", 1.0), "active": ("46618f", 1.0), "accent": ("78a6f5", 1.0),
    },
    "contrast": {
        "panel": ("000000", 1.0), "text": ("ffffff", 1.0), "muted": ("ffffff", 1.0), "line": ("ffffff", 1.0),
        "control": ("1a1a1a", 1.0), "hover": ("004a99", 1.0), "active": ("0062cc", 1.0), "accent": ("ffd400", 1.0),
    },
}  # fmt: skip


def _forget_scale(style: imgui.Style) -> None:
    """All sizes as they are at 100 %: `scale_all_sizes` multiplies what it finds."""
    fresh = imgui.Style()
    for field in dir(fresh):
        value = getattr(fresh, field)
        if not field.startswith("_") and isinstance(value, (float, imgui.ImVec2)):
            setattr(style, field, value)


def apply_theme(name: str, *, scale: float, touch: bool) -> None:
    """Set all colours and sizes of the current context."""
    look = _LOOKS.get(name, _LOOKS["light"])
    style = imgui.get_style()
    _forget_scale(style)
    style.window_rounding, style.frame_rounding, style.popup_rounding, style.grab_rounding = 10.0, 7.0, 8.0, 7.0
    style.window_border_size = 1.0
    style.frame_border_size = 1.0 if name == "contrast" else 0.0
    # with a line of 16 px: controls of 32 px, of 44 px for fingers
    vertical = 14.0 if touch else 8.0
    style.frame_padding = imgui.ImVec2(11.0, vertical)
    style.item_spacing = imgui.ImVec2(8.0, 8.0)
    style.window_padding = imgui.ImVec2(14.0, 12.0)
    style.grab_min_size = 26.0 if touch else 18.0
    style.scrollbar_size = 18.0 if touch else 13.0
    style.scale_all_sizes(scale)
    style.font_scale_main = scale

    def colour(slot: int, key: str, alpha: float | None = None) -> None:
        text, own = look[key]
        style.set_color_(slot, imgui.ImVec4(*_hex(text, own if alpha is None else alpha)))

    c = imgui.Col_
    colour(c.text, "text")
    colour(c.text_disabled, "muted")
    colour(c.window_bg, "panel")
    colour(c.popup_bg, "panel", 1.0)
    colour(c.child_bg, "panel", 0.0)
    for slot in (c.border, c.separator):
        colour(slot, "line")
    for slot in (c.frame_bg, c.button, c.title_bg, c.title_bg_active, c.title_bg_collapsed, c.table_header_bg):
        colour(slot, "control")
    for slot in (c.frame_bg_hovered, c.button_hovered, c.header_hovered):
        colour(slot, "hover")
    for slot in (c.frame_bg_active, c.button_active, c.header_active, c.header, c.text_selected_bg):
        colour(slot, "active")
    for slot in (c.slider_grab, c.slider_grab_active, c.check_mark, c.plot_histogram, c.nav_cursor, c.text_link):
        colour(slot, "accent")
    if hasattr(c, "checkbox_selected_bg"):  # Dear ImGui 1.92.6 and newer
        colour(c.checkbox_selected_bg, "control")
    colour(c.scrollbar_bg, "panel", 0.0)
    colour(c.scrollbar_grab, "line")
    for slot in (c.table_border_light, c.table_border_strong):
        colour(slot, "line")
    colour(c.table_row_bg_alt, "control", 0.35)
