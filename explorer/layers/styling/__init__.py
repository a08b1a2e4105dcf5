"""The 3D Tiles Styling language: a style's JSON into trees, and trees into what each feature looks like.

Pure: it knows no file, no window and no renderer, and never executes what a style says as code. `read_style` reads it
and says precisely what is wrong; `Style.looks` works it out for any number of features at once.

References
----------
.. [1] OGC 22-025r4, 3D Tiles Specification 1.1, “Declarative styling” (Cesium GS and Open Geospatial Consortium, 2023).
"""

from explorer.layers.styling.city_attributes import CityAttributes
from explorer.layers.styling.columns import Attributes, Coded, DistinctFeatures, Measured, column_of
from explorer.layers.styling.doubts import nearest_names, unknown_attributes, unknown_words
from explorer.layers.styling.legend import LegendRow, counted, legend_rows
from explorer.layers.styling.parser import parse
from explorer.layers.styling.point_attributes import PointAttributes
from explorer.layers.styling.recipes import WAYS, hidden_of, ours_of, style_by, with_hidden
from explorer.layers.styling.style import Looks, Rule, Style, read_style, style_text
from explorer.layers.styling.summary import Summary, summary_of
from explorer.layers.styling.values import UNDEFINED, Vector

__all__ = [
    "UNDEFINED",
    "WAYS",
    "Attributes",
    "CityAttributes",
    "Coded",
    "DistinctFeatures",
    "LegendRow",
    "Looks",
    "Measured",
    "PointAttributes",
    "Rule",
    "Style",
    "Summary",
    "Vector",
    "column_of",
    "counted",
    "hidden_of",
    "legend_rows",
    "nearest_names",
    "ours_of",
    "parse",
    "read_style",
    "style_by",
    "style_text",
    "summary_of",
    "unknown_attributes",
    "unknown_words",
    "with_hidden",
]
