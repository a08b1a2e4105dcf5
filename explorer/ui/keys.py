"""Every key and what it does, in one list that shortcuts and the help read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from explorer.i18n import _
from explorer.scenario import ChangeScene
from explorer.ui.host import Host


@dataclass(frozen=True)
class Key:
    """A key as the backend names it, how it is written, what it does."""

    key: str
    ctrl: bool
    shown: str
    words: Callable[[], str]
    act: Callable[[Host], None]
    shift: bool = False


def _toggle_play(host: Host) -> None:
    host.view.is_playing = not host.view.is_playing


def _escape(host: Host) -> None:
    """One step back: drawing, then tool, then selection, then dialogs."""
    view = host.view
    if view.files is not None:
        host.cancel_choosing()
    elif view.asks_unsaved:
        host.answer_unsaved("cancel")
    elif view.crs_question is not None:
        host.cancel_opening()
    elif view.show_help or view.show_settings or view.show_problems:
        view.show_help = view.show_settings = view.show_problems = False
    elif view.tool != "select":
        host.set_tool("select")
    elif view.selected is not None:
        host.select_none()


def _day(host: Host, days: int) -> None:
    if host.scenario is not None:
        day = date.fromisoformat(host.scenario.scene.date) + timedelta(days=days)
        host.execute(ChangeScene({"date": day.isoformat()}))


def _toggle_panels(host: Host) -> None:
    host.view.panels_visible = not host.view.panels_visible


def _help(host: Host) -> None:
    host.view.show_help = not host.view.show_help


def choose_variant(host: Host, number: int) -> None:
    """Variant by its number; 0 is the city as it is."""
    if host.scenario is None:
        return
    variants = host.scenario.variants
    if number <= len(variants):
        host.execute(ChangeScene({"active_variant": variants[number - 1].id if number else None}))


def _variant_key(number: int) -> Key:
    def words() -> str:
        return _("Variant {number}").format(number=number) if number else _("The city as it is")

    def act(host: Host) -> None:
        choose_variant(host, number)

    return Key(str(number), False, str(number), words, act)


KEYS: tuple[Key, ...] = (
    Key("z", True, "Ctrl+Z", lambda: _("Undo"), lambda h: h.undo()),
    Key("y", True, "Ctrl+Y", lambda: _("Redo"), lambda h: h.redo()),
    Key("s", True, "Ctrl+S", lambda: _("Save"), lambda h: h.save()),
    Key("s", True, "Ctrl+Shift+S", lambda: _("Save as…"), lambda h: h.choose_save(), shift=True),
    Key("o", True, "Ctrl+O", lambda: _("Open…"), lambda h: h.choose_open()),
    Key("d", True, "Ctrl+D", lambda: _("Copy the building"), lambda h: h.copy_selected()),
    Key("q", True, "Ctrl+Q", lambda: _("Quit"), lambda h: h.quit()),
    Key("delete", False, "Del", lambda: _("Delete the building"), lambda h: h.delete_selected()),
    Key("escape", False, "Esc", lambda: _("One step back"), _escape),
    Key("enter", False, "Enter", lambda: _("Finish the drawing"), lambda h: h.finish_drawing()),
    Key("p", False, "P", lambda: _("Propose: draw a footprint"), lambda h: h.set_tool("draw")),
    Key("b", False, "B", lambda: _("Propose: drop a block"), lambda h: h.set_tool("block")),
    Key("home", False, "Home", lambda: _("Show the whole city"), lambda h: h.frame_city()),
    Key("f", False, "F", lambda: _("Go to what is selected"), lambda h: h.frame_selection()),
    Key("n", False, "N", lambda: _("Turn to north"), lambda h: h.face_north()),
    Key("f2", False, "F2", lambda: _("Orbit"), lambda h: h.set_navigation("orbit")),
    Key("f3", False, "F3", lambda: _("Fly"), lambda h: h.set_navigation("fly")),
    Key("f4", False, "F4", lambda: _("Walk"), lambda h: h.set_navigation("walk")),
    Key("t", False, "T", lambda: _("Let the day pass"), _toggle_play),
    Key("page_up", False, "PgUp", lambda: _("Day before"), lambda h: _day(h, -1)),
    Key("page_down", False, "PgDn", lambda: _("Day after"), lambda h: _day(h, 1)),
    Key("tab", False, "Tab", lambda: _("Hide or show the panels"), _toggle_panels),
    Key("f1", False, "F1", lambda: _("Keys and help"), _help),
    *(_variant_key(number) for number in range(10)),
)


def press(host: Host, key: str, ctrl: bool, shift: bool = False) -> bool:
    """Do what a key asks for; False when it asks for nothing. Shift counts only together with Ctrl."""
    for known in KEYS:
        if known.key == key and known.ctrl == ctrl and known.shift == (shift and ctrl):
            known.act(host)
            return True
    return False
