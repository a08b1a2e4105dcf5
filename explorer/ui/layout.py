"""Where panels lie: along the edges, the city has the middle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from imgui_bundle import imgui

MARGIN = 10.0
TOP_HEIGHT = 56.0
BOTTOM_HEIGHT = 92.0
LEFT_WIDTH = 264.0
RIGHT_WIDTH = 340.0
COMPACT_WIDTH = 1150.0
"""In a window narrower than this, at 100 %, the city keeps its room: one side panel at a time, fewer things in bars."""

TINY_WIDTH = 720.0
"""As a screen of 1280 px at 200 %."""

_FLAGS = (
    imgui.WindowFlags_.no_title_bar
    | imgui.WindowFlags_.no_resize
    | imgui.WindowFlags_.no_move
    | imgui.WindowFlags_.no_collapse
    | imgui.WindowFlags_.no_saved_settings
    | imgui.WindowFlags_.no_bring_to_front_on_focus
    # a list of results that appears must not take the keyboard from who types
    | imgui.WindowFlags_.no_focus_on_appearing
)


@dataclass(frozen=True)
class Layout:
    """Sizes of one frame. [px]"""

    width: float
    height: float
    scale: float = 1.0
    top_height: float = 0.0
    """Of the bar on top as the last frame needed it; 0: not drawn yet."""
    bottom_height: float = 0.0

    @property
    def is_compact(self) -> bool:
        """Whether there is little room for letters of this size."""
        return self.width / self.scale < COMPACT_WIDTH

    @property
    def is_tiny(self) -> bool:
        """Whether even modes and ways of moving have to share one button each."""
        return self.width / self.scale < TINY_WIDTH

    @property
    def top(self) -> tuple[float, float, float, float]:
        """x, y, width, height of the bar on top."""
        return 0.0, 0.0, self.width, self.top_height or TOP_HEIGHT * self.scale

    @property
    def bottom(self) -> tuple[float, float, float, float]:
        """The bar with time, movement and status."""
        height = self.bottom_height or BOTTOM_HEIGHT * self.scale
        return 0.0, self.height - height, self.width, height

    @property
    def left(self) -> tuple[float, float, float, float]:
        """Layers and variants."""
        top = self.top[3] + MARGIN
        width = min(LEFT_WIDTH * self.scale, self.width * (0.5 if self.is_compact else 0.3))
        return MARGIN, top, width, self.bottom[1] - top - MARGIN

    @property
    def right(self) -> tuple[float, float, float, float]:
        """What is selected, or the tools of the mode."""
        top = self.top[3] + MARGIN
        width = min(RIGHT_WIDTH * self.scale, self.width * (0.5 if self.is_compact else 0.4))
        return self.width - width - MARGIN, top, width, self.bottom[1] - top - MARGIN


@contextmanager
def bar(name: str, layout: Layout, *, at_bottom: bool = False) -> Iterator[None]:
    """A bar from edge to edge, as high as what is in it."""
    imgui.set_next_window_pos(
        (0.0, layout.height if at_bottom else 0.0), imgui.Cond_.always, (0.0, 1.0 if at_bottom else 0.0)
    )
    imgui.set_next_window_size_constraints((layout.width, 0.0), (layout.width, layout.height * 0.5))
    imgui.set_next_window_bg_alpha(1.0)  # the city is not drawn behind it (`Ui.covered_rows`)
    imgui.push_style_var(imgui.StyleVar_.window_rounding, 0.0)
    imgui.begin(f"###{name}", None, _FLAGS | imgui.WindowFlags_.always_auto_resize)
    imgui.pop_style_var()
    try:
        yield
    finally:
        imgui.end()


@contextmanager
def panel(
    name: str,
    box: tuple[float, float, float, float],
    *,
    grows: bool = False,
    pivot: tuple[float, float] = (0.0, 0.0),
) -> Iterator[None]:
    """A window at a place; `grows` lets it be lower than its box where there is less to show.

    `pivot`: which point of it is at the place, (0, 0) its upper left corner, (1, 1) its lower right.
    """
    x, y, width, height = box
    imgui.set_next_window_pos((x, y), imgui.Cond_.always, pivot)
    flags = _FLAGS
    if grows:
        imgui.set_next_window_size_constraints((width, 0.0), (width, max(height, 1.0)))
        flags |= imgui.WindowFlags_.always_auto_resize
    else:
        imgui.set_next_window_size((width, height))
    imgui.begin(f"###{name}", None, flags)
    try:
        yield
    finally:
        imgui.end()


@contextmanager
def scrolled(name: str, most: float) -> Iterator[None]:
    """A part of a window, at most so high, that arrows, PgUp, PgDn, Home and End scroll while it has the keyboard.

    For text to read: where there are widgets, the keyboard goes from one to the next. [px]
    """
    imgui.set_next_window_size_constraints((0.0, 0.0), (1e6, most))
    # flattened: or the part itself would be a stop on the way to the buttons
    flags = imgui.ChildFlags_.auto_resize_y | imgui.ChildFlags_.nav_flattened
    imgui.begin_child(f"###{name}", (0.0, 0.0), flags)
    try:
        yield
        if imgui.is_window_focused(imgui.FocusedFlags_.root_and_child_windows):
            _scroll_by_keys()
    finally:
        imgui.end_child()


def _scroll_by_keys() -> None:
    line, page = imgui.get_text_line_height_with_spacing(), 0.9 * imgui.get_window_height()
    steps = {
        imgui.Key.up_arrow: -3.0 * line,
        imgui.Key.down_arrow: 3.0 * line,
        imgui.Key.page_up: -page,
        imgui.Key.page_down: page,
        imgui.Key.home: -1e6,
        imgui.Key.end: 1e6,
    }
    step = sum(by for key, by in steps.items() if imgui.is_key_pressed(key))
    if step:
        imgui.set_scroll_y(min(max(imgui.get_scroll_y() + step, 0.0), imgui.get_scroll_max_y()))


def bring_to_front() -> None:
    """Draw the window of now above the panels, without taking the keyboard from where somebody types."""
    any_popup = imgui.PopupFlags_.any_popup_id | imgui.PopupFlags_.any_popup_level
    if not imgui.is_popup_open("", any_popup):  # the choices of a field lie above the window they belong to
        imgui.internal.bring_window_to_display_front(imgui.internal.get_current_window())


@contextmanager
def dialog(name: str, title: str, layout: Layout, width: float = 520.0) -> Iterator[None]:
    """A window in the middle, above the panels, that does not block what lies behind."""
    wide = min(width * layout.scale, layout.width * 0.94)
    imgui.set_next_window_pos((layout.width / 2.0, layout.height / 2.0), imgui.Cond_.always, (0.5, 0.5))
    imgui.set_next_window_size_constraints((wide, 0.0), (wide, layout.height * 0.86))
    flags = (
        imgui.WindowFlags_.no_resize
        | imgui.WindowFlags_.no_move
        | imgui.WindowFlags_.no_collapse
        | imgui.WindowFlags_.no_saved_settings
        | imgui.WindowFlags_.always_auto_resize
    )
    imgui.set_next_window_bg_alpha(1.0)
    imgui.begin(f"{title}###{name}", None, flags)
    bring_to_front()
    try:
        yield
    finally:
        imgui.end()
