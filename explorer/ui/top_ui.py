"""The bar on top: the five modes, undo and redo, search, files."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _
from explorer.ui.host import Host, SearchHit
from explorer.ui.layout import Layout, panel
from explorer.ui.widgets import Widgets
from explorer.ui.words import mode_words
from explorer.viewstate import MODES


class TopBar:
    """Keeps nothing but the words in the search box and what they found."""

    def __init__(self) -> None:
        self.query = ""
        self._searched = ""
        self._hits: list[SearchHit] = []

    def draw(self, host: Host, w: Widgets, layout: Layout) -> None:
        """Draw the bar, and the results below it."""
        with panel("top", layout.top):
            if w.button(_("Menu"), "menu", icon="menu", tooltip=_("Open, save, settings")):
                imgui.open_popup("menu")
            self._menu(host, w)
            for mode in MODES:
                imgui.same_line()
                if w.button(mode_words(mode), f"mode_{mode}", primary=host.view.mode == mode):
                    host.set_mode(mode)
            imgui.same_line(0.0, 24.0 * layout.scale)
            undo, redo = host.undo_label, host.redo_label
            hint = _("Undo: {what} (Ctrl+Z)").format(what=undo) if undo else _("Nothing to undo")
            if w.button("", "undo", icon="undo", enabled=undo is not None, tooltip=hint):
                host.undo()
            imgui.same_line()
            hint = _("Redo: {what} (Ctrl+Y)").format(what=redo) if redo else _("Nothing to redo")
            if w.button("", "redo", icon="redo", enabled=redo is not None, tooltip=hint):
                host.redo()
            width = min(300.0 * layout.scale, layout.width * 0.24)
            imgui.same_line(layout.width - width - 16.0)
            imgui.set_next_item_width(width)
            self.query = w.search_box(_("Search a building, address or attribute"), "search", self.query)
        self._results(host, w, layout, width)

    def _menu(self, host: Host, w: Widgets) -> None:
        if not imgui.begin_popup("menu"):
            return
        if w.menu_item(_("Open…"), "menu_open", shortcut="Ctrl+O"):
            host.view.show_welcome = True
        if w.menu_item(_("Save"), "menu_save", shortcut="Ctrl+S", enabled=host.scenario is not None):
            host.save()
        if w.menu_item(_("Save packed (with the city)…"), "menu_pack", enabled=host.scenario is not None):
            host.save(packed=True)
        imgui.separator()
        if w.menu_item(_("Settings"), "menu_settings"):
            host.view.show_settings = True
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
            self._hits = host.search(text) if len(text) >= 2 else []
        if len(text) < 2:
            return
        x = layout.width - width - 16.0
        with panel("results", (x, layout.top[3], width, layout.height * 0.5), grows=True):
            if not self._hits:
                w.muted(_("Nothing found for “{text}”.").format(text=text))
            for hit in self._hits:
                if w.selectable(f"{hit.title}", f"hit_{hit.id}", False):
                    host.go_to(hit)
                    self.query = ""
                if hit.detail:
                    w.muted(hit.detail)
