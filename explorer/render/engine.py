"""The graphics context: a window or an off-screen buffer, OpenGL 3.3 core, and what it can do."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.errors import DisplayError
from explorer.i18n import _
from explorer.render.program_break import leave_break_to_glibc
from explorer.render.spare_copies import end_keeping, keep_in_file

_SOFTWARE_NAMES = ("llvmpipe", "softpipe", "swiftshader", "gdi generic", "software")

# Why each line is there: docs of Panda3D 1.10, and what breaks without it.
_SETTINGS = """
gl-version 3 3
audio-library-name null
notify-level-display fatal
notify-level-device fatal
notify-level-glgsg error
print-pipe-types false
textures-power-2 none
gl-depth-zero-to-one true
garbage-collect-states true
model-cache-dir
"""

_SWITCH_INTERVAL_SECS = 0.0005
"""Workers in pure Python then disturb the frame far less than with the default of 5 ms."""


@dataclass
class Engine:
    """An open context. One per process."""

    base: Any
    """The `ShowBase`."""
    is_offscreen: bool
    is_software: bool
    """Drawn by the processor: one cached shadow map, no multisampling."""
    has_reversed_depth: bool
    renderer_name: str

    @property
    def window(self) -> Any:
        """The window, or the off-screen buffer in its place."""
        return self.base.win

    def renew(self) -> None:
        """Close the window with its context, and open one like it. Raises `DisplayError` where that fails.

        Whoever has made something in the context lets go of it before, and makes it again afterwards.
        """
        from panda3d.core import WindowProperties

        before, window = self.window.get_properties() if not self.is_offscreen else None, self.window
        properties = WindowProperties()
        properties.set_size(window.get_x_size(), window.get_y_size())
        if before is not None:
            properties.set_title(before.get_title())
            properties.set_fullscreen(before.get_fullscreen())
            if before.has_origin():
                properties.set_origin(before.get_origin())
        try:
            is_open = self.base.open_main_window(
                type="offscreen" if self.is_offscreen else "onscreen", props=properties
            )
        except Exception as error:  # Panda3D raises a bare Exception here, whatever the reason
            raise DisplayError(_explain_no_window(self.is_offscreen)) from error
        if not is_open:
            raise DisplayError(_explain_no_window(self.is_offscreen))
        self.base.graphics_engine.render_frame()

    def close(self) -> None:
        """Give window and context back."""
        # A window keeps what it drew last. Were that left to the end of the process, vertices would outlive what looks
        # after them, and the process would end with an assertion; so it draws once more, with nothing left to draw.
        self.window.set_active(True)
        self.base.graphics_engine.render_frame()
        self.base.destroy()
        end_keeping()


def make_engine(
    *,
    offscreen: bool,
    size: tuple[int, int] = (1280, 720),
    title: str = "citiverse-explorer",
    vsync: bool = True,
    copies: Path | None = None,
) -> Engine:
    """Open a context. Raises `DisplayError` with one sentence when there is no display or OpenGL is too old.

    `copies`: folder for a file of what Panda3D would keep in memory beside the graphics card; None: it stays there.
    """
    from panda3d.core import load_prc_file_data

    if not offscreen and sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        # Panda3D would try ":0.0" by itself, which may be somebody else's screen
        raise DisplayError(_explain_no_window(offscreen))
    pipe = "p3headlessgl" if offscreen else "pandagl"
    load_prc_file_data("citiverse", f"{_SETTINGS}\nload-display {pipe}\nsync-video {'true' if vsync else 'false'}\n")
    sys.setswitchinterval(_SWITCH_INTERVAL_SECS)
    leave_break_to_glibc()
    if copies is not None:
        keep_in_file(copies)
    from direct.showbase.ShowBase import ShowBase
    from panda3d.core import GraphicsWindow, WindowProperties

    base = ShowBase(windowType="none")
    base.disable_mouse()
    properties = WindowProperties()
    properties.set_size(*size)
    properties.set_title(title)
    kind = "offscreen" if offscreen else "onscreen"
    try:
        base.open_default_window(type=kind, props=properties)
    except Exception as error:  # Panda3D raises a bare Exception here, whatever the reason
        base.destroy()
        raise DisplayError(_explain_no_window(offscreen)) from error
    if base.win is None or (not offscreen and not isinstance(base.win, GraphicsWindow)):
        base.destroy()
        raise DisplayError(_explain_no_window(offscreen))
    base.graphics_engine.render_frame()
    gsg = base.win.get_gsg()
    name = gsg.get_driver_renderer()
    version = (gsg.get_driver_version_major(), gsg.get_driver_version_minor())
    return Engine(
        base=base,
        is_offscreen=offscreen,
        is_software=any(word in name.lower() for word in _SOFTWARE_NAMES),
        has_reversed_depth=version >= (4, 5) or gsg.has_extension("GL_ARB_clip_control"),
        renderer_name=name,
    )


def _explain_no_window(offscreen: bool) -> str:
    if offscreen:
        return _(
            "No picture can be drawn here: OpenGL 3.3 is needed. Install a graphics driver or Mesa (libgl1-mesa-dri)."
        )
    return _(
        "No window can be opened: there is no display, or its OpenGL is older than 3.3. "
        "Without a display, draw pictures with: citiverse render -o picture.png"
    )
