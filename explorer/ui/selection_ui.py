"""On the right: what is selected, in plain words first, its raw attributes below."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _, ngettext
from explorer.massing import ROOF_FORMS
from explorer.scenario import Proposal, Scenario
from explorer.ui.host import Host
from explorer.ui.widgets import Widgets
from explorer.ui.words import kind_words, roof_words, value_words
from explorer.viewstate import Selected


def draw_selection(host: Host, w: Widgets) -> None:
    """Draw what is selected into the panel of now."""
    selected, scenario = host.view.selected, host.scenario
    if selected is None or scenario is None:
        w.muted(_("Click a building to see what is known about it."))
        return
    if selected.proposal_id is not None and selected.proposal_id in scenario.records:
        _proposal(host, w, scenario, scenario.proposal(selected.proposal_id))
    elif selected.feature_id is not None:
        _feature(host, w, selected)


def _feature(host: Host, w: Widgets, selected: Selected) -> None:
    known = dict(selected.attributes)
    w.heading(selected.name or kind_words(selected.kind))
    w.text(kind_words(selected.kind))
    if selected.bounds is not None:
        height = selected.bounds[5] - selected.bounds[2]
        w.text(_("About {height:.1f} m high, from {low:.1f} to {high:.1f} m").format(
            height=height, low=selected.bounds[2], high=selected.bounds[5]))  # fmt: skip
    if w.button(_("Go there"), "selection_frame", icon="search"):
        host.frame_selection()
    imgui.same_line()
    if w.button(_("Copy id"), "selection_copy_id", icon="copy", tooltip=selected.feature_id or ""):
        host.copy_text(selected.feature_id or "")
    imgui.same_line()
    if w.button("", "selection_none", icon="close", tooltip=_("Deselect (Esc)")):
        host.select_none()
    imgui.separator()
    w.key_values("attributes", [(_("Source id"), selected.feature_id or "–")])
    w.key_values("attributes_raw", [(name, value_words(value)) for name, value in sorted(known.items())])


def _proposal(host: Host, w: Widgets, scenario: Scenario, p: Proposal) -> None:
    variant = scenario.variant_named(p.variant_id).name
    w.heading(p.name or _("Proposed building"))
    w.muted(_("Proposed in {variant}").format(variant=variant))
    committed, name = w.input_text(_("Name"), "proposal_name", p.name)
    if committed and name != p.name:
        host.change_proposal(p.id, name=name)
    committed_int, storeys = w.input_int(_("Storeys"), "proposal_storeys", p.storeys)
    if committed_int and storeys != p.storeys:
        host.change_proposal(p.id, storeys=storeys)
    _number(host, w, p, "storey_height", _("Storey height (m)"), "%.2f")
    index = w.combo(_("Roof"), "proposal_roof", [roof_words(f) for f in ROOF_FORMS], ROOF_FORMS.index(p.roof_form))
    if ROOF_FORMS[index] != p.roof_form:
        height = p.roof_height or (3.0 if ROOF_FORMS[index] != "flat" else 0.0)
        host.change_proposal(p.id, roof_form=ROOF_FORMS[index], roof_height=height)
    if p.roof_form != "flat":
        _number(host, w, p, "roof_height", _("Roof height (m)"), "%.2f")
    _number(host, w, p, "rotation_deg", _("Rotation (°)"), "%.1f")
    _number(host, w, p, "easting", _("Easting (m)"), "%.2f")
    _number(host, w, p, "northing", _("Northing (m)"), "%.2f")
    _number(host, w, p, "base_height", _("Ground floor (m)"), "%.2f")
    imgui.separator()
    figures = host.figures(p.id)
    if figures is not None:
        rows = [
            (_("Footprint"), f"{figures.footprint_area:,.0f} m²"),
            (_("Gross floor area"), f"{figures.gross_floor_area:,.0f} m²"),
            (_("Height"), f"{figures.height:.1f} m"),
            (_("Volume"), f"{figures.volume:,.0f} m³"),
        ]
        w.key_values("figures", rows)
    count = len(p.hidden_features)
    if count:
        w.text(ngettext("Replaces {count} existing building", "Replaces {count} existing buildings", count).format(
            count=count))  # fmt: skip
    if w.button(_("Copy"), "proposal_copy", icon="copy", tooltip=_("Copy beside it (Ctrl+D)")):
        host.copy_selected()
    imgui.same_line()
    if w.button(_("Delete"), "proposal_delete", icon="trash", tooltip=_("Delete (Del)")):
        host.delete_selected()
    imgui.same_line()
    if w.button(_("Go there"), "proposal_frame", icon="search"):
        host.frame_selection()


def _number(host: Host, w: Widgets, p: Proposal, field: str, label: str, fmt: str) -> None:
    value = float(getattr(p, field))
    committed, new = w.input_float(label, f"proposal_{field}", value, fmt)
    if committed and new != value:
        host.change_proposal(p.id, **{field: new})
