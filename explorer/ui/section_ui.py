"""The section: where the city is cut open, in words and numbers; and the view from below."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _, ngettext
from explorer.scenario import DeleteSection, Section, ShowSection
from explorer.ui.host import Host
from explorer.ui.widgets import Widgets
from explorer.ui.words import corners_words, ending_words


def draw_section(host: Host, w: Widgets) -> None:
    """Draw the tools into the panel of now."""
    scenario, view = host.scenario, host.view
    if scenario is None:
        return
    w.heading(_("Section"))
    active = scenario.section
    for number, (shape, words, icon) in enumerate(
        (("plane", _("Plane"), "plane"), ("box", _("Box"), "box"), ("polygon", _("Polygon"), "area"))
    ):
        if number:
            w.flow(words, icon)
        if w.button(words, f"section_{shape}", icon=icon, primary=shape == "polygon" and view.tool == "cut"):
            host.place_section(shape)
    if view.tool == "cut":
        _drawing(host, w)
    if scenario.sections:
        _choice(host, w, scenario.sections, active)
    else:
        w.text_wrapped(_("Cut the city open in the middle of the picture, or draw around what is to be left."))
    if active is not None:
        _actions(host, w, active)
        if host.settings.profile == "planner":
            _numbers(host, w, active)
    below = w.checkbox(_("Go below the ground and see through it"), "section_underground", view.underground)
    if below != view.underground:
        host.set_underground(below)
    imgui.separator()


def _drawing(host: Host, w: Widgets) -> None:
    view = host.view
    if view.drawing == 0:
        w.text_wrapped(corners_words(host.settings.touch))
    else:
        words = ngettext("{count} corner.", "{count} corners.", view.drawing).format(count=view.drawing)
        w.text_wrapped(words + " " + ending_words(host.settings.touch))
    if w.button(_("Finish"), "section_finish", icon="check", enabled=view.drawing >= 3):
        host.finish_drawing()


def _choice(host: Host, w: Widgets, sections: tuple[Section, ...], active: Section | None) -> None:
    words = [_("Whole city"), *(one.name or one.id for one in sections)]
    at = next((i for i, one in enumerate(sections, start=1) if active is not None and one.id == active.id), 0)
    chosen = w.combo(_("Shown"), "section_shown", words, at)
    if chosen != at:
        host.execute(ShowSection(sections[chosen - 1].id if chosen else None))


def _actions(host: Host, w: Widgets, active: Section) -> None:
    if w.button(
        _("Other side"), "section_flip", icon="swap", tooltip=_("Keep what is cut away, and the other way round")
    ):
        host.change_section(keep="outside" if active.keep == "inside" else "inside")
    w.flow(_("Delete"), "trash")
    if w.button(_("Delete"), "section_delete", icon="trash"):
        host.execute(DeleteSection(active.id))
    w.muted(_("Pull a handle, or slide it with Ctrl and the arrows."))


def _numbers(host: Host, w: Widgets, active: Section) -> None:
    committed, name = w.input_text(_("Name"), "section_name", active.name)
    if committed and name != active.name:
        host.change_section(name=name)
    if active.shape != "polygon":
        _number(host, w, active, "easting", _("Easting (m)"), ".2f")
        _number(host, w, active, "northing", _("Northing (m)"), ".2f")
        _number(host, w, active, "height", _("Height (m)"), ".2f")
        _number(host, w, active, "heading_deg", _("Direction (°)"), ".1f")
    if active.shape == "plane":
        _number(host, w, active, "pitch_deg", _("Slope (°)"), ".1f")
    elif active.shape == "box":
        for i, words in enumerate((_("Width (m)"), _("Depth (m)"), _("Box height (m)"))):
            committed, value = w.input_float(words, f"section_size_{i}", active.size[i], ".2f")
            if committed and value != active.size[i]:
                size = list(active.size)
                size[i] = value
                host.change_section(size=(size[0], size[1], size[2]))
    else:
        _number(host, w, active, "floor", _("From height (m)"), ".2f")
        _number(host, w, active, "top", _("To height (m)"), ".2f")


def _number(host: Host, w: Widgets, active: Section, field: str, label: str, spec: str) -> None:
    value = getattr(active, field)
    if value is None:
        return
    committed, new = w.input_float(label, f"section_{field}", float(value), spec)
    if committed and new != value:
        host.change_section(**{field: new})
