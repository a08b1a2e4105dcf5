"""`citiverse validate`: reads a tileset again as a stranger would, and measures what it states.

Independent of the pipeline on purpose: errors are measured here by dense sampling of what is in the files, not by the
bounds that the pipeline computed.
"""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError, FetchError
from explorer.i18n import _
from explorer.jobs import Progress
from explorer.store import Store, open_store
from explorer.tileformat import REPLACE, TileContent, Tileset, decode_content, read_tileset, with_nested
from explorer.tileformat.content import Instances
from importers.tile_errors import measure_errors
from importers.validation_report import TileCheck, ValidationReport

_BOX_TOLERANCE = 0.01
"""How far content may stick out of its box, and a box out of its parent's. [m]"""


_DIRECTIONS = np.array([way for way in product((-1.0, 0.0, 1.0), repeat=3) if any(way)])
"""(26, 3) towards the sides, edges and corners of a cube."""


def validate_tileset(
    location: str, *, store: Store | None = None, progress: Progress | None = None
) -> ValidationReport:
    """Check a tileset in a folder, a file or at an address: ours, or anybody's. `store`: reads it, and is closed.

    Raises `TilesetError` or `FetchError` when there is no tileset to check; everything else ends in the report.
    """
    progress = progress or Progress()
    with_store = open_store(location) if store is None else store
    try:
        data = with_store.read(with_store.root_uri)
        root = with_store.root_uri  # by now it is known where that is
        beside = partial(_beside, with_store, root)
        tileset = with_nested(read_tileset(data, root, beside), beside)
        report = ValidationReport(str(location))
        _Validator(with_store, tileset, report, progress).run()
    finally:
        with_store.close()
    progress.report(1.0)
    return report


def _beside(store: Store, address: str, relative: str) -> bytes:
    return store.read(store.resolve(address, relative))


class _Validator:
    def __init__(self, store: Store, tileset: Tileset, report: ValidationReport, progress: Progress) -> None:
        self.store, self.tileset, self.report, self.progress = store, tileset, report, progress
        self.triangles: dict[int, NDArray[np.float64]] = {}
        self.leaf_of: dict[str, list[int]] = {}
        self.checks: dict[int, TileCheck] = {}
        self.has_any = False
        """Some tile has something to draw."""

    def run(self) -> None:
        tileset, report = self.tileset, self.report
        report.warnings.extend(tileset.diagnostics)
        self._check_tree()
        own = tileset.extras is not None
        n = len(tileset)
        for tile in range(n):
            self.progress.report(0.5 * tile / n, _("Checking tiles"))
            self._check_tile(tile, own)
        if own:
            self._check_features()
        else:
            report.features = sum(tile.features for tile in report.tiles)
            report.notes.append(
                _("Features in more than one leaf were not looked for: the tileset is not one of ours.")
            )
        if not self.checks and not own and tileset.diagnostics:  # what there was has been left out
            text = _("Nothing in the tileset can be drawn: no tile has content. [{path}]")
            report.errors.append(text.format(path=report.location))
        elif self.checks and not self.has_any and not report.errors:
            text = _("Nothing in the tileset can be drawn: its contents hold no triangles, lines or points. [{path}]")
            report.warnings.append(text.format(path=report.location))
        if any(tileset.refine[tile] != REPLACE for tile in range(n) if tileset.child_count[tile]):
            report.notes.append(_("Errors of tiles that add to their parents (ADD) were not measured."))
        self._check_errors()

    def _check_tree(self) -> None:
        """Boxes within boxes, errors falling."""
        tileset, report = self.tileset, self.report
        for tile in range(len(tileset)):
            parent = int(tileset.parent[tile])
            if parent < 0:
                continue
            name = self._name(tile)
            own, above = float(tileset.geometric_error[tile]), float(tileset.geometric_error[parent])
            # our own tilesets keep what they promise; of others' the standard's own validator warns, and all is drawn
            sink = report.errors if tileset.extras is not None else report.warnings
            if own > above:
                sink.append(
                    _("{tile}: its geometric error {own:.3f} m is larger than its parent's {above:.3f} m.").format(
                        tile=name, own=own, above=above
                    )
                )
            elif own == above and above > 0:
                report.warnings.append(
                    _("{tile}: its geometric error {own:.3f} m is no smaller than its parent's.").format(
                        tile=name, own=own
                    )
                )
            out = _outside(tileset.box(tile).corners(), tileset.box(parent).centre, tileset.box(parent).half_axes)
            if out > max(_BOX_TOLERANCE, 1e-6 * float(np.abs(tileset.centre[tile]).max())):
                sink.append(_("{tile}: its box sticks out of its parent's by {out:.2f} m.").format(tile=name, out=out))

    def _name(self, tile: int) -> str:
        contents = self.tileset.contents(tile)
        return contents[0] if contents else _("tile {number}").format(number=tile)

    def _check_tile(self, tile: int, own: bool) -> None:
        uris = self.tileset.contents(tile)
        if not uris:
            return
        found: list[NDArray[np.float64]] = []
        loose: list[NDArray[np.float64]] = []
        n_features = 0
        for uri in uris:
            content = self._content(uri, tile)
            if content is None:
                continue
            n_features += len(content.features)
            found += [self._check_mesh(uri, mesh) for mesh in content.meshes]
            loose += [one.positions for one in content.points] + [one.positions for one in content.lines]
            loose += [_reach(some) for some in content.instances]
            if own and int(self.tileset.child_count[tile]) == 0:
                for identifier in content.features.ids:
                    self.leaf_of.setdefault(identifier, []).append(tile)
        triangles = np.concatenate(found) if found else np.zeros((0, 3, 3))
        self.triangles[tile] = _transformed(triangles, self.tileset.transform[tile])
        points = np.concatenate([triangles.reshape(-1, 3), *loose])
        self.has_any |= len(points) > 0
        self._check_content_box(tile, uris[0], _transformed(points, self.tileset.transform[tile]))
        level, stated = int(self.tileset.level[tile]), float(self.tileset.geometric_error[tile])
        self.checks[tile] = TileCheck(uris[0], level, stated, None, 0.0, n_features, len(triangles))
        self.report.tiles.append(self.checks[tile])

    def _content(self, uri: str, tile: int) -> TileContent | None:
        try:
            address = self.store.resolve(self.tileset.base_uri, uri)
            up, beside = self.tileset.up_axis_of(tile), partial(_beside, self.store, address)
            content = decode_content(self.store.read(address), uri, up_axis=up, resolve=beside)
        except (ContentError, FetchError) as error:
            self.report.errors.append(str(error))
            return None
        self.report.warnings.extend(f"{uri}: {sentence}" for sentence in content.diagnostics)
        return content

    def _check_mesh(self, uri: str, mesh: Any) -> NDArray[np.float64]:
        if not np.isfinite(mesh.positions).all():
            self.report.errors.append(_("{tile}: positions that are not numbers.").format(tile=uri))
        if mesh.normals is not None and len(mesh.normals):
            length = np.linalg.norm(mesh.normals, axis=1)
            wrong = int((np.abs(length - 1.0) > 1e-3).sum())
            if wrong:
                self.report.errors.append(
                    _("{tile}: {count} normals are not of unit length.").format(tile=uri, count=wrong)
                )
        corners: NDArray[np.float64] = np.asarray(mesh.positions, np.float64)[mesh.triangles.astype(np.int64)]
        return corners

    def _check_content_box(self, tile: int, uri: str, points: NDArray[np.float64]) -> None:
        points = points[np.isfinite(points).all(axis=1)]
        if not len(points):
            return
        box = self.tileset.box(tile)
        out = _outside(points, box.centre, box.half_axes)
        if out > _BOX_TOLERANCE:
            sink = self.report.errors if self.tileset.extras is not None else self.report.warnings
            sink.append(_("{tile}: its content sticks out of its box by {out:.2f} m.").format(tile=uri, out=out))

    def _check_features(self) -> None:
        self.report.features = len(self.leaf_of)
        twice = {identifier: tiles for identifier, tiles in self.leaf_of.items() if len(tiles) > 1}
        for identifier, tiles in sorted(twice.items())[:20]:
            self.report.errors.append(
                _("{id}: in {count} leaves, it should be in one.").format(id=identifier, count=len(tiles))
            )

    def _check_errors(self) -> None:
        """Measure how far tiles are from the leaves below them."""
        tileset, report = self.tileset, self.report
        found = measure_errors(tileset, self.triangles, self.progress)
        for tile, check in self.checks.items():
            if not tileset.child_count[tile]:
                check.measured_error = 0.0
            if tile not in found:
                continue
            check.measured_error, check.sample_spacing = found[tile].error, found[tile].spacing
            if found[tile].error > check.stated_error + 0.01:
                sink = report.errors if tileset.extras is not None else report.warnings
                sink.append(
                    _(
                        "{tile}: states an error of {stated:.2f} m, but is {measured:.2f} m from the finest data."
                    ).format(tile=check.content, stated=check.stated_error, measured=found[tile].error)
                )


def _reach(some: Instances) -> NDArray[np.float64]:
    """Points (n, 3) of instances in their tile's frame: where each stands, and how far it reaches, as far as is known.

    Of a template of many vertices those count that reach farthest in some directions. Where the axes are east, north
    and up at each place, they are not those of the frame: such instances count by their places.
    """
    places = some.transforms[:, :3, 3]
    vertices = [mesh.positions for mesh in some.meshes if len(mesh.positions)]
    if some.is_east_north_up or not vertices:
        return places
    template = np.concatenate(vertices).astype(np.float64)
    farthest = template[np.unique((template @ _DIRECTIONS.T).argmax(axis=0))]
    reached = np.einsum("nij,kj->nki", some.transforms[:, :3, :3], farthest) + places[:, None]
    return np.asarray(reached.reshape(-1, 3))


def _transformed(triangles: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    return triangles @ matrix[:3, :3].T + matrix[:3, 3]


def _outside(points: NDArray[np.float64], centre: NDArray[np.float64], half_axes: NDArray[np.float64]) -> float:
    """How far points (n, 3) lie outside a box at most, along its axes; what has no extent has no axes. [m]"""
    length = np.linalg.norm(half_axes, axis=1)
    safe = np.where(length > 0, length, 1.0)
    axes = half_axes / safe[:, None]
    along = (points - centre) @ axes.T
    out = float((np.abs(along) - length).max(initial=0.0))
    if (length > 0).all():
        return out
    beside = points - centre - along @ axes  # of a flat box, what is above and below it
    return max(out, float(np.linalg.norm(beside, axis=1).max(initial=0.0)))
