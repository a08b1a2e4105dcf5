"""Pictures on this computer: what GeoTIFF can be, and that huge ones are read a window at a time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray

from explorer.errors import DataError
from explorer.imagery import Where, open_imagery
from explorer.imagery.geotiff import GeoTiffSource
from tests.imagery.pictures import write_tiff
from tests.imagery.seeing import DOWN, EASTING, NORTHING, runtime_of, settled, texels

BOX = (EASTING - 64.0, NORTHING - 64.0, EASTING + 64.0, NORTHING + 64.0)


def _split(west: Any, east: Any) -> Any:
    """One value in the west of the middle and another in the east, as a picture."""

    def colours(x: NDArray[np.float64], _y: NDArray[np.float64]) -> Any:
        kind = np.asarray(west).dtype if isinstance(west, np.ndarray) else np.uint8
        return np.where((x < EASTING)[..., None], np.array(west), np.array(east)).astype(kind)

    return colours


def _seen(path: Path, more: str = "") -> tuple[list[int], list[int]]:
    """The texels ten metres west and east of the middle."""
    source = open_imagery(Where.of(str(path) + more), lambda address: pytest.fail(address))
    east, north, seen, _texel = next(texels(settled(runtime_of(source))))
    found = []
    for x in (EASTING - 10.0, EASTING + 10.0):
        row, column = np.unravel_index(np.argmin(np.hypot(east - x, north - NORTHING)), east.shape)
        found.append(seen[row, column].tolist())
    return found[0], found[1]


def test_colours_with_and_without_alpha(tmp_path: Path) -> None:
    rgb = write_tiff(tmp_path / "rgb.tif", _split([200, 10, 20], [10, 200, 20]), BOX, photometric="RGB")
    assert _seen(rgb) == ([200, 10, 20, 255], [10, 200, 20, 255])
    colours = _split([200, 10, 20, 255], [10, 200, 20, 0])
    rgba = write_tiff(tmp_path / "rgba.tif", colours, BOX, photometric="RGB", alpha="yes")
    assert _seen(rgba) == ([200, 10, 20, 255], [0, 0, 0, 0])


def test_the_fourth_band_of_an_aerial_is_infrared_and_not_alpha(tmp_path: Path) -> None:
    colours = _split([200, 10, 20, 0], [10, 200, 20, 90])
    path = write_tiff(tmp_path / "rgbi.tif", colours, BOX, photometric="RGB", alpha="no")
    assert _seen(path) == ([200, 10, 20, 255], [10, 200, 20, 255])


def test_grey_and_what_is_no_data(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "grey.tif", _split([77], [0]), BOX, nodata=0)
    assert _seen(path) == ([77, 77, 77, 255], [0, 0, 0, 0])


def test_a_palette(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "map.tif", _split([1], [2]), BOX, compress="none")
    with rasterio.open(path, "r+") as file:
        file.write_colormap(1, {1: (9, 99, 199, 255), 2: (250, 240, 230, 255)})
    assert _seen(path) == ([9, 99, 199, 255], [250, 240, 230, 255])


def test_values_that_are_no_colours_are_stretched(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "deep.tif", _split(np.array([3000, 1000, 900], np.uint16), [500, 900, 2500]), BOX)
    west, east = _seen(path)
    assert west[0] > 200 > 60 > east[0] and east[2] > 150


def test_a_file_without_a_crs_asks_for_it_and_takes_it(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", _split([200, 10, 20], [10, 200, 20]), BOX, crs=None, photometric="RGB")
    with pytest.raises(DataError, match="add #crs="):
        _seen(path)
    assert _seen(path, "#crs=EPSG:28992")[0] == [200, 10, 20, 255]


def test_a_picture_without_a_place_and_a_file_that_is_none(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (9, 9)).save(tmp_path / "holiday.png")
    with pytest.raises(DataError, match="where it lies"):
        _seen(tmp_path / "holiday.png")
    (tmp_path / "b.tif").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"no picture that can be read.*b\.tif"):
        _seen(tmp_path / "b.tif")


def test_a_file_that_was_not_copied_whole_shows_what_there_is_and_says_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    path = write_tiff(tmp_path / "a.tif", lambda x, _y: rng.integers(0, 255, (*x.shape, 3), np.uint8), BOX, 0.1)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 5])
    runtime = runtime_of(open_imagery(Where.of(str(path)), lambda address: pytest.fail(address)))
    composed = settled(runtime, replace(DOWN, position=(0.0, 0.0, 30.0)))
    assert composed.texels[..., 3].any()
    assert any("damaged" in sentence for sentence in runtime.news.values())


def test_a_huge_file_is_read_by_windows_and_overviews(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A country of 40,000 pixels a side, empty but for its middle: no read asks for more than a tile."""
    half, path = 10_000.0, tmp_path / "huge.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=40_000, height=40_000, count=3, dtype="uint8", crs="EPSG:28992", tiled=True,
        transform=rasterio.transform.from_origin(EASTING - half, NORTHING + half, 0.5, 0.5), sparse_ok=True,
        photometric="RGB", nodata=0,
    ) as file:  # fmt: skip
        middle = np.full((3, 2048, 2048), 130, np.uint8)
        file.write(middle, window=rasterio.windows.Window(20_000 - 1024, 20_000 - 1024, 2048, 2048))
    source = GeoTiffSource(Where(str(path)))
    shapes = []
    real = source.read

    def read(tile: tuple[int, int, int]) -> Any:
        made = real(tile)
        shapes.append(None if made is None else made.shape)
        return made

    monkeypatch.setattr(source, "read", read)
    composed = settled(runtime_of(source))
    assert composed.texels[0][..., 0].max() == 130
    assert 0 < len(shapes) < 40 and {shape for shape in shapes if shape} == {(512, 512, 4)}
