"""The legend of a picture: what its colours mean, drawn into its lower left corner."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imgui_bundle
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from explorer.app.layer_styles import LayerStyles
from explorer.app.places import Place
from explorer.layers.styling import LegendRow, counted, legend_rows, ours_of
from explorer.ui.styling_ui import class_words
from explorer.ui.words import grouped

_LETTERS = 1.0 / 48.0
"""Height of a line, as a share of the picture's height."""
_LEAST_PX, _MOST_PX = 12, 40
_PAPER, _INK, _QUIET, _EDGE = (250, 248, 244, 235), (40, 40, 40), (110, 110, 110), (120, 120, 120)
_MOST_ROWS = 24
_MOST_LETTERS = 42


def with_legend(pixels: NDArray[np.uint8], place: Place, styles: LayerStyles) -> NDArray[np.uint8]:
    """The picture (height, width, 3) with the legends of the place's styles; as it is where there are none.

    Counts are over all of the data of layers with an index; others are not counted: nothing but the view is loaded.
    """
    groups: list[tuple[str, str, tuple[LegendRow, ...]]] = []
    for layer in place.scenario.layers:
        style = styles.styles(place.scenario).get(layer.id)
        if style is None or not layer.is_visible or not (rows := legend_rows(style)):
            continue
        if layer.id in styles.attributes:
            rows = counted(rows, style, styles.attributes[layer.id].of_all())
        attribute = str(ours_of(layer.style).get("attribute", ""))
        groups.append((attribute or layer.name, attribute, tuple(row for row in rows if not row.is_hidden)))
    return _drawn(pixels, groups) if groups else pixels


def _drawn(pixels: NDArray[np.uint8], groups: list[tuple[str, str, tuple[LegendRow, ...]]]) -> NDArray[np.uint8]:
    size = int(min(max(pixels.shape[0] * _LETTERS, _LEAST_PX), _MOST_PX))
    font = _font(size)
    line, pad = int(size * 1.5), int(size * 0.8)
    lines: list[tuple[Any, str, str]] = []
    """Colour (None: a heading), words, count."""
    for title, attribute, rows in groups:
        lines.append((None, title[:_MOST_LETTERS], ""))
        for row in rows:
            count = "" if row.count is None else grouped(row.count)
            lines.append((row, class_words(row, attribute)[:_MOST_LETTERS], count))
    lines = lines[:_MOST_ROWS]
    swatch = int(size * 1.3)
    words_wide = max(font.getlength(words) + (swatch + pad * 0.6 if row else 0.0) for row, words, _count in lines)
    counts_wide = max(font.getlength(count) for _row, _words, count in lines)
    width = int(words_wide + counts_wide + (3.5 if counts_wide else 2.0) * pad)
    height = line * len(lines) + pad
    sheet = Image.new("RGBA", (width, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for number, (row, words, count) in enumerate(lines):
        y = pad // 2 + number * line
        x = float(pad)
        if row is not None:
            box = (pad, y + line * 0.2, pad + swatch, y + line * 0.8)
            colour = None if row.colour is None else (*row.colour, round(255 * max(row.opacity, 0.2)))
            draw.rectangle(box, fill=colour, outline=_EDGE)
            x += swatch + pad * 0.6
        draw.text((x, y + line / 2), words, fill=_INK, font=font, anchor="lm")
        draw.text((width - pad, y + line / 2), count, fill=_QUIET, font=font, anchor="rm")
    picture = Image.fromarray(pixels).convert("RGBA")
    picture.alpha_composite(sheet, (pad, max(picture.height - height - pad, 0)))
    return np.asarray(picture.convert("RGB"))


def _font(size: int) -> Any:
    """Roboto, as the window has it."""
    letters = Path(imgui_bundle.__file__).parent / "assets" / "fonts" / "Roboto" / "Roboto-Regular.ttf"
    return ImageFont.truetype(str(letters), size) if letters.is_file() else ImageFont.load_default(size)
