"""Feed readers with bytes that grow out of real files: python -m tests.fuzz READER [--seconds 600].

Readers: content (b3dm, i3dm, pnts, cmpt, glb), tileset, terrain, layer. Guided by coverage (`pip install atheris`). A
finding is anything but a result or an error of ours that names the address: another exception, a crash, more than 10 s,
more than 2 GB. Seeds are the small files of ../shared/data, where that is, and specimens of the tests. What was found
is written to the folder of now, to become a specimen.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["explorer"]):
    from explorer.errors import ContentError, ExplorerError, TilesetError
    from explorer.tileformat import decode_content, read_terrain_layer, read_tileset
    from explorer.tileformat.quantized_mesh import Rectangle, read_quantized_mesh

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
_LARGEST_SEED = 120_000
_URI = "fuzz/specimen"
_AREA = Rectangle(4.3, 52.0, 4.4, 52.05)

Reader = Callable[[bytes], object]


def _content(data: bytes) -> object:
    return decode_content(data, _URI)


def _tileset(data: bytes) -> object:
    return read_tileset(data, _URI, lambda _uri: data)


def _terrain(data: bytes) -> object:
    return read_quantized_mesh(data, _URI)


def _layer(data: bytes) -> object:
    return read_terrain_layer(data, _URI, _AREA, most_tiles=500)


READERS: dict[str, tuple[Reader, tuple[str, ...]]] = {
    "content": (_content, (".b3dm", ".i3dm", ".pnts", ".cmpt", ".glb", ".gltf")),
    "tileset": (_tileset, ("tileset.json",)),
    "terrain": (_terrain, (".terrain",)),
    "layer": (_layer, ("layer.json", ".tile.json")),
}


def main() -> None:
    """Fuzz one reader."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("reader", choices=sorted(READERS))
    parser.add_argument("--seconds", type=int, default=600)
    options = parser.parse_args()
    read, endings = READERS[options.reader]
    corpus = Path(tempfile.mkdtemp(prefix="fuzz-"))
    print(f"{_gather(corpus, endings)} seeds in {corpus}")

    def once(data: bytes) -> None:
        try:
            read(data)
        except (ContentError, TilesetError) as problem:
            if _URI not in str(problem):
                raise AssertionError(f"the address is missing: {problem}") from problem
        except ExplorerError as problem:
            raise AssertionError(f"an error of another room: {problem!r}") from problem

    words = [sys.argv[0], str(corpus), f"-max_total_time={options.seconds}", "-timeout=10", "-rss_limit_mb=2048"]
    atheris.Setup([*words, "-max_len=200000", "-print_final_stats=1"], once)
    atheris.Fuzz()


def _gather(corpus: Path, endings: tuple[str, ...]) -> int:
    count = 0
    for path in sorted(SHARED.rglob("*")) if SHARED.is_dir() else ():
        if path.name.endswith(endings) and path.is_file() and path.stat().st_size <= _LARGEST_SEED:
            shutil.copyfile(path, corpus / f"{count:04d}")
            count += 1
    (corpus / "empty").write_bytes(b"{}")
    return count


if __name__ == "__main__":
    main()
