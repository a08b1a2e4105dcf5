"""Photographs on tiles: texels as the renderer takes them, and broken ones."""

from __future__ import annotations

import io
from dataclasses import replace
from math import inf

import numpy as np
import pytest
from PIL import Image

from explorer.errors import ContentError
from explorer.streaming import photos, prepare_tile
from explorer.streaming.photos import decode_photo
from explorer.streaming.prepared import PreparedMesh
from explorer.tileformat import FeatureTable, ImageUse, Mesh, TileContent


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


@pytest.mark.parametrize("kind", ["TIFF", "EPS", "PCX"])
def test_kinds_that_no_standard_names_are_refused(kind: str) -> None:
    """The library would read them, and start another program for some."""
    with pytest.raises(ContentError, match="photograph"):
        decode_photo(_encoded(kind))


def test_a_small_file_that_says_it_is_huge_is_refused_before_memory_is_taken() -> None:
    """Found by fuzzing: 111 bytes of WebP that say 12,040 x 12,207 pixels took 700 MB."""
    stream = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(stream, "PNG")
    with pytest.raises(ContentError, match="12000 x 12000 pixels is too large"):
        decode_photo(stream.getvalue())


def test_a_file_that_is_no_image_is_told_in_words() -> None:
    with pytest.raises(ContentError, match=r"^A photograph cannot be read: it is of no known kind$"):
        decode_photo(b"no image at all")


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


def _noise(side: int, kind: str = "JPEG") -> bytes:
    image = Image.fromarray(np.random.default_rng(1).integers(0, 255, (side, side, 3)).astype(np.uint8))
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def _square(image: bytes, side_m: float) -> TileContent:
    """A square that shows all of a photograph."""
    at = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32)
    corners = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]) * side_m
    triangles = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
    return TileContent((Mesh(corners, triangles, texture_coordinates=at, image=image),), FeatureTable())


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_large_photograph_comes_small_and_says_what_more_there_is(kind: str) -> None:
    (mesh,) = prepare_tile(_square(_noise(2048, kind), 100.0), np.eye(4), lambda points: points).meshes
    assert mesh.photo is not None and mesh.photo.shape == (photos.FIRST_SIDE, photos.FIRST_SIDE, 4)
    assert mesh.sharper is not None and mesh.sharper.side == 2048
    assert mesh.sharper.metres_a_texel == pytest.approx(100.0 / 2048)
    assert mesh.size_bytes > mesh.photo.nbytes * 4 // 3 + len(mesh.sharper.data)
    assert decode_photo(mesh.sharper.data, 2048).shape == (2048, 2048, 4)


@pytest.mark.parametrize(("error", "side"), [(64.0, 64), (16.0, 256), (4.0, 1024), (0.5, 1024), (0.0, 1024)])
def test_what_finer_tiles_replace_is_no_sharper_than_can_be_seen_until_then(error: float, side: int) -> None:
    tile = prepare_tile(
        _square(_noise(1200), 100.0), np.eye(4), lambda points: points, geometric_error=error, is_replaced=True
    )
    (mesh,) = tile.meshes
    assert mesh.photo is not None and max(mesh.photo.shape[:2]) == side
    assert (mesh.sharper is not None) == (error < 4.0)


def test_a_tile_that_stays_keeps_all_of_its_photograph_whatever_its_error() -> None:
    tile = prepare_tile(_square(_noise(512), 100.0), np.eye(4), lambda points: points, geometric_error=64.0)
    (mesh,) = tile.meshes
    assert mesh.photo is not None and mesh.photo.shape[0] == 512 and mesh.sharper is None


def test_a_photograph_that_lies_nowhere_is_simply_small() -> None:
    content = _square(_noise(2048), 100.0)
    flat = replace(content.meshes[0], texture_coordinates=np.zeros((4, 2), np.float32))
    tile = prepare_tile(TileContent((flat,), FeatureTable()), np.eye(4), lambda points: points)
    (mesh,) = tile.meshes
    assert mesh.photo is not None and mesh.photo.shape[0] == photos.FIRST_SIDE and mesh.sharper is None


def _alphas(*alphas: int) -> bytes:
    """A row of grey pixels with these alphas."""
    stream = io.BytesIO()
    texels = np.array([[(90, 90, 90, alpha) for alpha in alphas]], np.uint8)
    Image.fromarray(texels).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("use", "is_seen"),
    [
        (ImageUse(), [False, False, True, True]),
        (ImageUse(alpha_scale=inf), [True, True, True, True]),
        (ImageUse(alpha_scale=0.5 / 0.9), [False, False, False, True]),
        (ImageUse(alpha_scale=0.5 / 0.25), [False, True, True, True]),
    ],
)
def test_what_is_seen_through_is_what_the_material_says(use: ImageUse, is_seen: list[bool]) -> None:
    texels = decode_photo(_alphas(0, 64, 200, 255), use=use)
    assert (texels[0, :, 3] >= 128).tolist() == is_seen


def test_what_is_translucent_all_over_is_drawn_solid_rather_than_not_at_all() -> None:
    glass = ImageUse(is_blended=True)
    assert (decode_photo(_alphas(80, 80, 80), use=glass)[..., 3] >= 128).all()
    assert (decode_photo(_alphas(80, 0, 80), use=glass)[0, :, 3] >= 128).tolist() == [True, False, True]
    assert (decode_photo(_alphas(0, 0), use=glass)[..., 3] == 0).all()


def test_grey_of_sixteen_bits_keeps_its_shades() -> None:
    stream = io.BytesIO()
    Image.fromarray(np.array([[0, 0x4000, 0x8000, 0xFFFF]], np.uint16)).save(stream, "PNG")
    assert decode_photo(stream.getvalue())[0, :, 0].tolist() == [0, 0x40, 0x80, 0xFF]


def test_photographs_that_lie_in_different_ways_are_drawn_apart_and_know_it_when_they_sharpen() -> None:
    clamped, content = ImageUse(wraps=("clamp", "clamp")), _square(_noise(2048), 100.0)
    both = (content.meshes[0], replace(content.meshes[0], image_use=clamped))
    tile = prepare_tile(TileContent(both, FeatureTable()), np.eye(4), lambda points: points)
    assert [mesh.image_use for mesh in tile.meshes if isinstance(mesh, PreparedMesh)] == [ImageUse(), clamped]
    assert [mesh.sharper.use for mesh in tile.meshes if mesh.sharper] == [ImageUse(), clamped]
