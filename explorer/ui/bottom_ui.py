"""At the bottom: the sun's date and hour, ways of moving, and what is going on."""

from __future__ import annotations

from datetime import date, timedelta

from imgui_bundle import imgui

from explorer.i18n import _, decimal, ngettext
from explorer.scenario import ChangeScene
from explorer.settings import EYE_HEIGHTS
from explorer.ui.host import Host
from explorer.ui.layout import Layout, bar
from explorer.ui.widgets import Widgets
from explorer.ui.words import clock_words, date_of, date_words, minute_of

_ROOMY_WIDTH = 1500.0
"""From this width on the slider of the day is long, and all still stands in one row. [px at 100 %]"""
_MOUSE_MINUTES, _FINGER_MINUTES = 5.0, 15.0
"""To so many minutes the hour is pulled: a pixel is about as much, and nobody means 16:14; keys and words are exact."""
_PRESETS = ("03-21", "06-21", "12-21")


class BottomBar:
    """Keeps nothing but its height."""

    def __init__(self) -> None:
        self.height = 0.0

    def draw(self, host: Host, w: Widgets, layout: Layout) -> None:
        """Draw the bar."""
        with bar("bottom", layout, at_bottom=True):
            if host.scenario is not None:
                if layout.is_compact:
                    self._date_button(host, w, layout)
                else:
                    self._date(host, w, layout)
                self._hour(host, w, layout)
                _moving(host, w, layout)
            _status(host, w, layout)
            self.height = imgui.get_window_height()

    def _date_button(self, host: Host, w: Widgets, layout: Layout) -> None:
        """Where there is little room the date is one button, and the rest behind it."""
        assert host.scenario is not None
        if w.button(date_words(host.scenario.scene.date), "when", icon="calendar", tooltip=_("Change the day")):
            imgui.open_popup("when")
        corner = imgui.get_item_rect_min()
        imgui.set_next_window_pos((corner.x, corner.y - 8.0), imgui.Cond_.always, (0.0, 1.0))
        if imgui.begin_popup("when"):
            self._date(host, w, layout)
            imgui.end_popup()

    def _date(self, host: Host, w: Widgets, layout: Layout) -> None:
        assert host.scenario is not None
        scene = host.scenario.scene
        day = date.fromisoformat(scene.date)
        if host.settings.profile == "planner":
            if w.button("", "day_before", icon="left", tooltip=_("Day before")):
                host.execute(ChangeScene({"date": (day - timedelta(days=1)).isoformat()}))
            width = 108.0 * layout.scale
            w.flow(width=width)
            imgui.set_next_item_width(width)
            committed, text = w.input_text("", "date", date_words(scene.date, is_short=True))
            typed = date_of(text) if committed else None
            if typed is not None:
                host.execute(ChangeScene({"date": typed}))
            w.flow(icon="right")
            if w.button("", "day_after", icon="right", tooltip=_("Day after")):
                host.execute(ChangeScene({"date": (day + timedelta(days=1)).isoformat()}))
        for number, (ending, words) in enumerate(zip(_PRESETS, (_("21 Mar"), _("21 Jun"), _("21 Dec")), strict=True)):
            if number or host.settings.profile == "planner":
                w.flow(words)
            chosen = scene.date.endswith(ending)
            if w.button(words, f"day_{ending}", primary=chosen, tooltip=_("Go to this day of the year")):
                host.execute(ChangeScene({"date": f"{day.year}-{ending}"}))

    def _hour(self, host: Host, w: Widgets, layout: Layout) -> None:
        assert host.scenario is not None
        scene, view = host.scenario.scene, host.view
        minute = float(scene.minute) if view.passing_minute is None else view.passing_minute
        width = 66.0 * layout.scale
        w.flow(width=width, gap=-1.0 if layout.is_tiny else 20.0 * layout.scale)
        imgui.set_next_item_width(width)
        committed, text = w.input_text("", "hour", clock_words(minute))
        typed = minute_of(text)
        if committed and typed is not None:
            view.is_playing, view.passing_minute = False, None
            if typed != scene.minute:
                host.execute(ChangeScene({"minute": typed}))
        w.flow(icon="play")
        if w.button("", "play", icon="pause" if view.is_playing else "play", tooltip=_("Let the day pass (T)")):
            view.is_playing = not view.is_playing
        is_roomy = layout.width >= _ROOMY_WIDTH * layout.scale
        least = 100.0 if layout.is_tiny else 120.0
        width = max(layout.width * (0.17 if is_roomy else 0.12), least * layout.scale)
        w.flow(width=width)
        imgui.set_next_item_width(width)
        hint = ""
        if view.sunrise is not None and view.sunset is not None:
            hint = _("Sunrise {rise}, sunset {set}, local time").format(
                rise=clock_words(view.sunrise), set=clock_words(view.sunset)
            )
        moved, view.is_hour_held = w.slider_minutes(
            "time", minute, clock_words(minute), view.sunrise, view.sunset, hint
        )
        if view.is_hour_held:  # whoever takes the hour in hand stops the clock
            step = _FINGER_MINUTES if host.settings.touch else _MOUSE_MINUTES
            is_pulled = imgui.is_mouse_down(imgui.MouseButton_.left)
            view.is_playing, view.passing_minute = False, round(moved / step) * step % 1440 if is_pulled else moved


def _moving(host: Host, w: Widgets, layout: Layout) -> None:
    view = host.view
    ways = [("orbit", _("Orbit")), ("fly", _("Fly")), ("walk", _("Walk"))]
    if host.settings.profile == "workshop":
        ways.pop(1)
    if layout.is_tiny:
        modes = [mode for mode, _words in ways]
        index = modes.index(view.navigation) if view.navigation in modes else 0
        chosen = modes[w.choice("nav", [words for _mode, words in ways], index)]
        if chosen != modes[index]:
            host.set_navigation(chosen)
        ways = []
    for number, (mode, words) in enumerate(ways):
        w.flow(words, gap=-1.0 if number else 20.0 * layout.scale)
        if w.button(words, f"nav_{mode}", primary=view.navigation == mode, tooltip=_way_words(mode)):
            host.set_navigation(mode)
    if view.navigation == "walk":
        _eye_height(host, w, layout)
    w.flow(icon="home", gap=20.0 * layout.scale)
    if w.button("", "nav_home", icon="home", tooltip=_("Show the whole city (Home)")):
        host.frame_city()
    if host.settings.profile == "workshop":
        w.flow(icon="start")
        if w.button("", "nav_start", icon="start", tooltip=_("Back to the view it began with")):
            host.go_to_start()
    if host.settings.touch and view.navigation == "orbit":
        w.flow(icon="plus")
        if w.button("", "nav_closer", icon="plus", tooltip=_("Come closer")):
            host.zoom(1.0)
        w.flow(icon="minus")
        if w.button("", "nav_farther", icon="minus", tooltip=_("Step back")):
            host.zoom(-1.0)
    if not layout.is_compact:  # the panel of what is selected has the same button
        w.flow(icon="go")
        if w.button("", "nav_frame", icon="go", enabled=view.selected is not None, tooltip=_("Go to it (F)")):
            host.frame_selection()
    w.flow(width=imgui.get_frame_height())
    if w.compass("compass", view.heading_deg, _("Turn to north (N)")):
        host.face_north()


def _way_words(mode: str) -> str:
    return {
        "orbit": _("See the city from outside (F2)"),
        "fly": _("Fly through the city (F3)"),
        "walk": _("Walk through the streets (F4)"),
    }[mode]


def _eye_height(host: Host, w: Widgets, layout: Layout) -> None:
    words = [_eye_words(name) for name, _height in EYE_HEIGHTS]
    heights = [height for _name, height in EYE_HEIGHTS]
    index = min(range(len(heights)), key=lambda i: abs(heights[i] - host.settings.eye_height))
    long_words = [f"{word}  {decimal(height, '.2f')} m" for word, height in zip(words, heights, strict=True)]
    imgui.same_line()
    beside = 20.0 * layout.scale + 3.0 * (imgui.get_frame_height() + imgui.get_style().item_spacing.x)
    if not layout.is_compact and imgui.get_content_region_avail().x >= _combo_width(long_words) + beside:
        words = long_words  # else the buttons that follow would go to a line of their own
    width = _combo_width(words)
    w.flow(width=width)
    imgui.set_next_item_width(width)
    chosen = w.combo("", "eye_height", words, index)
    if chosen != index:
        host.change_settings(eye_height=heights[chosen])


def _combo_width(words: list[str]) -> float:
    widest = max(imgui.calc_text_size(line).x for line in words)
    return float(widest + 3.0 * imgui.get_style().frame_padding.x + imgui.get_frame_height())


def _eye_words(name: str) -> str:
    return {"adult": _("Adult"), "child": _("Child"), "wheelchair": _("Wheelchair")}[name]


def _status(host: Host, w: Widgets, layout: Layout) -> None:
    view, gap = host.view, 24.0 * layout.scale
    is_busy = view.is_waiting_for_ground or host.status.lines or host.status.problems
    is_workshop = host.settings.profile == "workshop" and host.scenario is not None
    if is_workshop and not is_busy:
        return
    words = _("One moment…") if host.status.lines else _("Note")
    if not is_workshop:
        words = _where(host, layout)
    if layout.is_tiny and host.scenario is not None:
        w.flow(words, gap=gap)  # a row of its own would cost what little is left of the city
    imgui.align_text_to_frame_padding()  # as high as the button for problems: the bar does not jump when they come
    if view.pointer_map is not None and not is_workshop:
        w.text(words)
    else:
        w.muted(words)
    if view.is_waiting_for_ground:
        _beside(w, _("Waiting for the ground to load…"), gap)
    for line in host.status.lines[:2]:
        _beside(w, line.text + ("" if line.fraction is None else f"  {line.fraction:.0%}"), gap)
    problems = host.status.problems
    if problems:
        words = ngettext("{count} problem", "{count} problems", len(problems)).format(count=len(problems))
        w.flow(words, "warning", gap=gap)
        if w.link(words, "problems"):
            view.show_problems = not view.show_problems


def _where(host: Host, layout: Layout) -> str:
    """The pointer's coordinates and what they are in; without a pointer over the city, only that."""
    if host.view.pointer_map is None:
        return host.crs_name or _("Nothing is open")
    east, north, height = (decimal(value, ".2f") for value in host.view.pointer_map)
    # with letters so large that there is no room for all of it, problems come before what the figures are in
    crs = "" if layout.is_tiny and host.status.problems else host.crs_name
    return f"E {east}   N {north}   H {height} m   {crs}".rstrip()


def _beside(w: Widgets, words: str, gap: float) -> None:
    w.flow(words, gap=gap)
    imgui.align_text_to_frame_padding()
    w.muted(words)
