"""Windows in the middle, one at a time. None of them blocks the city."""

from __future__ import annotations

from collections.abc import Callable

from imgui_bundle import imgui

from explorer.i18n import _
from explorer.ui.crs_ui import draw_crs_question
from explorer.ui.files_ui import FilesDialog
from explorer.ui.focus import pressing
from explorer.ui.help_ui import draw_help, draw_problems
from explorer.ui.host import Host
from explorer.ui.layout import MARGIN, Layout, bring_to_front
from explorer.ui.opening_ui import draw_opening
from explorer.ui.recovery_ui import draw_recovery
from explorer.ui.server_ui import draw_server_question
from explorer.ui.settings_ui import draw_settings
from explorer.ui.unsaved_ui import draw_unsaved
from explorer.ui.warnings_ui import draw_warnings
from explorer.ui.welcome_ui import WelcomeDialog
from explorer.ui.widgets import Widgets

PASSING_SECS = 8.0
"""How long a notice that needs no answer stays: twice as long as it takes to read it aloud. [s]"""


class Dialogs:
    """Keeps nothing but notices not read yet."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        self._seen: tuple[str, float] = ("", 0.0)
        """The notice that stands there, and since when it has. [s]"""
        self._windows: dict[str, Callable[[Host, Widgets, Layout], None]] = {
            "files": FilesDialog().draw,
            "unsaved": draw_unsaved,
            "crs": draw_crs_question,
            "server": draw_server_question,
            "recovery": draw_recovery,
            "settings": draw_settings,
            "help": draw_help,
            "problem_list": draw_problems,
            "welcome": WelcomeDialog().draw,
        }

    def draw(self, host: Host, w: Widgets, layout: Layout, free: tuple[float, float]) -> None:
        """Draw whichever is open, the most pressing alone. `free`: where the city is seen, from left to right. [px]"""
        mended = host.status.take_mended()
        self.notices = [text for text in self.notices if text not in mended]
        for text in host.status.take_unread():
            is_answer = host.status.is_answer(text)
            if is_answer and text in self.notices:
                self.notices.remove(text)
            if text not in self.notices:  # what was just done is answered at once, whatever else is still to be read
                self.notices.insert(0 if is_answer else len(self.notices), text)
        window = pressing(host)
        if window is not None:
            self._windows[window](host, w, layout)
        draw_opening(host, w, layout)
        self._notice(host, w, layout, free)
        draw_warnings(host, w, layout)

    def _notice(self, host: Host, w: Widgets, layout: Layout, free: tuple[float, float]) -> None:
        """What was just refused, else the oldest notice: above the bar at the bottom, between the panels."""
        refusal = host.status.refusal
        if not self.notices and not refusal:
            return
        left, right = free
        width = min(560.0 * layout.scale, max(right - left - 2.0 * MARGIN, 300.0 * layout.scale))
        card = imgui.internal.find_window_by_name("###warnings") if host.status.warnings else None
        y = (card.pos.y if card is not None and card.active else layout.bottom[1]) - 10.0
        # letters may be so large that it is wider than what is free of the city: it stays in the window all the same
        width = min(width, layout.width - 2.0 * MARGIN)
        x = min(max((left + right) / 2.0, MARGIN + width / 2.0), layout.width - MARGIN - width / 2.0)
        imgui.set_next_window_pos((x, y), imgui.Cond_.always, (0.5, 1.0))
        imgui.set_next_window_size_constraints((width, 0.0), (width, layout.height * 0.4))
        imgui.set_next_window_bg_alpha(1.0)  # large letters make it lie over a panel
        flags = imgui.WindowFlags_.always_auto_resize | imgui.WindowFlags_.no_title_bar | imgui.WindowFlags_.no_move
        imgui.begin(
            "###notice", None, flags | imgui.WindowFlags_.no_saved_settings | imgui.WindowFlags_.no_focus_on_appearing
        )
        bring_to_front()
        words, others = refusal or self.notices[0], len(self.notices) - (0 if refusal else 1)
        w.text_wrapped(words)
        if w.button(_("Close"), "notice_close"):
            if refusal:
                host.status.refuse("")
            else:
                self.notices.pop(0)
        imgui.same_line()
        if w.button(_("Copy"), "notice_copy", icon="copy"):
            host.copy_text(words)
        if others:
            imgui.same_line()
            w.muted(_("and {count} more").format(count=others))
        is_read = not refusal and self._has_passed(host, words, imgui.is_window_hovered())
        imgui.end()
        if is_read:
            self.notices.pop(0)

    def _has_passed(self, host: Host, words: str, is_hovered: bool) -> bool:
        """Whether a notice that goes by itself has been there long enough; the pointer on it holds it."""
        now = imgui.get_time()
        if self._seen[0] != words or is_hovered:
            self._seen = (words, now)
        if not host.status.is_passing(words) or now - self._seen[1] < PASSING_SECS or not self.notices:
            return False
        self._seen = ("", 0.0)
        return self.notices[0] == words
