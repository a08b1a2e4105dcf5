"""Imagery: pictures of the ground, one over the other, and who made them."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _
from explorer.scenario import ChangeImagery, ChangeScene, ImageryLayer, RaiseImagery, RemoveImagery, Scenario
from explorer.ui.host import Host
from explorer.ui.layout import Layout
from explorer.ui.widgets import Widgets

_MOST_CHOICES = 60
_OVER = ("ground", "roofs", "all")


def draw_imagery(host: Host, w: Widgets, scenario: Scenario) -> None:
    """Draw the part of the layers' panel: what lies on top comes first."""
    w.heading(_("Imagery"))
    layers = scenario.imagery
    for layer in reversed(layers):
        _layer(host, w, layer, len(layers))
    if layers:
        words = [_("Over the ground"), _("Over ground and roofs"), _("Over everything")]
        over = scenario.scene.imagery_over
        imgui.set_next_item_width(-1.0)
        chosen = _OVER[w.combo("", "imagery_over", words, _OVER.index(over) if over in _OVER else 0)]
        if chosen != over:
            host.execute(ChangeScene({"imagery_over": chosen}))
    _add(host, w)


def _layer(host: Host, w: Widgets, layer: ImageryLayer, count: int) -> None:
    shown = w.checkbox(layer.name or layer.id, f"imagery_{layer.id}", layer.is_visible)
    if shown != layer.is_visible:
        host.execute(ChangeImagery(layer.id, {"is_visible": shown}))
    if not layer.is_visible:
        return
    dragged = host.view.dragged_opacity
    now = dragged[1] if dragged is not None and dragged[0] == layer.id else layer.opacity
    value, is_active = w.slider_share(_("Opacity"), f"imagery_opacity_{layer.id}", now)
    if is_active:
        host.view.dragged_opacity = (layer.id, value)
    elif dragged is not None and dragged[0] == layer.id:  # a drag is one step of undo
        host.view.dragged_opacity = None
        if round(value, 2) != layer.opacity:
            host.execute(ChangeImagery(layer.id, {"opacity": round(value, 2)}))
    if count > 1:
        if w.button("", f"imagery_up_{layer.id}", icon="up", tooltip=_("Lay it over the one above")):
            host.execute(RaiseImagery(layer.id, 1))
        w.flow(icon="down")
        if w.button("", f"imagery_down_{layer.id}", icon="down", tooltip=_("Lay it under the one below")):
            host.execute(RaiseImagery(layer.id, -1))
        w.flow(icon="trash")
    if w.button("", f"imagery_remove_{layer.id}", icon="trash", tooltip=_("Remove this imagery")):
        host.execute(RemoveImagery(layer.id))


def _add(host: Host, w: Widgets) -> None:
    view = host.view
    imgui.set_next_item_width(-1.0)
    committed, view.imagery_text = w.input_text(_("Address of imagery"), "imagery_text", view.imagery_text)
    can_add = bool(view.imagery_text.strip()) and not view.is_adding_imagery
    if w.button(_("Add"), "imagery_add", icon="plus", enabled=can_add) or (committed and can_add):
        host.add_imagery(view.imagery_text.strip())
    w.flow(_("File…"), "folder")
    if w.button(_("File…"), "imagery_file", icon="folder", tooltip=_("A GeoTIFF on this computer")):
        host.ask_imagery_file()
    if view.is_adding_imagery:
        w.muted(_("Asking what is there…"))
    if view.imagery_error:
        w.warning(view.imagery_error)
    for number, name in enumerate(view.imagery_choices[:_MOST_CHOICES]):
        if w.selectable(name, f"imagery_choice_{number}", False):
            host.choose_imagery(name)
            break


def draw_credit(host: Host, layout: Layout, free: tuple[float, float]) -> None:
    """Who made the imagery, over the lower right corner of the picture, whatever panels are open."""
    words = host.imagery_credit
    if not words:
        return
    draw, size, pad = imgui.get_background_draw_list(), imgui.calc_text_size(words), 4.0 * layout.scale
    lower = layout.bottom[1] if host.view.panels_visible else layout.height
    right = (free[1] if host.view.panels_visible else layout.width) - 2.0 * pad
    lo = (max(right - size.x - 2.0 * pad, 0.0), lower - size.y - 2.0 * pad)
    ground = imgui.get_style_color_vec4(imgui.Col_.popup_bg)
    draw.add_rect_filled(lo, (right, lower), imgui.get_color_u32(imgui.ImVec4(ground.x, ground.y, ground.z, 0.75)))
    draw.add_text((lo[0] + pad, lo[1] + pad), imgui.get_color_u32(imgui.Col_.text), words)
