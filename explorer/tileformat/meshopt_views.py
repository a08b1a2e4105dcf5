"""Buffer views that meshoptimizer compressed, back as the bytes that they stand for.

Specification: EXT_meshopt_compression (Khronos glTF 2.0 vendor extension), and KHR_meshopt_compression, which adds the
COLOR filter and the second version of the vertex codec under the same keys.
"""

from __future__ import annotations

from typing import Any

from explorer.i18n import _

NAMES = ("EXT_meshopt_compression", "KHR_meshopt_compression")
MAX_UNFOLDED = 1 << 30
"""Bytes that the compressed views of one document may unfold to, all together."""
_MODES = {"ATTRIBUTES", "TRIANGLES", "INDICES"}
_FILTERS = {"NONE", "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL", "COLOR"}
_MOST_PER_BYTE = 1100
"""No stream of the codec holds more: a control byte for four channels of 256 equal values, 16 bytes at the end."""


def meshopt_extension(entry: dict[str, Any]) -> dict[str, Any] | None:
    """What a buffer view or a buffer says about its compression; None where it says nothing."""
    extensions = entry.get("extensions")
    if isinstance(extensions, dict):
        for name in NAMES:
            found = extensions.get(name)
            if isinstance(found, dict):
                return found
    return None


def unfolded_size(count: int, stride: int, mode: Any, filter_name: Any, compressed: int) -> int:
    """Bytes that a stream stands for, after all that it declares was checked against the standard.

    Raises ValueError, with a sentence for people, before anything is allocated.
    """
    if mode not in _MODES or (filter_name or "NONE") not in _FILTERS:
        raise ValueError(_("its compression has a mode or filter that is not known."))
    if mode == "ATTRIBUTES":
        sound = 4 <= stride <= 256 and stride % 4 == 0
        if filter_name in ("OCTAHEDRAL", "COLOR"):
            sound = stride in (4, 8)
        elif filter_name == "QUATERNION":
            sound = stride == 8
    else:
        sound = stride in (2, 4) and (mode == "INDICES" or count % 3 == 0)
    if not sound:
        raise ValueError(_("its compression has a count or stride that its mode does not allow."))
    size = count * stride
    # Triangles take a byte and more each, loose indices a byte; rows of attributes can be far smaller.
    most = compressed * (_MOST_PER_BYTE if mode == "ATTRIBUTES" else 3 * stride)
    if size > most:
        raise ValueError(_("it says {size} bytes, more than its stream can hold.").format(size=size))
    return size


def unfold(data: memoryview, count: int, stride: int, mode: str, filter_name: str | None) -> memoryview:
    """The bytes of a stream that `unfolded_size` found sound. Releases the GIL while it decodes.

    Raises ValueError where the stream is damaged.
    """
    import meshopt

    if count == 0:
        return memoryview(b"")
    try:
        rows = meshopt.decode_gltf_buffer(data, count, stride, mode, filter_name or "NONE")
    except (ValueError, RuntimeError) as problem:
        raise ValueError(_("its compressed stream is damaged.")) from problem
    return memoryview(rows.reshape(-1)).cast("B")
