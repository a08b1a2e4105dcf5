"""The window over the whole screen, and back to where it was."""

from __future__ import annotations

from typing import Any

from panda3d.core import WindowProperties

from explorer.render import Engine


class FullScreen:
    """Main thread only; without a window it does nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._before: tuple[int, int, int, int] | None = None
        """Place and size of the window that it was. [px]"""

    def toggle(self) -> None:
        """Over the whole screen, or back. The screen keeps its resolution."""
        if self._engine.is_offscreen:
            return
        window = self._engine.window
        wanted = WindowProperties()
        if not window.get_properties().get_fullscreen():
            self._before = _place(window)
            pipe = window.get_pipe()
            wanted.set_fullscreen(True)
            wanted.set_origin(0, 0)
            wanted.set_size(pipe.get_display_width(), pipe.get_display_height())
        else:
            x, y, width, height = self._before or (-2, -2, 1280, 720)
            wanted.set_fullscreen(False)
            wanted.set_origin(x, y)
            wanted.set_size(width, height)
        window.request_properties(wanted)


def _place(window: Any) -> tuple[int, int, int, int]:
    properties = window.get_properties()
    x, y = (properties.get_x_origin(), properties.get_y_origin()) if properties.has_origin() else (-2, -2)  # -2: middle
    return x, y, window.get_x_size(), window.get_y_size()
