"""From what a user names to a place: a scene file, a tileset (folder, tileset.json, archive, address), a city file
(imported into the cache first), or the built-in town.
"""

from __future__ import annotations

import os
import zlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from explorer.app.doubts import doubt_about_place, with_known_time_zone, with_known_variant
from explorer.app.earth import of_the_scene
from explorer.app.folders import cache_folder
from explorer.app.imagery import imagery_of_scene, with_imagery
from explorer.app.made_tilesets import TOWN_URL, built_in_town, import_warnings, imported, kept_here
from explorer.app.places import OpenLayer, Place, credit_of, title_of
from explorer.app.references import References, is_nowhere, world_of
from explorer.app.terrain import TERRAIN_FILES, is_terrain, is_terrain_file, no_city_for, open_terrain, with_terrain
from explorer.app.web import layers_without_keys, open_source, web_access, without_keys
from explorer.errors import CrsError, ExplorerError, TilesetError
from explorer.geo import WorldFrame, parse_crs
from explorer.i18n import _
from explorer.imagery import is_imagery
from explorer.jobs import Progress
from explorer.layers import FeatureIndex
from explorer.render.resources import resource_dir
from explorer.scenario import Scenario, Scene, TilesetLayer, Variant, read_scene
from explorer.store import Store, is_archive, is_web_address, on_this_computer, shown
from explorer.streaming import OpenTileset, open_tileset
from explorer.tileformat import Tileset

SCENE_ENDING = ".cvscene"
_CONTENTS = (".b3dm", ".i3dm", ".pnts", ".cmpt", ".glb", ".gltf")
_ZIP, _GZIP = b"PK", b"\x1f\x8b"


class EmptyTileset(TilesetError):
    """A tileset that is sound and holds nothing."""


def open_place(what: str | None, references: References | None = None, *, progress: Progress | None = None) -> Place:
    """Open what a user names; None is the built-in town.

    Raises an `ExplorerError` that says what is missing: no such file, no CRS, no height model, damaged, newer version.
    """
    references = references or References()
    what = without_keys(on_this_computer(what)) if what else what
    place = _found(what, references, progress or Progress())
    if references.terrain is not None:
        place = with_terrain(place, references.terrain)
    if references.imagery or references.imagery_over:
        place = with_imagery(place, references.imagery, references.imagery_over)
    place.warnings.extend(web_access().take_untold())
    return place


def _found(what: str | None, references: References, progress: Progress) -> Place:
    if what is None:
        return _of_tileset(str(built_in_town(progress)), references, url=TOWN_URL)
    if is_terrain_file(what):
        raise no_city_for(what)
    if is_imagery(what):
        text = _("Imagery is opened together with a city: name the city, and the picture with --imagery. [{path}]")
        raise TilesetError(text.format(path=what))
    if is_web_address(what):
        return _of_tileset(what, references)
    path = Path(what)
    if path.suffix.lower() in _CONTENTS:
        text = _("The file is the content of one tile; open the tileset.json that it belongs to. [{path}]")
        raise TilesetError(text.format(path=what))
    if path.suffix == SCENE_ENDING:
        return _of_scene(path, progress)
    if not is_city_file(what):
        return _of_tileset(str(path), references)
    folder = imported(path, references, progress)
    try:
        place = _of_tileset(str(folder), references)
    except EmptyTileset as error:
        text = _("Nothing in the file can be drawn; citiverse import says why. [{path}]")
        raise EmptyTileset(text.format(path=path)) from error
    whole, objects = import_warnings(folder)
    place.warnings.extend(whole)
    place.details.extend(objects)
    return place


def is_city_file(what: str) -> bool:
    """Whether this names what has to be imported: no scene, no tileset, no address."""
    path = Path(what)
    if is_web_address(what) or is_archive(what) or path.suffix == SCENE_ENDING:
        return False
    return not (os.path.isdir(what) or path.name == "tileset.json" or _looks_like_tileset(path))


def _looks_like_tileset(path: Path) -> bool:
    with suppress(OSError, ValueError), path.open("rb") as file:
        head = file.read(4096)
        if head.startswith(_ZIP):  # who reads city files knows what to say of it
            return False
        if head.startswith(_GZIP):
            with suppress(zlib.error):
                head = zlib.decompressobj(wbits=31).decompress(head, 4096)
            return b'"asset"' in head and b'"geometricError"' in head
        return b'"asset"' in head or (path.stat().st_size < 50_000_000 and b'"geometricError"' in head)
    return False


def _of_tileset(location: str, references: References, *, url: str | None = None) -> Place:
    store = open_source(location)
    opened = _tileset_of(store, location)
    tileset = opened.first
    try:
        frame, source_crs, time_zone = world_of(tileset, references)
    except (CrsError, TilesetError) as error:
        error.args = (f"{error} [{location}]",)  # said by a room below that knows no file
        raise
    extras = tileset.extras
    name = title_of(extras) or name_of(location)
    layer = TilesetLayer(
        id="city",
        name=name,
        url=url or (location if is_web_address(location) else str(Path(location).resolve())),
        sha256=opened.sha256,
        source_crs=source_crs.identifier if source_crs else None,
    )
    scene = Scene(
        title=name,
        attribution=credit_of(extras),
        crs=frame.crs.horizontal,
        vertical_crs=frame.crs.vertical,
        height_offset=frame.height_offset,
        origin=frame.origin,
        time_zone=time_zone,
    )
    variant = Variant(id="variant-1", name=_("Variant {number}").format(number=1))
    warnings = list(tileset.diagnostics)
    if is_nowhere(tileset, references):
        text = _("The tileset does not say where on earth it is; it is shown at 0° N 0° E, so its sun means nothing.")
        warnings.append(f"{text} [{location}]")
    if references.crs is not None and extras is None:
        said = parse_crs(references.crs, references.measured_from)
        if said != frame.crs:
            text = _("The map of {crs} stretches lengths here, so the scene is in {other}.")
            warnings.append(text.format(crs=said.horizontal, other=frame.crs.horizontal))
    opened = of_the_scene(opened, source_crs, frame)
    city = OpenLayer(layer, store, opened, source_crs, _index_of(store, tileset, warnings), location)
    scene = replace(scene, active_variant=variant.id)
    return Place(frame, Scenario.of(scene, layer, variant), [city], warnings)


def _tileset_of(store: Store, location: str) -> OpenTileset:
    opened = open_tileset(store)
    extras = opened.first.extras
    if opened.first.unread and extras is not None and extras.feature_index:
        opened = OpenTileset(opened.whole(), sha256=opened.sha256)  # what finds features counts the rows of all of it
    if not any(opened.first.content_uri) and not opened.first.unread:
        if opened.first.diagnostics:  # mostly what was to be read first, and could not be
            text = _("Nothing in the tileset can be drawn: {why}")
            raise EmptyTileset(text.format(why=opened.first.diagnostics[0]))
        text = _("Nothing in the tileset can be drawn: no tile has content. [{path}]")
        raise EmptyTileset(text.format(path=location))
    return opened


def name_of(location: str) -> str:
    """What a tileset that does not name itself is called, by where it is."""
    parts = [part for part in location.replace("\\", "/").split("/") if part and part != "tileset.json"]
    return parts[-1] if parts else location


def _index_of(store: Store, tileset: Tileset, warnings: list[str]) -> FeatureIndex | None:
    if tileset.extras is None or not tileset.extras.feature_index:
        return None
    try:
        address = store.resolve(store.root_uri, tileset.extras.feature_index)
        return FeatureIndex.open(store.read(address), shown(address))
    except ExplorerError as error:
        warnings.append(_("Nothing can be searched, for the feature index cannot be read: {why}").format(why=error))
        return None


def _of_scene(path: Path, progress: Progress) -> Place:
    opened = read_scene(path, unpack_to=cache_folder() / "scenes")
    place = _of_scenario(opened.scenario, path, opened.assets_root, list(opened.warnings), progress)
    is_ours = path.resolve() == example_scene().resolve()
    return replace(place, scene_path=None) if is_ours else place  # what came with the program is not saved over


def example_scene() -> Path:
    """The scene that comes with the program."""
    return resource_dir("scenes") / "schoolgang.cvscene"


def recovered_place(scenario: Scenario, scene_path: Path | None) -> Place:
    """The place of a scenario that was not saved, over the layers that it names, relative to the scene file it had.

    Raises `CrsError`. That the scene file is gone is a warning: the layers may still be there.
    """
    warnings: list[str] = []
    assets_root = None
    if scene_path is not None:
        try:
            assets_root = read_scene(scene_path, unpack_to=cache_folder() / "scenes").assets_root
        except ExplorerError as error:
            warnings.append(_("The scene file of this work cannot be opened any more: {why}").format(why=error))
    place = _of_scenario(scenario, scene_path or Path.cwd() / "scene", assets_root, warnings, Progress())
    return replace(place, scene_path=scene_path)


def _of_scenario(
    scenario: Scenario, path: Path, assets_root: Path | None, warnings: list[str], progress: Progress
) -> Place:
    scenario = layers_without_keys(scenario)
    scene = scenario.scene
    layers: list[OpenLayer] = []
    terrains: list[tuple[TilesetLayer, str]] = []
    for layer in scenario.layers:
        location, is_packed = _layer_location(layer, path, assets_root)
        try:
            if location == TOWN_URL:
                location = str(built_in_town(progress))
            if is_terrain(location):
                terrains.append((layer, location))
                continue
            store = open_source(location)
            opened = _tileset_of(store, location)
            source = parse_crs(layer.source_crs) if layer.source_crs else None
            index = _index_of(store, opened.first, warnings)
            layers.append(OpenLayer(layer, store, opened, source, index, location, is_packed))
            warnings.extend(opened.first.diagnostics)
            if layer.sha256 and opened.sha256 != layer.sha256:
                text = _("The layer “{name}” is not the same data as when the scene was saved. [{path}]")
                warnings.append(text.format(name=layer.name, path=location))
        except ExplorerError as error:
            warnings.append(_missing(layer, error))
    if not scene.crs:
        raise CrsError(_("The scene does not say its CRS. [{path}]").format(path=path))
    try:
        crs = parse_crs(scene.crs, scene.vertical_crs or None)
        frame = WorldFrame(crs, scene.origin, height_offset=scene.height_offset)
        scenario = with_known_variant(with_known_time_zone(scenario, frame, warnings), warnings)
    except CrsError as error:
        raise CrsError(f"{error} [{path}]") from error
    layers = [layer for layer in layers if _lies_on_map(layer, frame, warnings)]
    for one in layers:
        one.opened = of_the_scene(one.opened, one.source_crs, frame)
    for terrain, location in terrains:  # the city says which part of the globe is meant
        try:
            layers.append(open_terrain(terrain, location, frame, layers))
            warnings.extend(layers[-1].opened.first.diagnostics)
        except ExplorerError as error:
            warnings.append(_missing(terrain, error))
    imagery = imagery_of_scene(scenario, path, assets_root, crs.horizontal, warnings)
    return Place(frame, scenario, layers, warnings, path, imagery=imagery, assets_root=assets_root)


def _lies_on_map(layer: OpenLayer, frame: WorldFrame, warnings: list[str]) -> bool:
    """Whether it can be shown on the scene's map at all; a layer that is oddly far away is told and shown."""
    try:
        doubt = doubt_about_place(layer.layer.name, layer.opened.first.box(0), layer.source_crs, frame)
    except CrsError as error:
        warnings.append(_missing(layer.layer, error))
        return False
    warnings.extend([] if doubt is None else [doubt])
    return True


def _missing(layer: TilesetLayer, error: ExplorerError) -> str:
    text = _("The layer “{name}” is missing; the rest is open: {why}")
    return text.format(name=layer.name, why=error)


def _layer_location(layer: TilesetLayer, scene_path: Path, assets_root: Path | None) -> tuple[str, bool]:
    """Where a layer's tileset is, and whether it came inside the scene file."""
    if assets_root is not None:
        packed = assets_root / "tiles" / Path(layer.id).name  # an id that is a path leads nowhere else
        for root in ("tileset.json", *TERRAIN_FILES):
            if (packed / root).is_file():
                return str(packed / root), True
    if is_web_address(layer.url) or os.path.isabs(layer.url) or layer.url == TOWN_URL:
        return layer.url, False
    try:
        beside = (scene_path.parent / layer.url).resolve()
        kept = None if beside.exists() else kept_here(layer.url)  # the scene was moved, or comes from a colleague
        return str(kept or beside), False
    except (ValueError, RuntimeError, OSError):
        return layer.url, False  # no file can be called that, as is said when it is opened
