"""One tile on screen: its triangles, its lines, the numbers of its features."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.render.feature_style import style_bytes, style_texture
from explorer.render.geometry import (
    PHOTO_VERTEX,
    MeshArrays,
    geom_node,
    indexed_geom,
    pack_vertices,
    tile_format,
    vertex_data,
)
from explorer.render.instances import InstanceArrays, instance_table, level_switch, table_texture
from explorer.render.line_reach import follow_tier, line_switch
from explorer.render.packing import LINE_KINDS, PackedMesh
from explorer.render.passes import LINES_MASK, NEAR_FIRST, PICK_MASK, SHADOW_MASK, STATE_KEY, VIEW_MASK
from explorer.render.patch_nodes import PatchNodes, leave_out
from explorer.render.photos import photo_texture
from explorer.render.points import PointArrays, dots_geom, pack_ribbons, point_table, ribbon_format
from explorer.render.sharpening import BlurredPhotos, PhotoWish
from explorer.render.tile_arrays import TileArrays, boxes_in, packed_meshes
from explorer.render.tile_shaders import Kind, TileShaders
from explorer.tileformat import PLAIN_USE, PointSemantics


class TileView:
    """A tile's nodes. Owner of its GPU memory: gone when `release` is called."""

    def __init__(self, key: Hashable, tile: TileArrays, parent: Any, id_base: int, shaders: TileShaders) -> None:
        self.key = key
        self.features = tile.features
        self.centre = np.asarray(tile.centre, dtype=np.float64)
        self.lo, self.hi = np.asarray(tile.lo, dtype=np.float64), np.asarray(tile.hi, dtype=np.float64)
        self.boxes = boxes_in(tile)
        """What it is made of, as boxes in the world."""
        self.stays_in_boxes = not (tile.points or tile.lines)
        """Whether nothing of it is drawn beyond them, but for a pixel."""
        self.id_base = id_base
        self.size_bytes = 0
        self.n_triangles = 0
        self._n_geoms = 0
        meshes = packed_meshes(tile)
        self.has_ground = any(mesh.has_ground for mesh in meshes)
        self.has_points = any(len(points.positions) for points in tile.points)
        all_meshes: list[Any] = [*meshes, *(mesh for one in tile.instances for mesh in one.meshes)]
        self.has_photo = any(mesh.photo is not None for mesh in all_meshes)
        self.root = parent.attach_new_node(f"tile {key}")
        self.root.set_shader_input("id_base", id_base)
        self.blurred = BlurredPhotos(self.lo, self.hi)
        self._style: NDArray[np.uint8] | None = None
        self._fade: tuple[float, float] | None = None
        self._parts: list[tuple[Kind, Any]] = []
        self.patches: PatchNodes | None = None
        """Of its mesh without a photograph, where that is large and nothing finer takes its place."""
        self.clouds: list[tuple[Any, PointSemantics]] = []
        """Node paths of its points, and what the data says of those."""
        self._point_sizes: list[tuple[Any, float]] = []
        """The same paths, and the diameter that their points came with. [m]"""
        self._add(tile, meshes)
        self.use(shaders)

    def sharpen(self, wish: PhotoWish, texels: NDArray[np.uint8] | None) -> int:
        """Show a photograph larger than it came; returns how many bytes more that takes."""
        more = self.blurred.sharpen(wish, texels)
        self.size_bytes += more
        return more

    def resize_points(self, share: float) -> None:
        """Draw points at a share of the size that they came with. [-]"""
        for path, size_m in self._point_sizes:
            path.set_shader_input("point_metres", size_m * share)

    def use(self, shaders: TileShaders) -> None:
        """Draw with these shaders."""
        self._shaders = shaders
        for kind, path in self._parts:
            is_fading = self._fade is not None
            path.set_shader(shaders.get(kind, is_styled=self._style is not None, is_fading=is_fading))
            if kind in LINE_KINDS:
                follow_tier(path, kind, shaders)

    def _add(self, tile: TileArrays, meshes: Sequence[PackedMesh]) -> None:
        geoms: dict[Kind, list[Any]] = {}
        for mesh in meshes:
            data = vertex_data("tile", mesh.rows, tile_format(with_photo=mesh.photo is not None))
            self.size_bytes += mesh.size_bytes
            self.n_triangles += mesh.n_triangles
            patches = None if mesh.patches is None else PatchNodes(mesh.patches, self.centre)
            self.patches = patches or self.patches
            for kind, some in mesh.indices.items():
                if patches is not None and patches.has(kind):
                    path = self._drawn_as(kind, self.root.attach_new_node(kind))
                    self._n_geoms += patches.add(path, kind, data, some)
                    continue
                geom = indexed_geom(data, some, "lines" if kind in LINE_KINDS else "triangles")
                if kind == "photo":
                    assert mesh.photo is not None
                    path = self._attach(kind, [geom])
                    path.set_shader_input("photo", photo_texture(mesh.photo, mesh.image_use))
                    if mesh.has_holes:
                        path.set_tag(STATE_KEY, kind)
                    if mesh.sharper is not None:
                        self.blurred.add(path, mesh.photo, mesh.sharper)
                else:
                    geoms.setdefault(kind, []).append(geom)
        for kind, alike in geoms.items():
            self._attach(kind, alike)
        for instances in tile.instances:
            self._add_instances(instances)
        for points in tile.points:
            self._add_points(points)
        for strokes in tile.lines:
            packed, triangles = pack_ribbons(strokes)
            path = self._attach(
                "lines", [indexed_geom(vertex_data("lines", packed, ribbon_format()), triangles, "triangles")]
            )
            self._tag(path, "lines")
            self.size_bytes += packed.nbytes + triangles.nbytes

    def _add_points(self, points: PointArrays) -> None:
        table = point_table(points)
        margin = points.size_m  # a point is drawn, and met by the pointer, beyond its middle
        lo, hi = points.positions.min(axis=0) - margin, points.positions.max(axis=0) + margin
        path = self._attach("points", [dots_geom(len(table), lo, hi)], lo, hi)
        path.set_shader_input("point_table", table_texture(table))
        path.set_shader_input("point_metres", points.size_m)
        self._point_sizes.append((path, points.size_m))
        self._tag(path, "points")
        self.clouds.append((path, points.semantics))
        self.size_bytes += table.nbytes

    def _tag(self, path: Any, kind: Kind) -> None:
        """Points and lines cast no shadow; picking has a shader for each."""
        path.set_tag(STATE_KEY, kind)
        path.hide(SHADOW_MASK)

    def _add_instances(self, instances: InstanceArrays) -> None:
        table = instance_table(instances)
        self.size_bytes += table.nbytes
        levels = [self._template(level) for level in (instances.meshes, *instances.coarser)]
        self.n_triangles += sum(len(mesh.triangles) for mesh in instances.meshes) * len(table)
        root = self.root.attach_new_node("instances")
        root.set_shader_input("instance_table", table_texture(table))
        for i, (lo, hi) in enumerate(zip(instances.lo, instances.hi, strict=True)):
            first, last = map(int, instances.patches[i : i + 2])
            switch = root.attach_new_node(level_switch(len(levels), instances.size_m, lo, hi))
            for level in levels:
                patch = switch.attach_new_node("patch")
                self._add_patch(level, patch, first, last - first, lo, hi)
            # the sun is far from everything: what casts shadow is one level, and the same for all distances
            switch.hide(SHADOW_MASK)
            shade = root.attach_new_node("shade")
            self._add_patch(levels[min(1, len(levels) - 1)], shade, first, last - first, lo, hi)
            shade.hide(VIEW_MASK | PICK_MASK)

    def _template(self, meshes: Sequence[MeshArrays]) -> list[tuple[Kind, Any, Any]]:
        """Kind, triangles and photograph of each mesh of a template."""
        found: list[tuple[Kind, Any, Any]] = []
        for mesh in meshes:
            packed = pack_vertices(mesh)
            with_photo = packed.dtype == PHOTO_VERTEX
            data = vertex_data("template", packed, tile_format(with_photo=with_photo))
            geom = indexed_geom(data, mesh.triangles, "triangles")
            self.size_bytes += packed.nbytes + mesh.triangles.nbytes
            photo = None
            if with_photo:
                assert mesh.photo is not None
                photo = photo_texture(mesh.photo, getattr(mesh, "image_use", PLAIN_USE))
                self.size_bytes += mesh.photo.nbytes * 4 // 3
            found.append(("instances" if photo is None else "photo instances", geom, photo))
        return found

    def _add_patch(
        self, level: list[tuple[Kind, Any, Any]], parent: Any, first: int, count: int, lo: Any, hi: Any
    ) -> None:
        for kind, geom, photo in level:
            path = self._attach(kind, [geom], lo, hi, parent)
            path.set_instance_count(count)
            path.set_shader_input("first_instance", first)
            path.set_tag(STATE_KEY, kind)
            if photo is not None:
                path.set_shader_input("photo", photo)

    def _attach(self, kind: Kind, geoms: list[Any], lo: Any = None, hi: Any = None, parent: Any = None) -> Any:
        """`lo`, `hi`: least and greatest offsets that it reaches; None: the whole tile's."""
        if lo is None or hi is None:
            lo, hi = self.lo - self.centre, self.hi - self.centre
        # instances share geoms, which lie where the node says
        node = geom_node(kind, geoms, lo, hi, are_bounds_of_geoms=parent is None)
        self._n_geoms += len(geoms)
        if kind not in LINE_KINDS:
            return self._drawn_as(kind, (parent or self.root).attach_new_node(node))
        switch = line_switch(kind, lo, hi)
        switch.add_child(node)
        return self._drawn_as(kind, self.root.attach_new_node(switch))

    def _drawn_as(self, kind: Kind, path: Any) -> Any:
        """The path, with what all of a kind have in common."""
        if kind not in LINE_KINDS:
            path.set_bin(NEAR_FIRST, 0)  # what is near covers what is far before that is shaded
            path.hide(LINES_MASK)
            if kind == "solid":
                path.set_two_sided(False)
        else:
            path.set_transparency(1)
            path.set_depth_write(False)
            path.set_bin("fixed", 10)
            path.hide(SHADOW_MASK | PICK_MASK)
        self._parts.append((kind, path))
        return path

    @property
    def n_geoms(self) -> int:
        """Draw calls when all of it is in view and near."""
        return self._n_geoms

    def place(self, origin: NDArray[np.float64]) -> None:
        """Stand relative to a new render origin."""
        self.root.set_pos(*(self.centre - origin))

    def restyle(self, hidden: frozenset[str], selected: frozenset[str], hovered: frozenset[str]) -> bool:
        """Take the view's styles over; returns whether what casts shadow changed."""
        table = style_bytes(self.features.ids, hidden, selected, hovered)
        before, self._style = self._style, table
        if table is None:
            if before is not None:
                self.root.clear_shader_input("feature_style")
                self.root.clear_shader_input("feature_count")
                self.use(self._shaders)
        elif before is None or not np.array_equal(before, table):
            self.root.set_shader_input("feature_style", style_texture(table))
            self.root.set_shader_input("feature_count", len(table))
            if before is None:
                self.use(self._shaders)
        return not np.array_equal(_hidden(before), _hidden(table))

    @property
    def is_styled(self) -> bool:
        """Whether some of its features are hidden or highlighted."""
        return self._style is not None

    def renumber(self, id_base: int) -> None:
        """Take another run of numbers of the view."""
        self.id_base = id_base
        self.root.set_shader_input("id_base", id_base)

    def feature_of(self, number: int) -> int | None:
        """The row of the feature with this number in the view; None for a surface without a feature."""
        row = number - self.id_base - 1
        return row if 0 <= row < len(self.features) else None

    def show(self, is_shown: bool) -> None:
        """Draw it or not; memory stays."""
        if is_shown:
            self.root.show()
        else:
            self.root.hide()

    def hide_behind(self, is_hidden: bool) -> None:
        """Leave it out of the picture, but not of the shadows; what stands before it hides all of it."""
        leave_out(self.root.node(), is_hidden)

    def fade(self, kept: tuple[float, float] | None, *, casts_shadow: bool = True) -> None:
        """Draw only this part of the pattern (lib/fade.glsl), or all of it; without shadow while another casts it."""
        is_begin_or_end = (kept is None) != (self._fade is None)
        self._fade = kept
        if kept is not None:
            self.root.set_shader_input("fade", kept)
        if is_begin_or_end:
            self.use(self._shaders)
        if casts_shadow:
            self.root.show(SHADOW_MASK | PICK_MASK)
        else:
            self.root.hide(SHADOW_MASK | PICK_MASK)

    def release(self) -> None:
        """Give its memory back."""
        self.root.remove_node()


def _hidden(table: NDArray[np.uint8] | None) -> NDArray[np.intp]:
    return np.zeros(0, np.intp) if table is None else np.flatnonzero(table & 1)
