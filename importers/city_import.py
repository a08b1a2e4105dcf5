"""`citiverse import`: city files in, one tileset out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from explorer.errors import CityModelError, CrsError
from explorer.heap import collector_at_rest
from explorer.i18n import _
from explorer.jobs import Progress
from importers.model import CityModel, ImportReport


def import_city(
    sources: Sequence[str | Path] | str | Path,
    out: str | Path,
    *,
    crs: str | None = None,
    vertical: str | None = None,
    lod: str | float | None = None,
    height_offset: float | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Read city files (CityJSON 1.0, 1.1, 2.0, CityJSONSeq) and write them as one tileset to the folder `out`.

    Raises
    ------
    CityModelError
        A file cannot be read, or the files do not share one CRS.
    CrsError
        The CRS is missing, unknown, lacks a vertical part, or does not fit the coordinates.
    FetchError
        The folder cannot be written.
    Cancelled
        The user asked to stop; nothing is left behind.
    """
    start = time.perf_counter()
    paths = [Path(sources)] if isinstance(sources, (str, Path)) else [Path(source) for source in sources]
    if not paths:
        raise CityModelError(_("Nothing to import: name at least one city file."))
    with collector_at_rest():
        report = _import(paths, crs, vertical, lod, height_offset, Path(out), progress or Progress())
    report.seconds = time.perf_counter() - start
    return report


def _import(
    paths: list[Path],
    crs: str | None,
    vertical: str | None,
    lod: str | float | None,
    height_offset: float | None,
    out: Path,
    progress: Progress,
) -> ImportReport:
    from importers.cityjson import read_cityjson
    from importers.pipeline import TilingOptions, write_tileset

    models = []
    for number, path in enumerate(paths):
        progress.report(0.3 * number / len(paths), _("Reading {name}").format(name=path.name))
        part = _part(progress, 0.3 * number / len(paths), 0.3 * (number + 1) / len(paths))
        with _naming(path):
            model = read_cityjson(path, crs=crs, vertical=vertical, lod=lod, height_offset=height_offset, progress=part)
        models.append(model)
    model = _merged(models, paths)
    options = TilingOptions(height_offset=height_offset)
    with _naming(paths[0]):
        return write_tileset(model, out, progress=_part(progress, 0.3, 1.0), options=options)


_MOST_TITLES = 3
"""So many files' titles make one; a city may come in hundreds of files. [-]"""


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Add the file to what a room below, which knows no file, says about its coordinates."""
    try:
        yield
    except CrsError as error:
        if str(path) not in str(error):
            error.args = (f"{error} [{path}]",)
        raise


def _merged(models: list[CityModel], paths: list[Path]) -> CityModel:
    """One model of all; an id that comes again is left out, as neighbouring files repeat border buildings."""
    first = models[0]
    if len(models) == 1:
        return first
    seen = {feature.id for feature in first.features}
    for model, path in zip(models[1:], paths[1:], strict=True):
        if model.crs != first.crs:
            raise CityModelError(
                _(
                    "The files are in different coordinate systems: {first} and {other}. "
                    "Import them one by one, or say --crs if that is a mistake. [{path}]"
                ).format(first=first.crs.identifier, other=model.crs.identifier, path=path)
            )
        first.report.merge(model.report)
        for feature in model.features:
            if feature.id in seen:
                first.report.count_skipped(_("the same id in an earlier file"), feature.kind)
            else:
                seen.add(feature.id)
                first.features.append(feature)
    titles = list(dict.fromkeys(model.title for model in models if model.title))
    first.title = ", ".join([*titles[:_MOST_TITLES], "…"] if len(titles) > _MOST_TITLES else titles)
    first.attribution = ", ".join(dict.fromkeys(model.attribution for model in models if model.attribution))
    return first


def _part(progress: Progress, start: float, end: float) -> Progress:
    """A progress that fills a stretch of another, and stops with it."""

    class Part(Progress):
        def check(self) -> None:
            progress.check()

    return Part(lambda fraction, text: progress.report(start + (end - start) * fraction, text))
