"""Folders and files in the window, for fingers and keys, where the system has no dialog of its own."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _
from explorer.ui.host import Host
from explorer.ui.layout import Layout, dialog
from explorer.ui.widgets import Widgets
from explorer.viewstate import FileEntry, FileList

_LINES = 9
"""Lines of the list that are seen at once."""


class FilesDialog:
    """Keeps nothing but the folder it stands in, to start at its first line."""

    def __init__(self) -> None:
        self._folder = ""
        self._is_first = True

    def draw(self, host: Host, w: Widgets, layout: Layout) -> None:
        """The folder, what is in it, and a line to type. Arrows and Enter choose; Backspace goes up."""
        files = host.view.files
        if files is None:
            return
        with dialog("files", files.title, layout, width=760.0):
            self._is_first = self._is_first or imgui.is_window_appearing()
            self._path(host, w, files)
            self._list(host, w, files, layout)
            if files.error:
                w.warning(files.error)
            if files.is_saving:
                _name(host, w, files)
            else:
                w.flow(_("Cancel"))
                if w.button(_("Cancel"), "files_cancel"):
                    host.cancel_choosing()

    def _path(self, host: Host, w: Widgets, files: FileList) -> None:
        for number, place in enumerate(files.shortcuts):
            if number:
                w.flow(place.name)
            if w.button(place.name, f"files_place_{number}"):
                host.list_folder(place.path)
        up = files.folder + "/.."
        goes_up = imgui.is_key_pressed(imgui.Key.backspace) and not imgui.is_any_item_active()
        if w.button("", "files_up", icon="left", tooltip=_("The folder above (Backspace)")) or goes_up:
            host.list_folder(up)
        imgui.same_line()
        imgui.set_next_item_width(-1.0)
        _committed, typed = w.input_text("", "files_path", files.folder)
        if w.was_entered and typed.strip():
            host.choose_file(typed.strip())

    def _list(self, host: Host, w: Widgets, files: FileList, layout: Layout) -> None:
        line = max(imgui.get_frame_height_with_spacing(), 34.0 * layout.scale)
        height = min(line * _LINES, layout.height * 0.45)
        imgui.begin_child("files_list", imgui.ImVec2(0.0, height), imgui.ChildFlags_.borders)
        if files.folder != self._folder and not files.is_reading:
            self._folder = files.folder
            imgui.set_scroll_y(0.0)
            if not (files.is_saving and self._is_first):  # there the name is typed first
                imgui.set_keyboard_focus_here()
                imgui.set_nav_cursor_visible(True)  # so that Enter takes the first line at once
        if not files.is_reading:
            self._is_first = False
        if files.is_reading:
            w.muted(_("Reading the folder…"))
        elif not files.entries:
            w.muted(_("No folders, scenes or city files are here."))
        for number, entry in enumerate(files.entries):
            if _line(w, number, entry, line):
                host.choose_file(entry.path)
                break
        imgui.end_child()


def _line(w: Widgets, number: int, entry: FileEntry, height: float) -> bool:
    """One line, as high as a finger is wide."""
    icon = "folder" if entry.is_folder else "file"
    return w.selectable(entry.name, f"file_{number}", False, icon=icon, aside=entry.detail, height=height)


def _name(host: Host, w: Widgets, files: FileList) -> None:
    """A line for the name. Enter saves; whoever only leaves the line, to cancel or to look elsewhere, saves nothing."""
    _committed, name = w.input_text(_("Name of the file"), "files_name", files.name)
    is_entered = w.was_entered
    if name != files.name:
        files.name, files.asks_overwrite = name, False
    if files.asks_overwrite:
        w.warning(_("There is a file of this name already. Replace it?"))
    words = _("Replace it") if files.asks_overwrite else _("Save")
    typed = files.name.strip()
    if w.button(words, "files_save", icon="save", primary=True, enabled=bool(typed)) or (is_entered and typed):
        host.choose_file(typed)
    w.flow(_("Cancel"))
    if w.button(_("Cancel"), "files_cancel"):
        host.cancel_choosing()
