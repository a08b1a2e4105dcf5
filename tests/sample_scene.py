"""Makes the sample scene anew: python -m tests.sample_scene [FILE]. The program's own commands, on its built-in town.

Two ideas for one plot in the centre, to be compared: a tower and a courtyard of the same floor area.
"""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.app.finding import open_place
from explorer.app.picture import draw_picture, view_camera
from explorer.app.places import Place
from explorer.app.replacing import replaced_by
from explorer.app.saving import save_place
from explorer.scenario import (
    AddVariant,
    ChangeScene,
    Command,
    PlaceProposal,
    Proposal,
    RenameVariant,
    SaveViewpoint,
    Scenario,
    ScenarioStore,
    Viewpoint,
)

HERE = Path(__file__).resolve().parents[1] / "scenes" / "schoolgang.cvscene"
EASTING, NORTHING = 78_165.0, 437_010.0
"""The middle of the plot. [m]"""


def _ring(width: float, depth: float) -> tuple[tuple[float, float], ...]:
    x, y = width / 2.0, depth / 2.0
    return ((-x, -y), (x, -y), (x, y), (-x, y))


def proposals(place: Place, tower: str, courtyard: str) -> list[Proposal]:
    """Both buildings on the ground of the plot, with what each of them replaces."""
    surface = place.surface()
    x, y, z = (float(v) for v in place.frame.to_world(np.array([[EASTING, NORTHING, 0.0]]))[0])
    height = float(
        surface.rays((x - 40.0, y - 50.0, x + 40.0, y + 50.0), 0.0).ground_height(np.array([[x, y + 44.0]]))[0]
    )
    common = {"easting": EASTING, "northing": NORTHING, "base_height": round(height - z, 2), "storey_height": 3.0}
    one = Proposal(
        id="tower",
        variant_id=tower,
        name="Tower",
        footprint=_ring(24.0, 24.0),
        storeys=21,
        **common,  # type: ignore[arg-type]
    )
    two = Proposal(
        id="courtyard",
        variant_id=courtyard,
        name="Courtyard",
        footprint=_ring(48.0, 78.0),
        holes=(_ring(24.0, 54.0),),
        storeys=5,
        **common,  # type: ignore[arg-type]
    )
    return [replace(one, hidden_features=replaced_by(place, surface, two)) for one in (one, two)]


def _without_hash(place: Place) -> Scenario:
    """The town may be made otherwise by a later version, and the scene still fits."""
    layer = place.layers[0].layer
    records = {**place.scenario.records, layer.id: replace(layer, sha256="")}
    return place.scenario.with_records(records, place.scenario.clock)


def main(path: Path = HERE) -> None:
    """Write the scene with its thumbnail."""
    place = open_place(None)
    store = ScenarioStore(_without_hash(place))
    first = place.scenario.variants[0].id
    commands: list[Command] = [RenameVariant(first, "Tower"), AddVariant("Courtyard")]
    for command in commands:
        store.execute(command)
    second = store.scenario.variants[1].id
    for proposal in proposals(place, first, second):
        store.execute(PlaceProposal(proposal))
    views = (
        Viewpoint(id="from-the-river", name="From the river", easting=78_020.0, northing=436_740.0, height=120.0,
                  heading_deg=28.0, pitch_deg=-16.0, order=0),
        Viewpoint(id="in-the-street", name="In the street", easting=78_105.0, northing=436_950.0, height=4.0,
                  heading_deg=45.0, pitch_deg=6.0, fov_y_deg=68.0, order=1),
    )  # fmt: skip
    for view in views:
        store.execute(SaveViewpoint(view))
    camera = (78_050.0, 436_800.0, 105.0, 28.0, -18.0, 60.0)
    scene = {
        "title": "Schoolgang: tower or courtyard?",
        "author": "citiverse-explorer",
        "date": "2026-03-21",
        "minute": 900,
        "camera": camera,
        "active_variant": first,
    }
    store.execute(ChangeScene(scene))
    shown = replace(place, scenario=store.scenario)
    picture = draw_picture(
        shown, view_camera(shown, "scene", 320, 200), day="2026-03-21", minute=900.0, variant_id=first
    )
    thumbnail = io.BytesIO()
    Image.fromarray(picture).save(thumbnail, "PNG", optimize=True)
    save_place(shown, store.scenario, path, thumbnail=thumbnail.getvalue(), packed=False)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
