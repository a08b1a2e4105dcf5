"""Instanced 3D models: one glTF in many places (OGC 18-053r2, section 11)."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.i18n import _
from explorer.tileformat.accessors import ResolveUri
from explorer.tileformat.batch_table import most_rows, read_batch_table
from explorer.tileformat.container import load_json, split_glb
from explorer.tileformat.content import NO_FEATURE, FeatureTable, Instances, TileContent
from explorer.tileformat.feature_table import Tables, as_float64, cut_to_length, split_tables
from explorer.tileformat.gltf import decode_gltf
from explorer.tileformat.octahedral import oct_decode
from explorer.tileformat.tileset_uris import join_uri

MAX_PLACES = 1 << 20
"""Instances of one content, those of a glTF that has instances itself included."""
_Y_UP_FROM_Z = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
_EMBEDDED = 1


def decode_i3dm(data: memoryview, uri: str, up_axis: str, resolve: ResolveUri | None) -> TileContent:
    """Instances and features of an i3dm; see `decode_content`."""
    data = cut_to_length(data, uri, 32)
    lengths = struct.unpack_from("<4I", data, 12)
    (kind,) = struct.unpack_from("<I", data, 28)
    tables = split_tables(data, uri, 32, lengths)
    n = tables.length("INSTANCES_LENGTH")
    diagnostics: list[str] = []
    transforms, is_east_north_up = _transforms(tables, n, diagnostics)
    features, rows = _features(tables, n, diagnostics)
    sound = np.isfinite(transforms).all(axis=(1, 2))
    if not sound.all():
        left_out = n - int(sound.sum())
        diagnostics.append(
            _("{n} instances have places that are no numbers; they are left out. [{uri}]").format(n=left_out, uri=uri)
        )
        transforms, rows = transforms[sound], rows[sound]
    template = _template(tables, kind, up_axis, resolve)
    groups = _groups(template, transforms, rows, is_east_north_up, uri)
    return TileContent((), features, (*diagnostics, *template.diagnostics), groups)


def _groups(
    template: TileContent,
    transforms: NDArray[np.float64],
    rows: NDArray[np.uint32],
    is_east_north_up: bool,
    uri: str,
) -> tuple[Instances, ...]:
    """The template's meshes at every place, and what it has instances of itself at every place of those."""
    groups = [Instances(template.meshes, transforms, rows, is_east_north_up)] if template.meshes else []
    for inner in template.instances:
        if len(inner) * len(transforms) > MAX_PLACES:
            raise ContentError(
                _("{place}: {problem} [{uri}]").format(
                    place="EXT_mesh_gpu_instancing",
                    problem=_("count {n} is more than can be read.").format(n=len(inner) * len(transforms)),
                    uri=uri,
                )
            )
        both = (transforms[:, None] @ inner.transforms[None]).reshape(-1, 4, 4)
        groups.append(Instances(inner.meshes, both, np.repeat(rows, len(inner)), is_east_north_up))
    return tuple(groups)


def _template(tables: Tables, kind: int, up_axis: str, resolve: ResolveUri | None) -> TileContent:
    """The glTF: behind the tables, or at an address that stands there."""
    data, uri = tables.body, tables.uri
    if kind != _EMBEDDED:
        address = bytes(data).split(b"\x00")[0].decode("utf-8", "replace").strip()
        if not address:
            raise ContentError(_("The i3dm names no glTF. [{uri}]").format(uri=uri))
        if resolve is None:
            problem = _("needs the file {name}, which is not read here.").format(name=address)
            raise ContentError(_("{place}: {problem} [{uri}]").format(place="i3dm", problem=problem, uri=uri))
        data, uri = memoryview(resolve(address)), f"{uri} {address}"
        beside = resolve

        def resolve(relative: str) -> bytes:
            return beside(join_uri(address, relative))

    if bytes(data[:4]) == b"glTF":
        document, binary = split_glb(data, uri)
    else:
        document, binary = load_json(bytes(data).rstrip(b"\x00 "), "glTF", uri), memoryview(b"")
    return decode_gltf(document, binary, uri, up_axis=up_axis, resolve=resolve)


def _features(tables: Tables, n: int, diagnostics: list[str]) -> tuple[FeatureTable, NDArray[np.uint32]]:
    """The features, and each instance's row: BATCH_ID, or the instance's own number."""
    stored = tables.column("BATCH_ID", "<u2", 1, n)
    if stored is not None and stored.dtype.kind == "f":
        raise tables.fail("BATCH_ID", _("has an unknown type."))
    ids = np.arange(n, dtype=np.int64) if stored is None else stored[:, 0].astype(np.int64)
    count = min(int(ids.max(initial=-1)) + 1, max(n, most_rows(tables.batch, tables.batch_binary)))
    table, said = read_batch_table(tables.batch, tables.batch_binary, count)
    diagnostics += said
    inside = (ids >= 0) & (ids < count)
    if not inside.all():
        diagnostics.append(_("Some instances belong to features that are not in the tile's table."))
    return table, np.where(inside, ids, NO_FEATURE).astype(np.uint32)


def _transforms(tables: Tables, n: int, diagnostics: list[str]) -> tuple[NDArray[np.float64], bool]:
    """(n, 4, 4) template to tile, and whether its axes are east, north and up."""
    positions = tables.positions(n)
    centre = tables.vector("RTC_CENTER")
    if centre is not None:
        positions = positions + centre
    up, right = _directions(tables, "NORMAL_UP", n), _directions(tables, "NORMAL_RIGHT", n)
    transforms = np.zeros((n, 4, 4))
    transforms[:, 3, 3] = 1.0
    transforms[:, :3, 3] = positions
    is_turned = up is not None and right is not None
    if up is not None and right is not None:
        transforms[:, :3, :3] = _axes(up, right, positions, tables.uri, diagnostics)
    else:
        transforms[:, :3, :3] = np.eye(3)
        if (up is None) != (right is None):
            diagnostics.append(
                _("NORMAL_UP and NORMAL_RIGHT only mean something together; one is missing. [{uri}]").format(
                    uri=tables.uri
                )
            )
    with np.errstate(invalid="ignore", over="ignore"):
        for name, width in (("SCALE", 1), ("SCALE_NON_UNIFORM", 3)):
            scale = tables.column(name, "<f4", width, n)
            if scale is not None:
                transforms[:, :3, :3] *= scale.astype(np.float64)[:, None, :]
    return transforms, bool(tables.feature.get("EAST_NORTH_UP")) and not is_turned


def _directions(tables: Tables, name: str, n: int) -> NDArray[np.float64] | None:
    plain = tables.column(name, "<f4", 3, n)
    if plain is not None:
        return as_float64(plain)
    encoded: NDArray[Any] | None = tables.column(f"{name}_OCT32P", "<u2", 2, n)
    return None if encoded is None else oct_decode(encoded)


def _axes(
    up: NDArray[np.float64],
    right: NDArray[np.float64],
    positions: NDArray[np.float64],
    uri: str,
    diagnostics: list[str],
) -> NDArray[np.float64]:
    """(n, 3, 3) rotations: the template's x goes to `right` and its y to `up` (11.2.1), whatever is up in the world."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        right = right / np.linalg.norm(right, axis=1)[:, None]
        up = up - right * np.einsum("ij,ij->i", up, right)[:, None]
        up = up / np.linalg.norm(up, axis=1)[:, None]
        forward = np.cross(right, up)
        axes = np.stack([right, up, forward], axis=2)
        outwards = positions / np.linalg.norm(positions, axis=1)[:, None]
        stands = np.einsum("ij,ij->i", forward, outwards) > 0.95
    if len(up) and (np.abs(up - (0.0, 0.0, 1.0)) < 1e-6).all() and not stands.all():
        # Early i3dm.export wrote the world's up here and turned the glTF itself: read by the book, all trees would lie.
        diagnostics.append(
            _("The instances' NORMAL_UP is the sky, not the model's own y; they are stood upright. [{uri}]").format(
                uri=uri
            )
        )
        axes = axes @ _Y_UP_FROM_Z
    broken = ~np.isfinite(axes).all(axis=(1, 2))
    if broken.any():
        diagnostics.append(
            _("{n} instances have directions that are none; they are not turned. [{uri}]").format(
                n=int(broken.sum()), uri=uri
            )
        )
        axes[broken] = np.eye(3)
    return np.asarray(axes)
