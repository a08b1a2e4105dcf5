"""Every shader with its defines compiles for real; a broken one is named and keeps its predecessor."""

from __future__ import annotations

import shutil
from itertools import combinations
from pathlib import Path

import pytest

from explorer.errors import ShaderError
from explorer.render import Engine
from explorer.render.resources import resource_dir
from explorer.render.shader_library import SHADERS, ShaderLibrary

pytestmark = pytest.mark.xdist_group("gl")


def _sets(words: tuple[str, ...]) -> list[frozenset[str]]:
    """None, each, each two, all but one, all: mistakes are of one define, or of two that do not know of each other."""
    sizes = {n for n in (0, 1, 2, len(words) - 1, len(words)) if n >= 0}
    return [frozenset(some) for n in sorted(sizes) for some in combinations(words, n)]


@pytest.mark.parametrize(("name", "defines"), [(name, d) for name, words in SHADERS.items() for d in _sets(words)])
def test_it_compiles(name: str, defines: frozenset[str], gl_engine: Engine) -> None:
    library = ShaderLibrary(gl_engine.window.get_gsg())
    assert library.get(name, defines) is not None


def test_a_broken_shader_is_named_and_its_predecessor_stays(gl_engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "shaders"
    shutil.copytree(resource_dir("shaders"), folder)
    library = ShaderLibrary(gl_engine.window.get_gsg(), folder)
    before = library.get("lines/line")
    path = folder / "lines" / "line.frag"
    path.write_text(path.read_text() + "\nthis is no GLSL\n")
    problems = library.reload()
    assert problems and "lines/line" in problems[0]
    assert library.get("lines/line") is before
    with pytest.raises(ShaderError, match="lines/line"):
        ShaderLibrary(gl_engine.window.get_gsg(), folder).get("lines/line")


def test_no_shader_file_is_left_out() -> None:
    files = {
        p.relative_to(resource_dir("shaders")).with_suffix("").as_posix()
        for p in resource_dir("shaders").rglob("*.frag")
    }
    assert files - {"imgui/panel"} == set(SHADERS)
