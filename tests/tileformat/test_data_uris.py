"""Files within an address, as whoever writes `data:` URIs writes them."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import numpy as np
import pytest

from explorer.errors import ContentError
from explorer.tileformat import decode_content
from explorer.tileformat.data_uri import data_of_uri
from explorer.tileformat.outside import files_beside
from tests.tileformat.gltf_specimen import Gltf, corners

ODD = np.array([[0, 0, 0], [1, 0, 0], [0, -1.7, 0]], "<f4")
BYTES = bytes(range(256)) + b"\xfb\xff\xfe"


def embedded(uri: str, n_bytes: int) -> bytes:
    gltf = Gltf()
    gltf.primitive(ODD)
    gltf.document["buffers"] = [{"byteLength": n_bytes, "uri": uri}]
    return json.dumps(gltf.document).encode()


def in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    "text",
    [
        "data:application/octet-stream;base64," + in_base64(BYTES),
        "DATA:application/octet-stream;BASE64," + in_base64(BYTES),
        "data:;base64," + in_base64(BYTES + b"!").rstrip("="),
        "data:;base64," + quote(in_base64(BYTES), safe=""),
        "data:;base64," + base64.urlsafe_b64encode(BYTES).decode(),
        "data:;base64," + in_base64(BYTES)[:60] + "\n  " + in_base64(BYTES)[60:],
        "data:application/octet-stream," + "".join(f"%{byte:02X}" for byte in BYTES),
        "data:;charset=UTF-8," + quote(BYTES),
    ],
)
def test_every_way_to_write_bytes_into_an_address_is_read(text: str) -> None:
    assert data_of_uri(text) in (BYTES, BYTES + b"!")


def test_a_buffer_of_percent_escapes_and_another_scheme_is_drawn() -> None:
    data = ODD.tobytes()
    for uri in ("data:application/octet-stream," + quote(data), "Data:;base64," + in_base64(data)):
        content = decode_content(embedded(uri, len(data)), "a.gltf")
        np.testing.assert_allclose(corners(content)[0][2], [0, 0, -1.7], rtol=1e-6)
        assert files_beside(embedded(uri, len(data)), "a.gltf") == []


def test_what_is_no_base64_is_told_of_and_not_in_full() -> None:
    with pytest.raises(ContentError, match="its data URI is not base64") as told:
        decode_content(embedded("data:;base64,!!" + "A" * 10_000, 36), "a.gltf")
    assert len(str(told.value)) < 200
