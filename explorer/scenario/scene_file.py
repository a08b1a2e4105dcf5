"""`*.cvscene`: a ZIP with scene.json, a thumbnail and, when packed, the tiles. Same content, same bytes.

Reading trusts nothing: names, sizes and counts are checked before a byte is unpacked, and the whole scene is parsed
before it is handed over. Opening one never runs code. The JSON is described by scenes/scene.schema.json.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from explorer.errors import SceneFileError, SceneVersionError
from explorer.i18n import _
from explorer.scenario.migrations import VERSION, migrated
from explorer.scenario.plain import from_plain_record, to_plain_record
from explorer.scenario.records import SCENE_ID, Proposal, Scene, Unknown, Variant
from explorer.scenario.scenario import Scenario
from explorer.store import write_atomically

FORMAT = "citiverse-scene"
ASSETS = "assets/"
MAX_JSON_BYTES = 64 * 1024**2
MAX_THUMBNAIL_BYTES = 16 * 1024**2
MAX_ASSET_BYTES = 16 * 1024**3
MAX_ENTRIES = 200_000
MAX_RATIO = 400
"""More than this many bytes out of one is no city, it is a trap."""
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
    """SHA-256 of what the scene says, without dates and history."""
    plain = _document(scenario)
    plain.pop("ancestor", None)
    return hashlib.sha256(_json_bytes(plain)).hexdigest()


def write_scene(
    path: Path,
    scenario: Scenario,
    *,
    thumbnail: bytes | None = None,
    assets: Mapping[str, Path | bytes] | None = None,
    write: Callable[[Path, Callable[[Any], None]], None] | None = None,
) -> None:
    """Write a scene file; the old one stays whole until the new one is. `assets`: path below assets/ -> content.

    Raises `FetchError` when it cannot be written (disk full, no permission).
    """

    def fill(stream: Any) -> None:
        with zipfile.ZipFile(stream, "w", allowZip64=True) as archive:
            _add(archive, "scene.json", _json_bytes(_document(scenario)), compress=True)
            if thumbnail is not None:
                _add(archive, "thumbnail.png", thumbnail, compress=False)
            for name in sorted(assets or {}):
                content = (assets or {})[name]
                data = content if isinstance(content, bytes) else content.read_bytes()
                _add(archive, ASSETS + name, data, compress=True)

    (write or write_atomically)(path, fill)


def read_scene(path: Path, *, unpack_to: Path | None = None) -> OpenedScene:
    """Read and check a scene file whole.

    Assets of a packed scene are unpacked below `unpack_to`, in a folder named by their content; without it they
    stay in the file. Raises `SceneFileError` for a damaged or hostile file, `SceneVersionError` for a newer one.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _checked_entries(archive, path)
            document = _scene_document(archive, entries, path)
            thumbnail = _bytes(archive, entries["thumbnail.png"], path) if "thumbnail.png" in entries else None
            scenario = _scenario(document, path)
            assets = {name: info for name, info in entries.items() if name.startswith(ASSETS)}
            root = _unpacked(archive, assets, unpack_to, path) if assets and unpack_to is not None else None
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        text = _("The scene file is damaged or not a scene: {why} [{path}]")
        raise SceneFileError(text.format(why=error, path=path)) from error
    except OSError as error:
        raise SceneFileError(_("The scene file cannot be read: {why} [{path}]").format(why=error, path=path)) from error
    return OpenedScene(scenario, thumbnail, root)


def _document(scenario: Scenario) -> dict[str, Any]:
    records = sorted(scenario.records.values(), key=lambda record: (record.id != SCENE_ID, record.id))
    return {
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


def _checked_entries(archive: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        raise SceneFileError(_("The scene file holds too many files. [{path}]").format(path=path))
    entries: dict[str, zipfile.ZipInfo] = {}
    total = 0
    for info in infos:
        name = info.filename
        parts = PurePosixPath(name).parts
        is_link = (info.external_attr >> 16) & 0o170000 == 0o120000
        bad = not parts or name.startswith("/") or "\\" in name or ":" in name or "\0" in name or ".." in parts
        if bad or is_link or name in entries or info.flag_bits & 0x1:
            text = _("The scene file holds an entry that is not allowed: {name} [{path}]")
            raise SceneFileError(text.format(name=repr(name[:80]), path=path))
        total += info.file_size
        if info.file_size > MAX_RATIO * max(info.compress_size, 1) + 65536 or total > MAX_ASSET_BYTES:
            text = _("The scene file would unpack to far too much: {name} [{path}]")
            raise SceneFileError(text.format(name=repr(name[:80]), path=path))
        if not info.is_dir():
            entries[name] = info
    return entries


def _bytes(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, limit: int = MAX_THUMBNAIL_BYTES) -> bytes:
    with archive.open(info) as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise SceneFileError(_("“{name}” in the scene is too large. [{path}]").format(name=info.filename, path=path))
    return data


def _scene_document(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], path: Path) -> dict[str, Any]:
    if "scene.json" not in entries:
        raise SceneFileError(_("This file holds no scene (scene.json is missing). [{path}]").format(path=path))
    try:
        document = json.loads(_bytes(archive, entries["scene.json"], path, MAX_JSON_BYTES))
    except (ValueError, RecursionError) as error:
        text = _("The scene in this file cannot be read: {why} [{path}]")
        raise SceneFileError(text.format(why=error, path=path)) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise SceneFileError(_("This is not a citiverse scene. [{path}]").format(path=path))
    version = document.get("version")
    if not isinstance(version, int) or version < 1:
        raise SceneFileError(_("The scene does not say its version. [{path}]").format(path=path))
    if version > VERSION:
        text = _("The scene was written by a newer version of the program (format {found}, known is {known}). [{path}]")
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
    scenario = Scenario.of(*records)
    if not isinstance(scenario.records[SCENE_ID], Scene):
        raise SceneFileError(_("The scene has no head record. [{path}]").format(path=path))
    variants = {record.id for record in records if isinstance(record, (Variant, Unknown))}
    for record in records:
        if isinstance(record, Proposal) and record.variant_id not in variants:
            text = _("The proposal “{id}” belongs to a variant that is not in the scene. [{path}]")
            raise SceneFileError(text.format(id=record.id, path=path))
    return scenario


def _unpacked(archive: zipfile.ZipFile, assets: dict[str, zipfile.ZipInfo], folder: Path, path: Path) -> Path:
    key = hashlib.sha256(repr(sorted((n, i.CRC, i.file_size) for n, i in assets.items())).encode()).hexdigest()[:24]
    root = folder / key
    done = root / ".complete"
    if done.exists():
        return root
    for name, info in sorted(assets.items()):
        target = root / PurePosixPath(name).relative_to("assets")
        if not target.resolve().is_relative_to(root.resolve()):
            raise SceneFileError(_("The scene file holds an entry that is not allowed: {name} [{path}]").format(
                name=repr(name[:80]), path=path))  # fmt: skip
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(info) as source, target.open("wb") as sink:
            left = info.file_size
            while chunk := source.read(min(1 << 20, left + 1)):
                left -= len(chunk)
                if left < 0:
                    raise SceneFileError(_("“{name}” is larger than it says. [{path}]").format(name=name, path=path))
                sink.write(chunk)
    done.write_bytes(b"")
    return root


def scene_bytes(scenario: Scenario) -> bytes:
    """The light form in memory, for tests and for sending."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        _add(archive, "scene.json", _json_bytes(_document(scenario)), compress=True)
    return stream.getvalue()
