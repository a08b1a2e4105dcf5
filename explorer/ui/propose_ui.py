"""Tools to propose: draw a footprint, drop a block."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _, ngettext
from explorer.ui.host import Host
from explorer.ui.keys import last_variant
from explorer.ui.widgets import Widgets
from explorer.ui.words import corners_words, ending_words


def draw_propose(host: Host, w: Widgets) -> None:
    """Draw the tools into the panel of now."""
    scenario, view, touch = host.scenario, host.view, host.settings.touch
    w.heading(_("Propose"))
    if scenario is not None and scenario.scene.active_variant is None:
        last = last_variant(scenario, view.variant_before)
        if last is not None:
            words = _("You see the city as it is. A new building goes into “{variant}”.")
            w.text_wrapped(words.format(variant=scenario.variant_named(last).name))
        else:
            w.text_wrapped(_("You see the city as it is. A new building goes into a variant: one is added for you."))
    if w.button(_("Draw a footprint"), "tool_draw", icon="pencil", primary=view.tool == "draw"):
        host.set_tool("select" if view.tool == "draw" else "draw")
    w.flow(_("Drop a block"), "building")
    if w.button(_("Drop a block"), "tool_block", icon="building", primary=view.tool == "block"):
        host.set_tool("select" if view.tool == "block" else "block")
    if view.tool == "draw":
        if view.drawing == 0:
            w.text_wrapped(corners_words(touch))
        else:
            words = ngettext("{count} corner.", "{count} corners.", view.drawing).format(count=view.drawing)
            w.text_wrapped(words + " " + ending_words(touch))
            if not touch:
                w.muted(_("Type a length to be exact; Shift keeps right angles."))
        if w.button(_("Finish"), "draw_finish", icon="check", enabled=view.drawing >= 3):
            host.finish_drawing()
    elif view.tool == "block":
        tap = _("Tap where the block should stand.")
        w.text_wrapped(tap if touch else _("Click where the block should stand, or press Space."))
    elif view.selected is not None and view.selected.proposal_id is not None:
        pull = _("Pull a handle to slide, turn or raise it.")
        w.muted(pull if touch else _("Pull a handle; type a number while you pull to be exact."))
    imgui.separator()
