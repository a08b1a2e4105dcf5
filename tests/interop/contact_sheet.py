"""Every tileset and every bare content below a folder, opened and drawn as `citiverse render` does, on one sheet.

    python -m tests.interop.contact_sheet FOLDER SHEET.png [--only WORD]

Beside each picture stands what the program had to say. A content without a tileset gets one of its own, in Delft.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from explorer.app.finding import open_place
from explorer.app.picture import draw_picture, view_camera
from explorer.app.references import References
from explorer.errors import ExplorerError
from explorer.geo import ecef_from_geodetic
from explorer.render import make_engine
from explorer.tileformat import decode_content

PICTURE = (360, 240)
_WORDS = 150
_COLUMNS = 4
_ENDINGS = (".glb", ".gltf", ".b3dm", ".i3dm", ".pnts", ".cmpt")


def _bare(folder: Path) -> Iterator[Path]:
    """Contents that no tileset beside or above them shows."""
    for path in sorted(folder.rglob("*")):
        has_tileset = any((above / "tileset.json").is_file() for above in path.parents if above.is_relative_to(folder))
        if path.name.endswith(_ENDINGS) and not has_tileset:
            yield path


def _with_tileset(path: Path, folder: Path) -> Path:
    """A tileset of this one content, standing in Delft unless its places are the globe's already."""
    content = decode_content(path.read_bytes(), path.name)
    points = np.concatenate([mesh.positions for mesh in content.meshes])
    lo, hi = points.min(axis=0), points.max(axis=0)
    tile = {
        "boundingVolume": {"box": [*((lo + hi) / 2), *np.diag(np.maximum((hi - lo) / 2, 1e-3)).reshape(-1)]},
        "geometricError": 0.0,
        "refine": "ADD",
        "content": {"uri": path.resolve().as_uri()},
    }
    if np.linalg.norm(lo) < 1e6:
        place = np.array([4.36, 52.01, 45.0])
        east, up = np.array([-np.sin(np.radians(4.36)), np.cos(np.radians(4.36)), 0.0]), _up(place)
        matrix = np.eye(4)
        matrix[:3, :3] = np.stack([east, np.cross(up, east), up], axis=1)
        matrix[:3, 3] = ecef_from_geodetic(place[None])[0]
        tile["transform"] = matrix.T.reshape(-1).tolist()
    (folder / path.name).write_bytes(path.read_bytes())
    tile["content"] = {"uri": path.name}
    root = {"asset": {"version": "1.1"}, "geometricError": 100.0, "root": tile}
    (folder / "tileset.json").write_text(json.dumps(root))
    return folder / "tileset.json"


def _up(lonlath: np.ndarray) -> np.ndarray:
    lon, lat = np.radians(lonlath[:2])
    return np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def draw(path: Path, engine: object) -> tuple[Image.Image | None, list[str]]:
    """The picture of one tileset or content, and what was said."""
    said: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            where = path if path.name == "tileset.json" else _with_tileset(path, Path(folder))
            if "3857" in str(path):
                place = open_place(str(where), References("EPSG:3857", height_offset=43.0))
            else:
                place = open_place(str(where), References())
            said += place.warnings
            camera = view_camera(place, "bird", *PICTURE)
            pixels = draw_picture(
                place, camera, day="2026-06-21", minute=780.0, variant_id=None, engine=engine, on_problem=said.append
            )
        except ExplorerError as error:
            return None, [*said, f"ERROR {error}"]
    return Image.fromarray(pixels), said


def main() -> None:
    """Make the sheet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("sheet", type=Path)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    paths = [*sorted(options.folder.rglob("tileset.json")), *_bare(options.folder)]
    paths = [path for path in paths if options.only in str(path)]
    paths = [path for path in paths if not (path.parent.name == "city" and "RequestVolume" in str(path))]
    engine = make_engine(offscreen=True, size=PICTURE)
    rows = -(-len(paths) // _COLUMNS)
    sheet = Image.new("RGB", (_COLUMNS * PICTURE[0], rows * (PICTURE[1] + _WORDS)), "white")
    pen = ImageDraw.Draw(sheet)
    for i, path in enumerate(paths):
        picture, said = draw(path, engine)
        x, y = (i % _COLUMNS) * PICTURE[0], (i // _COLUMNS) * (PICTURE[1] + _WORDS)
        if picture is not None:
            sheet.paste(picture, (x, y))
        name = str(path.relative_to(options.folder)).removesuffix("/tileset.json")
        print(name, *said, sep="\n    ", flush=True)
        words = [line for sentence in (name[-58:], *said) for line in textwrap.wrap(sentence, 58)]
        pen.multiline_text((x + 3, y + PICTURE[1] + 2), "\n".join(words[:11]), fill="black", spacing=1)
    sheet.save(options.sheet)
    engine.close()


if __name__ == "__main__":
    main()
