"""Where on earth is this city? Asked once, for a file that does not say all of it."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _
from explorer.ui.host import Host
from explorer.ui.layout import Layout, dialog
from explorer.ui.widgets import Widgets


def draw_crs_question(host: Host, w: Widgets, layout: Layout) -> None:
    """What was found, the systems that fit, and a field for any other."""
    question = host.view.crs_question
    if question is None:
        return
    with dialog("crs", question.name, layout, width=640.0):
        w.text_wrapped(question.sentence)
        imgui.spacing()
        for number, option in enumerate(question.options):
            is_chosen = question.chosen == number
            if w.selectable(
                option.title, f"crs_{number}", is_chosen, icon="check" if is_chosen else "", detail=option.detail
            ):
                question.chosen, question.error, question.asks_offset = number, "", False
        _committed, typed = w.input_text(question.label or _("Another, such as EPSG:7415"), "crs_typed", question.typed)
        is_entered = w.was_entered
        if typed != question.typed:
            question.typed, question.chosen, question.error = typed, -1, ""
        if question.asks_offset:
            words = _("Zero of its heights above the ellipsoid [m]")
            _committed, question.offset = w.input_text(words, "crs_offset", question.offset)
            is_entered |= w.was_entered
        if question.error:
            w.warning(question.error)
        imgui.spacing()
        answer = question.typed if question.chosen < 0 else question.options[question.chosen].crs
        words = _("Correct: open it") if question.chosen >= 0 else _("Open it")
        if w.button(words, "crs_open", primary=True, enabled=bool(answer.strip())) or (is_entered and answer.strip()):
            host.answer_crs(answer, question.offset)
            if question.error and question.chosen < 0:
                w.focus_on = "crs_typed"  # to be typed anew
        w.flow(_("Cancel"))
        if w.button(_("Cancel"), "crs_cancel"):
            host.cancel_opening()
