"""At the bottom: the sun's date and hour, ways of moving, and what is going on."""

from __future__ import annotations

from datetime import date, timedelta

from imgui_bundle import imgui

from explorer.i18n import _
from explorer.scenario import ChangeScene
from explorer.settings import EYE_HEIGHTS
from explorer.ui.host import Host
from explorer.ui.layout import Layout, panel
from explorer.ui.widgets import Widgets
from explorer.ui.words import clock_words

_PRESETS = (("03-21", "21-3"), ("06-21", "21-6"), ("12-21", "21-12"))


class BottomBar:
    """Keeps the hour while the slider is dragged: a drag is one step of undo."""

    def __init__(self) -> None:
        self.dragged_minute: float | None = None

    def draw(self, host: Host, w: Widgets, layout: Layout) -> None:
        """Draw the bar."""
        with panel("bottom", layout.bottom):
            if host.scenario is not None:
                self._time(host, w, layout)
                self._moving(host, w, layout)
            _status(host, w, layout)

    def _time(self, host: Host, w: Widgets, layout: Layout) -> None:
        assert host.scenario is not None
        scene, view = host.scenario.scene, host.view
        day = date.fromisoformat(scene.date)
        if w.button("", "day_before", icon="left", tooltip=_("Day before")):
            host.execute(ChangeScene({"date": (day - timedelta(days=1)).isoformat()}))
        imgui.same_line()
        imgui.set_next_item_width(110.0 * layout.scale)
        committed, text = w.input_text("", "date", scene.date)
        if committed and _is_date(text):
            host.execute(ChangeScene({"date": text}))
        imgui.same_line()
        if w.button("", "day_after", icon="right", tooltip=_("Day after")):
            host.execute(ChangeScene({"date": (day + timedelta(days=1)).isoformat()}))
        for ending, words in _PRESETS:
            imgui.same_line()
            if w.button(words, f"day_{ending}", tooltip=_("Go to this day of the year")):
                host.execute(ChangeScene({"date": f"{day.year}-{ending}"}))
        imgui.same_line()
        if w.button("", "play", icon="pause" if view.is_playing else "play", tooltip=_("Let the day pass (T)")):
            view.is_playing = not view.is_playing
        imgui.same_line()
        minute = float(scene.minute) if self.dragged_minute is None else self.dragged_minute
        imgui.set_next_item_width(max(layout.width * 0.22, 120.0))
        moved, is_active = w.slider_minutes("time", minute, clock_words(minute), view.sunrise, view.sunset)
        if is_active:
            self.dragged_minute = moved
        elif self.dragged_minute is not None:
            if round(self.dragged_minute) != scene.minute:
                host.execute(ChangeScene({"minute": round(self.dragged_minute) % 1440}))
            self.dragged_minute = None

    def _moving(self, host: Host, w: Widgets, layout: Layout) -> None:
        view = host.view
        imgui.same_line(0.0, 20.0 * layout.scale)
        for mode, words, key in (("orbit", _("Orbit"), "1"), ("fly", _("Fly"), "2"), ("walk", _("Walk"), "3")):
            if w.button(words, f"nav_{mode}", primary=view.navigation == mode, tooltip=f"F{int(key) + 1}"):
                host.set_navigation(mode)
            imgui.same_line()
        if w.button("", "nav_home", icon="home", tooltip=_("Show the whole city (Home)")):
            host.frame_city()
        imgui.same_line()
        if w.button("", "nav_frame", icon="search", enabled=view.selected is not None, tooltip=_("Go to it (F)")):
            host.frame_selection()
        imgui.same_line()
        if w.compass("compass", view.heading_deg, _("Turn to north (N)")):
            host.face_north()
        if view.navigation == "walk":
            imgui.same_line()
            offered = [f"{_eye_words(name)} {height:.2f} m" for name, height in EYE_HEIGHTS]
            heights = [height for _name, height in EYE_HEIGHTS]
            index = min(range(len(heights)), key=lambda i: abs(heights[i] - host.settings.eye_height))
            imgui.set_next_item_width(150.0 * layout.scale)
            chosen = w.combo("", "eye_height", offered, index)
            if chosen != index:
                host.change_settings(eye_height=heights[chosen])


def _eye_words(name: str) -> str:
    return {"adult": _("Adult"), "child": _("Child"), "wheelchair": _("Wheelchair")}[name]


def _status(host: Host, w: Widgets, layout: Layout) -> None:
    view = host.view
    imgui.set_cursor_pos_y(layout.bottom[3] - 30.0 * layout.scale)
    if view.pointer_map is not None:
        e, n, h = view.pointer_map
        w.text(f"E {e:,.2f}   N {n:,.2f}   H {h:.2f} m   {host.crs_name}")
    else:
        w.muted(host.crs_name)
    if view.is_waiting_for_ground:
        imgui.same_line(0.0, 24.0)
        w.muted(_("Waiting for the ground to load…"))
    for line in host.status.lines[:2]:
        imgui.same_line(0.0, 24.0)
        share = "" if line.fraction is None else f" {line.fraction:.0%}"
        w.muted(line.text + share)
    problems = host.status.problems
    if problems:
        imgui.same_line(0.0, 24.0)
        if w.link(_("{count} problems").format(count=len(problems)), "problems"):
            view.show_problems = not view.show_problems


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
