"""Colours by attribute: which one, in which classes, what colours mean; and the style itself for who can read it."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _, decimal, ngettext
from explorer.layers.styling import WAYS, LegendRow, style_text
from explorer.layers.styling.recipes import ours_of
from explorer.scenario import Scenario, StyleLayer, TilesetLayer
from explorer.ui.host import Host
from explorer.ui.layout import MARGIN, Layout, panel
from explorer.ui.widgets import Widgets
from explorer.ui.words import grouped
from explorer.viewstate import StyleLegend

_WIDTH, _LEAST_WIDTH = 230.0, 140.0
"""Of the legend over the picture, at letters of ordinary size. [px]"""
_LINES = 16
"""Of the field that shows a style as text."""


class StylingPanel:
    """Keeps what is typed as a style."""

    def __init__(self) -> None:
        self._text = ""
        self._of: object = None
        """The style that the text was made from."""

    def draw(self, host: Host, w: Widgets, scenario: Scenario) -> None:
        """Draw into the panel of now."""
        state = host.view.styling
        layer = next((one for one in scenario.layers if one.id == state.layer_id), None)
        if layer is None:
            return
        w.heading(_("Colour by attribute"))
        layer = _which_layer(host, w, scenario, layer)
        _which_attribute(host, w, layer)
        if host.settings.profile == "planner":
            state.is_expert = w.checkbox(_("Style as text"), "style_expert", state.is_expert)

    def draw_text(self, host: Host, w: Widgets) -> None:
        """The style of the panel's layer as text, into the panel of now; nothing unless it was asked for."""
        state, scenario = host.view.styling, host.scenario
        layer = next((one for one in scenario.layers if one.id == state.layer_id), None) if scenario else None
        if layer is None or not state.is_expert or host.settings.profile != "planner":
            return
        w.heading(_("Style as text"))
        if self._of is not layer.style or not self._text:
            self._of, self._text = layer.style, style_text(layer.style)
        self._text = w.input_lines(_("Style as text"), "style_text", self._text, _LINES)
        for sentence in (state.error, *state.doubts):
            if sentence:
                w.warning(sentence)
        if w.button(_("Apply"), "style_apply", icon="check", primary=self._text != style_text(layer.style)):
            host.take_style_text(self._text)
        w.flow(_("Open…"), "folder")
        if w.button(_("Open…"), "style_open", icon="folder", tooltip=_("Style by a file")):
            host.choose_style()
        w.flow(_("Save as…"), "save")
        if w.button(_("Save as…"), "style_save", icon="save", enabled=layer.style is not None):
            host.save_style()
        w.muted(
            _("3D Tiles Styling: “color”, “show”, “pointSize”, “defines”, with expressions such as ${height} > 10.")
        )
        imgui.separator()


def _which_layer(host: Host, w: Widgets, scenario: Scenario, layer: TilesetLayer) -> TilesetLayer:
    layers = scenario.layers
    if len(layers) > 1:
        chosen = layers[w.combo(_("Layer"), "style_layer", [one.name or one.id for one in layers], layers.index(layer))]
        if chosen.id != layer.id:
            host.choose_styled_layer(chosen.id)
            return chosen
    return layer


def _which_attribute(host: Host, w: Widgets, layer: TilesetLayer) -> None:
    state, ours = host.view.styling, ours_of(layer.style)
    names = list(state.names or ())
    attribute = str(ours.get("attribute", ""))
    if attribute and attribute not in names:
        names.insert(0, attribute)
    own = [] if layer.style is None or attribute else [_("A style of your own")]
    words = [_("As the data says"), *own, *names]
    now = 0 if layer.style is None else words.index(attribute, 1) if attribute else 1
    chosen = w.combo(_("Attribute"), "style_attribute", words, now)
    if chosen == 0 and now != 0:
        host.execute(StyleLayer(layer.id, None))
    elif chosen > len(own) and chosen != now:
        host.colour_by(words[chosen])
    if state.names is None:
        w.muted(_("Looking what there is…"))
    elif not state.names:
        w.muted(_("This layer's objects have no attributes."))
    if attribute:
        _which_way(host, w, attribute, str(ours.get("way", "")))
    if state.is_busy:
        w.muted(_("Reading “{attribute}” of the whole city…").format(attribute=attribute or _("attributes")))


def _which_way(host: Host, w: Widgets, attribute: str, way: str) -> None:
    words = [_("Each value a colour"), _("Equal steps"), _("Equally many in each")]
    now = WAYS.index(way) if way in WAYS else 0
    chosen = w.combo(_("Classes"), "style_way", words, now)
    if chosen != now:
        host.colour_by(attribute, WAYS[chosen])


# -- the legend --------------------------------------------------------------------------------------------------------


def draw_legend(host: Host, w: Widgets, legend: StyleLegend, *, with_name: bool = False) -> None:
    """A line for each class, with how many it has; a click hides it, another shows it again."""
    title = legend.attribute or _("Classes of the style")
    w.text_wrapped(f"{title} ({legend.layer_name})" if with_name else title)
    for row in legend.rows:
        count = "" if row.count is None else grouped(row.count)
        words = class_words(row, legend.attribute)
        if w.legend_line(
            words,
            f"class_{legend.layer_id}_{row.number}",
            row.colour,
            opacity=row.opacity,
            is_hidden=row.is_hidden,
            aside=count,
            tooltip=_("Show these again") if row.is_hidden else _("Hide these"),
        ):
            host.toggle_class(legend.layer_id, row.number)
    if any(row.is_hidden for row in legend.rows):
        w.muted(_("Struck out: hidden. Click to show it again."))
    # only our own importer draws blocks, and it writes an index of all there is
    if legend.is_whole:
        w.muted(_("Grey blocks far away are several houses."))
    elif any(row.count is not None for row in legend.rows):  # classes of single points are not counted
        w.muted(_("Counted in what is loaded."))


def draw_legend_panel(host: Host, w: Widgets, layout: Layout, free: tuple[float, float]) -> None:
    """The legends over the picture, as on a map: at the lower left of what is free, above where thumbs rest; and what
    there is to doubt in their styles. [px]"""
    shown = {layer.id for layer in host.scenario.layers if layer.is_visible} if host.scenario is not None else set()
    legends = [legend for legend in host.view.styling.legends if legend.layer_id in shown]
    doubts = host.view.styling.doubts
    if not legends and not doubts:
        return
    width = min(_WIDTH * layout.scale, free[1] - free[0] - 2.0 * MARGIN)
    if width < _LEAST_WIDTH * layout.scale:
        return
    top = layout.top[3] + MARGIN
    lower, room = layout.bottom[1] - MARGIN, layout.bottom[1] - top - MARGIN
    x = free[0] + MARGIN
    place, pivot = ((x, top), (0.0, 0.0)) if host.settings.touch else ((x, lower), (0.0, 1.0))
    with panel("style_legend", (*place, width, room * 0.7), grows=True, pivot=pivot):
        for sentence in doubts:
            w.warning(sentence)
        for legend in legends:
            draw_legend(host, w, legend, with_name=len(legends) > 1)


def class_words(row: LegendRow, attribute: str = "") -> str:
    """What a class is called."""
    about = dict(row.about)
    if about.get("missing"):
        return _("No data")
    if "others" in about:
        return ngettext("{count} other value", "{count} other values", about["others"]).format(count=about["others"])
    if "value" in about:
        value = about["value"]
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        return decimal(value, ".12g") if isinstance(value, (int, float)) else str(value)
    unit = unit_of(attribute)
    low, high = (None if about.get(end) is None else decimal(float(about[end]), ".12g") for end in ("from", "to"))
    if low is not None and high is not None:
        return f"{low} – {high}{unit}"
    if low is not None:
        return _("{low} and more").format(low=f"{low}{unit}")
    if high is not None:
        return _("less than {high}").format(high=f"{high}{unit}")
    return _("All others") if row.words == "true" else row.words


def unit_of(attribute: str) -> str:
    """The unit of attributes whose meaning is published (CityGML, 3D BAG, the built-in town); else none is said."""
    name = attribute.lower()
    if name == "measuredheight" or name.startswith(("b3_h_", "h_dak_", "hoogte")) or name.endswith(("_m", "height")):
        return " m"
    if name.startswith("b3_opp_") or name.endswith("_m2"):
        return " m²"
    return " m³" if name.startswith("b3_volume_") else ""
