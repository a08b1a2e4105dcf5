"""Where panels lie: along the edges, the city has the middle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from imgui_bundle import imgui

MARGIN = 10.0
TOP_HEIGHT = 56.0
BOTTOM_HEIGHT = 92.0
LEFT_WIDTH = 250.0
RIGHT_WIDTH = 330.0

_FLAGS = (
    imgui.WindowFlags_.no_title_bar
    | imgui.WindowFlags_.no_resize
    | imgui.WindowFlags_.no_move
    | imgui.WindowFlags_.no_collapse
    | imgui.WindowFlags_.no_saved_settings
    | imgui.WindowFlags_.no_bring_to_front_on_focus
)


@dataclass(frozen=True)
class Layout:
    """Sizes of one frame. [px]"""

    width: float
    height: float
    scale: float = 1.0

    @property
    def top(self) -> tuple[float, float, float, float]:
        """x, y, width, height of the bar on top."""
        return 0.0, 0.0, self.width, TOP_HEIGHT * self.scale

    @property
    def bottom(self) -> tuple[float, float, float, float]:
        """The bar with time, movement and status."""
        height = BOTTOM_HEIGHT * self.scale
        return 0.0, self.height - height, self.width, height

    @property
    def left(self) -> tuple[float, float, float, float]:
        """Layers and variants."""
        top = self.top[3] + MARGIN
        width = min(LEFT_WIDTH * self.scale, self.width * 0.28)
        return MARGIN, top, width, self.bottom[1] - top - MARGIN

    @property
    def right(self) -> tuple[float, float, float, float]:
        """What is selected, or the tools of the mode."""
        top = self.top[3] + MARGIN
        width = min(RIGHT_WIDTH * self.scale, self.width * 0.36)
        return self.width - width - MARGIN, top, width, self.bottom[1] - top - MARGIN


@contextmanager
def panel(name: str, box: tuple[float, float, float, float], *, grows: bool = False) -> Iterator[None]:
    """A window at a place; `grows` lets it be lower than its box where there is less to show."""
    x, y, width, height = box
    imgui.set_next_window_pos((x, y))
    flags = _FLAGS
    if grows:
        imgui.set_next_window_size_constraints((width, 0.0), (width, height))
        flags |= imgui.WindowFlags_.always_auto_resize
    else:
        imgui.set_next_window_size((width, height))
    imgui.begin(f"###{name}", None, flags)
    try:
        yield
    finally:
        imgui.end()


@contextmanager
def dialog(name: str, title: str, layout: Layout, width: float = 520.0) -> Iterator[None]:
    """A window in the middle, above the panels, that does not block what lies behind."""
    imgui.set_next_window_pos((layout.width / 2.0, layout.height / 2.0), imgui.Cond_.always, (0.5, 0.5))
    imgui.set_next_window_size_constraints((width * layout.scale, 0.0), (width * layout.scale, layout.height * 0.8))
    flags = (
        imgui.WindowFlags_.no_resize
        | imgui.WindowFlags_.no_move
        | imgui.WindowFlags_.no_collapse
        | imgui.WindowFlags_.no_saved_settings
        | imgui.WindowFlags_.always_auto_resize
    )
    imgui.begin(f"{title}###{name}", None, flags)
    try:
        yield
    finally:
        imgui.end()
