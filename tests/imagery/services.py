"""A server that cuts a made picture into tiles, in the ways that servers do."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.imagery.pictures import HALF_WORLD, MERCATOR, RD, Colours, grid, on_other_map, png, tile_picture
from tests.store.web import Asked, Reply

DUTCH = (-285401.92, 903401.92, 3440.64)
"""West, north and pixel of level 0 of the Dutch grid. [m]"""
_WORLD_SCALE = 559082264.0287178
"""Scale denominator of Web Mercator's level 0."""


@dataclass
class TileServer:
    """Answers XYZ, TMS and WMTS addresses with tiles of one picture, which is told by Dutch RD coordinates."""

    colours: Colours
    answers: dict[str, Reply] = field(default_factory=dict)
    """What is answered to a path, whatever it asks for."""
    holes: set[tuple[int, int, int]] = field(default_factory=set)
    levels: int = 20
    made: dict[tuple[str, int, int, int], bytes] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Reply:
        """See `tests.store.web.Answering`."""
        if asked.name in self.answers:
            return self.answers[asked.name]
        query = {name.lower(): values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}
        if query.get("request") == "GetTile":
            tile = tuple(int(query[name]) for name in ("tilematrix", "tilecol", "tilerow"))
            return self._tile(query["tilematrixset"], *tile)
        if query.get("request") == "GetCapabilities" or asked.name.endswith("Capabilities.xml"):
            base = f"http://{asked.headers['host']}"
            return Reply(capabilities(base, self.levels, "rest" in asked.name).encode(), headers=_XML)
        if asked.name.endswith("tilemapresource.xml"):
            return Reply(tilemap(self.levels).encode(), headers=_XML)
        found = re.fullmatch(r"/(xyz|tms|rest/[^/]+)/(\d+)/(\d+)/(\d+)\.png", asked.name)
        if found is None:
            return Reply(b"nothing", 404)
        kind, zoom, column, row = found[1], int(found[2]), int(found[3]), int(found[4])
        if kind.startswith("rest/"):
            return self._tile(kind[5:], zoom, column, row)
        return self._tile(MERCATOR, zoom, column, row if kind == "xyz" else 2**zoom - 1 - row)

    def _tile(self, matrix_set: str, zoom: int, column: int, row: int) -> Reply:
        if (zoom, column, row) in self.holes or zoom >= self.levels:
            return Reply(b"no such tile", 404)
        key = (matrix_set, zoom, column, row)
        if key in self.made:
            picture = self.made[key]
        elif matrix_set == MERCATOR:
            picture = tile_picture(on_other_map(self.colours, MERCATOR), zoom, column, row)
        else:
            west, north, pixel = DUTCH[0], DUTCH[1], DUTCH[2] / 2**zoom
            left, top = west + column * 256 * pixel, north - row * 256 * pixel
            picture = png(self.colours(*grid(left, top, pixel, 256, 256)))
        self.made[key] = picture
        return Reply(picture, headers={"Content-Type": "image/png"})


_XML = {"Content-Type": "text/xml"}


def tilemap(levels: int) -> str:
    """A tilemapresource.xml as gdal2tiles writes it, its swapped bounding box included."""
    sets = "".join(
        f'<TileSet href="{z}" units-per-pixel="{2 * HALF_WORLD / 256 / 2**z:.14f}" order="{z}"/>' for z in range(levels)
    )
    return f"""<?xml version="1.0" encoding="utf-8"?>
<TileMap version="1.0.0" tilemapservice="http://tms.osgeo.org/1.0.0"><Title>Made-up tiles</Title><Abstract/>
<SRS>EPSG:900913</SRS><BoundingBox minx="51.9" miny="4.3" maxx="52.0" maxy="4.4"/>
<Origin x="{-HALF_WORLD}" y="{-HALF_WORLD}"/>
<TileFormat width="256" height="256" mime-type="image/png" extension="png"/>
<TileSets profile="mercator">{sets}</TileSets></TileMap>"""


def capabilities(base: str, levels: int, is_rest: bool) -> str:
    """A WMTS's capabilities: two layers, two grids, by parameters or by templates."""
    mercator = _matrices(levels, _WORLD_SCALE, (-HALF_WORLD, HALF_WORLD))
    dutch = _matrices(levels, DUTCH[2] / 0.00028, DUTCH[:2])
    template = f"{base}/rest/{{TileMatrixSet}}/{{TileMatrix}}/{{TileCol}}/{{TileRow}}.png"
    resource = f'<ResourceURL format="image/png" resourceType="tile" template="{template}"/>' if is_rest else ""
    layers = "".join(
        f"""<Layer><ows:Title>{title}</ows:Title><ows:Identifier>{name}</ows:Identifier>
<Style isDefault="true"><ows:Identifier>plain</ows:Identifier></Style><Format>image/png</Format>
<TileMatrixSetLink><TileMatrixSet>{MERCATOR}</TileMatrixSet></TileMatrixSetLink>
<TileMatrixSetLink><TileMatrixSet>{RD}</TileMatrixSet></TileMatrixSetLink>{resource}</Layer>"""
        for name, title in (("ortho", "Orthophoto"), ("map", "Map"))
    )
    return f"""<?xml version="1.0"?>
<Capabilities xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1"
 xmlns:xlink="http://www.w3.org/1999/xlink" version="1.0.0">
<ows:ServiceIdentification><ows:Title>Made-up service</ows:Title></ows:ServiceIdentification>
<ows:ServiceProvider><ows:ProviderName>Made-up Cadastre</ows:ProviderName></ows:ServiceProvider>
<ows:OperationsMetadata><ows:Operation name="GetTile"><ows:DCP><ows:HTTP><ows:Get xlink:href="{base}/wmts?">
<ows:Constraint name="GetEncoding"><ows:AllowedValues><ows:Value>KVP</ows:Value></ows:AllowedValues></ows:Constraint>
</ows:Get></ows:HTTP></ows:DCP></ows:Operation></ows:OperationsMetadata>
<Contents>{layers}
<TileMatrixSet><ows:Identifier>{MERCATOR}</ows:Identifier>
<ows:SupportedCRS>urn:ogc:def:crs:EPSG::3857</ows:SupportedCRS>{mercator}</TileMatrixSet>
<TileMatrixSet><ows:Identifier>{RD}</ows:Identifier>
<ows:SupportedCRS>urn:ogc:def:crs:EPSG::28992</ows:SupportedCRS>{dutch}</TileMatrixSet>
</Contents></Capabilities>"""


def _matrices(levels: int, scale: float, corner: tuple[float, float]) -> str:
    return "".join(
        f"""<TileMatrix><ows:Identifier>{z}</ows:Identifier><ScaleDenominator>{scale / 2**z}</ScaleDenominator>
<TopLeftCorner>{corner[0]} {corner[1]}</TopLeftCorner><TileWidth>256</TileWidth><TileHeight>256</TileHeight>
<MatrixWidth>{2**z}</MatrixWidth><MatrixHeight>{2**z}</MatrixHeight></TileMatrix>"""
        for z in range(levels)
    )
