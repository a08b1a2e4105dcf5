"""What is being opened: a bar, the time left, and a way out."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _, ngettext
from explorer.ui.host import Host
from explorer.ui.layout import Layout, bring_to_front
from explorer.ui.widgets import Widgets

_FLAGS = (
    imgui.WindowFlags_.always_auto_resize
    | imgui.WindowFlags_.no_title_bar
    | imgui.WindowFlags_.no_move
    | imgui.WindowFlags_.no_saved_settings
    | imgui.WindowFlags_.no_focus_on_appearing
)


def draw_opening(host: Host, w: Widgets, layout: Layout) -> None:
    """A card below the bar on top, for as long as it takes."""
    line = next((line for line in host.status.lines if line.key == "opening"), None)
    if line is None:
        return
    width = min(460.0 * layout.scale, layout.width * 0.9)
    imgui.set_next_window_pos((layout.width / 2.0, layout.top[3] + 14.0), imgui.Cond_.always, (0.5, 0.0))
    imgui.set_next_window_size_constraints((width, 0.0), (width, layout.height * 0.5))
    imgui.begin("###opening", None, _FLAGS)
    bring_to_front()
    w.text_wrapped(line.text)
    words = "" if line.seconds_left is None else left_words(line.seconds_left)
    percent = f"{line.fraction or 0.0:.0%}"
    w.progress_bar("opening_bar", line.fraction or 0.0, f"{percent}   {words}" if words else percent)
    if w.button(_("Cancel"), "opening_cancel"):
        host.cancel_opening()
    imgui.end()


def left_words(seconds: float) -> str:
    """A time left as people say it; nobody believes seconds far away."""
    if seconds < 90.0:
        count = max(round(seconds), 1) if seconds < 10.0 else round(seconds / 5.0) * 5
        return ngettext("about {count} second left", "about {count} seconds left", count).format(count=count)
    count = round(seconds / 60.0)
    return ngettext("about {count} minute left", "about {count} minutes left", count).format(count=count)
