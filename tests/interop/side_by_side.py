"""Our pictures beside those of CesiumJS and 3d-tiles-renderer: the same tilesets from the same places.

    node tests/interop/place.mjs city.json && python -m tests.interop.side_by_side city.json SHEET.png

A row for each view that `place.mjs` took (`out/city_views.json`), with the same field of view as CesiumJS; ours is what
`citiverse render` draws, in the tier `--tier`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from explorer.app.finding import open_place
from explorer.app.picture import draw_picture
from explorer.app.places import Place
from explorer.geo import Camera
from explorer.render import TIERS

OUT = Path(__file__).parent / "out"
VIEWERS = ("cesium", "three")
_WIDE_DEG = 60.0
"""Field of view of CesiumJS along the longer side."""
_DAY, _MINUTE = "2026-06-21", 16 * 60.0
_BAR = 24


def camera_of(place: Place, pose: dict[str, Any], width: int, height: int) -> Camera:
    """A viewer's pose on the globe, brought into the world."""
    eye = pose["eye"]
    ahead = [p + 100.0 * d for p, d in zip(eye, pose["direction"], strict=True)]
    at, target = place.frame.to_world(place.frame.transform.from_ecef([eye, ahead])).tolist()
    return Camera(tuple(at), fov_y_deg=_WIDE_DEG * height / width, width=width, height=height).looking_at(tuple(target))


def row(place: Place, name: str, view: str, pose: dict[str, Any], tier: str) -> Image.Image:
    """One view as all viewers draw it, ours last."""
    others = [Image.open(OUT / f"{name}_{viewer}_{view}.png").convert("RGB") for viewer in VIEWERS]
    width, height = others[0].size
    camera = camera_of(place, pose, width, height)
    ours = draw_picture(place, camera, day=_DAY, minute=_MINUTE, variant_id=None, tier=TIERS[tier])
    sheet = Image.new("RGB", (width * (len(others) + 1), height + _BAR), "white")
    for i, (said, picture) in enumerate(
        zip((*VIEWERS, f"citiverse, {tier}"), (*others, Image.fromarray(ours)), strict=True)
    ):
        sheet.paste(picture, (i * width, _BAR))
        ImageDraw.Draw(sheet).text((i * width + 8, 6), f"{said}: {name}, {view}", "black")
    return sheet


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("city", type=Path, help="as points.py wrote it")
    parser.add_argument("sheet", type=Path)
    parser.add_argument("--tier", choices=list(TIERS), default="presentation")
    options = parser.parse_args()
    name = options.city.stem
    place = open_place(json.loads(options.city.read_text())["tileset"])
    views = json.loads((OUT / f"{name}_views.json").read_text())
    rows = [row(place, name, view, pose, options.tier) for view, pose in views.items()]
    sheet = Image.new("RGB", (rows[0].width, sum(one.height for one in rows)))
    top = 0
    for one in rows:
        sheet.paste(one, (0, top))
        top += one.height
    sheet.save(options.sheet)


if __name__ == "__main__":
    main()
