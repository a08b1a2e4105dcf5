"""Which attributes the layers of a place have, and what styles ask for that none of them has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from explorer.app.layer_styles import LayerStyles
from explorer.app.places import OpenLayer
from explorer.layers.styling import Style, unknown_attributes, unknown_words
from explorer.tileformat import FeatureTable

Tables = Sequence[FeatureTable]


def attribute_names(layer: OpenLayer, tables: Tables) -> tuple[str, ...]:
    """Attributes of a layer's features, those that most have first: of its index, else of the tiles that are loaded."""
    if layer.index is not None:
        return tuple(layer.index.attribute_names())
    names = {name: 0 for table in tables for name in table.columns}
    for table in tables:
        for name, values in table.columns.items():
            names[name] += sum(one is not None for one in values)
    return tuple(sorted((name for name, n in names.items() if n), key=lambda name: -names[name]))


def style_doubts(
    known: LayerStyles, styles: Mapping[str, Style], tables_of: Callable[[str], Tables]
) -> tuple[str, ...]:
    """What to say of styles (by layer) that ask for attributes which no feature has. Slow: not on the main thread.

    A style of several layers asks for nothing odd if one of them has it. `tables_of` gives the features of a layer that
    are loaded; of a layer without any, and without an index, nothing is known yet and nothing is said.
    """
    groups: list[list[str]] = []
    for layer_id, style in styles.items():
        group = next((one for one in groups if styles[one[0]].plain == style.plain), None)
        if group is None:
            groups.append([layer_id])
        else:
            group.append(layer_id)
    said = []
    for group in groups:
        style, tables = styles[group[0]], {one: tables_of(one) for one in group}
        if any(one not in known.attributes and not tables[one] for one in group):
            continue
        names = {name for some in tables.values() for table in some for name in table.columns}
        cities = [known.attributes[one] for one in group if one in known.attributes]
        names.update(name for name in style.names if any(city.whole(name) is not None for city in cities))
        if unknown_attributes(style, names):  # now only all names are worth looking for
            for one in group:
                names.update(attribute_names(known.layers[one], tables[one]))
            said.append(unknown_words(style, names, is_whole=len(cities) == len(group)))
    return tuple(said)
