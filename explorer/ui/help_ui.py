"""Keys and problems: what can be pressed, and what went wrong."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _
from explorer.ui.host import Host
from explorer.ui.keys import KEYS
from explorer.ui.layout import Layout, dialog, scrolled
from explorer.ui.widgets import Widgets


def draw_help(host: Host, w: Widgets, layout: Layout) -> None:
    """Draw the list of keys."""
    with dialog("help", _("Keys and help"), layout, width=640.0):
        hands = [
            (_("Pull the ground"), _("Drag with the left button")),
            (_("Turn around"), _("Drag with the right button")),
            (_("Come closer"), _("Wheel")),
            (_("Go there"), _("Double-click")),
            (_("Walk and fly"), "W A S D, Q E"),
        ]
        keys = [(key.words(), key.shown) for key in KEYS if not key.key.isdecimal() or key.ctrl]
        with scrolled("help_keys", 0.7 * layout.height):
            w.key_values("keys", [*hands, *keys, (_("Switch to a variant; 0 is the city as it is"), "0 – 9")])
        if w.button(_("Close"), "help_close"):
            host.view.show_help = False


def draw_problems(host: Host, w: Widgets, layout: Layout) -> None:
    """Draw the list of problems."""
    with dialog("problem_list", _("Problems"), layout, width=720.0):
        with scrolled("problem_lines", 0.7 * layout.height):
            for problem in host.status.problems[-20:]:
                w.text_wrapped(problem.text + (f"  ×{problem.count}" if problem.count > 1 else ""))
                imgui.separator()
        if w.button(_("Copy all"), "problems_copy", icon="copy"):
            host.copy_text("\n".join(problem.text for problem in host.status.problems))
        imgui.same_line()
        if w.button(_("Clear"), "problems_clear"):
            host.status.forget_problems()
            host.view.show_problems = False
        imgui.same_line()
        if w.button(_("Close"), "problems_close"):
            host.view.show_problems = False
