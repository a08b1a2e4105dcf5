"""The program as it is installed: everything that it needs came with it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.program import ROOT, Program, looks_like

pytestmark = pytest.mark.xdist_group("cli")

LOOK_AROUND = """
import explorer, importers
from explorer.i18n import _, set_language
from explorer.imgui_panda.fonts import load_fonts
from explorer.render.resources import resource_dir
from imgui_bundle import imgui

set_language("nl")
imgui.create_context()
load_fonts()
print(explorer.__file__, importers.__file__, sep="\\n")
print(resource_dir("shaders"), resource_dir("scenes") / "scene.schema.json", sep="\\n")
print(_("There is no such file or folder. [{path}]"))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from this checkout without the network."""
    folder = tmp_path_factory.mktemp("dist")
    _python("-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT), cwd=folder)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The program from the wheel, in a folder of its own."""
    folder = tmp_path_factory.mktemp("installed")
    offline = ("--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check")
    _python("-m", "pip", "install", "-q", *offline, "--target", str(folder), str(wheel), cwd=folder)
    return Program(tmp_path_factory.mktemp("home"), folder)


def _python(*words: str, cwd: Path) -> str:
    done = subprocess.run([sys.executable, *words], cwd=cwd, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_wheel_holds_all_code_and_all_resources_and_no_more(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    wanted = {
        f"{inside}{path.relative_to(ROOT).as_posix()}"
        for folder, inside in (("explorer", ""), ("importers", ""), ("shaders", "explorer/_resources/"))
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    scenes = {f"explorer/_resources/scenes/{path.name}" for path in (ROOT / "scenes").iterdir() if path.is_file()}
    assert held == wanted | scenes  # the README's pictures stay at home


def test_an_installed_program_draws_the_same_picture_far_from_its_checkout(
    installed: Program, village_file: Path, tmp_path: Path
) -> None:
    view = ("--view", "bird", "--size", "320x180", "--date", "2026-06-21", "--time", "15:00")
    drawn = installed.run("render", village_file, "-o", "bird.png", *view, cwd=tmp_path)
    assert (drawn.code, drawn.out, drawn.err) == (0, "", "")
    assert looks_like(tmp_path / "bird.png", "bird.png")


def test_an_installed_program_brings_a_scene_and_makes_the_town_that_it_stands_on(
    installed: Program, tmp_path: Path
) -> None:
    scene = installed.code / "explorer" / "_resources" / "scenes" / "schoolgang.cvscene"
    told = installed.run("info", scene, "--json", cwd=tmp_path).json
    assert [variant["proposals"] for variant in told["variants"]] == [1, 1] and told["warnings"] == []
    pictures = []
    for variant in ("Tower", "Courtyard"):
        shown = ("--size", "320x200", "--variant", variant)
        drawn = installed.run("render", scene, "-o", "plan.png", *shown, cwd=tmp_path)
        assert (drawn.code, drawn.err) == (0, "")
        with Image.open(tmp_path / "plan.png") as image:
            pictures.append(np.asarray(image.convert("RGB"), np.int16))
    red = [(picture[..., 0] - picture[..., 2] > 60).sum() for picture in pictures]  # only what is proposed is coral
    assert min(red) > 150 and red[0] != red[1]


def test_an_installed_program_finds_shaders_schema_words_and_letters(installed: Program, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", LOOK_AROUND],
        cwd=tmp_path,
        env=installed.environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    *places, sentence = done.stdout.splitlines()
    assert [Path(place).is_relative_to(installed.code) and Path(place).exists() for place in places] == [True] * 4
    assert sentence == "Dat bestand of die map bestaat niet. [{path}]"


def test_a_wheel_brings_the_command_and_its_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        info = next(name.partition("/")[0] for name in archive.namelist() if ".dist-info/" in name)
        assert "citiverse = explorer.cli:main" in archive.read(f"{info}/entry_points.txt").decode()
        assert "Apache License" in archive.read(f"{info}/licenses/LICENSE").decode()
