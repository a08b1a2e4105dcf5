"""From a city model to 3D Tiles 1.1: plan, levels of detail with measured errors, tiles, index; all or nothing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.geo import MapTransform, OrientedBox, time_zone_at
from explorer.i18n import _
from explorer.jobs import Progress
from explorer.tileformat import REPLACE, CitiverseExtras, ColumnTypes, TileNode, encode_tileset
from importers.blocks import Blocks, build_blocks
from importers.choice import Choice, choose, is_crowded
from importers.feature_index import write_index
from importers.levels import FINEST, Levels, build_levels
from importers.model import CityFeature, CityModel, ImportReport
from importers.output import whole_folder, write_flushed
from importers.tile_files import TileFiles
from importers.tiles import BuiltTile, Georeference, build_tile, column_name
from importers.tiling import MAX_VERTICES, Cell, plan_tiles, walk

INDEX_NAME = "features.sqlite"
_ROUNDING = 0.002
"""Added to measured errors for what float32 rounds away. [m]"""
_STEP = 1.05
"""A parent's error is at least this many times its worst child's, so that errors fall strictly downwards. [-]"""


@dataclass(frozen=True, slots=True)
class TilingOptions:
    """How tiles are made."""

    max_vertices: int = MAX_VERTICES
    height_offset: float | None = None
    """Ellipsoidal height of the vertical CRS's zero where no geoid is at hand. [m]"""


def write_tileset(
    model: CityModel, out: Path, *, progress: Progress | None = None, options: TilingOptions | None = None
) -> ImportReport:
    """Write `out/tileset.json`, `out/tiles/*.glb` and `out/features.sqlite`.

    The same model gives the same bytes. Nothing is left at `out` when this does not end well; a tileset that was
    there before stays until the new one is whole.

    Raises
    ------
    CrsError
        Heights cannot be placed, or coordinates lie outside what the CRS covers.
    FetchError
        The folder cannot be written.
    Cancelled
        The user asked to stop.
    """
    start = time.perf_counter()
    options = options or TilingOptions()
    progress = progress or Progress()
    transform = MapTransform(model.crs, height_offset=options.height_offset)
    if transform.warning is not None:
        model.report.warn(transform.warning)
    job = _TilesetJob(model, transform, options, progress)
    with whole_folder(Path(out)) as folder:
        job.write(folder)
    model.report.seconds += time.perf_counter() - start
    progress.report(1.0, _("Done"))
    return model.report


class _TilesetJob:
    """One tileset on its way to disk."""

    def __init__(self, model: CityModel, transform: MapTransform, options: TilingOptions, progress: Progress) -> None:
        self.model = model
        self.transform = transform
        self.options = options
        self.progress = progress
        self.report = model.report
        self.drawn = [feature for feature in model.features if any(len(mesh.triangles) for mesh in feature.meshes)]
        self.types = ColumnTypes()
        self.leaf_of: dict[str, int] = {}
        self.n_cells, self.n_done = 0, 0

    def write(self, folder: Path) -> None:
        """Everything into an empty folder."""
        self.folder = folder
        if not self.drawn:
            nothing = np.zeros((0, 3))
            node = self._empty_root()
            self._write_index(nothing, nothing)
            self._write_tileset(node, np.zeros(3), np.ones(3))
            return
        self.progress.report(0.0, _("Preparing views from far and near"))
        levels = build_levels(self.drawn, _part(self.progress, 0.0, 0.5))
        lo, hi = levels.centre - levels.half, levels.centre + levels.half
        root = plan_tiles(lo[:, :2], hi[:, :2], levels.vertices[FINEST], self.options.max_vertices)
        self.home = self._homes(root)
        self.blocks = self._blocks(root, levels)
        self._observe()
        low, high = lo.min(axis=0), hi.max(axis=0)
        self.georeference = Georeference(self.transform, low, high)
        (folder / "tiles").mkdir()
        self.n_cells = sum(1 for _cell in walk(root))
        with TileFiles(folder, self.report) as self.files:
            node = self._node(root, levels, None) or self._empty_root()
        self._write_index(lo, hi)
        self._write_tileset(node, low, high)

    def _blocks(self, root: Cell, levels: Levels) -> Blocks | None:
        """Blocks of the buildings below tiles that cannot draw each of them."""
        most = self.options.max_vertices
        inner = [cell for cell in walk(root) if not cell.is_leaf]
        crowded = [cell for cell in inner if is_crowded(levels, cell.rows, cell.size, most)]
        leaves = {leaf.number: leaf.rows for cell in crowded for leaf in walk(cell) if leaf.is_leaf}
        return build_blocks(levels, self.drawn, list(leaves.values())) if leaves else None

    def _homes(self, root: Cell) -> dict[int, list[CityFeature]]:
        """Leaf number -> features without a mesh that get their row there: in the leaf of their first child."""
        leaf_of: dict[str, int] = {}
        leaves = [cell for cell in walk(root) if cell.is_leaf]
        for cell in leaves:
            for row in cell.rows.tolist():
                leaf_of[self.drawn[row].id] = cell.number
        first_child: dict[str, str] = {}
        for feature in self.model.features:
            if feature.parent is not None:
                first_child.setdefault(feature.parent, feature.id)
        homes: dict[int, list[CityFeature]] = {}
        for feature in self.model.features:
            if feature.id in leaf_of:
                continue
            at: str | None = feature.id
            seen: set[str] = set()
            while at is not None and at not in leaf_of and at not in seen:
                seen.add(at)
                at = first_child.get(at)
            number = leaf_of.get(at, leaves[0].number) if at is not None else leaves[0].number
            homes.setdefault(number, []).append(feature)
        self.leaf_of = leaf_of | {feature.id: number for number, some in homes.items() for feature in some}
        return homes

    def _observe(self) -> None:
        for feature in self.model.features:
            named = {column_name(name): value for name, value in feature.attributes.items()}
            self.types.observe({**named, "kind": feature.kind, "parent": feature.parent})

    def _node(self, cell: Cell, levels: Levels, above: NDArray[np.float64] | None) -> _Node | None:
        """The cell's tile and all below it, written; None when they draw nothing."""
        self.progress.report(0.5 + 0.45 * self.n_done / self.n_cells, _("Writing tiles"))
        self.n_done += 1
        if cell.is_leaf:
            choice = Choice(cell.rows, np.zeros(len(cell.rows), np.int64))
        else:
            choice = choose(levels, cell.rows, cell.size, self.options.max_vertices, self.blocks)
        more = self.home.get(cell.number, []) if cell.is_leaf else []
        built = build_tile(
            levels, choice, self.drawn, more, self.georeference, with_attributes=cell.is_leaf, blocks=self.blocks
        )
        if built is None:
            return None
        children = [self._node(child, levels, built.matrix) for child in cell.children]
        below = [child for child in children if child is not None]
        worst = max((child.error for child in below), default=0.0)
        measured = choice.error
        stated = 0.0 if cell.is_leaf else max(measured + _ROUNDING, worst * _STEP + _ROUNDING)
        uri = self._write_tile(cell, built, levels, measured, stated)
        box = _around(built, below)
        transform = built.matrix if above is None else np.linalg.inv(above) @ built.matrix
        extras = {"citiverse": {"measured_error": round(measured, 4)}}
        node = TileNode(
            box=box,
            geometric_error=stated,
            content_uri=uri,
            children=[child.node for child in below],
            transform=transform,
            refine=REPLACE if above is None else None,
            extras=extras,
        )
        return _Node(node, stated, box.transformed(built.matrix))

    def _write_tile(self, cell: Cell, built: BuiltTile, levels: Levels, measured: float, stated: float) -> str:
        uri = tile_uri(cell.number)
        figures = {
            "content": uri,
            "level": cell.level,
            "stated": round(stated, 4),
            "measured": round(measured, 4),
            "features": len(built.content.features),
            "vertices": sum(len(m.positions) for m in built.content.meshes),
            "finest_vertices": int(levels.vertices[FINEST, cell.rows].sum()),
        }
        self.files.add(uri, built.content, self.types.schema if cell.is_leaf else None, figures)
        if cell.is_leaf:
            kinds = {
                feature.id: feature.kind
                for feature in (*(self.drawn[row] for row in cell.rows.tolist()), *self.home.get(cell.number, []))
            }
            self.report.written.update(kinds[identifier] for identifier in built.content.features.ids)
        return uri

    def _empty_root(self) -> _Node:
        """A city in which nothing can be drawn: a tileset that opens and shows nothing."""
        self.report.warn(_("Nothing in the source can be drawn; the tileset is empty."))
        for feature in self.model.features:
            self.report.count_skipped(_("no geometry that can be drawn"), feature.kind)
        box = OrientedBox.from_bounds(np.full(3, -0.5), np.full(3, 0.5))
        node = TileNode(box=box, geometric_error=0.0, refine=REPLACE)
        return _Node(node, 0.0, box)

    def _write_index(self, lo: NDArray[np.float64], hi: NDArray[np.float64]) -> None:
        self.progress.report(0.95, _("Writing the search index"))
        bounds = {feature.id: np.concatenate([lo[row], hi[row]]) for row, feature in enumerate(self.drawn)}
        uris = {identifier: tile_uri(number) for identifier, number in self.leaf_of.items()}
        self.report.bytes_written += write_index(self.folder / INDEX_NAME, self.model, bounds, uris)

    def _write_tileset(self, node: _Node, lo: NDArray[np.float64], hi: NDArray[np.float64]) -> None:
        extras = self._extras(lo, hi)
        size = float(np.linalg.norm(hi - lo))
        data = encode_tileset(node.node, extras={"citiverse": extras}, geometric_error=max(size, node.error * 2.0, 1.0))
        self.report.bytes_written += write_flushed(self.folder / "tileset.json", data)

    def _extras(self, lo: NDArray[np.float64], hi: NDArray[np.float64]) -> dict[str, object]:
        model = self.model
        middle = (lo + hi) / 2.0
        zone = model.extra.get("time_zone")
        if self.drawn and zone is None:
            lon, lat = self.transform.to_lonlat(middle[None, :2])[0]
            zone = time_zone_at(float(lon), float(lat))
        extras = CitiverseExtras(
            source_crs=model.crs.horizontal,
            vertical_crs=model.crs.vertical,
            height_grid=self.transform.heights.name,
            height_offset=self.options.height_offset,
            origin=(float(np.round(middle[0])), float(np.round(middle[1])), float(np.floor(lo[2]))),
            time_zone=zone,
            title=model.title or None,
            attribution=model.attribution or None,
            feature_index=INDEX_NAME,
        ).to_dict()
        self.report.notes["height_grid"] = self.transform.heights.name
        return {**model.extra, **extras}


@dataclass(slots=True)
class _Node:
    node: TileNode
    error: float
    box: OrientedBox
    """In ECEF."""


def _around(built: BuiltTile, below: Sequence[_Node]) -> OrientedBox:
    """The tile's box grown around its children's boxes, in the tile's frame."""
    inverse = np.linalg.inv(built.matrix)
    points = [built.box.corners(), *(child.box.transformed(inverse).corners() for child in below)]
    corners = np.concatenate(points)
    grown = 1e-3 if below else 0.0
    return OrientedBox.from_bounds(corners.min(axis=0) - grown, corners.max(axis=0) + grown)


def tile_uri(number: int) -> str:
    """Address of a tile's content, relative to tileset.json."""
    return f"tiles/{number}.glb"


def _part(progress: Progress, start: float, end: float) -> Progress:
    """A progress that fills a stretch of another, and stops with it."""

    class Part(Progress):
        def check(self) -> None:
            progress.check()

    return Part(lambda fraction, text: progress.report(start + (end - start) * fraction, text))
