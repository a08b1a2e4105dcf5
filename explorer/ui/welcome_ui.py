"""The start screen: the sample town, a file, an address, or what was open last."""

from __future__ import annotations

from pathlib import PurePath

from imgui_bundle import imgui

from explorer.i18n import _
from explorer.ui.host import Host
from explorer.ui.layout import Layout, dialog
from explorer.ui.widgets import Widgets

_MOST_RECENT = 5


class WelcomeDialog:
    """Keeps nothing but the address that is typed."""

    def __init__(self) -> None:
        self._path = ""

    def draw(self, host: Host, w: Widgets, layout: Layout) -> None:
        """Draw it; the city behind it stays alive."""
        with dialog("welcome", _("Welcome"), layout):
            w.heading("citiverse-explorer")
            w.text_wrapped(_("Walk your city, place what is proposed, see what it would do, and share it as one file."))
            imgui.spacing()
            if w.button(_("Explore the sample town"), "welcome_town", icon="building", primary=True):
                host.open_town()
            w.flow(_("See an example of a plan"))
            if w.button(_("See an example of a plan"), "welcome_example", icon="layers"):
                host.open_example()
            w.flow(_("Open a city or a scene…"))
            if w.button(_("Open a city or a scene…"), "welcome_choose"):
                host.choose_open()
            self._address(host, w, layout)
            self._recent(host, w)
            imgui.spacing()
            if host.scenario is not None and w.button(_("Close"), "welcome_close"):
                host.view.show_welcome = False

    def _address(self, host: Host, w: Widgets, layout: Layout) -> None:
        imgui.spacing()
        w.muted(_("A scene (.cvscene), CityJSON (.json, .jsonl), 3D Tiles (folder, tileset.json or address):"))
        imgui.set_next_item_width(-110.0 * layout.scale)
        _committed, self._path = w.input_text("", "welcome_path", self._path)
        is_entered = w.was_entered
        imgui.same_line()
        typed = self._path.strip()
        if w.button(_("Open"), "welcome_open", enabled=bool(typed)) or (is_entered and typed):
            host.open_path(typed)

    def _recent(self, host: Host, w: Widgets) -> None:
        if not host.settings.recent:
            return
        imgui.spacing()
        w.muted(_("Opened last"))
        for number, place in enumerate(host.settings.recent[:_MOST_RECENT]):
            name, where = parted(place)
            if w.selectable(name or place, f"recent_{number}", False, detail=where):
                host.open_path(place)


def parted(place: str) -> tuple[str, str]:
    """The last part of a path or an address, and what leads there; of an address without a path all, and nothing."""
    if "://" in place:
        where, _slash, name = place.rstrip("/").rpartition("/")
        return (place, "") if where.endswith(":/") else (name, where)
    path = PurePath(place)
    return path.name, str(path.parent)
