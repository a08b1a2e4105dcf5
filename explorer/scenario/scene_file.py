"""`*.cvscene`: a ZIP with scene.json, a thumbnail and, when packed, the tiles. Same content, same bytes.

Reading trusts nothing: names, sizes and counts are checked before a byte is unpacked, and the whole scene is parsed
before it is handed over. Opening one never runs code. The JSON is described by scenes/scene.schema.json.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from explorer.errors import ExplorerError, ScenarioError, SceneFileError, SceneVersionError, quoted
from explorer.i18n import _
from explorer.scenario.checks import check_record
from explorer.scenario.migrations import VERSION, migrated
from explorer.scenario.plain import check_finite, from_plain_record, to_plain_record
from explorer.scenario.records import (
    SCENE_ID,
    ImageryLayer,
    Proposal,
    Record,
    Scene,
    Section,
    Unknown,
    Variant,
    Viewpoint,
)
from explorer.scenario.scenario import Scenario
from explorer.scenario.scene_archive import ASSETS, checked_entries, unpacked
from explorer.scenario.sections import section_cut
from explorer.store import write_atomically

FORMAT = "citiverse-scene"
MAX_JSON_BYTES = 64 * 1024**2
MAX_THUMBNAIL_BYTES = 16 * 1024**2
NAVIGATIONS = ("orbit", "fly", "walk")
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class OpenedScene:
    """A scene file, read whole."""

    scenario: Scenario
    thumbnail: bytes | None = None
    assets_root: Path | None = None
    """Folder with the unpacked assets of a packed scene."""
    warnings: tuple[str, ...] = field(default=())

    @property
    def is_packed(self) -> bool:
        """Whether the tiles came with it."""
        return self.assets_root is not None


def content_hash(scenario: Scenario) -> str:
    """SHA-256 of what the scene says, without dates (the sun's, too) and history."""
    plain = _document(scenario)
    plain.pop("ancestor", None)
    for record in plain["records"]:
        if record["id"] == SCENE_ID:
            record.pop("date", None)
    return hashlib.sha256(_json_bytes(plain)).hexdigest()


def write_scene(
    path: Path,
    scenario: Scenario,
    *,
    thumbnail: bytes | None = None,
    assets: Mapping[str, bytes | Callable[[], bytes]] | None = None,
    write: Callable[[Path, Callable[[Any], None]], None] | None = None,
) -> None:
    """Write a scene file; the old one stays whole until the new one is.

    `assets`: path below assets/ -> bytes, or what reads them when their turn comes.
    Raises `FetchError` when it cannot be written (disk full, no permission), and what reading an asset raises.
    """

    def fill(stream: Any) -> None:
        with zipfile.ZipFile(stream, "w", allowZip64=True) as archive:
            _add(archive, "scene.json", _json_bytes(_document(scenario)), compress=True)
            if thumbnail is not None:
                _add(archive, "thumbnail.png", thumbnail, compress=False)
            for name in sorted(assets or {}):
                content = (assets or {})[name]
                _add(archive, ASSETS + name, content if isinstance(content, bytes) else content(), compress=True)

    (write or write_atomically)(path, fill)


def read_scene(path: Path, *, unpack_to: Path | None = None) -> OpenedScene:
    """Read and check a scene file whole.

    Assets of a packed scene are unpacked below `unpack_to`, in a folder named by their content; without it they
    stay in the file. Raises `SceneFileError` for a damaged or hostile file, `SceneVersionError` for a newer one.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = checked_entries(archive, path)
            document = _scene_document(archive, entries, path)
            thumbnail = _bytes(archive, entries["thumbnail.png"], path) if "thumbnail.png" in entries else None
            scenario = _scenario(document, path)
            assets = {name: info for name, info in entries.items() if name.startswith(ASSETS)}
            root = unpacked(archive, assets, unpack_to, path) if assets and unpack_to is not None else None
    except SceneFileError as error:
        if str(path) in str(error):
            raise
        raise type(error)(f"{error} [{path}]") from error  # said by a room below that knows no file
    except ExplorerError:
        raise
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError) as error:
        text = _("The scene file is damaged or not a scene: {why}. Use an earlier copy or have it sent again. [{path}]")
        raise SceneFileError(text.format(why=quoted(error, 200), path=path)) from error
    except OSError as error:
        text = _("The scene file cannot be read: {why} [{path}]")
        raise SceneFileError(text.format(why=error.strerror or error, path=path)) from error
    return OpenedScene(scenario, thumbnail, root)


def _document(scenario: Scenario) -> dict[str, Any]:
    records = sorted(scenario.records.values(), key=lambda record: (record.id != SCENE_ID, record.id))
    return {
        **dict(scenario.members),
        "format": FORMAT,
        "version": VERSION,
        "records": [to_plain_record(record) for record in records],
    }


def _json_bytes(plain: Any) -> bytes:
    return json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False).encode("utf-8")


def _add(archive: zipfile.ZipFile, name: str, data: bytes, *, compress: bool) -> None:
    info = zipfile.ZipInfo(name, _FIXED_TIME)
    info.external_attr = 0o644 << 16
    info.create_system = 3
    info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    archive.writestr(info, data)


def _bytes(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, limit: int = MAX_THUMBNAIL_BYTES) -> bytes:
    with archive.open(info) as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise SceneFileError(
            _("“{name}” in the scene is too large. [{path}]").format(name=quoted(info.filename), path=path)
        )
    return data


def _scene_document(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], path: Path) -> dict[str, Any]:
    if "scene.json" not in entries:
        raise SceneFileError(_("This file holds no scene (scene.json is missing). [{path}]").format(path=path))
    try:
        document = json.loads(_bytes(archive, entries["scene.json"], path, MAX_JSON_BYTES))
    except (ValueError, RecursionError) as error:
        text = _("The scene in this file cannot be read: {why} [{path}]")
        raise SceneFileError(text.format(why=quoted(error, 200), path=path)) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise SceneFileError(_("This is not a citiverse scene. [{path}]").format(path=path))
    version = document.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise SceneFileError(_("The scene does not say its version. [{path}]").format(path=path))
    if version > VERSION:
        text = _(
            "The scene was written by a newer version of the program (format {found}, known is {known}). "
            "Install the newest version to open it. [{path}]"
        )
        raise SceneVersionError(text.format(found=version, known=VERSION, path=path))
    return migrated(document)


def _scenario(document: dict[str, Any], path: Path) -> Scenario:
    plain = document.get("records")
    if not isinstance(plain, list):
        raise SceneFileError(_("The scene has no records. [{path}]").format(path=path))
    records = [from_plain_record(item) for item in plain]
    ids = [record.id for record in records]
    if len(set(ids)) != len(ids):
        raise SceneFileError(_("The scene names two things alike. [{path}]").format(path=path))
    members = tuple(sorted((k, v) for k, v in document.items() if k not in ("format", "version", "records")))
    check_finite(members, "scene.json")
    scenario = replace(Scenario.of(*records), members=members)
    if not isinstance(scenario.records[SCENE_ID], Scene):
        raise SceneFileError(_("The scene has no head record. [{path}]").format(path=path))
    _check(scenario.scene, path)
    variants = {record.id for record in records if isinstance(record, (Variant, Unknown))}
    for record in records:
        if isinstance(record, (Viewpoint, ImageryLayer)):
            _check(record, path)
        if isinstance(record, Proposal):
            _check_mass(record, path)
        if isinstance(record, Section):
            _check_section(record, path)
        if isinstance(record, Proposal) and record.variant_id not in variants:
            text = _("The proposal “{id}” belongs to a variant that is not in the scene. [{path}]")
            raise SceneFileError(text.format(id=quoted(record.id), path=path))
    return scenario


def _check(record: Record, path: Path) -> None:
    try:
        check_record(record)
    except ScenarioError as error:
        raise SceneFileError(f"{error} [{path}]") from error


def _check_mass(proposal: Proposal, path: Path) -> None:
    """Refuse parameters without a solid now, before anything is drawn or simulated from them."""
    try:
        check_record(proposal)
        proposal.mass.check()
    except ScenarioError as error:
        text = _("The proposal “{id}” cannot be built: {why} [{path}]")
        raise SceneFileError(text.format(id=quoted(proposal.id), why=error, path=path)) from error


def _check_section(section: Section, path: Path) -> None:
    """Refuse a section that cuts nothing sensible."""
    try:
        section_cut(section)
    except ScenarioError as error:
        text = _("The section “{id}” cannot be shown: {why} [{path}]")
        raise SceneFileError(text.format(id=quoted(section.id), why=error, path=path)) from error


def scene_bytes(scenario: Scenario) -> bytes:
    """The light form in memory, for tests and for sending."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        _add(archive, "scene.json", _json_bytes(_document(scenario)), compress=True)
    return stream.getvalue()
