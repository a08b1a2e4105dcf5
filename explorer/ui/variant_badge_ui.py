"""Which variant is on, always in sight: a pill below the top bar; a click goes to before and back."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _
from explorer.ui.host import Host
from explorer.ui.keys import toggle_before
from explorer.ui.layout import MARGIN, Layout, panel
from explorer.ui.widgets import Widgets


def draw_badge(host: Host, w: Widgets, layout: Layout, free: tuple[float, float]) -> None:
    """Draw it between the side panels, where there is something to tell apart."""
    scenario = host.scenario
    if scenario is None or not scenario.variants:
        return
    active = scenario.scene.active_variant
    name = scenario.variant_named(active).name if active is not None else _("The city as it is")
    style = imgui.get_style()
    width = min(imgui.calc_text_size(f"{name}  MM").x + 4.0 * style.frame_padding.x + 2.0 * MARGIN, free[1] - free[0])
    height = imgui.get_frame_height() + 2.0 * MARGIN
    middle = min(max((free[0] + free[1]) / 2.0, free[0] + width / 2.0), free[1] - width / 2.0)
    imgui.push_style_var(imgui.StyleVar_.window_padding, (MARGIN, MARGIN))
    imgui.push_style_var(imgui.StyleVar_.window_border_size, 0.0)
    imgui.push_style_color(imgui.Col_.window_bg, imgui.ImVec4(0.0, 0.0, 0.0, 0.0))
    with panel("badge", (middle - width / 2.0, layout.top[3], width, height)):
        hint = _("Before and after (X)")
        if w.button(name, "before_after", icon="swap", primary=active is not None, tooltip=hint):
            toggle_before(host)
    imgui.pop_style_color()
    imgui.pop_style_var(2)
