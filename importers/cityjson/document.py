"""The outside of a CityJSON file: JSON, version, vertices, reference system; one document or a sequence of features."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from explorer.errors import CityModelError, quoted
from explorer.i18n import _
from importers.cityjson.text import read_text, what_is_no_utf8
from importers.model import ImportReport

SUPPORTED = ("1.0", "1.1", "2.0")
FARTHEST_M = 1e12
"""Coordinates beyond this are no place; wrong units stay below, and are told as a wrong reference system."""


@dataclass(slots=True)
class Part:
    """City objects that share one list of vertices: a whole document, or one line of a sequence."""

    objects: dict[str, Any]
    vertices: NDArray[np.float64]
    """(n, 3) map coordinates; NaN where the file has no numbers."""


@dataclass(slots=True)
class Document:
    """A CityJSON file, decoded but not yet understood."""

    path: Path
    version: str
    metadata: dict[str, Any]
    parts: list[Part]
    templates: list[Any] = field(default_factory=list)
    template_vertices: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 3)))
    metres_per_template_unit: float = 1.0

    @property
    def reference_system(self) -> Any:
        """What the file says about its CRS: text, number, or None."""
        named = self.metadata.get("referenceSystem")
        if named is None:
            legacy = self.metadata.get("crs")
            named = legacy.get("epsg") if isinstance(legacy, dict) else legacy
        if isinstance(named, dict):
            named = named.get("epsg")
        return named or None


class _Envelope(msgspec.Struct):
    type: str = ""
    version: Any = None
    metadata: Any = None
    transform: Any = None
    vertices: msgspec.Raw = msgspec.Raw(b"[]")
    CityObjects: Any = None
    geometry_templates: Any = msgspec.field(default=None, name="geometry-templates")


def read_document(path: Path, report: ImportReport) -> Document:
    """Decode a CityJSON or CityJSONSeq file.

    Raises CityModelError for what is no CityJSON of a supported version; broken lines of a sequence are reported.
    """
    data = read_text(path)
    report.bytes_read += len(data)
    head, _newline, rest = data.lstrip().partition(b"\n")
    if rest.strip() and _is_whole(head):
        return _read_sequence(path, head, rest, report)
    envelope = _decode(data, path)
    _check_kind(envelope, path)
    part = Part(_objects(envelope, path), _vertices(envelope.vertices, envelope.transform, path, report))
    return _document(path, envelope, [part], report)


def _is_whole(line: bytes) -> bool:
    line = line.strip()
    if not (line.startswith(b"{") and line.endswith(b"}")):
        return False
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return True


def _decode(data: bytes, path: Path, place: str = "") -> _Envelope:
    try:
        return msgspec.json.decode(data, type=_Envelope)
    except msgspec.ValidationError as error:
        raise CityModelError(
            _("This is no CityJSON: {reason}{place}. [{path}]").format(reason=error, place=place, path=path)
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        lenient = _decode_leniently(data)
        if lenient is not None:
            return lenient
        odd = what_is_no_utf8(data)
        if odd is not None:
            raise CityModelError(
                _("The text is not UTF-8, as JSON has to be{place}: {odd}. Save it as UTF-8. [{path}]").format(
                    place=place, odd=odd, path=path
                )
            ) from error
        raise CityModelError(
            _("The JSON is damaged{place}: {reason}. Was the file cut off? [{path}]").format(
                place=place, reason=error, path=path
            )
        ) from error
    except RecursionError as error:
        raise CityModelError(
            _("The JSON is nested too deeply{place}. [{path}]").format(place=place, path=path)
        ) from error


def _decode_leniently(data: bytes) -> _Envelope | None:
    """Files with NaN or Infinity, which JSON does not have: those numbers become null, and are reported later."""
    try:
        return msgspec.json.decode(msgspec.json.encode(json.loads(data)), type=_Envelope)
    except (ValueError, RecursionError, msgspec.MsgspecError):
        return None


def _check_kind(envelope: _Envelope, path: Path) -> None:
    if envelope.type != "CityJSON":
        raise CityModelError(
            _('This is no CityJSON file: its "type" is "{kind}", not "CityJSON". [{path}]').format(
                kind=str(envelope.type)[:60], path=path
            )
        )
    version = str(envelope.version)[:60]
    if not version.startswith(SUPPORTED):
        raise CityModelError(
            _(
                "CityJSON version {version} is not supported; versions {supported} are. "
                "Convert the file first, for example with cjio upgrade. [{path}]"
            ).format(version=quoted(version), supported=", ".join(SUPPORTED), path=path)
        )


def _objects(envelope: _Envelope, path: Path) -> dict[str, Any]:
    if not isinstance(envelope.CityObjects, dict):
        raise CityModelError(_('The file has no "CityObjects". [{path}]').format(path=path))
    return envelope.CityObjects


def _document(path: Path, envelope: _Envelope, parts: list[Part], report: ImportReport) -> Document:
    metadata = envelope.metadata if isinstance(envelope.metadata, dict) else {}
    found = envelope.geometry_templates if isinstance(envelope.geometry_templates, dict) else {}
    templates = found.get("templates")
    vertices = msgspec.json.encode(found.get("vertices-templates", []))
    return Document(
        path,
        str(envelope.version),
        metadata,
        parts,
        templates if isinstance(templates, list) else [],
        _vertices(msgspec.Raw(vertices), None, path, report),
    )


def _read_sequence(path: Path, first: bytes, rest: bytes, report: ImportReport) -> Document:
    """A head and a feature on each further line; where sequences were joined, each feature belongs to the last head."""
    heads = [_decode(first, path, _(" in line 1"))]
    parts: list[Part] = []
    _check_kind(heads[0], path)
    if isinstance(heads[0].CityObjects, dict) and heads[0].CityObjects:
        parts.append(Part(heads[0].CityObjects, _vertices(heads[0].vertices, heads[0].transform, path, report)))
    for number, line in enumerate(rest.split(b"\n"), 2):
        if not line.strip():
            continue
        with _losing_one_line(report):
            found = _decode(line, path, _(" in line {number}").format(number=number))
            if found.type == "CityJSON":
                heads.append(found)
                continue
            if found.type != "CityJSONFeature":
                raise CityModelError(
                    _('Line {number} is a "{kind}", not a "CityJSONFeature". [{path}]').format(
                        number=number, kind=found.type, path=path
                    )
                )
            transform = found.transform if found.transform is not None else heads[-1].transform
            parts.append(Part(_objects(found, path), _vertices(found.vertices, transform, path, report)))
    document = _document(path, heads[0], parts, report)
    for head in heads[1:]:
        _check_kind(head, path)
        other = _document(path, head, [], report)
        if other.reference_system != document.reference_system or other.templates != document.templates:
            text = _("Sequences that do not fit together were joined in one file; import them one by one. [{path}]")
            raise CityModelError(text.format(path=path))
    return document


@contextmanager
def _losing_one_line(report: ImportReport) -> Iterator[None]:
    """What is wrong within costs one line of a sequence and is reported."""
    try:
        yield
    except CityModelError as error:
        report.count_skipped(_("a line of the sequence that cannot be read"), "CityJSONFeature")
        report.warn_of_object(str(error))


def _vertices(raw: msgspec.Raw, transform: Any, path: Path, report: ImportReport) -> NDArray[np.float64]:
    """Vertices as map coordinates (n, 3); those that are no three numbers become NaN, and are counted."""
    try:
        rows = np.array(msgspec.json.decode(raw, type=list[tuple[float, float, float]]), np.float64).reshape(-1, 3)
    except (msgspec.MsgspecError, ValueError):
        rows = _odd_vertices(raw, path)
        report.warn(
            _("{count} vertices are not three numbers; surfaces that use them are left out. [{path}]").format(
                count=int(np.isnan(rows).any(axis=1).sum()), path=path
            )
        )
    if transform is None:
        return without_endless(rows)
    try:
        scale = np.array(transform["scale"], np.float64).reshape(3)
        translate = np.array(transform["translate"], np.float64).reshape(3)
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        raise CityModelError(
            _('The "transform" needs a "scale" and a "translate" of three numbers each. [{path}]').format(path=path)
        ) from error
    with np.errstate(over="ignore", invalid="ignore"):
        return without_endless(rows * scale + translate)


def without_endless(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coordinates (n, 3), NaN where they are beyond all maps: one such corner would make a whole city overflow."""
    endless: NDArray[np.bool_] = np.any(np.abs(coordinates) > FARTHEST_M, axis=1)
    return np.where(endless[:, None], np.nan, coordinates) if endless.any() else coordinates


def _odd_vertices(raw: msgspec.Raw, path: Path) -> NDArray[np.float64]:
    try:
        found = msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        raise CityModelError(_('"vertices" cannot be read: {error} [{path}]').format(error=error, path=path)) from error
    if not isinstance(found, list):
        raise CityModelError(_('"vertices" is not a list. [{path}]').format(path=path))
    nothing = [float("nan")] * 3
    rows = [
        row if isinstance(row, list) and len(row) == 3 and all(_is_coordinate(value) for value in row) else nothing
        for row in found
    ]
    return np.array(rows, np.float64).reshape(-1, 3)


def _is_coordinate(value: Any) -> bool:
    return type(value) is float or (type(value) is int and abs(value) < 2**63)  # longer ones fit no float
