"""The system clipboard through the GLFW library that imgui-bundle ships; in-process where that does not work.

Panda3D 1.10 has no clipboard of its own (panda3d issue 515).
"""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import imgui_bundle
from imgui_bundle import imgui

_GLFW_PLATFORM, _GLFW_PLATFORM_X11 = 0x50003, 0x60004


class Clipboard:
    """Get and set text."""

    def __init__(self, *, use_system: bool) -> None:
        self._text = ""
        self._glfw: Any = _load_glfw() if use_system else None

    def set(self, text: str) -> None:
        """Put a text on the clipboard."""
        self._text = text
        if self._glfw is not None:
            self._glfw.glfwSetClipboardString(None, text.encode("utf-8"))

    def get(self) -> str:
        """The text on the clipboard; empty where there is none."""
        if self._glfw is not None:
            found = self._glfw.glfwGetClipboardString(None)
            return found.decode("utf-8", "replace") if found else ""
        return self._text

    def poll(self) -> None:
        """Serve other programs that ask for what was copied here."""
        if self._glfw is not None:
            self._glfw.glfwPollEvents()

    def connect(self) -> None:
        """Let text fields of the current context use it."""
        platform = imgui.get_platform_io()
        platform.platform_set_clipboard_text_fn = lambda _context, text: self.set(text)
        platform.platform_get_clipboard_text_fn = lambda _context: self.get()


def _load_glfw() -> Any:
    folder = Path(imgui_bundle.__file__).parent
    for path in sorted([*folder.glob("libglfw*"), *folder.parent.glob("imgui_bundle.libs/libglfw*")]):
        try:
            library = ctypes.CDLL(str(path))
            library.glfwGetClipboardString.restype = ctypes.c_char_p
            library.glfwInitHint(_GLFW_PLATFORM, _GLFW_PLATFORM_X11)
            if library.glfwInit():
                return library
        except (OSError, AttributeError):
            continue
    return None
