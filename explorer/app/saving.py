"""A place into a scene file: light with relative paths, or packed with its tiles."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from explorer.app.imagery import imagery_location
from explorer.app.made_tilesets import TOWN_URL
from explorer.app.places import OpenLayer, Place
from explorer.app.terrain import PACKED_TILES, TERRAIN_FILE, packed_name, packed_root
from explorer.errors import FetchError, TilesetError
from explorer.i18n import _
from explorer.imagery.templates import is_template
from explorer.jobs import Progress, stop_if_unwanted
from explorer.scenario import ImageryLayer, Scenario, TilesetLayer, write_scene
from explorer.scenario.scene_archive import is_safe_name
from explorer.store import is_web_address, shown
from explorer.store.names import plain_name
from explorer.tileformat import with_nested
from explorer.tileformat.outside import files_beside
from explorer.tileformat.tileset_uris import ending, join_uri

MOST_IMAGERY_BYTES = 1 << 30
"""Of a picture file in a packed scene."""


def save_place(
    place: Place,
    scenario: Scenario,
    path: Path,
    *,
    thumbnail: bytes | None,
    packed: bool,
    progress: Progress | None = None,
) -> Scenario:
    """Write the scenario as a scene file; returns it as it was written. Raises `FetchError`, and `Cancelled`.

    What was opened packed stays packed: its tiles are nowhere else that a colleague could reach.
    """
    if packed:
        _check_complete(place)
    packed = packed or any(layer.is_packed for layer in place.layers)
    opened = {layer.layer.id: layer for layer in place.layers}
    records = dict(scenario.records)
    for record_id, record in records.items():
        if isinstance(record, TilesetLayer):
            records[record_id] = replace(record, url=_url(record, opened.get(record_id), place, path, packed))
        elif isinstance(record, ImageryLayer) and packed and packed_imagery_name(record) is not None:
            records[record_id] = replace(record, url=f"assets/{packed_imagery_name(record)}")
        elif isinstance(record, ImageryLayer) and not is_web_address(record.url):
            records[record_id] = replace(record, url=_relative(_folder_of(place) / record.url, path))
    written = scenario.with_records(records, scenario.clock)
    assets = _told(packed_assets(place) | packed_imagery(place), progress or Progress()) if packed else None
    write_scene(path, written, thumbnail=thumbnail, assets=assets)
    return written


def _told(assets: dict[str, Callable[[], bytes]], progress: Progress) -> dict[str, Callable[[], bytes]]:
    """The same, saying how many were read each time that one is; the file is written as they are read."""
    count = 0

    def read(content: Callable[[], bytes]) -> bytes:
        nonlocal count
        progress.report(count / len(assets))
        count += 1
        return content()

    return {name: partial(read, content) for name, content in assets.items()}


def _check_complete(place: Place) -> None:
    """Who asks for the whole city in one file is told when it would not be whole."""
    opened = {layer.layer.id for layer in place.layers}
    for layer in place.scenario.layers:
        if layer.id not in opened:
            text = _("The scene cannot be packed while the layer “{name}” is missing. Save it without packing.")
            raise FetchError(text.format(name=layer.name))


def _url(record: TilesetLayer, opened: OpenLayer | None, place: Place, path: Path, packed: bool) -> str:
    if packed and opened is not None:
        return record.url if is_web_address(record.url) else f"assets/tiles/{record.id}"
    if is_web_address(record.url) or record.url == TOWN_URL:
        return record.url
    # A layer that is missing now keeps its way from where the scene was, so that it may be found again.
    folder = _folder_of(place)
    return _relative(Path(opened.location) if opened is not None else folder / record.url, path)


def _folder_of(place: Place) -> Path:
    """Where paths of the scene start."""
    return place.scene_path.parent if place.scene_path is not None else Path.cwd()


def _relative(location: Path, scene_path: Path) -> str:
    """A path from the scene file, so that both can move together; absolute where there is no such way."""
    try:
        return os.path.relpath(location.resolve(), scene_path.resolve().parent).replace(os.sep, "/")
    except ValueError:  # another drive
        return str(location.resolve())


_MODELS = (".glb", ".gltf")
_NAMING = (".gltf", ".i3dm", ".cmpt")
"""Contents that often name further files."""
_FEW = 9
_MODELS_DEEP = 2
"""An i3dm names a model, that its buffers; farther nobody goes."""


def packed_assets(place: Place) -> dict[str, Callable[[], bytes]]:
    """What reads each file of the place's tilesets, by the file's path below assets/: a city need not fit in memory.

    The search index may be missing, as it may be for the eye. Raises `FetchError` when read, for a
    tile that is not there, and `TilesetError` for a tileset that has no end.
    """
    assets: dict[str, Callable[[], bytes]] = {}
    for layer in place.layers:
        tileset, terrain = layer.tileset, layer.tileset.terrain
        if tileset.reach is not None:
            text = _("A tileset of the whole earth cannot be packed; save the scene, which names it. [{path}]")
            raise TilesetError(text.format(path=layer.location))
        if (made := packed_root(layer)) is not None:
            assets.update(_packed_heights(layer, *made))
            continue
        root = TERRAIN_FILE if terrain else "tileset.json"
        reads: dict[str, Callable[[], bytes]] = {root: partial(bytes, layer.store.read(layer.store.root_uri))}
        if not terrain:
            tileset = with_nested(tileset, partial(_read_tile, layer))
        wanted = {uri for tile in range(len(tileset)) for uri in tileset.contents(tile)}
        if terrain:
            wanted = {uri.partition("?")[0] for uri in wanted}
        wanted |= _beside(layer, sorted(wanted))
        wanted.update(tileset.documents)
        if layer.index is not None and tileset.extras is not None and tileset.extras.feature_index:
            wanted.add(tileset.extras.feature_index)
        taken = {name.casefold() for name in reads}
        for uri in sorted(wanted - reads.keys()):
            name = uri if terrain and is_safe_name(uri) else _packed_as(uri, taken)
            taken.add(name.casefold())
            reads[name] = partial(_read_tile, layer, uri)
        assets.update({f"tiles/{layer.layer.id}/{name}": read for name, read in reads.items()})
    return assets


def _beside(layer: OpenLayer, uris: Sequence[str]) -> set[str]:
    """Addresses of files that contents name: buffers, pictures, and models with buffers and pictures of their own.

    Of the kinds that mostly hold all of themselves, a few from all over tell whether these are such: all of a city
    would be read for nothing.
    """
    found: set[str] = set()
    many = [uri for uri in uris if not ending(uri).endswith(_NAMING)]
    few = {many[i * (len(many) - 1) // (_FEW - 1)] for i in range(_FEW)} if many else set()
    queue = [(uri, 0) for uri in (*(set(uris) - set(many)), *few)]
    while queue:
        stop_if_unwanted()
        uri, depth = queue.pop()
        named = _named_by(layer, uri) - found
        if named and uri in few:
            queue += [(other, 0) for other in many if other not in few]
            few = set()
        found |= named
        if depth < _MODELS_DEEP:
            queue += [(one, depth + 1) for one in named if ending(one).endswith(_MODELS)]
    return found


def _named_by(layer: OpenLayer, uri: str) -> set[str]:
    try:
        return {join_uri(uri, one) for one in files_beside(_read_tile(layer, uri), uri)}
    except ValueError as error:  # half an address
        text = _("The scene cannot be packed, for a part of its city is not there. Save it without packing. {why}")
        raise FetchError(text.format(why=shown(str(error)))) from error


def _packed_as(uri: str, taken: Collection[str]) -> str:
    """The path of a file of a tileset in a packed scene, so that its address leads there. Raises `FetchError`."""
    try:
        name = posixpath.normpath(plain_name(uri))
    except FetchError:
        name = ""
    if not is_safe_name(name) or name.casefold() in taken:
        text = _("The scene cannot be packed, for a part of its city has an address that no file can have. "
                 "Save it without packing. [{uri}]")  # fmt: skip
        raise FetchError(text.format(uri=shown(uri).partition("?")[0]))
    return name


def packed_imagery(place: Place) -> dict[str, Callable[[], bytes]]:
    """What reads each picture file of the place's imagery; imagery of the web stays there. Raises `FetchError`."""
    reads: dict[str, Callable[[], bytes]] = {}
    for layer in place.scenario.imagery:
        name = packed_imagery_name(layer)
        if name is None:
            continue
        path = Path(imagery_location(layer, place.scene_path, place.assets_root))
        try:
            size = path.stat().st_size
        except OSError as error:
            text = _("The scene cannot be packed while the imagery “{name}” is missing. Save it without packing.")
            raise FetchError(text.format(name=layer.name)) from error
        if size > MOST_IMAGERY_BYTES:
            text = _("The scene cannot be packed with the imagery “{name}”: {gb:.1f} GB is too much for one file.")
            raise FetchError(text.format(name=layer.name, gb=size / 1e9))
        reads[name] = path.read_bytes
    return reads


def packed_imagery_name(layer: ImageryLayer) -> str | None:
    """The path below assets/ of a picture file in a packed scene; None: it stays where it is."""
    if is_web_address(layer.url) or is_template(layer.url) or layer.url.lower().endswith((".xml", ".json")):
        return None
    return f"imagery/{Path(layer.id).name}/{Path(layer.url).name}"


def _packed_heights(layer: OpenLayer, root: str, content: bytes) -> dict[str, Callable[[], bytes]]:
    """A raster's part around the city, or all tiles of heights there."""
    reads: dict[str, Callable[[], bytes]] = {root: partial(bytes, content)}
    if root == PACKED_TILES:
        for row in layer.tileset.terrain:
            reads[packed_name(layer.tileset, row)] = partial(_read_tile, layer, layer.tileset.contents(row)[0])
    return {f"tiles/{layer.layer.id}/{name}": read for name, read in reads.items()}


def _read_tile(layer: OpenLayer, uri: str) -> bytes:
    try:
        return layer.store.read(layer.store.resolve(layer.store.root_uri, uri))
    except FetchError as error:
        text = _("The scene cannot be packed, for a part of its city is not there. Save it without packing. {why}")
        raise FetchError(text.format(why=error)) from error
