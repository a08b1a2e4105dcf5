"""On the right: what is selected, in plain words first, its raw attributes below."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _, decimal, ngettext
from explorer.massing import ROOF_FORMS, wing_depth
from explorer.scenario import Proposal, Scenario
from explorer.ui.host import Host
from explorer.ui.widgets import Widgets
from explorer.ui.words import grouped, kind_words, roof_words, value_words
from explorer.viewstate import Selected

_FLAT = frozenset({"Road", "Railway", "TransportSquare", "WaterBody", "Waterway", "LandUse", "TINRelief"})
"""Kinds that lie: nobody asks how high they are."""
_MANY = 8
"""From so many attributes on there is a box to filter them."""


class SelectionPanel:
    """Keeps nothing but the words that filter the attributes."""

    def __init__(self) -> None:
        self.filter = ""

    def draw(self, host: Host, w: Widgets) -> None:
        """Draw what is selected into the panel of now."""
        selected, scenario = host.view.selected, host.scenario
        if selected is None or scenario is None:
            w.heading(_("Nothing selected"))
            if host.settings.touch:
                w.text_wrapped(_("Tap a building to see what is known about it."))
                w.muted(_("Tap twice to go there, hold your finger on it for what can be done with it."))
            else:
                w.text_wrapped(_("Click a building to see what is known about it."))
                w.muted(_("Double-click to go there, right-click for what can be done with it."))
        elif selected.proposal_id is not None and selected.proposal_id in scenario.records:
            _proposal(host, w, scenario, scenario.proposal(selected.proposal_id))
        elif selected.feature_id is not None:
            _feature(host, w, selected)
            _meta(host, w, selected)
            if host.settings.profile == "planner":
                self._attributes(host, w, selected)

    def _attributes(self, host: Host, w: Widgets, selected: Selected) -> None:
        rows = [(name, value_words(value)) for name, value in sorted(dict(selected.attributes).items())]
        if len(rows) > _MANY:
            imgui.set_next_item_width(-1.0)
            self.filter = w.search_box(_("Filter the attributes"), "attribute_filter", self.filter)
            rows = [row for row in rows if self.filter.lower() in f"{row[0]} {row[1]}".lower()]
        rows.insert(0, (_("Source id"), selected.feature_id or "–"))
        clicked = w.key_values("attributes", rows, _("Click to copy"))
        if clicked is not None:
            host.copy_text(clicked)


def _feature(host: Host, w: Widgets, selected: Selected) -> None:
    w.heading(selected.name or kind_words(selected.kind))
    if selected.name:
        w.muted(kind_words(selected.kind))
    if selected.bounds is not None and selected.kind not in _FLAT:
        low, high = (round(selected.bounds[i], 2) + 0.0 for i in (2, 5))  # no height of -0.00 m
        w.text_wrapped(_("About {height:.1f} m high, from {low:.2f} to {high:.2f} m").format(
            height=high - low, low=low, high=high))  # fmt: skip
    if w.button(_("Go there"), "selection_frame", icon="go"):
        host.frame_selection()
    if host.settings.profile == "planner":
        w.flow(_("Copy id"), "copy")
        if w.button(_("Copy id"), "selection_copy_id", icon="copy", tooltip=selected.feature_id or ""):
            host.copy_text(selected.feature_id or "")
    w.flow(icon="close")
    if w.button("", "selection_none", icon="close", tooltip=_("Deselect (Esc)")):
        host.select_none()
    imgui.separator()


def _meta(host: Host, w: Widgets, selected: Selected) -> None:
    """What a style says of it in words."""
    clicked = w.key_values("style_meta", list(selected.meta), _("Click to copy")) if selected.meta else None
    if clicked is not None:
        host.copy_text(clicked)


def _proposal(host: Host, w: Widgets, scenario: Scenario, p: Proposal) -> None:
    variant = scenario.variant_named(p.variant_id).name
    w.heading(p.name or _("Proposed building"))
    w.muted(_("Proposed in {variant}").format(variant=variant))
    _actions(host, w)
    _figures(host, w, p)
    imgui.separator()
    committed, name = w.input_text(_("Name"), "proposal_name", p.name)
    if committed and name != p.name:
        host.change_proposal(p.id, name=name)
    committed_int, storeys = w.input_int(_("Storeys"), "proposal_storeys", p.storeys)
    if committed_int and storeys != p.storeys:
        host.change_proposal(p.id, storeys=storeys)
    is_planner = host.settings.profile == "planner"
    if is_planner:
        _number(host, w, p, "storey_height", _("Storey height (m)"), ".2f")
    index = w.combo(_("Roof"), "proposal_roof", [roof_words(f) for f in ROOF_FORMS], ROOF_FORMS.index(p.roof_form))
    if ROOF_FORMS[index] != p.roof_form:
        height = p.roof_height or (3.0 if ROOF_FORMS[index] != "flat" else 0.0)
        host.change_proposal(p.id, roof_form=ROOF_FORMS[index], roof_height=height)
    if not is_planner:
        return
    if p.roof_form != "flat":
        _number(host, w, p, "roof_height", _("Roof height (m)"), ".2f")
    _number(host, w, p, "rotation_deg", _("Rotation (°)"), ".1f")
    _number(host, w, p, "easting", _("Easting (m)"), ".2f")
    _number(host, w, p, "northing", _("Northing (m)"), ".2f")
    _number(host, w, p, "base_height", _("Ground floor (m)"), ".2f")
    depth = wing_depth(p.mass)
    is_typed, wanted = w.input_float(_("Courtyard wings (m)"), "proposal_wings", depth, ".1f")
    if is_typed and abs(wanted - depth) > 0.04:
        host.set_wings(p.id, wanted)


def _actions(host: Host, w: Widgets) -> None:
    if w.button(_("Copy"), "proposal_copy", icon="copy", tooltip=_("Copy beside it (Ctrl+D)")):
        host.copy_selected()
    w.flow(_("Delete"), "trash")
    if w.button(_("Delete"), "proposal_delete", icon="trash", tooltip=_("Delete (Del)")):
        host.delete_selected()
    w.flow(_("Go there"), "go")
    if w.button(_("Go there"), "proposal_frame", icon="go"):
        host.frame_selection()


def _figures(host: Host, w: Widgets, p: Proposal) -> None:
    figures = host.figures(p.id)
    if figures is not None:
        rows = [
            (_("Footprint"), f"{grouped(figures.footprint_area)} m²"),
            (_("Gross floor area"), f"{grouped(figures.gross_floor_area)} m²"),
            (_("Height"), f"{decimal(figures.height, '.1f')} m"),
            (_("Volume"), f"{grouped(figures.volume)} m³"),
        ]
        w.key_values("figures", rows)
        w.explained(_("How is this counted?"), "figures_help", _counted())
    count = len(p.hidden_features)
    if count:
        words = ngettext("Replaces {count} building or tree", "Replaces {count} buildings and trees", count)
        w.text_wrapped(words.format(count=count))


def _number(host: Host, w: Widgets, p: Proposal, field: str, label: str, spec: str) -> None:
    value = float(getattr(p, field))
    committed, new = w.input_float(label, f"proposal_{field}", value, spec)
    if committed and new != value:
        host.change_proposal(p.id, **{field: new})


def _counted() -> str:
    return _(
        "Footprint: the area inside the outline, courtyards taken off. "
        "Gross floor area: footprint times storeys. "
        "Height and volume: from the ground floor, roof included. Worked out from the parameters below, exactly."
    )
