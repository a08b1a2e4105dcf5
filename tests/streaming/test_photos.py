"""Photographs on tiles: texels as the renderer takes them, and broken ones."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from explorer.errors import ContentError
from explorer.streaming import photos, prepare_tile
from explorer.streaming.photos import decode_photo
from explorer.tileformat import FeatureTable, Mesh, TileContent


def _encoded(kind: str, size: tuple[int, int] = (3, 2)) -> bytes:
    image = Image.new("RGB", size, (200, 100, 50))
    image.putpixel((0, 0), (10, 220, 30))
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_a_photograph_becomes_texels_blue_first_and_top_row_first(kind: str) -> None:
    texels = decode_photo(_encoded(kind))
    assert texels.shape == (2, 3, 4) and texels.dtype == np.uint8
    assert (texels[..., 3] == 255).all()
    if kind == "PNG":
        assert texels[0, 0].tolist() == [30, 220, 10, 255]
        assert texels[1, 2].tolist() == [50, 100, 200, 255]


def test_a_large_photograph_is_made_smaller() -> None:
    texels = decode_photo(_encoded("PNG", (photos.MAX_SIDE * 2, 8)))
    assert texels.shape[1] == photos.MAX_SIDE


@pytest.mark.parametrize("data", [b"", b"no image", _encoded("PNG")[:40], _encoded("JPEG")[:200]])
def test_what_is_no_image_is_a_clear_error(data: bytes) -> None:
    with pytest.raises(ContentError, match="photograph"):
        decode_photo(data)


def _tile(image: bytes) -> TileContent:
    corners = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 1.0]])
    at = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]], np.float32)
    triangles = np.array([[0, 1, 2]], np.uint32)
    return TileContent((Mesh(corners, triangles, texture_coordinates=at, image=image),), FeatureTable())


def test_a_tile_keeps_its_photograph_and_where_it_lies() -> None:
    tile = prepare_tile(_tile(_encoded("PNG")), np.eye(4), lambda points: points)
    (mesh,) = tile.meshes
    assert mesh.photo is not None and mesh.texture_coordinates is not None
    assert mesh.size_bytes > mesh.photo.nbytes


def test_a_broken_photograph_is_told_and_the_mesh_stays() -> None:
    tile = prepare_tile(_tile(b"broken"), np.eye(4), lambda points: points)
    (mesh,) = tile.meshes
    assert mesh.photo is None and mesh.texture_coordinates is None and len(mesh.triangles) == 1
    assert any("photograph" in problem for problem in tile.diagnostics)
