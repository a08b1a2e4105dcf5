"""Names of coordinate systems."""

from __future__ import annotations

import pyproj
import pytest

from explorer.errors import CrsError
from explorer.geo import CompoundCrs, MissingVertical, parse_crs, suggest_crs

RD_NAP = CompoundCrs("EPSG:28992", "EPSG:5709")


@pytest.mark.parametrize(
    "text",
    [
        "EPSG:7415",
        "epsg:7415",
        "7415",
        7415,
        "EPSG:28992+5709",
        "28992+5709",
        "EPSG:28992+EPSG:5709",
        "https://www.opengis.net/def/crs/EPSG/0/7415",
        "http://www.opengis.net/def/crs/EPSG/9.9.1/7415",
        "urn:ogc:def:crs:EPSG::7415",
        "urn:ogc:def:crs,crs:EPSG::28992,crs:EPSG::5709",
        "urn:ogc:def:crs:EPSG::28992+5709",
        "https://www.opengis.net/def/crs/EPSG/0/28992+5709",
        "https://epsg.io/7415",
        "http://www.opengis.net/def/crs-compound?1=http://www.opengis.net/def/crs/EPSG/0/28992"
        "&2=http://www.opengis.net/def/crs/EPSG/0/5709",
    ],
)
def test_every_spelling_of_rd_and_nap_is_read(text: str | int) -> None:
    assert parse_crs(text) == RD_NAP


@pytest.mark.parametrize(
    ("text", "horizontal", "vertical"),
    [
        ("urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH", "EPSG:25832", "EPSG:7837"),
        ("urn:adv:crs:ETRS89_UTM33*DE_DHHN92_NH", "EPSG:25833", "EPSG:5783"),
        ("urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH*GCG2016", "EPSG:25832", "EPSG:7837"),
        ("urn:adv:crs:DE_DHDN_3GK4*DE_DHHN92_NH", "EPSG:31468", "EPSG:5783"),
    ],
)
def test_the_names_of_germanys_surveys_are_read(text: str, horizontal: str, vertical: str) -> None:
    assert parse_crs(text) == CompoundCrs(horizontal, vertical)


def test_the_identifier_is_short_and_is_read_back() -> None:
    for crs in (RD_NAP, CompoundCrs("EPSG:32631"), CompoundCrs("EPSG:25832", "EPSG:7837")):
        assert parse_crs(crs.identifier) == crs
    assert RD_NAP.identifier == "EPSG:28992+5709"
    assert CompoundCrs("EPSG:28992").identifier == "EPSG:28992+ellipsoidal"


def test_the_name_is_in_words() -> None:
    assert RD_NAP.name == "Amersfoort / RD New + NAP height"


def test_a_horizontal_crs_alone_asks_for_the_vertical_one() -> None:
    with pytest.raises(MissingVertical, match="--vertical") as caught:
        parse_crs("https://www.opengis.net/def/crs/EPSG/0/28992")
    assert caught.value.horizontal == "EPSG:28992"
    assert "--crs" in str(caught.value)


@pytest.mark.parametrize("vertical", ["EPSG:5709", "5709", 5709, "urn:ogc:def:crs:EPSG::5709"])
def test_the_vertical_crs_can_be_given_beside_it(vertical: str | int) -> None:
    assert parse_crs("EPSG:28992", vertical) == RD_NAP


def test_the_wkt_of_a_prj_file_is_recognised() -> None:
    esri = pyproj.CRS("EPSG:28992").to_wkt("WKT1_ESRI")
    assert "EPSG" not in esri
    assert parse_crs(esri, "EPSG:5709") == RD_NAP
    assert parse_crs(pyproj.CRS("EPSG:7415").to_wkt()) == RD_NAP


def test_ellipsoidal_heights_can_be_given_by_word() -> None:
    assert parse_crs("EPSG:32631", "ellipsoidal") == CompoundCrs("EPSG:32631", "ellipsoidal")


def test_what_a_source_says_wins_over_the_vertical_given_beside_it() -> None:
    assert parse_crs("EPSG:7415", "ellipsoidal") == RD_NAP


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("EPSG:999999", "not known"),
        ("nonsense", "not known"),
        ("", "empty"),
        ("EPSG:4326", "degrees"),
        ("EPSG:4979", "degrees"),
        ("EPSG:6697", "degrees"),
        ("EPSG:2263", "US survey foot"),
        ("EPSG:5709", "height system"),
        ("EPSG:28992+28992", "not a height system"),
        ("EPSG:28992+8228", "does not count upwards in metres"),
        ("ellipsoidal", "horizontal"),
        ("EPSG:28992+5709+5709", "3 coordinate systems"),
    ],
)
def test_an_unusable_crs_is_refused_with_a_sentence(text: str, complaint: str) -> None:
    with pytest.raises(CrsError, match=complaint):
        parse_crs(text)


@pytest.mark.parametrize(
    ("lon", "lat", "expected"),
    [
        (4.4, 52.0, "EPSG:32631"),
        (13.4, 52.5, "EPSG:32633"),
        (-58.4, -34.6, "EPSG:32721"),
        (179.99, 0.0, "EPSG:32660"),
        (180.0, 10.0, "EPSG:32601"),
        (0.0, 89.0, "EPSG:32661"),
    ],
)
def test_a_place_without_a_crs_gets_its_utm_zone(lon: float, lat: float, expected: str) -> None:
    assert suggest_crs(lon, lat) == CompoundCrs(expected, "ellipsoidal")
