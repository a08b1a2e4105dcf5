"""Letters and icons, out of the files that imgui-bundle ships."""

from __future__ import annotations

from pathlib import Path

import imgui_bundle
from imgui_bundle import imgui

FONT_SIZE = 16.0
"""Height of a line of text at 100 %. [px]"""


def icon_font() -> Path:
    """The file with the icons."""
    fonts = Path(imgui_bundle.__file__).parent / "assets" / "fonts"
    return next(iter(sorted(fonts.glob("Font_Awesome_6*"))), fonts / "fontawesome-webfont.ttf")


def load_fonts() -> None:
    """Add Roboto with FontAwesome's icons to the current context; glyphs are drawn when they are first used."""
    fonts = Path(imgui_bundle.__file__).parent / "assets" / "fonts"
    atlas = imgui.get_io().fonts
    letters = fonts / "Roboto" / "Roboto-Regular.ttf"
    atlas.add_font_from_file_ttf(str(letters if letters.is_file() else fonts / "DroidSans.ttf"), FONT_SIZE)
    icons = icon_font()
    config = imgui.ImFontConfig()
    config.merge_mode = True
    config.glyph_min_advance_x = FONT_SIZE
    atlas.add_font_from_file_ttf(str(icons), FONT_SIZE * 0.9, config)
