"""The only room that finds, stitches, compiles, caches and reloads shaders."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from explorer.errors import ShaderError
from explorer.i18n import _
from explorer.render.resources import resource_dir

_SECTION = ("USE_SECTION", "USE_SECTION_PLANE", "USE_SECTION_RING")
_COLOURS = ("USE_COLOURS", "USE_SEE_THROUGH")
_OF_POINTS = ("USE_POINT_SIZES", "USE_POINT_LOOKS")
SHADERS: dict[str, tuple[str, ...]] = {
    "tiles/surface": (
        "USE_BOARD",
        "USE_REVERSED_DEPTH",
        "USE_SOFT_SHADOWS",
        "USE_CASCADES",
        "USE_NEAR_SHADOW",
        "USE_STYLES",
        *_COLOURS,
        "USE_WATER",
        "USE_OVERLAY",
        "USE_PHOTO",
        "USE_INSTANCES",
        "USE_OCCLUSION",
        "USE_FADE",
        "USE_UNDERGROUND",
        "USE_IMAGERY",
        *_SECTION,
    ),
    "tiles/edges": ("USE_REVERSED_DEPTH", "USE_STYLES", *_COLOURS, "USE_FADE", *_SECTION),
    "tiles/depth": ("USE_STYLES", "USE_COLOURS", "USE_INSTANCES", "USE_PHOTO", *_SECTION),
    "tiles/pick": (
        "USE_REVERSED_DEPTH",
        "USE_STYLES",
        "USE_COLOURS",
        "USE_POINT_LOOKS",
        "USE_INSTANCES",
        "USE_POINTS",
        "USE_LINES",
        "USE_UNDERGROUND",
        *_SECTION,
    ),
    "tiles/points": ("USE_REVERSED_DEPTH", "USE_STYLES", *_COLOURS, *_OF_POINTS, "USE_FADE", *_SECTION),
    "tiles/lines": ("USE_REVERSED_DEPTH", "USE_STYLES", *_COLOURS, "USE_FADE", *_SECTION),
    "section/cap": ("USE_REVERSED_DEPTH",),
    "sky/sky": ("USE_REVERSED_DEPTH", "USE_DITHER"),
    "sky/sun": ("USE_REVERSED_DEPTH",),
    "sky/land": (
        "USE_BOARD",
        "USE_REVERSED_DEPTH",
        "USE_SOFT_SHADOWS",
        "USE_CASCADES",
        "USE_NEAR_SHADOW",
        "USE_OCCLUSION",
        "USE_OVERLAY",
        "USE_IMAGERY",
        "USE_DITHER",
        *_SECTION,
    ),
    "lines/line": ("USE_REVERSED_DEPTH", *_SECTION),
    "post/show": ("USE_SMOOTHING",),
    "probe/city": (),
    "probe/pass": (),
    "post/occlusion": ("USE_REVERSED_DEPTH",),
    "post/finish": ("USE_REVERSED_DEPTH", "USE_OCCLUSION", "USE_EYE_DOME"),
}
"""Every pair of files and the defines that it understands."""

_INCLUDE = re.compile(r'^\s*#pragma include "([^"]+)"\s*$')


class ShaderLibrary:
    """Shaders by name and set of defines; a shader that fails keeps its predecessor."""

    def __init__(self, gsg: Any, folder: Path | None = None) -> None:
        self._gsg = gsg
        self._folder = folder or resource_dir("shaders")
        self._compiled: dict[tuple[str, frozenset[str]], Any] = {}
        self._texts: dict[Path, str] = {}
        """Files as they were read: another version of the program may be installed over this one while it runs."""

    def begin_anew(self, gsg: Any) -> None:
        """The context has lost all shaders, or is another: they are compiled again when they are asked for."""
        self._gsg = gsg
        self._compiled.clear()

    def get(self, name: str, defines: frozenset[str] = frozenset()) -> Any:
        """The compiled `Shader`. Raises `ShaderError` naming file and line."""
        key = (name, defines & frozenset(SHADERS[name]))
        if key not in self._compiled:
            self._compiled[key] = self._compile(*key)
        return self._compiled[key]

    def reload(self) -> list[str]:
        """Read all files again; returns what did not compile, whose predecessors stay."""
        problems = []
        self._texts.clear()
        for key in list(self._compiled):
            try:
                self._compiled[key] = self._compile(*key)
            except ShaderError as error:
                problems.append(str(error))
        return problems

    def _compile(self, name: str, defines: frozenset[str]) -> Any:
        from panda3d.core import Notify, Shader, StringStream

        texts = [self._stitched(self._folder / f"{name}{ending}", defines) for ending in (".vert", ".frag")]
        said = StringStream()
        Notify.ptr().set_ostream_ptr(said, False)
        try:
            shader = Shader.make(Shader.SL_GLSL, *texts)
            failed = shader is None
            if shader is not None and self._gsg is not None:
                shader.prepare_now(self._gsg.get_prepared_objects(), self._gsg)
                failed = shader.get_error_flag()
        finally:
            Notify.ptr().set_ostream_ptr(None, False)
        if failed:
            detail = said.get_data().decode(errors="replace").strip()
            raise ShaderError(_("A shader does not compile: {detail} [{path}]").format(detail=detail, path=name))
        return shader

    def _stitched(self, path: Path, defines: frozenset[str]) -> str:
        """One text with its includes pasted in; `#line` keeps messages on the file that a person edits."""
        lines = self._lines(path, set())
        at = next(i for i, line in enumerate(lines) if line.startswith("#version")) + 1
        return "\n".join([*lines[:at], *(f"#define {word} 1" for word in sorted(defines)), "#line 2", *lines[at:]])

    def _lines(self, path: Path, seen: set[Path]) -> list[str]:
        try:
            text = self._texts[path] if path in self._texts else path.read_text(encoding="utf-8")
        except OSError as error:
            raise ShaderError(_("A shader file cannot be read: {why} [{path}]").format(why=error, path=path)) from error
        self._texts[path] = text
        lines: list[str] = []
        for number, line in enumerate(text.splitlines(), start=1):
            found = _INCLUDE.match(line)
            if found is None:
                lines.append("" if line.strip() == "#pragma once" else line)
                continue
            included = self._folder / found.group(1)
            if included not in seen:
                seen.add(included)
                lines += ["#line 1", *self._lines(included, seen)]
            lines.append(f"#line {number + 1}")
        return lines
