"""Where imagery comes from: one protocol, and what an address or a file stands for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from explorer.errors import DataError, NotThere
from explorer.i18n import _
from explorer.imagery.grids import Tile, TileGrid
from explorer.imagery.pictures import Texels
from explorer.imagery.templates import is_template
from explorer.store import Store, is_web_address
from explorer.store.said import read_said, with_said

RASTER_ENDINGS = (".tif", ".tiff", ".gtiff", ".vrt", ".jp2", ".img", ".png", ".jpg", ".jpeg")
_SAID_OF_IMAGERY = ("layer", "style", "matrix_set", "crs", "zoom", "attribution")
"""What may stand behind an address."""


class ImageSource(Protocol):
    """A picture of the ground, cut into tiles. Thread-safe."""

    @property
    def grid(self) -> TileGrid: ...
    @property
    def title(self) -> str: ...
    @property
    def attribution(self) -> str:
        """Who made it, as it says itself; "": nobody is named."""
        ...

    def read(self, tile: Tile) -> Texels | None:
        """One tile; None where there is nothing. Raises `FetchError`, and `ContentError` for what is no picture."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


@dataclass(frozen=True)
class Where:
    """What a user says about a source: an address or file, and what has to be chosen in it."""

    url: str
    layer: str = ""
    """Of a WMTS."""
    style: str = ""
    matrix_set: str = ""
    crs: str = ""
    """Of a file that does not say it, or of an address with {z}, {x}, {y} that is not in Web Mercator."""
    zoom: str = ""
    """Levels of an address with {z}: "0-19"."""
    attribution: str = ""

    @classmethod
    def of(cls, text: str) -> Where:
        """From one text: what is chosen follows a #, as in "https://…/wmts#layer=ortho&matrix_set=EPSG:28992".

        Raises `DataError` for a word that means nothing.
        """
        wrong = _("“{name}” is nothing that can be said of imagery; known are {known}. [{where}]")
        url, said = read_said(text.strip(), _SAID_OF_IMAGERY, wrong)
        if not url:
            raise DataError(_("Say where the imagery is: an address or a file."))
        return cls(url, **said)

    def __str__(self) -> str:
        """The same as one text."""
        return with_said(self.url, {name: getattr(self, name) for name in _SAID_OF_IMAGERY})


class ChoiceNeeded(DataError):
    """A service has several of something, and nobody said which one is meant."""

    def __init__(self, text: str, word: str, names: tuple[str, ...]) -> None:
        super().__init__(text)
        self.word = word
        """The member of `Where` that chooses."""
        self.names = names


OpenStore = Callable[[str], Store]
"""The store behind an address of the web."""


def is_imagery(text: str) -> bool:
    """Whether a location looks like imagery: a template, a TMS, a WMTS, or a picture file."""
    url = text.partition("#")[0]
    path = url.partition("?")[0].lower()
    is_raster = not is_web_address(url) and path.endswith(RASTER_ENDINGS)
    says_tiles = path.endswith(("tilemapresource.xml", "tilejson.json")) or "wmts" in url.lower()
    return is_raster or is_template(url) or says_tiles


def open_imagery(where: Where, open_store: OpenStore, *, near_crs: str = "") -> ImageSource:
    """The source at a place; asks its server what it has.

    Parameters
    ----------
    near_crs
        The scene's horizontal CRS: of several grids of a WMTS the one in it is taken.

    Raises
    ------
    FetchError, DataError
        It is not there, is nothing that can be drawn, or leaves something to be chosen.
    """
    from explorer.imagery.geotiff import GeoTiffSource
    from explorer.imagery.services import open_service
    from explorer.imagery.tiled import open_template

    if is_template(where.url):
        return open_template(where, open_store)
    path = where.url.partition("?")[0].lower()
    if is_web_address(where.url) or path.endswith((".xml", ".json")):
        return open_service(where, open_store, near_crs)
    if not Path(where.url).is_file():
        raise NotThere(_("There is no such file. [{path}]").format(path=where.url))
    return GeoTiffSource(where)
