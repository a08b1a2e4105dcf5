"""`data:` URIs, which hold the bytes of a file themselves (RFC 2397), as glTF and 3D Tiles embed their files."""

from __future__ import annotations

import base64
from urllib.parse import unquote_to_bytes

from explorer.errors import quoted

_SCHEME = "data:"
_USUAL_ALPHABET = bytes.maketrans(b"-_", b"+/")
_WHITE_SPACE = b" \t\r\n\f"


def is_data_uri(uri: str) -> bool:
    """Whether an address holds its file itself."""
    return uri[: len(_SCHEME)].lower() == _SCHEME


def data_of_uri(uri: str) -> bytes:
    """The bytes in a `data:` URI; none where it has no comma.

    Base64 may be that of addresses (- and _), lack its padding, have white space in it or percent escapes. Raises
    ValueError where it is no base64.
    """
    head, _comma, text = uri.partition(",")
    data = unquote_to_bytes(text) if "%" in text else text.encode()
    if not head.replace(" ", "").lower().endswith(";base64"):
        return data
    data = data.translate(_USUAL_ALPHABET, _WHITE_SPACE).rstrip(b"=")
    return base64.b64decode(data + b"=" * (-len(data) % 4), validate=True)


def shown_uri(uri: str) -> str:
    """An address as it may stand in a sentence: a `data:` URI is as long as its file."""
    return quoted(uri) if is_data_uri(uri) else uri
