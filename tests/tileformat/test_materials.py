"""What of a material is shown: colours, unlit surfaces, which image, and where on it."""

from __future__ import annotations

import importlib.util
import io
import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from explorer.errors import ContentError
from explorer.streaming.photos import decode_photo
from explorer.tileformat import Mesh, TileContent, decode_content, ktx2
from explorer.tileformat.ktx2 import MAGIC, decode_ktx2
from tests.tileformat.gltf_specimen import Gltf

needs_basisu = pytest.mark.skipif(
    importlib.util.find_spec("opengl_basisu") is None, reason="no wheel of opengl_basisu for this machine"
)
UV = np.array([[0, 0], [1, 0], [0, 1]], "<f4")


def shown(
    material: dict[str, Any], textures: list[dict[str, Any]] | None = None, *images: bytes, needs: tuple[str, ...] = ()
) -> TileContent:
    gltf = Gltf()
    gltf.document["extensionsRequired"] = list(needs)
    made = gltf.primitive()
    made["attributes"]["TEXCOORD_0"] = gltf.accessor(UV)
    made["attributes"]["TEXCOORD_1"] = gltf.accessor(UV + 5)
    made["material"] = 0
    gltf.document["images"] = [{"bufferView": gltf.view(image)} for image in images]
    gltf.document |= {"materials": [material], "textures": textures or []}
    return gltf.decode()


def only(content: TileContent) -> Mesh:
    assert len(content.meshes) == 1
    return content.meshes[0]


def test_unlit_is_told() -> None:
    plain: dict[str, Any] = {"pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, 1]}}
    assert not only(shown(plain)).unlit
    mesh = only(shown(plain | {"extensions": {"KHR_materials_unlit": {}}}))
    assert mesh.unlit and mesh.base_colour == (1.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize("factor", [[0.5, 0, 0.25], [0.5, 0, 0.25, 1]])
def test_a_base_colour_of_three_numbers_is_not_seen_through(factor: list[float]) -> None:
    mesh = only(shown({"pbrMetallicRoughness": {"baseColorFactor": factor}, "alphaMode": "BLEND"}))
    assert mesh.base_colour == (0.5, 0.0, 0.25, 1.0)


def test_specular_glossiness_gives_its_diffuse_colour_and_image() -> None:
    glossy = {"diffuseFactor": [0, 1, 0, 0.5], "diffuseTexture": {"index": 0, "texCoord": 1}}
    material = {
        "pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, 1]},
        "extensions": {"KHR_materials_pbrSpecularGlossiness": glossy},
    }
    mesh = only(shown(material, [{"source": 0}], b"diffuse"))
    assert mesh.base_colour == (0.0, 1.0, 0.0, 0.5)
    assert mesh.image == b"diffuse"
    np.testing.assert_allclose(mesh.texture_coordinates, UV + 5)


def test_the_webp_image_is_taken_before_the_plain_one() -> None:
    texture = {"source": 0, "extensions": {"EXT_texture_webp": {"source": 1}}}
    material = {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}
    assert only(shown(material, [texture], b"png", b"webp")).image == b"webp"
    texture["extensions"] = {"EXT_texture_webp": {"source": 9}}
    content = shown(material, [texture], b"png", b"webp")
    assert only(content).image == b"png"
    assert any("not there" in sentence for sentence in content.diagnostics)
    coloured = {"pbrMetallicRoughness": {"baseColorTexture": {"index": 7}, "baseColorFactor": [1, 0, 0, 1]}}
    assert only(shown(coloured)).base_colour == (1.0, 0.0, 0.0, 1.0)


def moved(**transform: Any) -> np.ndarray:
    info = {"index": 0, "extensions": {"KHR_texture_transform": transform}}
    found = only(shown({"pbrMetallicRoughness": {"baseColorTexture": info}}, [{"source": 0}], b"x")).texture_coordinates
    assert found is not None
    return found


def test_texture_transforms_are_those_of_the_extensions_own_examples() -> None:
    # "the lower left quadrant of the source image, rotated clockwise 90 degrees"
    quadrant = moved(offset=[0, 1], rotation=math.pi / 2, scale=[0.5, 0.5])
    np.testing.assert_allclose(quadrant, [[0, 1], [0, 0.5], [0.5, 1]], atol=1e-6)
    # "inverts the T axis, effectively defining a bottom-left origin"
    np.testing.assert_allclose(moved(offset=[0, 1], scale=[1, -1]), [[0, 1], [1, 1], [0, 0]], atol=1e-6)
    np.testing.assert_allclose(moved(texCoord=1), UV + 5)
    np.testing.assert_allclose(moved(scale="wide"), UV)


KTX2_AND_PLAIN = {"source": 0, "extensions": {"KHR_texture_basisu": {"source": 1}}}
KTX2_ALONE = {"extensions": {"KHR_texture_basisu": {"source": 1}}}
TEXTURED = {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}


def test_without_the_transcoder_the_plain_image_is_used_and_the_library_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.tileformat.materials.can_transcode", lambda: False)
    content = shown(TEXTURED, [KTX2_AND_PLAIN], b"png", MAGIC + b"...")
    assert only(content).image == b"png"
    assert any("opengl_basisu" in sentence for sentence in content.diagnostics)
    alone = shown(TEXTURED, [KTX2_ALONE], b"png", MAGIC + b"...")
    assert only(alone).image is None
    assert any("opengl_basisu" in sentence for sentence in alone.diagnostics)
    monkeypatch.setattr(ktx2, "can_transcode", lambda: False)
    with pytest.raises(ContentError, match="opengl_basisu"):
        decode_photo(MAGIC + b"...")


@needs_basisu
def test_a_ktx2_texture_is_taken_before_the_plain_one() -> None:
    assert only(shown(TEXTURED, [KTX2_AND_PLAIN], b"png", MAGIC + b"...")).image == MAGIC + b"..."


@needs_basisu
@pytest.mark.parametrize("name", ["kota-onelevel", "kota-mipmaps", "kota-automipmap"])
def test_ktx2_textures_look_like_the_photograph_they_were_made_of(shared_data: Path, name: str) -> None:
    folder = shared_data / "gltf" / "ktx2"
    texels = decode_photo((folder / f"{name}.ktx2").read_bytes())
    with Image.open(folder / "kota.jpg") as image:
        photo = np.asarray(image.convert("RGB")).astype(float)
    assert texels.shape == (192, 256, 4)
    difference = np.abs(texels[:, :, [2, 1, 0]] - photo)
    assert difference.mean() < 4.0  # UASTC's own loss; upside down or with channels exchanged it is above 25
    assert np.abs(photo[::-1] - photo).mean() > 25.0


@needs_basisu
def test_a_smaller_level_of_a_ktx2_texture_is_taken_where_the_largest_is_too_large(shared_data: Path) -> None:
    data = (shared_data / "gltf" / "ktx2" / "kota-mipmaps.ktx2").read_bytes()
    assert decode_ktx2(data, 1 << 20, 64).shape == (48, 64, 4)
    with pytest.raises(ContentError, match="too large"):
        decode_ktx2(data, 1000, 64)


def header(width: int = 4, height: int = 4, levels: int = 1, unfolded: int = 16, offset: int = 104) -> bytes:
    words = struct.pack("<9I", 0, 1, width, height, 0, 0, 1, levels, 0) + b"\0" * 32
    return MAGIC + words + struct.pack("<3Q", offset, 16, unfolded) + b"\0" * 16


@needs_basisu
@pytest.mark.parametrize(
    "data",
    [
        MAGIC,
        header(),
        header(unfolded=1 << 50),
        header(offset=1 << 60),
        header(width=0),
        header(levels=1 << 30),
        header(width=1 << 31, height=1 << 31),
    ],
)
def test_a_hostile_ktx2_file_is_an_error_with_a_sentence(data: bytes) -> None:
    with pytest.raises(ContentError):
        decode_ktx2(data, 1 << 24, 4096)


@needs_basisu
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=5), st.booleans())
def test_bytes_changed_in_a_ktx2_file_give_an_error_or_pixels(changes: list[tuple[int, int]], in_header: bool) -> None:
    path = Path(__file__).parents[2].parent / "shared" / "data" / "gltf" / "ktx2" / "kota-onelevel.ktx2"
    broken = bytearray(path.read_bytes() if path.exists() else header())
    for place, value in changes:
        broken[place % (300 if in_header and len(broken) > 300 else len(broken))] = value
    try:
        pixels = decode_ktx2(bytes(broken), 1 << 20, 4096)
    except ContentError:
        return
    assert pixels.ndim == 3


def test_the_billboards_of_a_published_sample_keep_their_photograph(shared_data: Path) -> None:
    """Its material is a program of WebGL 1 (KHR_techniques_webgl), of which the image alone can be shown."""
    path = shared_data / "3dtiles/samples-1.0/TilesetWithTreeBillboards/tree_billboard.i3dm"
    content = decode_content(path.read_bytes(), path.name)
    (group,) = content.instances
    assert len(group) == 25
    image = group.meshes[0].image
    assert image is not None and group.meshes[0].texture_coordinates is not None
    with Image.open(io.BytesIO(image)) as picture:
        assert picture.mode == "RGBA" and min(picture.size) >= 64


def test_programs_under_their_misspelt_name_keep_their_photograph() -> None:
    """As a widespread converter of OSGB wrote them, the image beside the extension."""
    said = {"KHR_technique_webgl": {"technique": 0, "values": {"diffuse": 0}}}
    material = {"extensions": said, "technique": 0, "values": {"diffuse": {"index": 1, "texCoord": 1}}}
    pictures = [{"source": 0}, {"source": 1}]
    mesh = only(shown(material, pictures, b"other", b"facade", needs=("KHR_technique_webgl",)))
    assert mesh.image == b"facade"
    np.testing.assert_allclose(mesh.texture_coordinates, UV + 5)
    with pytest.raises(ContentError, match="KHR_technique_webgpu"):
        shown(material, pictures, b"", b"", needs=("KHR_technique_webgpu",))


@pytest.mark.parametrize(
    ("said", "alpha", "scale"),
    [
        ({}, 1.0, math.inf),
        ({"alphaMode": "OPAQUE"}, 0.0, math.inf),
        ({"alphaMode": "MASK"}, 1.0, 1.0),
        ({"alphaMode": "MASK", "alphaCutoff": 0.25}, 1.0, 2.0),
        ({"alphaMode": "MASK", "alphaCutoff": 0.25}, 0.5, 1.0),
        ({"alphaMode": "MASK", "alphaCutoff": 0}, 1.0, math.inf),
        ({"alphaMode": "MASK", "alphaCutoff": "none"}, 1.0, 1.0),
        ({"alphaMode": "BLEND"}, 0.3, 1.0),
    ],
)
def test_alpha_counts_as_the_material_says(said: dict[str, Any], alpha: float, scale: float) -> None:
    surface = {"baseColorTexture": {"index": 0}, "baseColorFactor": [1, 1, 1, alpha]}
    use = only(shown({"pbrMetallicRoughness": surface} | said, [{"source": 0}], b"png")).image_use
    assert use.alpha_scale == scale
    assert use.is_blended == (said.get("alphaMode") == "BLEND")


@pytest.mark.parametrize(
    ("said", "alpha", "is_there"),
    [
        ({"alphaMode": "BLEND"}, 0.0, False),
        ({"alphaMode": "BLEND"}, 0.2, True),
        ({"alphaMode": "MASK"}, 0.4, False),
        ({"alphaMode": "MASK", "alphaCutoff": 0.3}, 0.4, True),
        ({}, 0.0, True),
    ],
)
def test_what_a_material_makes_invisible_is_left_out(said: dict[str, Any], alpha: float, is_there: bool) -> None:
    content = shown({"pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, alpha]}} | said)
    assert len(content.meshes) == int(is_there) and content.diagnostics == ()


def test_the_sampler_says_what_lies_beyond_an_image_and_how_it_is_enlarged() -> None:
    gltf = Gltf()
    made = gltf.primitive()
    made["attributes"]["TEXCOORD_0"] = gltf.accessor(UV)
    made["material"] = 0
    gltf.document |= {
        "images": [{"bufferView": gltf.view(b"png")}],
        "materials": [TEXTURED],
        "textures": [{"source": 0, "sampler": 0}],
        "samplers": [{"wrapS": 33071, "wrapT": 33648, "magFilter": 9728}],
    }
    use = only(gltf.decode()).image_use
    assert use.wraps == ("clamp", "mirror") and not use.is_smooth
    for broken in ([], [{"wrapS": "no", "wrapT": None}]):
        gltf.document["samplers"] = broken
        use = only(gltf.decode()).image_use
        assert use.wraps == ("repeat", "repeat") and use.is_smooth


def test_a_black_surface_that_glows_shows_its_light() -> None:
    """As obj2gltf wrote what needs no light, before KHR_materials_unlit."""
    black = {"pbrMetallicRoughness": {"baseColorFactor": [0, 0, 0, 1]}}
    glowing = black | {"emissiveFactor": [1, 1, 1], "emissiveTexture": {"index": 0}}
    mesh = only(shown(glowing, [{"source": 0}], b"png"))
    assert mesh.image == b"png" and mesh.base_colour == (1.0, 1.0, 1.0, 1.0) and mesh.unlit
    assert only(shown(black)).base_colour == (0.0, 0.0, 0.0, 1.0)
    lamp = only(shown({"pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, 1]}, "emissiveFactor": [1, 1, 0]}))
    assert lamp.base_colour == (1.0, 0.0, 0.0, 1.0) and not lamp.unlit
