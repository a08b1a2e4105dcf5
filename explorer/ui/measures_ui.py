"""What is written over the city itself: metres beside lines, the crosshair, what the pointer holds, who is on."""

from __future__ import annotations

from imgui_bundle import icons_fontawesome_6 as fa
from imgui_bundle import imgui

from explorer.i18n import _
from explorer.ui.host import Host
from explorer.ui.layout import Layout

_TOOL_ICONS = {
    "draw": fa.ICON_FA_PEN,
    "block": fa.ICON_FA_BUILDING,
    "area": fa.ICON_FA_VECTOR_SQUARE,
    "cut": fa.ICON_FA_SCISSORS,
}


def draw_measures(host: Host, layout: Layout) -> None:
    """Draw below the panels: lengths and areas, the crosshair of the keyboard, the tool at the pointer."""
    for measure in host.measures():
        pill(measure.words, (measure.x, measure.y), layout.scale, is_strong=measure.is_strong)
    tool = host.view.tool
    if host.view.crosshair:
        _crosshair(layout)
    elif tool in _TOOL_ICONS and not imgui.get_io().want_capture_mouse:
        _tool_at_pointer(_TOOL_ICONS[tool], layout.scale)


def pill(words: str, at: tuple[float, float], scale: float, *, is_strong: bool = False) -> None:
    """Words on a rounded ground that is read over any city."""
    draw, size = imgui.get_background_draw_list(), imgui.calc_text_size(words)
    pad_x, pad_y = 8.0 * scale, 4.0 * scale
    lo = (at[0] - size.x / 2.0 - pad_x, at[1] - size.y / 2.0 - pad_y)
    hi = (at[0] + size.x / 2.0 + pad_x, at[1] + size.y / 2.0 + pad_y)
    ground = imgui.Col_.check_mark if is_strong else imgui.Col_.popup_bg
    letters = imgui.Col_.plot_lines_hovered if is_strong else imgui.Col_.text
    draw.add_rect_filled(lo, hi, imgui.get_color_u32(ground), 6.0 * scale)
    draw.add_rect(lo, hi, imgui.get_color_u32(imgui.Col_.border), 6.0 * scale)
    draw.add_text((at[0] - size.x / 2.0, at[1] - size.y / 2.0), imgui.get_color_u32(letters), words)


def _crosshair(layout: Layout) -> None:
    """Where the keyboard's Space acts: the middle of the picture."""
    x, y, reach = layout.width / 2.0, layout.height / 2.0, 16.0 * layout.scale
    draw = imgui.get_background_draw_list()
    white = imgui.get_color_u32(imgui.ImVec4(1.0, 1.0, 1.0, 1.0))
    blue = imgui.get_color_u32(imgui.ImVec4(0.13, 0.35, 0.72, 1.0))
    for colour, width in ((white, 5.0), (blue, 2.0)):
        draw.add_line((x - reach, y), (x + reach, y), colour, width * layout.scale)
        draw.add_line((x, y - reach), (x, y + reach), colour, width * layout.scale)
    pill(_("Space"), (x, y + reach + 18.0 * layout.scale), layout.scale)


def _tool_at_pointer(icon: str, scale: float) -> None:
    """A ring around the point that counts, and the tool's sign beside it."""
    mouse, draw = imgui.get_mouse_pos(), imgui.get_background_draw_list()
    if not imgui.is_mouse_pos_valid(mouse):
        return
    white = imgui.get_color_u32(imgui.ImVec4(1.0, 1.0, 1.0, 1.0))
    blue = imgui.get_color_u32(imgui.ImVec4(0.13, 0.35, 0.72, 1.0))
    draw.add_circle((mouse.x, mouse.y), 7.0 * scale, white, 0, 4.0 * scale)
    draw.add_circle((mouse.x, mouse.y), 7.0 * scale, blue, 0, 2.0 * scale)
    pill(icon, (mouse.x + 26.0 * scale, mouse.y + 24.0 * scale), scale)
