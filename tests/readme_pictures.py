"""Draws the README's pictures anew, by the program's own command: python -m tests.readme_pictures [NAME …]

Real cities are taken from ../shared/data; without it, those of the built-in town alone are drawn.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "scenes" / "pictures"
DATA = ROOT.parent / "shared" / "data" / "cityjson"
SCENE = str(ROOT / "scenes" / "schoolgang.cvscene")
STOREYS = {
    "color": {
        "conditions": [
            ["${storeys_above_ground} >= 6", "color('#414487')"],
            ["${storeys_above_ground} >= 4", "color('#2a788e')"],
            ["${storeys_above_ground} >= 3", "color('#7ad151')"],
            ["${storeys_above_ground} >= 1", "color('#fde725')"],
        ]
    }
}
CITIES = {
    "delft": ("delft/delft.city.json", ()),
    "delfshaven": ("rotterdam-delfshaven/3-20-DELFSHAVEN.city.json", ("--crs", "EPSG:7415")),
}
HARBOUR = ("--size", "720x405", "--view", "77800,436900,70,100,-14,60", "--date", "2026-06-21", "--time", "15:00")
TOWN: dict[str, tuple[str, ...]] = {
    "town-bird": ("--view", "bird"),
    "town-walker": ("--view", "walker"),
    "difference": (
        *(SCENE, "--overlay", "sun_hours_difference", "--variant", "Tower", "--resolution", "1"),
        *("--view", "78330,437250,140,218,-24,55"),
    ),
    "town-office": ("--tier", "office", *HARBOUR),
    "town-standard": ("--tier", "standard", *HARBOUR),
    "town-presentation": ("--tier", "presentation", *HARBOUR),
    "town-section": ("--section", "plane:78000,437008.5,0,0", "--view", "78015,436868,32,0,-3,48"),
    "town-box": ("--section", "box:77985,436940,-8,300,270,140,20", "--view", "77880,436560,250,15,-31,31"),
    "town-style": ("--style", "STYLE", "--legend", "--view", "78000,436584,330,0.9,-30,50"),
}


def _draw(name: str, *words: str) -> None:
    command = [sys.executable, "-m", "explorer", "render", "-o", str(PICTURES / f"{name}.png"), *words]
    subprocess.run(command, cwd=ROOT, check=True)
    print(name, flush=True)


def main() -> None:
    """Draw the named pictures, or all."""
    wanted = set(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        style = Path(folder) / "storeys.style.json"
        style.write_text(json.dumps(STOREYS))
        for name, words in TOWN.items():
            if not wanted or name in wanted:
                _draw(name, *(str(style) if word == "STYLE" else word for word in words))
        for city, (path, how) in CITIES.items():
            for view in ("bird", "walker"):
                if (DATA / path).exists() and (not wanted or f"{city}-{view}" in wanted):
                    _draw(f"{city}-{view}", str(DATA / path), *how, "--view", view)


if __name__ == "__main__":
    main()
