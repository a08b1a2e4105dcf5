"""Dear ImGui's draw lists as Panda3D geometry; textures follow the protocol of 1.92 (create, update, destroy)."""

from __future__ import annotations

import ctypes
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from imgui_bundle import imgui
from panda3d.core import Camera as PandaCamera
from panda3d.core import (
    Geom,
    GeomEnums,
    GeomNode,
    GeomTriangles,
    GeomVertexArrayFormat,
    GeomVertexData,
    GeomVertexFormat,
    NodePath,
    OmniBoundingVolume,
    OrthographicLens,
    SamplerState,
    Shader,
    Texture,
)

_STRIDE = 20
_SORT = 100


class PanelDrawing:
    """Owns the nodes and textures of the interface."""

    def __init__(self, window: Any, shader_folder: Path) -> None:
        self.root = NodePath("interface")
        texts = [(shader_folder / f"panel.{ending}").read_text(encoding="utf-8") for ending in ("vert", "frag")]
        self.root.set_shader(Shader.make(Shader.SL_GLSL, *texts))
        self.root.set_depth_test(False)
        self.root.set_depth_write(False)
        self.root.set_two_sided(True)
        self.root.set_transparency(1)
        self.root.set_bin("unsorted", 0)
        columns = GeomVertexArrayFormat()
        columns.add_column("vertex", 2, GeomEnums.NT_float32, GeomEnums.C_point)
        columns.add_column("texcoord", 2, GeomEnums.NT_float32, GeomEnums.C_texcoord)
        columns.add_column("tint", 4, GeomEnums.NT_uint8, GeomEnums.C_color)
        self._format = GeomVertexFormat.register_format(GeomVertexFormat(columns))
        self._textures: dict[int, Any] = {}
        self._next_texture = 1
        self._nodes: list[Any] = []
        self._drawn = 0
        """Fingerprint of what the nodes show."""
        self._show_in(window)

    def _show_in(self, window: Any) -> None:
        self._window = window
        self._region = window.make_display_region()
        self._region.set_sort(_SORT)
        lens = OrthographicLens()
        lens.set_film_size(2, 2)
        self._camera = self.root.attach_new_node(PandaCamera("interface", lens))
        self._region.set_camera(self._camera)

    def follow(self, window: Any) -> None:
        """Draw in another window, in place of the one before, which is closed."""
        self._camera.remove_node()
        self._show_in(window)
        self._drawn = 0

    def draw(self, data: Any) -> bool:
        """Replace the nodes by this frame's draw data; False, with nothing done, where it is that of before."""
        for wanted in data.textures or []:
            self._drawn = 0 if wanted.status != imgui.ImTextureStatus.ok else self._drawn
            self._update_texture(wanted)
        drawn = _fingerprint(data)
        if drawn == self._drawn:
            return False
        self._drawn = drawn
        width, height = max(data.display_size.x, 1.0), max(data.display_size.y, 1.0)
        self.root.set_shader_input("display_size", (width, height))
        used = 0
        for commands in data.cmd_lists:
            used = self._draw_list(commands, used, width, height)
        for node in self._nodes[used:]:
            node.remove_node()
        del self._nodes[used:]
        return True

    def _draw_list(self, commands: Any, used: int, width: float, height: float) -> int:
        n_vertices, n_indices = commands.vtx_buffer.size(), commands.idx_buffer.size()
        if not n_vertices or not n_indices:
            return used
        vertices = (ctypes.c_uint8 * (n_vertices * _STRIDE)).from_address(commands.vtx_buffer.data_address())
        size = imgui.INDEX_SIZE
        kind = np.uint16 if size == 2 else np.uint32
        raw = (ctypes.c_uint8 * (n_indices * size)).from_address(commands.idx_buffer.data_address())
        indices = np.frombuffer(raw, dtype=kind).astype(np.uint32)
        vertex_data = GeomVertexData("interface", self._format, Geom.UH_stream)
        vertex_data.unclean_set_num_rows(n_vertices)
        memoryview(vertex_data.modify_array(0)).cast("B")[:] = memoryview(vertices).cast("B")
        for command in commands.cmd_buffer:
            if command.elem_count == 0:
                continue
            clip = command.clip_rect
            left, top = max(clip.x, 0.0) / width, max(clip.y, 0.0) / height
            right, bottom = min(clip.z, width) / width, min(clip.w, height) / height
            texture = self._textures.get(int(command.get_tex_id()))
            if right <= left or bottom <= top or texture is None:
                continue
            part = indices[command.idx_offset : command.idx_offset + command.elem_count] + command.vtx_offset
            path = self._node(used)
            used += 1
            node = path.node()
            node.remove_all_geoms()
            node.add_geom(_triangles(vertex_data, part))
            path.set_scissor(left, right, 1.0 - bottom, 1.0 - top)
            path.set_shader_input("atlas", texture)
        return used

    def _node(self, number: int) -> Any:
        if number == len(self._nodes):
            node = GeomNode("panel")
            node.set_bounds(OmniBoundingVolume())
            node.set_final(True)
            path = self.root.attach_new_node(node)
            self._nodes.append(path)
        path = self._nodes[number]
        path.set_bin("fixed", number)
        return path

    def _update_texture(self, wanted: Any) -> None:
        status = wanted.status
        if status == imgui.ImTextureStatus.want_destroy:
            if wanted.unused_frames > 0:
                self._textures.pop(int(wanted.tex_id), None)
                wanted.set_tex_id(0)
                wanted.set_status(imgui.ImTextureStatus.destroyed)
            return
        if status not in (imgui.ImTextureStatus.want_create, imgui.ImTextureStatus.want_updates):
            return
        pixels = np.asarray(wanted.get_pixels_array()).reshape(wanted.height, wanted.width, wanted.bytes_per_pixel)
        if status == imgui.ImTextureStatus.want_create:
            texture = Texture("interface")
            texture.setup_2d_texture(wanted.width, wanted.height, Texture.T_unsigned_byte, Texture.F_rgba)
            texture.set_minfilter(SamplerState.FT_linear)
            texture.set_magfilter(SamplerState.FT_linear)
            texture.set_wrap_u(SamplerState.WM_clamp)
            texture.set_wrap_v(SamplerState.WM_clamp)
            number = self._next_texture
            self._next_texture += 1
            self._textures[number] = texture
            wanted.set_tex_id(number)
        texture = self._textures[int(wanted.tex_id)]
        if wanted.bytes_per_pixel == 1:
            white = np.full((*pixels.shape[:2], 4), 255, np.uint8)
            white[:, :, 3] = pixels[:, :, 0]
            pixels = white
        texture.set_ram_image(np.ascontiguousarray(pixels[:, :, [2, 1, 0, 3]]).tobytes())
        wanted.set_status(imgui.ImTextureStatus.ok)

    def close(self) -> None:
        """Give nodes and textures back."""
        self._window.remove_display_region(self._region)
        self.root.remove_node()
        self._textures.clear()


def _fingerprint(data: Any) -> int:
    """A number for all that would be drawn; never 0. A fraction of a millisecond, where drawing takes many."""
    number = zlib.crc32(repr((data.display_size.x, data.display_size.y)).encode())
    for commands in data.cmd_lists:
        for buffer, stride in ((commands.vtx_buffer, _STRIDE), (commands.idx_buffer, imgui.INDEX_SIZE)):
            if buffer.size():
                n_bytes = buffer.size() * stride
                number = zlib.crc32((ctypes.c_uint8 * n_bytes).from_address(buffer.data_address()), number)
        for command in commands.cmd_buffer:
            clip = command.clip_rect
            part = (clip.x, clip.y, clip.z, clip.w, command.elem_count, command.idx_offset, int(command.get_tex_id()))
            number = zlib.crc32(repr(part).encode(), number)
    return number or 1


def _triangles(vertex_data: Any, indices: Any) -> Any:
    primitive = GeomTriangles(Geom.UH_stream)
    primitive.set_index_type(GeomEnums.NT_uint32)
    array = primitive.modify_vertices()
    array.unclean_set_num_rows(len(indices))
    memoryview(array).cast("B")[:] = np.ascontiguousarray(indices, dtype=np.uint32).view(np.uint8).data.cast("B")
    geom = Geom(vertex_data)
    geom.add_primitive(primitive)
    return geom
