"""EXT_structural_metadata: every type, what is done to values, external schemas, and tables that say too much."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.errors import ContentError, FetchError
from explorer.tileformat import TileContent, decode_content
from tests.tileformat.gltf_specimen import Gltf

SAMPLES = "3dtiles/samples-gltf-ext/EXT_structural_metadata"


def table(
    about: dict[str, Any],
    stored: dict[str, Any] | None,
    count: int = 3,
    enums: dict[str, Any] | None = None,
    **more: Any,
) -> TileContent:
    """A triangle whose features have one property `p`; lists in `stored` become buffer views."""
    gltf = Gltf()
    made = gltf.primitive()
    made["attributes"]["_FEATURE_ID_0"] = gltf.accessor(np.arange(3, dtype="<u2"))
    made["extensions"] = {
        "EXT_mesh_features": {"featureIds": [{"featureCount": 3, "attribute": 0, "propertyTable": 0}]}
    }
    if stored is not None:
        stored = {
            key: gltf.view(value.tobytes()) if isinstance(value, np.ndarray) else value for key, value in stored.items()
        }
    schema = {"id": "s", "classes": {"c": {"properties": {"p": about}}}, "enums": enums or {}}
    own = {"class": "c", "count": count, "properties": {} if stored is None else {"p": stored}}
    gltf.document["extensions"] = {"EXT_structural_metadata": {"schema": schema, "propertyTables": [own], **more}}
    return gltf.decode()


def values(about: dict[str, Any], stored: dict[str, Any] | None, **more: Any) -> Any:
    content = table(about, stored, **more)
    assert not content.diagnostics
    return content.features.columns.get(about.get("name", "p"))


def scalar(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "SCALAR", "componentType": kind, **more}


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [("INT8", "i1"), ("UINT8", "u1"), ("INT16", "<i2"), ("UINT16", "<u2"), ("INT32", "<i4"), ("UINT32", "<u4"),
     ("INT64", "<i8"), ("UINT64", "<u8")],
)  # fmt: skip
def test_integers_of_every_width_are_exact(kind: str, dtype: str) -> None:
    limits = np.iinfo(dtype)
    stored = np.array([limits.min, limits.max, 7], dtype)
    assert values(scalar(kind), {"values": stored}) == [int(limits.min), int(limits.max), 7]


def test_normalised_integers_scale_and_offset_are_applied_and_the_tables_own_come_first() -> None:
    stored = np.array([-128, 0, 127], "i1")
    assert values(scalar("INT8", normalized=True), {"values": stored}) == [-1.0, 0.0, 1.0]
    about = scalar("INT8", normalized=True, scale=10, offset=5)
    assert values(about, {"values": stored}) == [-5.0, 5.0, 15.0]
    assert values(about, {"values": stored, "scale": 2, "offset": 0}) == [-2.0, 0.0, 2.0]


def test_scale_and_offset_of_vectors_and_of_fixed_arrays_go_component_by_component() -> None:
    rows = np.arange(6, dtype="<f4")
    vector = {"type": "VEC2", "componentType": "FLOAT32", "scale": [1, 10], "offset": [0, 100]}
    assert values(vector, {"values": rows}) == [(0, 110), (2, 130), (4, 150)]
    array = scalar("FLOAT32", array=True, count=2, scale=[1, 10], offset=[0, 100])
    assert values(array, {"values": rows}) == [[0, 110], [2, 130], [4, 150]]
    both = {"type": "VEC2", "componentType": "FLOAT32", "array": True, "count": 2, "scale": [[1, 2], [3, 4]]}
    found = values(both, {"values": np.ones(12, "<f4")})
    assert found == [[[1, 2], [3, 4]]] * 3


def test_no_data_is_compared_as_stored_and_gives_the_default_as_it_is() -> None:
    stored = np.array([0, 255, 51], "u1")
    about = scalar("UINT8", normalized=True, noData=255, scale=10)
    assert values(about, {"values": stored}) == [0.0, None, 2.0]
    assert values(about | {"default": 99.5}, {"values": stored}) == [0.0, 99.5, 2.0]
    floats = scalar("FLOAT32", noData=-9999.9)  # rounded to float32 in the file
    assert values(floats, {"values": np.array([1, -9999.9, 2], "<f4")}) == [1.0, None, 2.0]
    vector = {"type": "VEC2", "componentType": "INT16", "noData": [0, 0]}
    assert values(vector, {"values": np.array([[1, 0], [0, 0], [0, 1]], "<i2")}) == [(1, 0), None, (0, 1)]


def test_a_property_that_the_table_leaves_out_has_its_default_or_is_left_out() -> None:
    assert values(scalar("INT8", default=4), None) == [4, 4, 4]
    assert values(scalar("INT8"), None) is None


def test_enums_have_names_also_in_arrays_and_their_no_data_is_a_name() -> None:
    enums = {"e": {"valueType": "INT16", "values": [{"name": "Oak", "value": -1}, {"name": "None", "value": 5}]}}
    about = {"type": "ENUM", "enumType": "e"}
    stored = {"values": np.array([-1, 5, 9], "<i2")}
    assert values(about, stored, enums=enums) == ["Oak", "None", 9]
    assert values(about | {"noData": "None", "default": "Oak"}, stored, enums=enums) == ["Oak", "Oak", 9]
    ends = {"arrayOffsets": np.array([0, 2, 2, 3], "u1"), "arrayOffsetType": "UINT8"}
    assert values(about | {"array": True}, stored | ends, enums=enums) == [["Oak", "None"], [], [9]]


def test_matrices_come_column_by_column() -> None:
    about = {"type": "MAT2", "componentType": "FLOAT64"}
    assert values(about, {"values": np.arange(12, dtype="<f8")}) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]


@pytest.mark.parametrize(("kind", "dtype"), [("UINT8", "u1"), ("UINT16", "<u2"), ("UINT32", "<u4"), ("UINT64", "<u8")])
def test_texts_and_lists_of_texts_with_offsets_of_every_width(kind: str, dtype: str) -> None:
    text = np.frombuffer("een\u00e9\u20actwee".encode(), np.uint8)
    ends = {"stringOffsets": np.array([0, 3, 8, 12], dtype), "stringOffsetType": kind}
    assert values({"type": "STRING"}, {"values": text, **ends}) == ["een", "\u00e9\u20ac", "twee"]
    lists = ends | {"arrayOffsets": np.array([0, 2, 2, 3], dtype), "arrayOffsetType": kind}
    assert values({"type": "STRING", "array": True}, {"values": text, **lists}) == [
        ["een", "\u00e9\u20ac"],
        [],
        ["twee"],
    ]


def test_truth_values_are_bits_also_in_arrays() -> None:
    bits = {"values": np.packbits([1, 0, 1, 1, 0, 0], bitorder="little")}
    assert values({"type": "BOOLEAN"}, bits) == [True, False, True]
    fixed = values({"type": "BOOLEAN", "array": True, "count": 2}, bits)
    assert fixed == [[True, False], [True, True], [False, False]]


def test_tables_as_drafts_of_the_standard_wrote_them_are_read() -> None:
    assert values({"type": "FLOAT32"}, {"bufferView": np.array([1, 2, 3], "<f4")}) == [1.0, 2.0, 3.0]


def test_two_properties_of_one_name_are_both_there() -> None:
    gltf_class = {"a": {"name": "Height", "type": "SCALAR", "componentType": "INT8", "default": 1},
                  "b": {"name": "Height", "type": "SCALAR", "componentType": "INT8", "default": 2}}  # fmt: skip
    schema = {"classes": {"c": {"properties": gltf_class}}}
    content = table({"type": "STRING"}, None, schema=schema)
    assert content.features.columns == {"Height": [1, 1, 1], "b": [2, 2, 2]}


def test_a_schema_in_a_file_of_its_own_is_fetched() -> None:
    schema = {"classes": {"c": {"properties": {"p": scalar("INT8", default=3)}}}}
    gltf = Gltf()
    made = gltf.primitive()
    made["extensions"] = {"EXT_mesh_features": {"featureIds": [{"featureCount": 3, "propertyTable": 0}]}}
    own = {"class": "c", "count": 3}
    gltf.document["extensions"] = {"EXT_structural_metadata": {"schemaUri": "far/s.json", "propertyTables": [own]}}
    asked = []

    def resolve(uri: str) -> bytes:
        asked.append(uri)
        return json.dumps(schema).encode()

    assert gltf.decode(resolve=resolve).features.columns == {"p": [3, 3, 3]}
    assert asked == ["far/s.json"]

    def nothing(uri: str) -> bytes:
        raise FetchError("gone")

    content = gltf.decode(resolve=nothing)
    assert content.features.columns == {} and len(content.features) == 3
    assert any("gone" in sentence for sentence in content.diagnostics)


@pytest.mark.parametrize(
    ("about", "stored", "count"),
    [
        ({"type": "TENSOR"}, {"values": np.zeros(3)}, 3),
        (scalar("FLOAT128"), {"values": np.zeros(3)}, 3),
        (scalar("INT8"), {"values": 77}, 3),
        (scalar("INT8"), {"values": np.zeros(2, "i1")}, 3),
        (scalar("INT8", array=True, count=1 << 40), {"values": np.zeros(3, "i1")}, 3),
        (scalar("INT8", scale=[1, 2, 3, 4]), {"values": np.zeros(3, "i1")}, 3),
        ({"type": "STRING"}, {"values": np.zeros(3, "u1"), "stringOffsets": np.array([0, 9, 9, 9], "<u4")}, 3),
        ({"type": "STRING"}, {"values": np.zeros(3, "u1"), "stringOffsets": np.array([0, 3, 1, 2], "<u4")}, 3),
        ({"type": "STRING"}, {"values": np.zeros(3, "u1"), "stringOffsets": np.array([0, 1], "<u4")}, 3),
    ],
)
def test_a_property_that_does_not_hold_what_it_says_is_left_out_with_a_word(
    about: dict[str, Any], stored: dict[str, Any], count: int
) -> None:
    content = table(about, stored, count)
    assert content.features.columns == {}
    assert len(content.diagnostics) == 1
    assert "left out" in content.diagnostics[0] and "tiles/x.glb" in content.diagnostics[0]


def test_a_table_of_more_rows_than_there_is_room_for_is_refused() -> None:
    content = table(scalar("INT8", default=1), None, 1 << 40)
    assert content.features.columns == {}
    assert any("more than can be read" in sentence for sentence in content.diagnostics)


def test_many_defaults_do_not_fill_the_memory() -> None:
    many = {f"p{i}": scalar("INT8", default=1) for i in range(1000)}
    content = table({}, None, 1 << 20, schema={"classes": {"c": {"properties": many}}})
    assert len(content.features.columns) == 8
    assert any("more than can be read" in sentence for sentence in content.diagnostics)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(
            ["type", "componentType", "array", "count", "normalized", "noData", "default", "scale", "enumType"]
        ),
        st.one_of(
            st.sampled_from(["SCALAR", "VEC3", "STRING", "BOOLEAN", "ENUM", "UINT8", "FLOAT32", "e"]),
            st.integers(-2, 1 << 70), st.booleans(), st.none(), st.lists(st.integers(), max_size=3),
            st.floats(allow_nan=False, allow_infinity=False),
        ),
    ),
    st.binary(max_size=60),
)  # fmt: skip
def test_whatever_a_schema_says_costs_no_more_than_the_tile(about: dict[str, Any], data: bytes) -> None:
    stored = {name: np.frombuffer(data, np.uint8) for name in ("values", "arrayOffsets", "stringOffsets")}
    with suppress(ContentError):
        table(about, stored, enums={"e": {"values": [{"name": [], "value": {}}]}})


def sample(shared_data: Path, name: str) -> TileContent:
    folder = shared_data / SAMPLES / name
    path = folder / f"{name}.gltf"
    return decode_content(path.read_bytes(), path.name, resolve=lambda uri: (folder / uri).read_bytes())


def test_the_complex_types_are_those_of_the_samples_readme(shared_data: Path) -> None:
    content = sample(shared_data, "ComplexTypes")
    columns = list(content.features.columns.values())
    assert not content.diagnostics
    expected = [[0, 255], [0, 128, 255], [0, 85, 170, 255], [0, 64, 128, 192, 255]]
    assert columns[0] == [[value / 255 for value in row] for row in expected]
    assert columns[1][3] == [False, True] * 5
    assert columns[2][:3] == [["One"], ["One", "Two"], ["One", "Two", "Three"]]
    a, b, c = (f"ExampleEnumValue{letter}" for letter in "ABC")
    assert columns[3] == [[a, b], [b, c], [c, a], [b, c]]


def test_the_values_of_two_classes_are_those_of_the_samples_readme(shared_data: Path) -> None:
    content = sample(shared_data, "MultipleClasses")
    columns = content.features.columns
    np.testing.assert_allclose(columns["Example FLOAT32 property"], [1.1, 2.2, 3.3, 4.4], rtol=1e-6)
    assert columns["Example INT64 property"] == [1234567, 2345678, 3456789, 4567890]
    # Both of its sets have a table; the first is taken. Its ids fall, against its README: 3333 2222 1111 0000.
    assert np.asarray(content.meshes[0].feature_index).tolist() == np.repeat([3, 2, 1, 0], 4).tolist()


def test_the_first_of_two_sets_and_its_values_are_those_of_the_samples_readme(shared_data: Path) -> None:
    content = sample(shared_data, "MultipleFeatureIdsAndProperties")
    columns = content.features.columns
    assert np.asarray(content.meshes[0].feature_index).tolist() == np.repeat(range(4), 4).tolist()
    expected = [[0.0, 0.1, 0.2], [1.0, 1.1, 1.2], [2.0, 2.1, 2.2], [3.0, 3.1, 3.2]]
    np.testing.assert_allclose(columns["Example VEC3 FLOAT32 property"], expected, atol=1e-6)
    assert [text.split()[0] for text in columns["Example STRING property"]] == ["Rain", "Thunder", "Sun", "Snow"]
