"""What is said of a place behind its address, in one text: "https://…/wmts#layer=ortho&matrix_set=EPSG:28992"."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from explorer.errors import DataError
from explorer.store.addresses import shown

_SYSTEMS = ("crs=", "vertical=")
"""Of a compound system the plus is meant as it stands: nobody writes %2B for it."""


def read_said(text: str, known: Sequence[str], wrong: str) -> tuple[str, dict[str, str]]:
    """The address or file, and what is said of it, by name.

    Raises `DataError` for a name that is not `known`: in the sentence `wrong`, with {name}, {known} and {where}.
    """
    url, _mark, rest = text.partition("#")
    parts = [part.replace("+", "%2B") if part.startswith(_SYSTEMS) else part for part in rest.split("&")]
    said = dict(parse_qsl("&".join(parts), keep_blank_values=True))
    for name in said:
        if name not in known:
            raise DataError(wrong.format(name=name, known=", ".join(known), where=shown(url)))
    return url, said


def with_said(url: str, said: dict[str, str]) -> str:
    """The same as one text again; what is empty is not said."""
    chosen = {name: value for name, value in said.items() if value}
    return f"{url}#{urlencode(chosen, safe=':/{}')}" if chosen else url
