"""The bar on top: the five modes, undo and redo, search, files."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _
from explorer.ui.host import Host
from explorer.ui.keys import KEYS, Key, toggle_section
from explorer.ui.layout import Layout, bar, bring_to_front, panel
from explorer.ui.shown import SearchHit
from explorer.ui.widgets import Widgets
from explorer.ui.words import mode_words
from explorer.viewstate import MODES

_MAX_COMMANDS = 5


class TopBar:
    """Keeps nothing but the words in the search box and what they found."""

    def __init__(self) -> None:
        self.query = ""
        self.height = 0.0
        self._searched = ""
        self._hits: list[SearchHit] = []
        self._commands: list[Key] = []
        self._was_typing = False
        self._is_open = False
        """The search box, where the bar has no room for it."""

    def draw(self, host: Host, w: Widgets, layout: Layout) -> None:
        """Draw the bar, and the results below it."""
        width = min(300.0 * layout.scale, layout.width * 0.5)
        typing = entered = False
        wanted, host.view.wants_search = host.view.wants_search, False
        self._is_open |= wanted and layout.is_compact
        with bar("top", layout):
            if w.button(_("Menu"), "menu", icon="menu", tooltip=_("Open, save, settings")):
                imgui.open_popup("menu")
            x, y = imgui.get_item_rect_min().x, imgui.get_item_rect_max().y
            self._menu(host, w, (x, y + 4.0))
            _modes(host, w, layout)
            self._undo(host, w, layout)
            self._section(host, w, layout)
            if layout.is_compact:
                w.flow(icon="search")
                if w.button("", "search_open", icon="search", primary=self._is_open, tooltip=_("Search")):
                    self._is_open = not self._is_open
                    self.query = ""
            else:
                w.flow(width=width + 8.0)
                left = imgui.get_content_region_avail().x - width
                imgui.set_cursor_pos_x(imgui.get_cursor_pos_x() + max(left, 0.0))
                typing, entered = self._search_box(w, width, wanted)
            self.height = imgui.get_window_height()
        if layout.is_compact and self._is_open:
            with panel(
                "search_panel", (layout.width * 0.15, layout.top[3] + 4.0, layout.width * 0.7, 400.0), grows=True
            ):
                bring_to_front()
                typing, entered = self._search_box(w, imgui.get_content_region_avail().x, wanted)
        if typing and imgui.is_key_pressed(imgui.Key.down_arrow) and (self._hits or self._commands):
            w.focus_in = "results"
        self._results(host, w, layout, width)
        if entered and (typing or self._was_typing) and self._hits:
            host.go_to(self._hits[0])
            self._leave(host)
        self._was_typing = typing

    def _search_box(self, w: Widgets, width: float, is_wanted: bool) -> tuple[bool, bool]:
        """The line to search with; (somebody types, Enter was pressed)."""
        imgui.set_next_item_width(width)
        if is_wanted:
            imgui.set_keyboard_focus_here()
        self.query = w.search_box(_("Search a building, address or attribute"), "search", self.query)
        return bool(imgui.is_item_active()), bool(imgui.is_key_pressed(imgui.Key.enter))

    def _leave(self, host: Host) -> None:
        """What was searched is found: the keyboard goes back to the city."""
        self.query = ""
        self._is_open = False
        host.view.wants_city = True

    def _undo(self, host: Host, w: Widgets, layout: Layout) -> None:
        undo, redo = host.undo_label, host.redo_label
        hint = _("Undo: {what} (Ctrl+Z)").format(what=undo) if undo else _("Nothing to undo")
        w.flow(icon="undo", gap=-1.0 if layout.is_tiny else 24.0 * layout.scale)
        if w.button("", "undo", icon="undo", enabled=undo is not None, tooltip=hint):
            host.undo()
        hint = _("Redo: {what} (Ctrl+Y)").format(what=redo) if redo else _("Nothing to redo")
        w.flow(icon="redo")
        if w.button("", "redo", icon="redo", enabled=redo is not None, tooltip=hint):
            host.redo()

    def _section(self, host: Host, w: Widgets, layout: Layout) -> None:
        """Cutting is no action for a table of visitors; with very large letters its key and the search box have it."""
        if host.settings.profile == "workshop" or layout.is_tiny:
            return
        w.flow(icon="plane")
        if w.button("", "section", icon="plane", primary=host.view.show_section, tooltip=_("Section (K)")):
            toggle_section(host)

    def _menu(self, host: Host, w: Widgets, place: tuple[float, float]) -> None:
        imgui.set_next_window_pos(place)
        if not imgui.begin_popup("menu"):
            return
        has_scene = host.scenario is not None
        if w.menu_item(_("Open…"), "menu_open", shortcut="Ctrl+O"):
            host.choose_open()
        if w.menu_item(_("Start screen"), "menu_welcome"):
            host.view.show_welcome = True
        if w.menu_item(_("Save"), "menu_save", shortcut="Ctrl+S", enabled=has_scene):
            host.save()
        if w.menu_item(_("Save as…"), "menu_save_as", shortcut="Ctrl+Shift+S", enabled=has_scene):
            host.choose_save()
        if w.menu_item(_("Save packed (with the city)…"), "menu_pack", enabled=has_scene):
            host.choose_save(packed=True)
        imgui.separator()
        if w.menu_item(_("Settings"), "menu_settings"):
            host.view.show_settings = True
        if w.menu_item(_("Hide the panels"), "menu_hide", shortcut="H", enabled=has_scene):
            host.view.panels_visible = False
        if w.menu_item(_("Keys and help"), "menu_help", shortcut="F1"):
            host.view.show_help = True
        imgui.separator()
        if w.menu_item(_("Quit"), "menu_quit", shortcut="Ctrl+Q"):
            host.quit()
        imgui.end_popup()

    def _results(self, host: Host, w: Widgets, layout: Layout, width: float) -> None:
        text = self.query.strip()
        if text != self._searched:
            self._searched = text
            asked = len(text) >= 2
            self._hits = host.search(text) if asked else []
            commands = [key for key in KEYS if len(key.key) > 1 or not key.key.isdigit()]
            self._commands = [k for k in commands if text.lower() in k.words().lower()][:_MAX_COMMANDS] if asked else []
        if len(text) < 2:
            return
        wide = max(width, 360.0 * layout.scale)
        x = layout.width - wide - imgui.get_style().window_padding.x
        lower = imgui.get_frame_height() + 3.0 * imgui.get_style().window_padding.y if layout.is_compact else 0.0
        imgui.set_next_window_bg_alpha(1.0)
        with panel("results", (x, layout.top[3] + 4.0 + lower, wide, layout.height * 0.6), grows=True):
            bring_to_front()
            if not self._hits and not self._commands:
                w.muted(_("Nothing found for “{text}”.").format(text=text))
            for key in self._commands:
                widget_id = f"command_{'ctrl_' if key.ctrl else ''}{key.key}{'_shift' if key.shift else ''}"
                if w.selectable(f"{key.words()}   ({key.shown})", widget_id, False, icon="key"):
                    self._leave(host)
                    key.act(host)
            for hit in self._hits:
                if w.selectable(hit.title, f"hit_{hit.id}", False, detail=hit.detail):
                    host.go_to(hit)
                    self._leave(host)


def _modes(host: Host, w: Widgets, layout: Layout) -> None:
    if layout.is_tiny:
        mode = MODES[w.choice("mode", [mode_words(mode) for mode in MODES], MODES.index(host.view.mode))]
        if mode != host.view.mode:
            host.set_mode(mode)
        return
    for mode in MODES:
        w.flow(mode_words(mode))
        if w.button(mode_words(mode), f"mode_{mode}", primary=host.view.mode == mode):
            host.set_mode(mode)
