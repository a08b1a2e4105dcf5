"""What services and files say in more than one way: names of maps, formats, addresses, units, and what is white."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from PIL import Image
from rasterio.control import GroundControlPoint

from explorer.errors import DataError
from explorer.geo import ELLIPSOIDAL, CompoundCrs, MapTransform
from explorer.imagery import Where, open_imagery
from explorer.imagery.geotiff import GeoTiffSource
from explorer.imagery.pictures import decode_picture
from explorer.imagery.sources import OpenStore
from explorer.imagery.tiled import TiledSource, known_crs
from tests.imagery.pictures import MERCATOR, RD, png
from tests.imagery.seeing import EASTING, NORTHING
from tests.imagery.services import capabilities
from tests.store.web import Reply, WebServer, serving

Change = Callable[[str], str]


@pytest.fixture
def opened(open_store: OpenStore) -> Iterator[Callable[..., tuple[TiledSource, WebServer]]]:
    """Opens a service whose capabilities were changed, and its server, which answers with nothing else."""
    with serving(lambda _asked: Reply(b"")) as server:

        def opening(change: Change, *, is_rest: bool = False, near: str = RD) -> tuple[TiledSource, WebServer]:
            server.answer = lambda _asked: Reply(change(capabilities(server.base, 4, is_rest)).encode())
            way = "/rest/WMTSCapabilities.xml#layer=map" if is_rest else "/wmts#layer=map"
            source = open_imagery(Where.of(server.base + way), open_store, near_crs=near)
            assert isinstance(source, TiledSource)
            return source, server

        yield opening


@pytest.mark.parametrize(
    "said",
    [
        "urn:ogc:def:crs:EPSG:6.18:3:3857",  # as OGC 07-057r7 itself writes it
        "urn:ogc:def:crs:EPSG::3857",
        "urn:ogc:def:crs:EPSG:3857",
        "urn:ogc:def:crs:EPSG::102100",
        "http://www.opengis.net/def/crs/EPSG/0/900913",
        "EPSG:900913",
        "epsg:102113",
        "OSGEO:41001",
        "urn:ogc:def:parameter:EPSG::3857",
        " EPSG:3857 ",
    ],
)
def test_web_mercator_has_many_names(said: str, opened: Any) -> None:
    assert known_crs(said, "") == MERCATOR
    source, _server = opened(lambda text: text.replace("urn:ogc:def:crs:EPSG::3857", said), near=MERCATOR)
    assert source.grid.crs == MERCATOR


def test_other_names_stay_what_they_are() -> None:
    assert known_crs("urn:ogc:def:crs:EPSG:9.9.1:28992", "") == known_crs("EPSG:28992", "") == RD
    assert known_crs("urn:ogc:def:crs:OGC:1.3:CRS84", "") != "EPSG:4326"
    with pytest.raises(DataError, match=r"here\.xml"):
        known_crs("EPSG:99999999", "here.xml")


@pytest.mark.parametrize("form", ["image/jpgpng", "image/vnd.jpeg-png", "image/vnd.jpeg-png8"])
def test_a_format_that_is_jpeg_or_png_as_the_tile_needs_is_a_picture(form: str, opened: Any) -> None:
    source, _server = opened(lambda text: text.replace("image/png", form))
    assert f"FORMAT={form}&" in source.address((0, 0, 0))


_JPEG_FIRST = "<Format>image/jpeg</Format><Format>image/png</Format>"


def _without_parameters(text: str) -> str:
    return text.replace("<ows:Value>KVP</ows:Value>", "<ows:Value>RESTful</ows:Value>")


def test_of_the_formats_the_one_that_has_an_address_is_taken(opened: Any) -> None:
    def jpeg_first(text: str) -> str:
        return text.replace("<Format>image/png</Format>", _JPEG_FIRST)

    source, server = opened(lambda text: _without_parameters(jpeg_first(text)), is_rest=True)
    assert source.address((0, 1, 2)) == f"{server.base}/rest/{RD}/0/1/2.png"
    source, _server = opened(jpeg_first, is_rest=True)  # by parameters the server's preference can be had
    assert "FORMAT=image/jpeg&" in source.address((0, 1, 2))


def test_a_document_without_any_address_says_so_instead_of_being_asked(opened: Any) -> None:
    with pytest.raises(DataError, match="lacks something: ResourceURL, GetTile"):
        opened(lambda text: _without_parameters(text).replace("<ResourceURL", "<Other"), is_rest=True)
    source, server = opened(_without_parameters)  # the address of a service itself may be asked
    assert source.address((0, 0, 0)).startswith(f"{server.base}/wmts?SERVICE=WMTS&REQUEST=GetTile")


def test_a_word_of_a_template_is_filled_wherever_it_stands(opened: Any) -> None:
    template = "/{TileMatrixSet}/{tilematrixset}:{TileMatrix}/{TileCol}/{TileRow}"
    source, server = opened(
        lambda text: text.replace("/{TileMatrixSet}/{TileMatrix}/{TileCol}/{TileRow}", template), is_rest=True
    )
    assert source.address((0, 1, 2)) == f"{server.base}/rest/{RD}/{RD}:0/1/2.png"


def test_a_default_is_true_or_1(opened: Any) -> None:
    first = "<Style><ows:Identifier>first</ows:Identifier></Style>"
    source, _server = opened(
        lambda text: text.replace('<Style isDefault="true">', f'{first}<Style isDefault="1">')
    )  # fmt: skip
    assert "STYLE=plain&" in source.address((0, 0, 0))


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        ("<Default>2021</Default><Value>2020</Value>", "TIME=2021&"),
        ("<Value>2020</Value><Value>2021</Value>", "TIME=2020&"),
        ("<Default/>", ""),
    ],
)
def test_a_dimension_is_its_default_or_its_first_value_or_is_not_asked(values: str, asked: str, opened: Any) -> None:
    said = f"<Dimension><ows:Identifier>Time</ows:Identifier>{values}</Dimension></Layer>"
    address = opened(lambda text: text.replace("</Layer>", said))[0].address((0, 0, 0))
    assert asked in address and ("TIME" in address) == bool(asked)


@pytest.mark.parametrize(
    ("crs", "unit_m"),
    [("EPSG:2263", 1200.0 / 3937.0), ("EPSG:2222", 0.3048), ("EPSG:32631", 1.0), ("EPSG:4258", 111319.49079327358)],
)
def test_a_scale_is_of_metres_and_pixels_of_the_unit_of_the_map(crs: str, unit_m: float, opened: Any) -> None:
    source, _server = opened(lambda text: text.replace("EPSG::28992", crs.replace(":", "::")), near=crs)
    assert source.grid.crs == crs
    assert source.grid.levels[0].pixel_x * unit_m == pytest.approx(3440.64, rel=1e-12)  # DUTCH's, of level 0


def test_greys_of_16_bits_are_not_all_white() -> None:
    values = np.arange(0, 65536, 1024, dtype=np.uint16).reshape(8, 8)
    seen = decode_picture(png(values), "", (8, 8))
    assert np.abs(seen[..., :3] - (values / 257.0)[..., None]).max() <= 0.5 and (seen[..., 3] == 255).all()
    stream = io.BytesIO()
    Image.fromarray(values).save(stream, "PNG", transparency=int(values[1, 1]))
    assert decode_picture(stream.getvalue(), "", (8, 8))[1, 1].tolist() == [0, 0, 0, 0]


TURNED = Affine.translation(EASTING, NORTHING) @ Affine.rotation(45.0) @ Affine.scale(1.0, -1.0)
FLIPPED = Affine(1.0, 0.0, EASTING, 0.0, 1.0, NORTHING)
"""Rows run northwards."""


def _written(path: Path, bands: Any, way: Affine | None = None, mask: Any = None, **profile: Any) -> GeoTiffSource:
    """A file of bands (band, row, column), opened."""
    count, rows, columns = bands.shape
    how = {"transform": FLIPPED if way is None else way, "crs": RD} | profile
    with rasterio.open(
        path, "w", driver="GTiff", width=columns, height=rows, count=count, dtype=bands.dtype, **how
    ) as file:
        file.write(bands)
        if mask is not None:
            file.write_mask(mask)
    return GeoTiffSource(Where(str(path)))


def _square(kind: str, *values: float) -> Any:
    """Bands of one value each, 200 pixels a side."""
    return np.stack([np.full((200, 200), value) for value in values]).astype(kind)


_TURNED: dict[str, tuple[Any, dict[str, Any]]] = {
    "colours": (_square("uint8", 80, 80, 80), {"photometric": "RGB"}),
    "grey": (_square("uint8", 80), {}),
    "infrared": (_square("uint8", 80, 80, 80, 9), {"photometric": "RGB", "alpha": "no"}),
    "deep": (_square("uint16", 80, 80, 80), {"photometric": "RGB"}),
    "heights": (_square("int16", -80), {}),
    "shares": (_square("float32", 0.5), {}),
    "no data": (_square("uint8", 80), {"nodata": 0}),
    "alpha": (_square("uint8", 80, 80, 80, 255), {"photometric": "RGB", "alpha": "yes"}),
}


@pytest.mark.parametrize("name", _TURNED)
def test_beside_a_turned_picture_there_is_nothing(name: str, tmp_path: Path) -> None:
    bands, profile = _TURNED[name]
    source = _written(tmp_path / "a.tif", bands, TURNED, **profile)
    seen = source.read((len(source.grid.levels) - 1, 0, 0))
    assert seen is not None and seen[2, 2].tolist() == [0, 0, 0, 0]
    assert seen[100, 100, 3] == 255  # its middle
    if bands.dtype == np.uint8:
        assert seen[100, 100, :3].tolist() == [80, 80, 80]
    area = (seen[..., 3] == 255).sum() * source.grid.levels[-1].pixel_x ** 2
    assert area == pytest.approx(200.0**2, rel=0.01)  # all of it, and no more [m²]


def test_a_turned_map_of_few_colours_keeps_them(tmp_path: Path) -> None:
    path = tmp_path / "map.tif"
    _written(path, _square("uint8", 3), TURNED).close()
    with rasterio.open(path, "r+") as file:
        file.write_colormap(1, {0: (1, 1, 1, 255), 3: (9, 99, 199, 255)})
    source = GeoTiffSource(Where(str(path)))
    seen = source.read((len(source.grid.levels) - 1, 0, 0))
    assert seen is not None and seen[100, 100].tolist() == [9, 99, 199, 255] and seen[2, 2].tolist() == [0, 0, 0, 0]


def test_a_picture_that_is_placed_by_points_has_nothing_beside_it(tmp_path: Path) -> None:
    corners = [(row, column) for row in (0, 200) for column in (0, 200)]
    points = [GroundControlPoint(row, column, *(TURNED @ (column, row))) for row, column in corners]
    path = tmp_path / "a.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=200, height=200, count=3, dtype="uint8", photometric="RGB"
    ) as file:
        file.write(_square("uint8", 80, 80, 80))
        file.gcps = (points, rasterio.crs.CRS.from_string(RD))
    source = GeoTiffSource(Where(str(path)))
    seen = source.read((len(source.grid.levels) - 1, 0, 0))
    assert seen is not None and seen[2, 2, 3] == 0 and seen[100, 100].tolist() == [80, 80, 80, 255]


def test_a_picture_with_its_south_up_keeps_its_mask_and_its_edges(tmp_path: Path) -> None:
    mask = np.full((200, 200), 255, np.uint8)
    plain = _written(tmp_path / "a.tif", _square("uint8", 80)).read((0, 0, 0))
    assert plain is not None and (plain[:200, :200] == [80, 80, 80, 255]).all()
    mask[:50] = 0  # the south
    masked = _written(tmp_path / "b.tif", _square("uint8", 80), mask=mask).read((0, 0, 0))
    assert masked is not None and (masked[:150, :200, 3] == 255).all() and not masked[150:].any()


def _grey(path: Path, values: tuple[int, ...], kind: str = "uint8", **profile: Any) -> list[int]:
    """What each value is drawn as, of a file whose rows each hold one."""
    bands = np.repeat(np.array(values, kind), 32).reshape(1, len(values), 32)
    seen = _written(path, bands, Affine(1.0, 0.0, EASTING, 0.0, -1.0, NORTHING), **profile).read((0, 0, 0))
    assert seen is not None and (seen[: len(values), :32, 3] == 255).all()
    assert (seen[..., 0] == seen[..., 1]).all() and (seen[..., 0] == seen[..., 2]).all()
    return [int(value) for value in seen[: len(values), 0, 0]]


def test_white_is_zero_where_a_file_says_so(tmp_path: Path) -> None:
    assert _grey(tmp_path / "a.tif", (0, 55, 255), photometric="MINISWHITE") == [255, 200, 0]
    assert _grey(tmp_path / "b.tif", (0, 55, 255)) == [0, 55, 255]
    assert _grey(tmp_path / "c.tif", (0, 1), photometric="MINISWHITE", nbits=1) == [255, 0]
    assert _grey(tmp_path / "d.tif", (100, 900), "uint16", photometric="MINISWHITE") == [255, 0]


def test_greys_of_fewer_bits_reach_white(tmp_path: Path) -> None:
    assert _grey(tmp_path / "a.tif", (0, 3, 15), nbits=4) == [0, 51, 255]
    assert _grey(tmp_path / "b.tif", (0, 1, 3), nbits=2) == [0, 85, 255]
    assert _grey(tmp_path / "c.tif", (0, 3, 15), nbits=4, photometric="MINISWHITE") == [255, 204, 0]


@pytest.mark.parametrize("corner", ["7700000.0 200000.0", "200000.0 7700000.0"])
def test_corners_are_read_whichever_axis_a_server_writes_first(corner: str, opened: Any) -> None:
    """SWEREF 99 TM has northing first; its own mapping agency writes easting first."""

    def swedish(text: str) -> str:
        return text.replace("urn:ogc:def:crs:EPSG::28992", "urn:ogc:def:crs:EPSG::3006").replace(
            "-285401.92 903401.92", corner
        )

    source, _server = opened(swedish, near="EPSG:3006")
    assert source.grid.crs == "EPSG:3006"
    assert [(level.west, level.north) for level in source.grid.levels] == [(200_000.0, 7_700_000.0)] * 4


@pytest.mark.parametrize("corner", ["5500000.0 2000000.0", "2000000.0 5500000.0"])
def test_a_grid_of_europe_is_read_whichever_axis_comes_first(corner: str, opened: Any) -> None:
    """EuropeanETRS89_LAEAQuad, whose map has northing first and reaches both ways."""

    def european(text: str) -> str:
        text = text.replace("urn:ogc:def:crs:EPSG::28992", "urn:ogc:def:crs:EPSG::3035")
        matrices = "".join(text.partition("EPSG::3035")[1:])
        scales = enumerate(re.findall(r"<ScaleDenominator>[^<]*<", matrices))
        for level, scale in scales:
            text = text.replace(scale, f"<ScaleDenominator>{62779017.857142866 / 2**level}<")
        return text.replace("-285401.92 903401.92", corner)

    source, _server = opened(european, near="EPSG:3035")
    assert source.grid.crs == "EPSG:3035"
    assert [(level.west, level.north) for level in source.grid.levels] == [(2e6, 5.5e6)] * 4
    assert source.grid.levels[0].box(0, 0) == pytest.approx((2e6, 1e6, 6.5e6, 5.5e6))
    delft = MapTransform(CompoundCrs("EPSG:3035", ELLIPSOIDAL)).from_lonlat(np.array([[4.357, 52.01]]))[0]
    assert source.grid.meets(*delft, *delft + 100.0)


def test_a_grid_that_reaches_nothing_of_its_map_either_way_stays_as_it_is_written(opened: Any) -> None:
    far = "-9000000.0 -9000000.0"
    source, _server = opened(lambda text: text.replace("-285401.92 903401.92", far))
    assert {(level.west, level.north) for level in source.grid.levels} == {(-9e6, -9e6)}


def _limited(text: str, *limits: tuple[int, int, int, int, int]) -> str:
    """Each: matrix, first and last column, first and last row, of the Dutch grid."""
    listed = "".join(
        f"<TileMatrixLimits><TileMatrix>{matrix}</TileMatrix><MinTileRow>{c}</MinTileRow><MaxTileRow>{d}</MaxTileRow>"
        f"<MinTileCol>{a}</MinTileCol><MaxTileCol>{b}</MaxTileCol></TileMatrixLimits>"
        for matrix, a, b, c, d in limits
    )
    named = f"<TileMatrixSet>{RD}</TileMatrixSet></TileMatrixSetLink>"
    return text.replace(
        named,
        f"<TileMatrixSet>{RD}</TileMatrixSet><TileMatrixSetLimits>{listed}</TileMatrixSetLimits></TileMatrixSetLink>",
    )


def test_limits_in_pieces_count_together_and_levels_that_they_do_not_list_are_not_there(
    opened: Callable[..., tuple[TiledSource, WebServer]],
) -> None:
    source, _server = opened(lambda text: _limited(text, (1, 0, 0, 0, 1), (1, 1, 1, 1, 1), (2, 1, 2, 0, 3)))
    found = [(one.first_column, one.last_column, one.first_row, one.last_row) for one in source.grid.levels]
    assert found == [(0, 1, 0, 1), (1, 2, 0, 3)]


def test_limits_of_other_matrices_or_none_leave_all_levels(
    opened: Callable[..., tuple[TiledSource, WebServer]],
) -> None:
    for limits in ((), ((77, 0, 0, 0, 0),)):
        source, _server = opened(lambda text, limits=limits: _limited(text, *limits))
        assert len(source.grid.levels) == 4
