"""From what a user names to a place that can be shown, walked and asked.

A place is a scenario over tilesets: a scene file, a tileset (folder, tileset.json, address), a city file (imported into
the cache first), or the built-in town.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.app.folders import cache_folder
from explorer.errors import CrsError, ExplorerError, FetchError
from explorer.geo import CompoundCrs, WorldFrame, looks_like_ecef, parse_crs, suggest_crs, time_zone_at
from explorer.geo.ellipsoid import geodetic_from_ecef
from explorer.i18n import _
from explorer.jobs import Progress
from explorer.layers import FeatureIndex
from explorer.massing import build_solid
from explorer.scenario import Proposal, Scenario, Scene, TilesetLayer, Variant, read_scene
from explorer.store import Store, is_web_address, open_store
from explorer.streaming import load_tileset, world_tree
from explorer.surface import ProposedMesh, SurfaceModel, SurfaceTileset
from explorer.tileformat import Mesh, Tileset

SCENE_ENDING = ".cvscene"
TOWN_BUILDINGS, TOWN_SEED = 2000, 1


@dataclass(frozen=True)
class References:
    """What the user says about coordinates."""

    crs: str | None = None
    vertical: str | None = None
    height_offset: float | None = None


@dataclass
class OpenLayer:
    """A tileset that could be opened."""

    layer: TilesetLayer
    store: Store
    tileset: Tileset
    source_crs: CompoundCrs | None
    index: FeatureIndex | None
    location: str
    is_packed: bool = False
    """Whether its tiles came inside the scene file."""

    @property
    def attribution(self) -> str:
        """Who made the data, as the tileset says."""
        extras = self.tileset.extras
        return (extras.attribution or extras.title or "") if extras else ""


@dataclass
class Place:
    """Everything of a scene that does not depend on a window."""

    frame: WorldFrame
    scenario: Scenario
    layers: list[OpenLayer]
    warnings: list[str] = field(default_factory=list)
    scene_path: Path | None = None
    _city_points: NDArray[np.float64] | None = None

    @property
    def time_zone(self) -> str:
        """IANA name."""
        return self.scenario.scene.time_zone

    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Least and greatest world coordinates of all tilesets. [m]"""
        found = [world_tree(layer.tileset, self.frame, source_crs=layer.source_crs).bounds(0) for layer in self.layers]
        if not found:
            return np.full(3, -100.0), np.full(3, 100.0)
        return np.min([lo for lo, _hi in found], axis=0), np.max([hi for _lo, hi in found], axis=0)

    def city_bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bounds of what is built, by the feature index; of everything where there is none. [m, world]"""
        points = self.city_points()
        return points.min(axis=0), points.max(axis=0)

    def city_points(self) -> NDArray[np.float64]:
        """Feet and tops of what is built, without the outermost hundredth; corners of everything where no index says.

        Shape (n, 3), world. Slow the first time on a large city; ask on a worker. [m]
        """
        if self._city_points is None:
            self._city_points = self._built_points()
        return self._city_points

    def _built_points(self) -> NDArray[np.float64]:
        boxes = [
            hit.bounds
            for layer in self.layers
            if layer.index is not None
            for hit in layer.index.within((-1e9, -1e9, 1e9, 1e9), limit=1_000_000)
            if hit.bounds is not None and hit.kind.startswith("Building")
        ]
        if not boxes:
            lo, hi = self.bounds()
            return np.array([[x, y, z] for x in (lo[0], hi[0]) for y in (lo[1], hi[1]) for z in (lo[2], hi[2])])
        array = np.array(boxes, dtype=np.float64)
        middle = (array[:, :2] + array[:, 3:5]) / 2.0
        near = np.linalg.norm(middle - np.median(middle, axis=0), axis=1)
        kept = near <= np.percentile(near, 99.0)
        low = np.percentile(array[kept, 2], 2.0)
        feet = np.column_stack([middle[kept], np.maximum(array[kept, 2], low)])
        tops = np.column_stack([middle[kept], array[kept, 5]])
        return self.frame.to_world(np.concatenate([feet, tops]))

    def surface(self) -> SurfaceModel:
        """What the base city is made of, without any variant."""
        return SurfaceModel(
            self.frame, [SurfaceTileset(layer.store, layer.tileset, layer.source_crs) for layer in self.layers]
        )

    def sources(self) -> tuple[str, ...]:
        """Names of the data, for the provenance of results."""
        return tuple(layer.layer.name or layer.location for layer in self.layers)


def variant_surface(base: SurfaceModel, frame: WorldFrame, scenario: Scenario, variant_id: str | None) -> SurfaceModel:
    """The surface of a variant over a base city; None is the city as it is."""
    if variant_id is None:
        return base
    meshes = [ProposedMesh(p.id, proposal_mesh(p, frame)) for p in scenario.proposals(variant_id)]
    return base.with_variant(meshes, scenario.hidden_features(variant_id))


def proposal_mesh(proposal: Proposal, frame: WorldFrame) -> Mesh:
    """A proposal's solid in the world. Raises `ScenarioError` for parameters without one."""
    solid = build_solid(proposal.mass)
    angle = np.radians(proposal.rotation_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    positions = np.array(solid.positions, dtype=np.float64)
    positions[:, :2] = positions[:, :2] @ turn.T
    foot = frame.to_world(np.array([[proposal.easting, proposal.northing, proposal.base_height]]))[0]
    return replace(solid, positions=positions + foot)


def footprint_on_map(proposal: Proposal) -> list[tuple[float, float]]:
    """The outer ring of a proposal's footprint in map coordinates. [m]"""
    angle = np.radians(proposal.rotation_deg)
    c, s = float(np.cos(angle)), float(np.sin(angle))
    return [(proposal.easting + c * x - s * y, proposal.northing + s * x + c * y) for x, y in proposal.footprint]


def open_place(what: str | None, references: References | None = None, *, progress: Progress | None = None) -> Place:
    """Open what a user names; None is the built-in town.

    Raises an `ExplorerError` that says what is missing: no such file, no CRS, no height model, damaged, newer version.
    """
    references = references or References()
    progress = progress or Progress()
    if what is None:
        return _of_tileset(str(built_in_town(progress)), references)
    if is_web_address(what):
        return _of_tileset(what, references)
    path = Path(what)
    if path.suffix == SCENE_ENDING:
        return _of_scene(path)
    if path.is_dir() or path.name == "tileset.json" or _looks_like_tileset(path):
        return _of_tileset(str(path), references)
    return _of_tileset(str(imported(path, references, progress)), references)


def built_in_town(progress: Progress) -> Path:
    """Folder of the built-in town's tileset; made once, then kept."""
    from importers.sampletown import write_sample_town

    return _made_once(
        f"town-{TOWN_BUILDINGS}-{TOWN_SEED}-{_importer_version()}",
        lambda folder: write_sample_town(folder, buildings=TOWN_BUILDINGS, seed=TOWN_SEED, progress=progress),
    )


def imported(path: Path, references: References, progress: Progress) -> Path:
    """Folder of the tileset made of a city file; the same file with the same options is imported once."""
    from importers import import_city

    try:
        digest = hashlib.sha256(path.read_bytes())
    except OSError as error:
        text = _("The file cannot be read: {why} [{path}]")
        raise FetchError(text.format(why=error.strerror or error, path=path)) from error
    digest.update(repr((references, _importer_version())).encode())
    return _made_once(
        f"{path.name.split('.')[0]}-{digest.hexdigest()[:16]}",
        lambda folder: import_city(
            [path],
            folder,
            crs=references.crs,
            vertical=references.vertical,
            height_offset=references.height_offset,
            progress=progress,
        ),
    )


def _made_once(name: str, make: object) -> Path:
    folder = cache_folder() / "tilesets" / name
    if not (folder / "tileset.json").is_file():
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            shutil.rmtree(folder)
        assert callable(make)
        make(folder)
    return folder


def _importer_version() -> str:
    from explorer import __version__

    return __version__


def _looks_like_tileset(path: Path) -> bool:
    with suppress(OSError, ValueError), path.open("rb") as file:
        head = file.read(4096)
        return b'"asset"' in head or (path.stat().st_size < 50_000_000 and b'"geometricError"' in head)
    return False


def _of_tileset(location: str, references: References) -> Place:
    store = open_store(location)
    tileset = load_tileset(store)
    frame, source_crs, time_zone = _frame_of(tileset, references)
    extras = tileset.extras
    name = (extras.title if extras else None) or _name_of(location)
    layer = TilesetLayer(
        id="city",
        name=name,
        url=location if is_web_address(location) else str(Path(location).resolve()),
        sha256=hashlib.sha256(store.read(store.root_uri)).hexdigest(),
        source_crs=source_crs.identifier if source_crs else None,
    )
    scene = Scene(
        title=name,
        attribution=(extras.attribution or "") if extras else "",
        crs=frame.crs.horizontal,
        vertical_crs=frame.crs.vertical,
        height_offset=frame.height_offset,
        origin=frame.origin,
        time_zone=time_zone,
    )
    variant = Variant(id="variant-1", name=_("Variant {number}").format(number=1))
    warnings = list(tileset.diagnostics)
    opened = OpenLayer(layer, store, tileset, source_crs, _index_of(store, tileset, warnings), location)
    scene = replace(scene, active_variant=variant.id)
    return Place(frame, Scenario.of(scene, layer, variant), [opened], warnings)


def _name_of(location: str) -> str:
    parts = [part for part in location.replace("\\", "/").split("/") if part and part != "tileset.json"]
    return parts[-1] if parts else location


def _frame_of(tileset: Tileset, references: References) -> tuple[WorldFrame, CompoundCrs | None, str]:
    """The world that suits a tileset, the tileset's own CRS where it is not ECEF, and its time zone."""
    extras, box = tileset.extras, tileset.box(0)
    source_crs: CompoundCrs | None = None
    offset = references.height_offset
    if extras is not None:
        crs = parse_crs(extras.source_crs, extras.vertical_crs)
        frame = _frame(crs, extras.origin or (0.0, 0.0, 0.0), offset if offset is not None else extras.height_offset)
    elif looks_like_ecef(box):
        lon, lat, _height = (float(value) for value in geodetic_from_ecef(box.centre[None])[0])
        crs = parse_crs(references.crs, references.vertical) if references.crs else suggest_crs(lon, lat)
        frame = _frame(crs, (0.0, 0.0, 0.0), offset)
        centre = frame.transform.from_ecef(box.centre[None])[0]
        frame = replace(frame, origin=(round(float(centre[0])), round(float(centre[1])), 0.0))
    else:
        if not references.crs:
            text = _(
                "The tileset is not in earth-centred coordinates and does not say its CRS. "
                "Add --crs, for example --crs EPSG:28992+5709 or --crs EPSG:3857 --vertical ellipsoidal."
            )
            raise CrsError(text)
        crs = source_crs = parse_crs(references.crs, references.vertical)
        frame = _frame(crs, (round(float(box.centre[0])), round(float(box.centre[1])), 0.0), offset)
    zone = extras.time_zone if extras is not None else None
    if zone is None:
        zone = time_zone_at(*frame.lonlat)
    return frame, source_crs, zone


def _frame(crs: CompoundCrs, origin: tuple[float, float, float], offset: float | None) -> WorldFrame:
    return WorldFrame(crs, origin, height_offset=offset)


def _index_of(store: Store, tileset: Tileset, warnings: list[str]) -> FeatureIndex | None:
    if tileset.extras is None or not tileset.extras.feature_index:
        return None
    try:
        return FeatureIndex.open(store.read(store.resolve(store.root_uri, tileset.extras.feature_index)))
    except ExplorerError as error:
        warnings.append(_("Nothing can be searched, for the feature index cannot be read: {why}").format(why=error))
        return None


def _of_scene(path: Path) -> Place:
    opened = read_scene(path, unpack_to=cache_folder() / "scenes")
    scenario = opened.scenario
    scene = scenario.scene
    warnings = list(opened.warnings)
    layers: list[OpenLayer] = []
    for layer in scenario.layers:
        location, is_packed = _layer_location(layer, path, opened.assets_root)
        try:
            store = open_store(location)
            tileset = load_tileset(store)
            source = parse_crs(layer.source_crs) if layer.source_crs else None
            index = _index_of(store, tileset, warnings)
            layers.append(OpenLayer(layer, store, tileset, source, index, location, is_packed))
            warnings.extend(tileset.diagnostics)
            if layer.sha256 and hashlib.sha256(store.read(store.root_uri)).hexdigest() != layer.sha256:
                text = _("The layer “{name}” is not the same data as when the scene was saved. [{path}]")
                warnings.append(text.format(name=layer.name, path=location))
        except ExplorerError as error:
            text = _("The layer “{name}” is missing; the rest is open: {why}")
            warnings.append(text.format(name=layer.name, why=error))
    if not scene.crs:
        raise CrsError(_("The scene does not say its CRS. [{path}]").format(path=path))
    try:
        frame = _frame(parse_crs(scene.crs, scene.vertical_crs or None), scene.origin, scene.height_offset)
    except CrsError as error:
        raise CrsError(f"{error} [{path}]") from error
    return Place(frame, scenario, layers, warnings, path)


def _layer_location(layer: TilesetLayer, scene_path: Path, assets_root: Path | None) -> tuple[str, bool]:
    """Where a layer's tileset is, and whether it came inside the scene file."""
    if assets_root is not None:
        packed = assets_root / "tiles" / layer.id
        if (packed / "tileset.json").is_file():
            return str(packed), True
    if is_web_address(layer.url) or os.path.isabs(layer.url):
        return layer.url, False
    return str((scene_path.parent / layer.url).resolve()), False
