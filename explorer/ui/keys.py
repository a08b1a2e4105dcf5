"""Every key and what it does, in one list that shortcuts and the help read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from explorer.i18n import _
from explorer.scenario import ChangeScene, Proposal, Scenario
from explorer.ui.host import Host
from explorer.ui.words import mode_words
from explorer.viewstate import MODES


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
    """One step back: windows, then gesture or drawing, then tool, then selection."""
    view = host.view
    if view.show_help:
        view.show_help = False
    elif view.files is not None:
        host.cancel_choosing()
    elif view.asks_unsaved:
        host.answer_unsaved("cancel")
    elif view.crs_question is not None:
        host.cancel_opening()
    elif view.server_question is not None:
        host.answer_server(False)
    elif host.left_work and view.show_recovery:
        view.show_recovery = False
    elif view.show_settings or view.show_problems:
        view.show_settings = view.show_problems = False
    elif view.show_welcome and host.scenario is not None:
        view.show_welcome = False
    elif host.step_back():
        pass
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


def toggle_before(host: Host) -> None:
    """The city as it is, and back to the variant of before."""
    if host.scenario is None or not host.scenario.variants:
        return
    active = host.scenario.scene.active_variant
    if active is not None:
        host.view.variant_before = active
    following = last_variant(host.scenario, host.view.variant_before) if active is None else None
    host.execute(ChangeScene({"active_variant": following}))


def last_variant(scenario: Scenario, last: str | None) -> str | None:
    """The variant that was worked on last, else the first; None: there is none."""
    ids = [variant.id for variant in scenario.variants]
    return last if last in ids else next(iter(ids), None)


def toggle_section(host: Host) -> None:
    """Take the tool that cuts the city open, or put it away; the cut stays."""
    view = host.view
    view.show_section = not view.show_section
    if view.show_section:
        view.right_visible = view.panels_visible = True
    elif view.tool == "cut":
        host.set_tool("select")


def _selected_proposal(host: Host) -> Proposal | None:
    selected, scenario = host.view.selected, host.scenario
    if selected is None or selected.proposal_id is None or scenario is None:
        return None
    return scenario.proposal(selected.proposal_id) if selected.proposal_id in scenario.records else None


def _storeys(host: Host, more: int) -> None:
    proposal = _selected_proposal(host)
    if proposal is not None and proposal.storeys + more >= 1:
        host.change_proposal(proposal.id, storeys=proposal.storeys + more)


def _turn(host: Host, degrees: float) -> None:
    proposal = _selected_proposal(host)
    if proposal is not None:
        host.change_proposal(proposal.id, rotation_deg=(proposal.rotation_deg + degrees) % 360.0)


def _simulate(host: Host) -> None:
    if host.scenario is not None:
        host.set_mode("simulate")
        host.simulate()


def _take(host: Host, tool: str) -> None:
    """A tool taken by a key is used by keys: the middle of the picture shows where."""
    host.set_tool(tool)
    host.view.crosshair = host.view.wants_city = True


def _search(host: Host) -> None:
    host.view.panels_visible = True
    host.view.wants_search = True


def _into_panels(host: Host) -> None:
    host.view.panels_visible = True
    host.view.wants_panel = True


def _mode_key(number: int, mode: str) -> Key:
    def act(host: Host) -> None:
        host.set_mode(mode)

    return Key(str(number), True, f"Ctrl+{number}", lambda: mode_words(mode), act)


KEYS: tuple[Key, ...] = (
    Key("z", True, "Ctrl+Z", lambda: _("Undo"), lambda h: h.undo()),
    Key("y", True, "Ctrl+Y", lambda: _("Redo"), lambda h: h.redo()),
    Key("s", True, "Ctrl+S", lambda: _("Save"), lambda h: h.save()),
    Key("s", True, "Ctrl+Shift+S", lambda: _("Save as…"), lambda h: h.choose_save(), shift=True),
    Key("o", True, "Ctrl+O", lambda: _("Open…"), lambda h: h.choose_open()),
    Key("f", True, "Ctrl+F", lambda: _("Search a building, address or command"), _search),
    Key("d", True, "Ctrl+D", lambda: _("Copy the building"), lambda h: h.copy_selected()),
    Key("q", True, "Ctrl+Q", lambda: _("Quit"), lambda h: h.quit()),
    Key("delete", False, "Del", lambda: _("Delete the building"), lambda h: h.delete_selected()),
    Key("escape", False, "Esc", lambda: _("One step back"), _escape),
    Key("enter", False, "Enter", lambda: _("Finish the drawing"), lambda h: h.finish_drawing()),
    Key("p", False, "P", lambda: _("Propose: draw a footprint"), lambda h: _take(h, "draw")),
    Key("b", False, "B", lambda: _("Propose: drop a block"), lambda h: _take(h, "block")),
    Key("home", False, "Home", lambda: _("Show the whole city"), lambda h: h.frame_city()),
    Key("home", True, "Ctrl+Home", lambda: _("Back to the view it began with"), lambda h: h.go_to_start()),
    Key("f", False, "F", lambda: _("Go to what is selected"), lambda h: h.frame_selection()),
    Key("n", False, "N", lambda: _("Turn to north"), lambda h: h.face_north()),
    Key("f2", False, "F2", lambda: _("Orbit"), lambda h: h.set_navigation("orbit")),
    Key("f3", False, "F3", lambda: _("Fly"), lambda h: h.set_navigation("fly")),
    Key("f4", False, "F4", lambda: _("Walk"), lambda h: h.set_navigation("walk")),
    Key("t", False, "T", lambda: _("Let the day pass"), _toggle_play),
    Key("page_up", False, "PgUp", lambda: _("Day before"), lambda h: _day(h, -1)),
    Key("page_down", False, "PgDn", lambda: _("Day after"), lambda h: _day(h, 1)),
    Key("space", False, "Space", lambda: _("Use the tool in the middle of the picture"), lambda h: h.use_tool()),
    Key("m", False, "M", lambda: _("What can be done with it"), lambda h: h.open_menu()),
    Key("=", False, "+", lambda: _("One storey more"), lambda h: _storeys(h, 1)),
    Key("-", False, "-", lambda: _("One storey less"), lambda h: _storeys(h, -1)),
    Key(",", False, ",", lambda: _("Turn 15° to the left"), lambda h: _turn(h, 15.0)),
    Key(".", False, ".", lambda: _("Turn 15° to the right"), lambda h: _turn(h, -15.0)),
    Key("arrow_up", True, "Ctrl+↑", lambda: _("Slide the building away by 1 m"), lambda h: h.nudge(1.0, 0.0)),
    Key("arrow_down", True, "Ctrl+↓", lambda: _("Slide the building nearer by 1 m"), lambda h: h.nudge(-1.0, 0.0)),
    Key("arrow_left", True, "Ctrl+←", lambda: _("Slide the building left by 1 m"), lambda h: h.nudge(0.0, -1.0)),
    Key("arrow_right", True, "Ctrl+→", lambda: _("Slide the building right by 1 m"), lambda h: h.nudge(0.0, 1.0)),
    Key("x", False, "X", lambda: _("Before and after"), lambda h: toggle_before(h)),
    Key("u", False, "U", lambda: _("Work the simulation out"), lambda h: _simulate(h)),
    Key("v", False, "V", lambda: _("Draw the area of a simulation"), lambda h: _take(h, "area")),
    Key("k", False, "K", lambda: _("Section: cut the city open"), toggle_section),
    Key("h", False, "H", lambda: _("Hide or show the panels"), _toggle_panels),
    Key("tab", False, "Tab", lambda: _("To the next panel, and through what is in it"), _into_panels),
    Key("f6", False, "F6", lambda: _("To the next panel"), _into_panels),
    Key("f11", False, "F11", lambda: _("The whole screen, and back"), lambda h: h.toggle_full_screen()),
    Key("f1", False, "F1", lambda: _("Keys and help"), _help),
    *(_mode_key(number, mode) for number, mode in enumerate(MODES, start=1)),
    *(_variant_key(number) for number in range(10)),
)


_ALIASES = {"+": "=", "_": "-"}
"""The same key on other keyboards, and on the block of figures."""


def press(host: Host, key: str, ctrl: bool, shift: bool = False) -> bool:
    """Do what a key asks for; False when it asks for nothing. Shift counts only together with Ctrl."""
    key = _ALIASES.get(key, key)
    for known in KEYS:
        if known.key == key and known.ctrl == ctrl and known.shift == (shift and ctrl):
            known.act(host)
            return True
    return False
