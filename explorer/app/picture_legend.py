"""The legends of a picture: what its colours mean, drawn into its lower left corner, one above the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imgui_bundle
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from explorer.app.figures import legend_of
from explorer.app.layer_styles import LayerStyles
from explorer.app.places import Place
from explorer.layers.styling import LegendRow, counted, legend_rows, ours_of
from explorer.overlays import OverlayResult
from explorer.ui.shown import LegendView
from explorer.ui.simulate_ui import legend_ticks, legend_title
from explorer.ui.styling_ui import class_words
from explorer.ui.words import grouped

_LETTERS = 1.0 / 48.0
"""Height of a line, as a share of the picture's height."""
_LEAST_PX, _MOST_PX = 12, 40
_PAPER, _INK, _QUIET, _EDGE = (250, 248, 244, 235), (40, 40, 40), (110, 110, 110), (120, 120, 120)
_MOST_ROWS = 24
_MOST_LETTERS = 42
_BAR_LETTERS = 16
"""Width of a simulation's colours, in heights of a letter."""
Groups = Sequence[tuple[str, str, Sequence[LegendRow]]]
"""Title, attribute and rows of each style's legend."""


def with_legend(
    pixels: NDArray[np.uint8], place: Place, styles: LayerStyles, overlay: OverlayResult | None = None
) -> NDArray[np.uint8]:
    """The picture (height, width, 3) with the legends of the place's styles and of a simulation that is drawn over it.

    As it is where there are none. Counts are over all of the data of layers with an index; others are not counted:
    nothing but the view is loaded.
    """
    type_ = _Type.for_height(pixels.shape[0])
    groups = _groups(place, styles)
    sheets = [_classes_sheet(groups, type_)] if groups else []
    if overlay is not None:
        sheets.append(_overlay_sheet(legend_of(overlay), type_))
    return _laid_on(pixels, sheets, type_.pad) if sheets else pixels


def _groups(place: Place, styles: LayerStyles) -> Groups:
    groups = []
    for layer in place.scenario.layers:
        style = styles.styles(place.scenario).get(layer.id)
        if style is None or not layer.is_visible or not (rows := legend_rows(style)):
            continue
        if layer.id in styles.attributes:
            rows = counted(rows, style, styles.attributes[layer.id].of_all())
        attribute = str(ours_of(layer.style).get("attribute", ""))
        groups.append((attribute or layer.name, attribute, tuple(row for row in rows if not row.is_hidden)))
    return groups


@dataclass(frozen=True)
class _Type:
    """Letters of a picture's legends, and what follows from their size. [px]"""

    size: int
    font: Any

    @classmethod
    def for_height(cls, height: int) -> _Type:
        size = int(min(max(height * _LETTERS, _LEAST_PX), _MOST_PX))
        return cls(size, _font(size))

    @property
    def line(self) -> int:
        return int(self.size * 1.5)

    @property
    def pad(self) -> int:
        return int(self.size * 0.8)

    def width(self, words: str) -> float:
        return float(self.font.getlength(words))


def _laid_on(pixels: NDArray[np.uint8], sheets: Sequence[Any], pad: int) -> NDArray[np.uint8]:
    picture = Image.fromarray(pixels).convert("RGBA")
    bottom = picture.height - pad
    for sheet in sheets:
        top = max(bottom - sheet.height, 0)
        picture.alpha_composite(sheet, (pad, top))
        bottom = top - pad // 2
    return np.asarray(picture.convert("RGB"))


def _classes_sheet(groups: Groups, type_: _Type) -> Any:
    """A line for each class, with how many it has."""
    lines: list[tuple[LegendRow | None, str, str]] = []
    """None: a heading; words, count."""
    for title, attribute, rows in groups:
        lines.append((None, title[:_MOST_LETTERS], ""))
        for one in rows:
            count = "" if one.count is None else grouped(one.count)
            lines.append((one, class_words(one, attribute)[:_MOST_LETTERS], count))
    lines = lines[:_MOST_ROWS]
    line, pad, swatch = type_.line, type_.pad, int(type_.size * 1.3)
    words_wide = max(type_.width(words) + (swatch + pad * 0.6 if row else 0.0) for row, words, _count in lines)
    counts_wide = max(type_.width(count) for _row, _words, count in lines)
    width = int(words_wide + counts_wide + (3.5 if counts_wide else 2.0) * pad)
    sheet = Image.new("RGBA", (width, line * len(lines) + pad), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for number, (row, words, count) in enumerate(lines):
        y = pad // 2 + number * line
        x = float(pad)
        if row is not None:
            box = (pad, y + line * 0.2, pad + swatch, y + line * 0.8)
            colour = None if row.colour is None else (*row.colour, round(255 * max(row.opacity, 0.2)))
            draw.rectangle(box, fill=colour, outline=_EDGE)
            x += swatch + pad * 0.6
        draw.text((x, y + line / 2), words, fill=_INK, font=type_.font, anchor="lm")
        draw.text((width - pad, y + line / 2), count, fill=_QUIET, font=type_.font, anchor="rm")
    return sheet


def _overlay_sheet(legend: LegendView, type_: _Type) -> Any:
    """A title with its unit, the colours from low to high, and figures below them."""
    line, pad = type_.line, type_.pad
    title, ticks = legend_title(legend), legend_ticks(legend)
    least = sum(type_.width(words) + pad for _share, words in ticks)
    wide = int(max(_BAR_LETTERS * type_.size, type_.width(title), least))
    sheet = Image.new("RGBA", (wide + 2 * pad, 3 * line + pad), _PAPER)
    draw = ImageDraw.Draw(sheet)
    top = pad // 2
    draw.text((pad, top + line / 2), title, fill=_INK, font=type_.font, anchor="lm")
    colours = legend.colours[np.linspace(0, len(legend.colours) - 1, wide).round().astype(int)]
    bar = np.broadcast_to(colours[None], (int(line * 0.6), wide, 3))
    sheet.paste(Image.fromarray(np.ascontiguousarray(bar, np.uint8)), (pad, top + int(line * 1.2)))
    draw.rectangle((pad, top + int(line * 1.2), pad + wide - 1, top + int(line * 1.8) - 1), outline=_EDGE)
    for share, words in ticks:
        half = type_.width(words) / 2.0
        x = pad + min(max(share * wide, half), wide - half)  # below its colour, but inside
        draw.text((x, top + line * 2.5), words, fill=_INK, font=type_.font, anchor="mm")
    return sheet


def _font(size: int) -> Any:
    """Roboto, as the window has it."""
    letters = Path(imgui_bundle.__file__).parent / "assets" / "fonts" / "Roboto" / "Roboto-Regular.ttf"
    return ImageFont.truetype(str(letters), size) if letters.is_file() else ImageFont.load_default(size)
