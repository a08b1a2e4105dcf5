"""What the property tables of a subtree say about bounding volumes, errors, refinement and addresses of its tiles.

3D Tiles 1.1 (OGC 22-025r4), section 12.7.3, with the semantics of the 3D Metadata Semantic Reference; other
properties, TILE_HORIZON_OCCLUSION_POINT among them, change nothing about what is drawn and are not read.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.i18n import _
from explorer.tileformat.accessors import GltfBuffers
from explorer.tileformat.subtree import Subtree

FloatArray = NDArray[np.float64]

_WIDTHS = {
    "BOUNDING_BOX": 12,
    "BOUNDING_REGION": 6,
    "BOUNDING_SPHERE": 4,
    "GEOMETRIC_ERROR": 1,
    "REFINE": 1,
    "MINIMUM_HEIGHT": 1,
    "MAXIMUM_HEIGHT": 1,
}
_TYPES: dict[str, np.dtype[Any]] = {
    **{f"INT{8 * size}": np.dtype(f"<i{size}") for size in (1, 2, 4, 8)},
    **{f"UINT{8 * size}": np.dtype(f"<u{size}") for size in (1, 2, 4, 8)},
    "FLOAT32": np.dtype("<f4"),
    "FLOAT64": np.dtype("<f8"),
}


class SemanticColumns:
    """The columns of one property table that have a meaning for tiles. r rows, one for each available tile or content.

    Names are without TILE_ or CONTENT_: "BOUNDING_BOX", "GEOMETRIC_ERROR" …
    """

    def __init__(self) -> None:
        self.numbers: dict[str, FloatArray] = {}
        """(r, width); rows that say nothing are not numbers."""
        self.uris: list[str] | None = None
        """CONTENT_URI."""


def semantic_columns(
    subtree: Subtree, table: Any, rows: int, schema: dict[str, Any] | None, say: Callable[[str], None]
) -> SemanticColumns:
    """The columns of table `table` of a subtree, which should have `rows` rows.

    `schema` is the tileset's. What cannot be read is left out with a sentence for `say`.
    """
    found = SemanticColumns()
    tables = subtree.document.get("propertyTables")
    if table is None or rows == 0:
        return found
    if not isinstance(tables, list) or not isinstance(table, int) or not 0 <= table < len(tables):
        say(_("The subtree names a property table that is not there. [{uri}]").format(uri=subtree.buffers.uri))
        return found
    about = tables[table] if isinstance(tables[table], dict) else {}
    classes = (schema or {}).get("classes")
    definition = classes.get(str(about.get("class"))) if isinstance(classes, dict) else None
    properties = definition.get("properties") if isinstance(definition, dict) else None
    stored = about.get("properties")
    if not isinstance(properties, dict) or not isinstance(stored, dict):
        return found
    for key, described in properties.items():
        semantic = described.get("semantic") if isinstance(described, dict) else None
        name = semantic.partition("_")[2] if isinstance(semantic, str) else ""
        if not isinstance(stored.get(key), dict) or (name not in _WIDTHS and semantic != "CONTENT_URI"):
            continue
        place = f"propertyTables[{table}].{key}"
        try:
            if semantic == "CONTENT_URI":
                found.uris = _texts(subtree.buffers, stored[key], rows, place)
            else:
                found.numbers[name] = _numbers(subtree.buffers, described, stored[key], rows, _WIDTHS[name], place)
        except ContentError as problem:
            say(_("What a subtree says about its tiles is left out: {problem}").format(problem=problem))
    return found


def _numbers(
    buffers: GltfBuffers, about: dict[str, Any], stored: dict[str, Any], rows: int, width: int, place: str
) -> FloatArray:
    dtype = _TYPES.get(str(about.get("componentType", "UINT8" if about.get("type") == "ENUM" else "")))
    count = about.get("count") if about.get("array") else 1
    if dtype is None or about.get("type") not in ("SCALAR", "ENUM") or count != width:
        raise buffers.fail(place, _("has an unknown type."))
    data = buffers.view(stored.get("values", stored.get("bufferView")))
    if rows * width * dtype.itemsize > len(data):
        raise buffers.fail(place, _("there are fewer values than rows."))
    values = np.frombuffer(data, dtype, rows * width).reshape(rows, width)
    none = about.get("noData")
    nothing = np.zeros(rows, bool)
    if isinstance(none, (int, float, list)):
        given = np.array(none, object).reshape(-1)
        if len(given) in (1, width):
            nothing = (values.astype(object) == given).all(axis=1)
    numbers = values.astype(np.float64)
    if about.get("normalized") and dtype.kind in "iu":
        numbers = np.maximum(numbers / float(np.iinfo(dtype).max), -1.0)
    for name, operation in (("scale", np.multiply), ("offset", np.add)):
        said = stored.get(name, about.get(name))
        if said is None:
            continue
        try:
            factors = np.asarray(said, np.float64).reshape(-1)
        except (TypeError, ValueError) as problem:
            raise buffers.fail(place, _("its scale or offset has another shape.")) from problem
        if len(factors) not in (1, width):
            raise buffers.fail(place, _("its scale or offset has another shape."))
        operation(numbers, factors, out=numbers)
    numbers[nothing] = np.nan
    return numbers


def _texts(buffers: GltfBuffers, stored: dict[str, Any], rows: int, place: str) -> list[str]:
    dtype = _TYPES.get(str(stored.get("stringOffsetType", "UINT32")))
    ends = buffers.view(stored.get("stringOffsets"))
    if dtype is None or dtype.kind != "u":
        raise buffers.fail(place, _("has an unknown type."))
    if (rows + 1) * dtype.itemsize > len(ends):
        raise buffers.fail(place, _("there are fewer values than rows."))
    data = bytes(buffers.view(stored.get("values")))
    bounds = np.frombuffer(ends, dtype, rows + 1).tolist()
    if any(a > b for a, b in pairwise(bounds)):
        raise buffers.fail(place, _("its offsets do not grow."))
    if bounds[-1] > len(data):
        raise buffers.fail(place, _("a text ends past the end of its bytes."))
    return [data[a:b].decode("utf-8", "replace") for a, b in pairwise(bounds)]
