"""Work that was not saved when a former run ended: bring it back, throw it away, or decide later."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _, ngettext
from explorer.ui.host import Host
from explorer.ui.layout import Layout, dialog
from explorer.ui.shown import LeftWork
from explorer.ui.widgets import Widgets


def draw_recovery(host: Host, w: Widgets, layout: Layout) -> None:
    """Every run's work by itself, newest first."""
    with dialog("recovery", _("Unsaved work was found"), layout, width=600.0):
        w.text_wrapped(_("The program ended without saving. Your work up to the last step was kept."))
        for number, left in enumerate(host.left_work):
            imgui.separator()
            _one(host, w, number, left)
        imgui.separator()
        if w.button(_("Decide later"), "recovery_later", tooltip=_("It is kept, and offered at the next start")):
            host.view.show_recovery = False


def _one(host: Host, w: Widgets, number: int, left: LeftWork) -> None:
    w.heading(left.title)
    if left.steps:
        steps = ngettext("{count} step, last on {when}", "{count} steps, last on {when}", left.steps)
        w.text_wrapped(steps.format(count=left.steps, when=left.when))
    else:  # brought back before, and still in no file
        w.text_wrapped(_("Brought back on {when}, and not saved since").format(when=left.when))
    if left.path:
        w.muted(left.path)
    if w.button(_("Bring it back"), f"recovery_yes_{number}", primary=number == 0):
        host.recover(number, True)
    w.flow(_("Throw it away"))
    if w.button(_("Throw it away"), f"recovery_no_{number}", icon="trash"):
        host.recover(number, False)
