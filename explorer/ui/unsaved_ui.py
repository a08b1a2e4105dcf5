"""Work that is not saved is about to be lost: the one question that has to be answered first."""

from __future__ import annotations

from explorer.i18n import _
from explorer.ui.host import Host
from explorer.ui.layout import Layout, dialog
from explorer.ui.widgets import Widgets


def draw_unsaved(host: Host, w: Widgets, layout: Layout) -> None:
    """Save, do not save, or stay."""
    with dialog("unsaved", _("Save your work first?"), layout, width=560.0):
        title = host.scenario.scene.title if host.scenario is not None else ""
        if host.view.asks_unsaved == "quit":
            text = _("“{title}” has changes that are in no file yet. They are lost when the program closes.")
        else:
            text = _("“{title}” has changes that are in no file yet. They are lost when something else is opened.")
        w.text_wrapped(text.format(title=title))
        if w.button(_("Save"), "unsaved_save", icon="save", primary=True):
            host.answer_unsaved("save")
        w.flow(_("Do not save"))
        if w.button(_("Do not save"), "unsaved_discard"):
            host.answer_unsaved("discard")
        w.flow(_("Cancel"))
        if w.button(_("Cancel"), "unsaved_cancel"):
            host.answer_unsaved("cancel")
