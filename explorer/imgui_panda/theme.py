"""Three looks: light for projectors, dark, and high contrast. One blue accent; colour never alone carries meaning."""

from __future__ import annotations

from imgui_bundle import imgui

Rgba = tuple[float, float, float, float]


def _hex(text: str, alpha: float = 1.0) -> Rgba:
    r, g, b = (int(text[i : i + 2], 16) / 255.0 for i in (0, 2, 4))
    return r, g, b, alpha


_LOOKS = {
    "light": {
        "panel": ("fbfaf7", 0.97), "text": ("22262b", 1.0), "muted": ("4d545c", 1.0), "line": ("d9d5cc", 1.0),
        "control": ("ece8e0", 1.0), "hover": ("dfe8f7", 1.0), "active": ("c4d7f5", 1.0), "accent": ("2159b8", 1.0),
        "on_accent": ("ffffff", 1.0), "warning": ("9a3303", 1.0), "scroll": ("b9b4a8", 1.0),
    },
    "dark": {
        "panel": ("1f2329", 0.97), "text": ("eef0f2", 1.0), "muted": ("bac1c9", 1.0), "line": ("3a4049", 1.0),
        "control": ("2e343d", 1.0), "hover": ("3a4a63", 1.0), "active": ("384f78", 1.0), "accent": ("8ab4f8", 1.0),
        "on_accent": ("10151c", 1.0), "warning": ("ffb454", 1.0), "scroll": ("59616c", 1.0),
    },
    "contrast": {
        "panel": ("000000", 1.0), "text": ("ffffff", 1.0), "muted": ("ffffff", 1.0), "line": ("ffffff", 1.0),
        "control": ("1a1a1a", 1.0), "hover": ("004a99", 1.0), "active": ("0054b0", 1.0), "accent": ("ffd400", 1.0),
        "on_accent": ("000000", 1.0), "warning": ("ffb454", 1.0), "scroll": ("ffffff", 1.0),
    },
}  # fmt: skip

TEXT_PAIRS = (
    ("text", "panel"), ("text", "control"), ("text", "hover"), ("text", "active"),
    ("muted", "panel"), ("muted", "control"), ("muted", "hover"), ("muted", "active"),
    ("warning", "panel"), ("accent", "panel"), ("on_accent", "accent"),
)  # fmt: skip
"""Colours of letters and what they stand on somewhere in the interface."""
SHAPE_PAIRS = (("accent", "control"), ("accent", "panel"), ("muted", "control"))
"""Colours of marks (ticks, grabs, the ring of the keyboard) and what they stand on."""


def colours(name: str) -> dict[str, Rgba]:
    """The colours of a look by what they are for; an unknown look is the light one. sRGB and opacity in [0, 1]."""
    return {key: _hex(*value) for key, value in _LOOKS.get(name, _LOOKS["light"]).items()}


def _forget_scale(style: imgui.Style) -> None:
    """All sizes as they are at 100 %: `scale_all_sizes` multiplies what it finds."""
    fresh = imgui.Style()
    for field in dir(fresh):
        value = getattr(fresh, field)
        if not field.startswith("_") and isinstance(value, (float, imgui.ImVec2)):
            setattr(style, field, value)


def apply_theme(name: str, *, scale: float, touch: bool) -> None:
    """Set all colours and sizes of the current context."""
    style = imgui.get_style()
    _forget_scale(style)
    style.window_rounding, style.frame_rounding, style.popup_rounding, style.grab_rounding = 10.0, 7.0, 8.0, 7.0
    style.window_border_size = 1.0
    style.frame_border_size = 1.0 if name == "contrast" else 0.0
    # with a line of 16 px: controls of 32 px, of 44 px for fingers
    vertical = 14.0 if touch else 8.0
    style.frame_padding = imgui.ImVec2(14.0 if touch else 11.0, vertical)
    style.item_spacing = imgui.ImVec2(8.0, 8.0)
    style.window_padding = imgui.ImVec2(14.0, 12.0)
    style.grab_min_size = 30.0 if touch else 18.0
    style.scrollbar_size = 20.0 if touch else 13.0
    style.scale_all_sizes(scale)
    style.font_scale_main = scale
    _colour(style, colours(name))


def _colour(style: imgui.Style, look: dict[str, Rgba]) -> None:
    def set_all(key: str, *slots: int, alpha: float | None = None) -> None:
        r, g, b, own = look[key]
        for slot in slots:
            style.set_color_(slot, imgui.ImVec4(r, g, b, own if alpha is None else alpha))

    c = imgui.Col_
    set_all("text", c.text)
    set_all("muted", c.text_disabled)
    set_all("panel", c.window_bg)
    set_all("panel", c.popup_bg, alpha=1.0)
    set_all("panel", c.child_bg, c.scrollbar_bg, alpha=0.0)
    set_all("line", c.border, c.separator, c.table_border_light, c.table_border_strong)
    set_all("control", c.frame_bg, c.button, c.title_bg, c.title_bg_active, c.title_bg_collapsed, c.table_header_bg)
    set_all("hover", c.frame_bg_hovered, c.button_hovered, c.header_hovered)
    set_all("active", c.frame_bg_active, c.button_active, c.header_active, c.header, c.text_selected_bg)
    set_all("accent", c.slider_grab, c.slider_grab_active, c.check_mark, c.plot_histogram, c.nav_cursor, c.text_link)
    set_all("scroll", c.scrollbar_grab, c.scrollbar_grab_hovered, c.scrollbar_grab_active)
    # plots are drawn nowhere here: their slots carry what Dear ImGui has no name for, to widgets that know no theme
    set_all("warning", c.plot_lines)
    set_all("on_accent", c.plot_lines_hovered)
    if hasattr(c, "checkbox_selected_bg"):  # Dear ImGui 1.92.6 and newer
        set_all("control", c.checkbox_selected_bg)
    set_all("control", c.table_row_bg_alt, alpha=0.35)
