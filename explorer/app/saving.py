"""A place into a scene file: light with relative paths, or packed with its tiles."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from explorer.app.places import Place, packed_assets
from explorer.scenario import Scenario, TilesetLayer, write_scene
from explorer.store import is_web_address


def save_place(place: Place, scenario: Scenario, path: Path, *, thumbnail: bytes | None, packed: bool) -> Scenario:
    """Write the scenario as a scene file; returns it as it was written. Raises `FetchError`."""
    records = dict(scenario.records)
    for record_id, record in records.items():
        if isinstance(record, TilesetLayer) and not is_web_address(record.url):
            opened = next((o for o in place.layers if o.layer.id == record_id), None)
            location = Path(opened.location if opened is not None else record.url)
            url = f"assets/tiles/{record.id}" if packed else _relative(location, path)
            records[record_id] = replace(record, url=url)
    written = scenario.with_records(records, scenario.clock)
    write_scene(path, written, thumbnail=thumbnail, assets=dict(packed_assets(place)) if packed else None)
    return written


def _relative(location: Path, scene_path: Path) -> str:
    """A path from the scene file, so that both can move together; absolute where there is no such way."""
    try:
        return os.path.relpath(location.resolve(), scene_path.resolve().parent).replace(os.sep, "/")
    except ValueError:  # another drive
        return str(location.resolve())
