"""Styles of a place's layers: read from the scene, with the attributes that they ask for, as they are drawn."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.app.places import OpenLayer, Place
from explorer.errors import ExplorerError, FetchError, ScenarioError, StyleError
from explorer.i18n import _
from explorer.layers.styling import CityAttributes, Style, read_style
from explorer.layers.styling.style import MOST_BYTES
from explorer.render import LayerStyle
from explorer.scenario import Scenario, TilesetLayer


class LayerStyles:
    """Reads each style once. Attributes come from a layer's index where it has one, else from its tiles."""

    def __init__(self, place: Place) -> None:
        self.layers: dict[str, OpenLayer] = {one.layer.id: one for one in place.layers}
        self.attributes = {
            layer_id: CityAttributes(one.index) for layer_id, one in self.layers.items() if one.index is not None
        }
        self._read: dict[str, tuple[object, Style | None, str]] = {}

    def style_of(self, layer: TilesetLayer) -> tuple[Style | None, str]:
        """A layer's style, and what is wrong with it."""
        known = self._read.get(layer.id)
        if known is None or known[0] is not layer.style:
            try:
                known = (layer.style, None if layer.style is None else read_style(layer.style), "")
            except StyleError as error:
                text = _("The style of the layer “{name}” cannot be used: {why}")
                known = (layer.style, None, text.format(name=layer.name or layer.id, why=error))
            self._read[layer.id] = known
        return known[1], known[2]

    def styles(self, scenario: Scenario) -> dict[str, Style]:
        """The styles of layers that are open."""
        found = {layer.id: self.style_of(layer)[0] for layer in scenario.layers if layer.id in self.layers}
        return {layer_id: style for layer_id, style in found.items() if style is not None}

    def problems(self, scenario: Scenario) -> list[str]:
        """What is wrong with styles of the scene, a sentence each."""
        said = [self.style_of(layer)[1] for layer in scenario.layers]
        return [sentence for sentence in said if sentence]

    def are_there(self, styles: dict[str, Style]) -> bool:
        """Whether all attributes that these styles ask for were read."""
        return all(self.attributes[one].has(style.names) for one, style in styles.items() if one in self.attributes)

    def load(self, styles: dict[str, Style]) -> None:
        """Read what these styles ask for. Not on the main thread. Raises `DataError`."""
        for layer_id, style in styles.items():
            if layer_id in self.attributes:
                self.attributes[layer_id].load(style.names)

    def drawn(self, styles: dict[str, Style]) -> dict[Hashable, LayerStyle]:
        """As the renderer takes them, once their attributes are there."""
        return {
            layer_id: LayerStyle(style, self.attributes[layer_id].of_tables)
            if layer_id in self.attributes
            else LayerStyle(style)
            for layer_id, style in styles.items()
        }


def read_style_file(path: Path) -> dict[str, Any]:
    """The JSON of a style file that holds a style. Raises `FetchError`, `StyleError`."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        text = _("The style cannot be read: {why} [{path}]")
        raise FetchError(text.format(why=error.strerror or error, path=path)) from error
    return dict(read_style(data, str(path)).plain)


def take_style(place: Place, path: Path | None) -> None:
    """Style all layers of a place by a file; None: as the data says. Raises `ExplorerError`."""
    plain = None if path is None else read_style_file(path)
    if plain is not None and not place.layers:
        raise ScenarioError(_("There is nothing to style: every layer of the scene is missing."))
    records = dict(place.scenario.records)
    for layer in place.scenario.layers:
        records[layer.id] = replace(layer, style=plain)
    place.scenario = place.scenario.with_records(records, place.scenario.clock)


def load_styles(place: Place) -> tuple[LayerStyles, dict[Hashable, LayerStyle], list[str]]:
    """All styles of a place with their attributes, as they are drawn, and what is wrong: for pictures. Slow."""
    layer_styles = LayerStyles(place)
    problems = layer_styles.problems(place.scenario)
    styles = layer_styles.styles(place.scenario)
    try:
        layer_styles.load(styles)
    except ExplorerError as error:
        return layer_styles, {}, [*problems, str(error)]
    notes = [note for style in styles.values() for note in style.notes]
    return layer_styles, layer_styles.drawn(styles), [*problems, *dict.fromkeys(notes)]
