"""On the left: what the scene stands on, and its variants."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _, ngettext
from explorer.scenario import AddVariant, ChangeScene, CopyVariant, DeleteVariant, RenameVariant, Scenario, ShowLayer
from explorer.ui.host import Host
from explorer.ui.imagery_ui import draw_imagery
from explorer.ui.layout import Layout, panel
from explorer.ui.styling_ui import StylingPanel
from explorer.ui.widgets import Widgets


def draw_layers(host: Host, w: Widgets, layout: Layout, styling: StylingPanel) -> None:
    """Draw the panel, the colours by attribute (`styling`) in it."""
    scenario = host.scenario
    if scenario is None:
        return
    with panel("left", layout.left, grows=True):
        if w.corner_button("left_hide", "hide_left", _("Put this panel away")):
            host.view.left_visible = False
        w.heading(scenario.scene.title or _("Untitled"))
        is_planner = host.settings.profile == "planner"
        if is_planner:
            w.muted(host.crs_name)
        imgui.spacing()
        _variants(host, w, scenario)
        if is_planner:
            _variant_actions(host, w, scenario)
            imgui.spacing()
            _layers(host, w, scenario)
            imgui.spacing()
            draw_imagery(host, w, scenario)
        imgui.spacing()
        styling.draw(host, w, scenario)
        if host.attribution:
            imgui.spacing()
            w.muted(host.attribution)


def _layers(host: Host, w: Widgets, scenario: Scenario) -> None:
    w.heading(_("Layers"))
    for layer in scenario.layers:
        shown = w.checkbox(layer.name or layer.id, f"layer_{layer.id}", layer.is_visible)
        if shown != layer.is_visible:
            host.execute(ShowLayer(layer.id, shown))
    edges = w.checkbox(_("Edge lines"), "show_edges", host.settings.show_edges)
    if edges != host.settings.show_edges:
        host.change_settings(show_edges=edges)
    shadows = w.checkbox(_("Sun shadows"), "show_shadows", host.settings.show_shadows)
    if shadows != host.settings.show_shadows:
        host.change_settings(show_shadows=shadows)
    if host.has_photos:
        photos = w.checkbox(_("Photographs"), "show_photos", host.settings.show_photos)
        if photos != host.settings.show_photos:
            host.change_settings(show_photos=photos)


def _variants(host: Host, w: Widgets, scenario: Scenario) -> None:
    w.heading(_("Variants"))
    active = scenario.scene.active_variant
    if w.selectable(_("0  The city as it is"), "variant_none", active is None):
        host.execute(ChangeScene({"active_variant": None}))
    for number, variant in enumerate(scenario.variants, start=1):
        count = len(scenario.proposals(variant.id))
        words = ngettext("{count} building", "{count} buildings", count).format(count=count)
        title = f"{number}  {variant.name}"
        is_active = active == variant.id
        if w.selectable(title, f"variant_{variant.id}", is_active, aside=words) and active != variant.id:
            host.execute(ChangeScene({"active_variant": variant.id}))
    if not scenario.variants:
        w.muted(_("A variant holds what you propose. The first one comes with your first building."))


def _variant_actions(host: Host, w: Widgets, scenario: Scenario) -> None:
    active = scenario.scene.active_variant
    if w.button(_("New"), "variant_add", icon="plus", tooltip=_("Add an empty variant")):
        host.execute(AddVariant(_("Variant {number}").format(number=len(scenario.variants) + 1)))
    w.flow(_("Copy"))
    if w.button(_("Copy"), "variant_copy", enabled=active is not None, tooltip=_("Copy with all its buildings")):
        assert active is not None
        name = scenario.variant_named(active).name
        host.execute(CopyVariant(active, _("{name}, copy").format(name=name)))
    w.flow(icon="trash")
    if w.button("", "variant_delete", icon="trash", enabled=active is not None, tooltip=_("Delete this variant")):
        assert active is not None
        host.execute(DeleteVariant(active))
        return
    if active is not None:
        variant = scenario.variant_named(active)
        committed, name = w.input_text(_("Name"), "variant_name", variant.name)
        if committed and name.strip() and name != variant.name:
            host.execute(RenameVariant(active, name.strip()))
