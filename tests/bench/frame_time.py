"""Frame time of the city's picture against the floor: the same triangles, shader and target, drawn by bare Panda3D.

Ours is everything that stands in the window's city picture: tiles, edge lines, sky, sun, land beyond, shadow map. The
floor has one Geom a tile and nothing else. "simplest" is the same with a shader that does nothing but place vertices.
Each repeat draws `--frames` frames and ends with a read-back of one pixel; the best repeat counts, because other work
on the machine only ever adds. Run: python -m tests.bench.frame_time FOLDER_OF_A_TILESET [--json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from panda3d.core import (
    Camera as PandaCamera,
)
from panda3d.core import (
    DepthTestAttrib,
    FrameBufferProperties,
    GraphicsOutput,
    GraphicsPipe,
    NodePath,
    RenderAttrib,
    Shader,
    Texture,
    WindowProperties,
)

from explorer.app.finding import open_place
from explorer.app.picture import view_camera
from explorer.app.places import Place
from explorer.geo import Camera
from explorer.jobs import ThreadJobs
from explorer.render import TIERS, CityRenderer, Engine, make_engine
from explorer.render.geometry import geom_node, indexed_geom, pack_vertices, tile_format, vertex_data
from explorer.render.passes import fit_lens, lens_of, pose
from explorer.streaming import TilesetRuntime, wait_until_idle

_VERTEX = """#version 330 core
in vec4 p3d_Vertex; in vec4 normal_class; out vec3 shade;
uniform mat4 p3d_ModelViewProjectionMatrix; uniform float near_distance;
void main() { gl_Position = p3d_ModelViewProjectionMatrix * vec4(p3d_Vertex.xyz, 1.0);
REVERSED shade = normal_class.xyz * 0.5 + 0.5; }"""
_FRAGMENT = "#version 330 core\nin vec3 shade; out vec4 c; void main() { c = vec4(shade, 1.0); }"


def simplest_shader(engine: Engine) -> Any:
    """Normals as colours: below this no picture of these triangles can go."""
    reversed_line = "gl_Position.z = near_distance;" if engine.has_reversed_depth else ""
    return Shader.make(Shader.SL_GLSL, _VERTEX.replace("REVERSED", reversed_line), _FRAGMENT)


class Floor:
    """The floor's own buffer and scene."""

    def __init__(
        self, engine: Engine, tiles: list[Any], shader: Any, state: Any, origin: Any, width: int, height: int
    ) -> None:
        self.scene = NodePath("floor")
        self.scene.set_state(state)  # the inputs of the city's own shaders: light, haze, shadow map
        self.scene.set_shader(shader)
        test = RenderAttrib.M_greater if engine.has_reversed_depth else RenderAttrib.M_less
        self.scene.set_attrib(DepthTestAttrib.make(test))
        self.scene.set_two_sided(True)
        for tile in tiles:
            for mesh in tile.meshes:
                data = vertex_data("floor", pack_vertices(mesh), tile_format())
                lo, hi = (np.asarray(end) - tile.centre for end in (tile.lo, tile.hi))
                geom = indexed_geom(data, mesh.triangles, "triangles")
                self.scene.attach_new_node(geom_node("tile", [geom], lo, hi)).set_pos(*map(float, tile.centre - origin))
        properties = FrameBufferProperties()
        properties.set_rgba_bits(8, 8, 8, 8)
        properties.set_depth_bits(32)
        properties.set_float_depth(True)
        self.texture = Texture("floor")
        host = engine.window
        self.buffer = engine.base.graphics_engine.make_output(
            host.get_pipe(), "floor", -5, properties, WindowProperties.size(width, height),
            GraphicsPipe.BF_refuse_window, host.get_gsg(), host,
        )  # fmt: skip
        self.buffer.add_render_texture(self.texture, GraphicsOutput.RTM_bind_or_copy, GraphicsOutput.RTP_color)
        self.buffer.set_clear_color_active(True)
        self.buffer.set_clear_depth_active(True)
        self.buffer.set_clear_depth(0.0 if engine.has_reversed_depth else 1.0)
        self.lens = lens_of(Camera((0.0, 0.0, 0.0)))
        self.viewer = self.scene.attach_new_node(PandaCamera("floor", self.lens))
        self.buffer.make_display_region().set_camera(self.viewer)
        self.buffer.set_active(False)

    def look(self, camera: Camera, origin: Any) -> None:
        """Look from here."""
        fit_lens(self.lens, camera)
        pose(self.viewer, camera, origin)
        self.scene.set_shader_input("near_distance", camera.near)


class OnePixel:
    """Reads one pixel of a texture back, so that the frame has really been drawn."""

    def __init__(self, engine: Engine) -> None:
        self.scene = NodePath("one pixel")
        self.found = Texture("one pixel")
        host = engine.window
        properties = FrameBufferProperties()
        properties.set_rgba_bits(8, 8, 8, 8)
        self.buffer = engine.base.graphics_engine.make_output(
            host.get_pipe(), "one pixel", 50, properties, WindowProperties.size(1, 1),
            GraphicsPipe.BF_refuse_window, host.get_gsg(), host,
        )  # fmt: skip
        self.buffer.add_render_texture(self.found, GraphicsOutput.RTM_copy_ram, GraphicsOutput.RTP_color)
        from explorer.render.sky import full_screen_triangle

        path = full_screen_triangle(self.scene, "one pixel")
        corner = "gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0"
        vertex = f"#version 330 core\nvoid main() {{ gl_Position = vec4({corner}, 0.0, 1.0); }}"
        body = "void main() { c = texelFetch(seen, ivec2(5, 5), 0); }"
        fragment = f"#version 330 core\nuniform sampler2D seen; out vec4 c; {body}"
        path.set_shader(Shader.make(Shader.SL_GLSL, vertex, fragment))
        self.buffer.make_display_region().set_camera(self.scene.attach_new_node(PandaCamera("one pixel")))

    def of(self, texture: Any) -> None:
        """Read this texture from now on."""
        self.scene.set_shader_input("seen", texture)


def best_ms(draw: Callable[[], None], frames: int, repeats: int) -> float:
    """Milliseconds a frame of the best repeat."""
    draw()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(frames):
            draw()
        times.append((time.perf_counter() - start) / frames * 1000.0)
    return min(times)


def views_of(place: Place, width: int, height: int) -> dict[str, Camera]:
    """Bird's eyes, eyes over the roofs and in the street, each looking around."""
    bird = view_camera(place, "bird", width, height)
    street = view_camera(place, "walker", width, height)
    x, y, z = street.position
    views = {"bird": bird, "bird low": replace(bird, position=tuple(_halfway(bird.position, street.position)))}
    for turn in (0, 90, 180, 270):
        heading = (street.heading_deg + turn) % 360.0
        views[f"roofs {turn}"] = replace(street, position=(x, y, z + 60.0), heading_deg=heading, pitch_deg=-10.0)
        views[f"street {turn}"] = replace(street, heading_deg=heading)
    return views


def _halfway(a: Any, b: Any) -> Any:
    return (float(v) for v in (np.asarray(a) + np.asarray(b)) / 2.0)


def measure(folder: Path, *, width: int, height: int, frames: int, repeats: int, tier: str) -> list[dict[str, Any]]:
    """One row a view."""
    place = open_place(str(folder))
    jobs = ThreadJobs(2)
    layer = place.layers[0]
    runtime = TilesetRuntime(layer.store, layer.tileset, place.frame, jobs, max_screen_space_error=16)
    engine = make_engine(offscreen=True, size=(64, 64), vsync=False)
    renderer = CityRenderer(engine, width=width, height=height, tier=TIERS[tier])
    pixel = OnePixel(engine)
    tiles: dict[Any, Any] = {}
    rows = []
    renderer.set_land(float(place.city_bounds()[0][2]) + 0.5)
    renderer.set_sun((-0.45, -0.64, 0.62), 38.0)

    def take(now: Any) -> None:
        for key, tile in now.attach:
            tiles[key] = tile
            renderer.attach_tile(key, tile)
        for key in now.detach:
            renderer.detach_tile(key)

    for name, camera in views_of(place, width, height).items():
        shown = wait_until_idle(runtime, [camera], jobs, on_frame=take).frame
        keys = [*shown.render, *shown.beyond]
        renderer.show_tiles(keys)
        renderer.set_camera(camera)
        for _ in range(3):
            renderer.render()
        pixel.of(renderer.picture)
        city = next(w for w in engine.base.graphics_engine.get_windows() if w.get_name() == "city")
        row: dict[str, Any] = {"view": name, "triangles": renderer.shown_triangles}
        drawn = [tiles[key] for key in keys if key in tiles]
        floors = {
            kind: Floor(engine, drawn, shader, renderer.scene.get_state(), renderer.origin, width, height)
            for kind, shader in (("floor", renderer.surface_shader), ("simplest", simplest_shader(engine)))
        }
        best = {"ours": float("inf"), **dict.fromkeys(floors, float("inf"))}
        for _ in range(repeats):  # by turns, so that what else the machine does meets all alike
            best["ours"] = min(best["ours"], best_ms(renderer.render, frames, 1))
            city.set_active(False)
            for kind, floor in floors.items():
                floor.buffer.set_active(True)
                floor.look(camera, renderer.origin)
                pixel.of(floor.texture)
                best[kind] = min(best[kind], best_ms(engine.base.graphics_engine.render_frame, frames, 1))
                floor.buffer.set_active(False)
            pixel.of(renderer.picture)
            city.set_active(True)
        for floor in floors.values():
            engine.base.graphics_engine.remove_window(floor.buffer)
        row |= {f"{kind}_ms": value for kind, value in best.items()}
        row["python_ms"] = min(_python_ms(runtime, renderer, camera, step) for step in range(20))
        rows.append(row | {"ratio": row["ours_ms"] / row["floor_ms"]})
    return rows


def _python_ms(runtime: TilesetRuntime, renderer: CityRenderer, camera: Camera, step: int) -> float:
    """What a frame does before Panda3D draws, for a camera that moves a little."""
    x, y, z = camera.position
    moved = replace(camera, position=(x + 0.01 * step, y, z))
    start = time.perf_counter()
    runtime.update([moved])
    renderer.set_camera(moved)
    renderer.prepare_frame()
    return (time.perf_counter() - start) * 1000.0


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tileset", type=Path)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--tier", choices=list(TIERS), default="office")
    parser.add_argument("--frames", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    width, height = map(int, options.size.split("x"))
    rows = measure(
        options.tileset, width=width, height=height, frames=options.frames, repeats=options.repeats, tier=options.tier
    )
    if options.json:
        print(json.dumps(rows, indent=2))
        return 0
    columns = ("triangles", "ours_ms", "floor_ms", "ratio", "simplest_ms", "python_ms")
    print("view      ", *(f"{column:>12}" for column in columns))
    for row in rows:
        print(f"{row['view']:10}", *(f"{row[column]:12.{0 if column == 'triangles' else 2}f}" for column in columns))
    print(f"median ratio {statistics.median(row['ratio'] for row in rows):.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
