"""One frame of the whole interface."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _
from explorer.ui.bottom_ui import BottomBar
from explorer.ui.compare_ui import draw_compare
from explorer.ui.context_ui import ContextMenu
from explorer.ui.dialogs_ui import Dialogs
from explorer.ui.focus import PanelFocus, pressing
from explorer.ui.handles_ui import HandlesOnSelection
from explorer.ui.host import Host
from explorer.ui.imagery_ui import draw_credit
from explorer.ui.layers_ui import draw_layers
from explorer.ui.layout import MARGIN, Layout, panel
from explorer.ui.measures_ui import draw_measures
from explorer.ui.present_ui import PresentPanel
from explorer.ui.propose_ui import draw_propose
from explorer.ui.section_ui import draw_section
from explorer.ui.selection_ui import SelectionPanel
from explorer.ui.simulate_ui import SimulatePanel
from explorer.ui.styling_ui import StylingPanel, draw_legend_panel
from explorer.ui.top_ui import TopBar
from explorer.ui.touch_ui import draw_pads
from explorer.ui.variant_badge_ui import draw_badge
from explorer.ui.widgets import Widgets


class Ui:
    """Draws all panels for a host into the current Dear ImGui frame."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.widgets = Widgets()
        self.top = TopBar()
        self.bottom = BottomBar()
        self.dialogs = Dialogs()
        self.handles = HandlesOnSelection()
        self.context = ContextMenu()
        self.focus = PanelFocus()
        self._had_left, self._walked = True, False
        self._put_away = ""
        """The side panel that there was no room for: it comes back with the room."""
        self.selection = SelectionPanel()
        self.simulate = SimulatePanel()
        self.present = PresentPanel()
        self.styling = StylingPanel()

    @property
    def has_keyboard(self) -> bool:
        """Whether the keyboard is in a panel: its keys walk there, not through the city."""
        return self.focus.has_keyboard

    @property
    def is_asking(self) -> bool:
        """Whether a window in the middle has the keyboard: nothing behind it is done by keys.

        The start screen asks for nothing: from there, too, Ctrl+O opens.
        """
        return self.focus.has_keyboard and pressing(self.host) not in (None, "welcome")

    @property
    def cursor(self) -> str:
        """Shape of the mouse for what is below it: "arrow", "cross", "hand", "move" or "text"."""
        if self.handles.has_mouse:
            return "move"
        if imgui.get_io().want_capture_mouse:
            asked = imgui.get_mouse_cursor()
            if asked == imgui.MouseCursor_.text_input:
                return "text"
            return "hand" if asked == imgui.MouseCursor_.hand else "arrow"
        return "cross" if self.host.view.tool in ("draw", "block", "area", "cut") else "arrow"

    def draw(self, width: float, height: float) -> None:
        """Draw one frame of this size. [px]"""
        host, w, view = self.host, self.widgets, self.host.view
        w.begin_frame()
        w.is_touched = host.settings.touch
        # the style knows the size that was asked for and the display's own
        scale = imgui.get_style().font_scale_main
        layout = Layout(width, height, scale, self.top.height, self.bottom.height)
        self.handles.draw(host, layout)
        draw_measures(host, layout)
        draw_credit(host, layout, self._free(layout))
        if view.panels_visible:
            self.top.draw(host, w, layout)
            self.bottom.draw(host, w, layout)
            if host.scenario is not None:
                self._sides(layout)
                draw_badge(host, w, layout, self._between(layout))
        elif host.settings.touch:
            self._bring_back(layout)
        # thumbs would lie on the handles
        if host.settings.touch and host.scenario is not None and not self.handles.places:
            draw_pads(host, w, layout, self._free(layout))
        if host.scenario is not None:
            self.context.draw(host, w)
        self.focus.follow(host, w)
        self.dialogs.draw(host, w, layout, self._free(layout))

    def _bring_back(self, layout: Layout) -> None:
        """Fingers have no H: a button in the corner brings the panels back."""
        size = _handle_size()
        with panel("panels_show_panel", (MARGIN, MARGIN, size, size)):
            if self.widgets.button("", "panels_show", icon="menu", tooltip=_("Show the panels")):
                self.host.view.panels_visible = True

    def _free(self, layout: Layout) -> tuple[float, float]:
        """Where between the side panels the city is free, from left to right. [px]"""
        view = self.host.view
        has_left = view.panels_visible and view.left_visible and view.mode != "present"
        has_right = view.panels_visible and view.right_visible
        left, _y, width, _height = layout.left
        return (left + width if has_left else 0.0), (layout.right[0] if has_right else layout.width)

    @property
    def covered_rows(self) -> tuple[int, int]:
        """Rows of the window, at the bottom and on top, that the bars of the last frame hide from edge to edge. [px]"""
        if not self.host.view.panels_visible:
            return 0, 0
        return int(self.bottom.height), int(self.top.height)

    def covered(self, width: float, height: float) -> tuple[float, float, float, float]:
        """How much of a window of this size lies below panels: left, bottom, right, top. [px]

        Bars as they mostly are, whatever is told in them just now: who opens a city twice sees it alike. The panel on
        the right counts where it tells of something: with nothing selected it is a note in the corner. With little room
        there is one of them at a time, and what is on the left does not count.
        """
        view = self.host.view
        if not view.panels_visible:
            return 0.0, 0.0, 0.0, 0.0
        layout = Layout(width, height, imgui.get_style().font_scale_main)
        left, right = self._free(layout)
        tells = view.selected is not None or view.mode != "explore" or view.show_section or view.styling.is_expert
        left, right = (0.0 if layout.is_compact else left), (right if tells else width)
        return left, layout.bottom[3], width - right, layout.top[3]

    def _between(self, layout: Layout) -> tuple[float, float]:
        """The same, less the buttons that bring back panels that were put away. [px]"""
        view, (left, right), button = self.host.view, self._free(layout), _handle_size() + MARGIN
        return (
            left if view.left_visible or view.mode == "present" else left + button,
            right if view.right_visible else right - button,
        )

    def _make_room(self, layout: Layout) -> None:
        """With little room, one side panel at a time; with thumbs on the pads and little room, none."""
        view = self.host.view
        if layout.is_compact and view.left_visible and view.right_visible:
            if self._had_left:
                view.left_visible, self._put_away = False, "left"
            else:
                view.right_visible, self._put_away = False, "right"
        elif not layout.is_compact and self._put_away:
            view.left_visible = view.left_visible or self._put_away == "left"
            view.right_visible = view.right_visible or self._put_away == "right"
            self._put_away = ""
        walks = view.navigation != "orbit"
        if self.host.settings.touch and walks and not self._walked and layout.is_compact:
            view.left_visible = view.right_visible = False
        self._had_left, self._walked = view.left_visible, walks

    def _sides(self, layout: Layout) -> None:
        host, w, view = self.host, self.widgets, self.host.view
        self._make_room(layout)
        if view.mode != "present":
            if view.left_visible:
                draw_layers(host, w, layout, self.styling)
            elif _handle(w, "left_show", "hide_right", _("Show layers and variants"), layout.left[0], layout):
                view.left_visible = True
        draw_legend_panel(host, w, layout, self._free(layout))
        x, _y, width, _height = layout.right
        if view.right_visible:
            with panel("right", layout.right, grows=True):
                if w.corner_button("right_hide", "hide_right", _("Put this panel away")):
                    view.right_visible = False
                self._right()
        elif _handle(w, "right_show", "hide_left", _("Show what is selected"), x + width, layout, from_right=True):
            view.right_visible = True

    def _right(self) -> None:
        host, w, mode = self.host, self.widgets, self.host.view.mode
        if host.view.show_section:
            draw_section(host, w)
        self.styling.draw_text(host, w)
        if mode == "simulate":
            self.simulate.draw(host, w)
        elif mode == "propose":
            draw_propose(host, w)
            self.selection.draw(host, w)
        elif mode == "compare":
            draw_compare(host, w, self.simulate)
        elif mode == "present":
            self.present.draw(host, w)
        else:
            self.selection.draw(host, w)


def _handle(
    w: Widgets, widget_id: str, icon: str, tooltip: str, x: float, layout: Layout, *, from_right: bool = False
) -> bool:
    """What is left of a panel that was put away: a button at the edge that brings it back."""
    size = _handle_size()
    left = x - size if from_right else x
    with panel(widget_id + "_panel", (left, layout.top[3] + MARGIN, size, size)):
        return w.button("", widget_id, icon=icon, tooltip=tooltip)


def _handle_size() -> float:
    style = imgui.get_style()
    return float(imgui.get_frame_height() + 2.0 * max(style.window_padding.x, style.window_padding.y))
