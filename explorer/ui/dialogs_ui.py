"""Windows in the middle: welcome, settings, help, problems, recovery. None of them blocks the city."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _
from explorer.ui.help_ui import draw_help, draw_problems
from explorer.ui.host import Host
from explorer.ui.layout import Layout, bring_to_front, dialog
from explorer.ui.recovery_ui import draw_recovery
from explorer.ui.settings_ui import draw_settings
from explorer.ui.warnings_ui import draw_warnings
from explorer.ui.widgets import Widgets


class Dialogs:
    """Keeps nothing but the paths that are typed, and notices not read yet."""

    def __init__(self) -> None:
        self._path = ""
        self._save_path = ""
        self._packed = False
        self.notices: list[str] = []

    def draw(self, host: Host, w: Widgets, layout: Layout) -> None:
        """Draw whichever is open, the most pressing alone."""
        self.notices.extend(host.status.take_unread())
        if host.left_work and host.view.show_recovery:
            draw_recovery(host, w, layout)
        elif host.view.show_settings:
            draw_settings(host, w, layout)
        elif host.view.show_save:
            self._save(host, w, layout)
        elif host.view.show_help:
            draw_help(host, w, layout)
        elif host.view.show_problems:
            draw_problems(host, w, layout)
        elif host.view.show_welcome:
            self._welcome(host, w, layout)
        self._notice(host, w, layout)
        draw_warnings(host, w, layout)

    def _welcome(self, host: Host, w: Widgets, layout: Layout) -> None:
        with dialog("welcome", _("Welcome"), layout):
            w.heading("citiverse-explorer")
            w.text_wrapped(_("Walk your city, place what is proposed, see what it would do, and share it as one file."))
            imgui.spacing()
            if w.button(_("Explore the sample town"), "welcome_town", icon="building", primary=True):
                host.open_town()
            imgui.spacing()
            w.text_wrapped(_("Or open a scene (.cvscene), a 3D Tiles tileset (folder or address), or a CityJSON file:"))
            imgui.set_next_item_width(-110.0 * layout.scale)
            committed, self._path = w.input_text("", "welcome_path", self._path)
            imgui.same_line()
            if w.button(_("Open"), "welcome_open", enabled=bool(self._path.strip())) or (
                committed and self._path.strip()
            ):
                host.open_path(self._path.strip())
            if host.settings.recent:
                w.muted(_("Opened last"))
                for number, place in enumerate(host.settings.recent[:5]):
                    if w.selectable(place, f"recent_{number}", False):
                        host.open_path(place)
            imgui.spacing()
            if host.scenario is not None and w.button(_("Close"), "welcome_close"):
                host.view.show_welcome = False

    def _save(self, host: Host, w: Widgets, layout: Layout) -> None:
        if not self._save_path:
            self._save_path = host.scene_path or "scene.cvscene"
        with dialog("save_as", _("Save as"), layout):
            _committed, self._save_path = w.input_text(_("File"), "save_path", self._save_path)
            self._packed = w.checkbox(_("Packed: with the city inside, for a place without internet"), "save_packed",
                                      self._packed)  # fmt: skip
            if w.button(_("Save"), "save_now", icon="save", primary=True, enabled=bool(self._save_path.strip())):
                host.save(self._save_path.strip(), packed=self._packed)
                self._save_path, host.view.show_save = "", False
            w.flow(_("Cancel"))
            if w.button(_("Cancel"), "save_cancel"):
                self._save_path, host.view.show_save = "", False

    def _notice(self, host: Host, w: Widgets, layout: Layout) -> None:
        if not self.notices:
            return
        x, y = layout.width / 2.0, layout.top[3] + 14.0
        imgui.set_next_window_pos((x, y), imgui.Cond_.always, (0.5, 0.0))
        width = min(680.0 * layout.scale, layout.width * 0.6)
        imgui.set_next_window_size_constraints((width, 0.0), (width, layout.height * 0.4))
        flags = imgui.WindowFlags_.always_auto_resize | imgui.WindowFlags_.no_title_bar | imgui.WindowFlags_.no_move
        imgui.begin(
            "###notice", None, flags | imgui.WindowFlags_.no_saved_settings | imgui.WindowFlags_.no_focus_on_appearing
        )
        bring_to_front()
        w.text_wrapped(self.notices[0])
        if w.button(_("Close"), "notice_close"):
            self.notices.pop(0)
        else:
            imgui.same_line()
            if w.button(_("Copy"), "notice_copy", icon="copy"):
                host.copy_text(self.notices[0])
            if len(self.notices) > 1:
                imgui.same_line()
                w.muted(_("and {count} more").format(count=len(self.notices) - 1))
        imgui.end()
