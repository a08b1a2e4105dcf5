"""Small made-up cities and a way to look at them: what the tests of the drawn picture share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera
from explorer.heap import give_back_freed
from explorer.render import STANDARD, CityRenderer, Engine, ProposalLook
from explorer.streaming import PreparedTile, prepare_tile
from explorer.tileformat import FeatureTable, Mesh, SurfaceClass, TileContent
from tests.specimens import box_mesh

Point = tuple[float, float, float]
Levels = NDArray[np.float64]
"""(rows, columns, 3), sRGB 0 to 255, first row on top."""

SIZE = (160, 120)
"""Of the pictures. [px]"""


def sheet(centre: Point, size: tuple[float, float], kind: SurfaceClass = SurfaceClass.TERRAIN, parts: int = 1) -> Mesh:
    """A level rectangle of `parts` times `parts` squares that belongs to no feature."""
    x = centre[0] + size[0] * (np.arange(parts + 1) / parts - 0.5)
    y = centre[1] + size[1] * (np.arange(parts + 1) / parts - 0.5)
    at = np.stack([*np.meshgrid(x, y), np.full((parts + 1, parts + 1), centre[2])], axis=-1).reshape(-1, 3)
    i = (np.arange(parts)[:, None] * (parts + 1) + np.arange(parts)).reshape(-1)
    low, high = np.stack([i, i + 1, i + parts + 2], 1), np.stack([i, i + parts + 2, i + parts + 1], 1)
    return Mesh(at, np.concatenate([low, high]).astype(np.uint32), surface_class=np.full(len(at), int(kind), np.uint8))


def block(centre: tuple[float, float], size: Point, feature: int | None = 0, ground: float = 0.0) -> Mesh:
    """A block that stands on the ground."""
    return box_mesh((*centre, ground + size[2] / 2.0), size, feature)


def tile(
    *meshes: Mesh, ids: tuple[str, ...] = (), at: Point = (0.0, 0.0, 0.0), with_edges: bool = False
) -> PreparedTile:
    """Meshes as a tile, moved to a place in the world."""
    shift = np.eye(4)
    shift[:3, 3] = at
    return prepare_tile(TileContent(meshes, FeatureTable(ids)), shift, lambda points: points, with_edges=with_edges)


def sun_at(azimuth_deg: float, elevation_deg: float) -> tuple[NDArray[np.float64], float]:
    """Direction towards the sun, azimuth clockwise from north, and its height: what `set_sun` takes."""
    a, e = np.radians(azimuth_deg), np.radians(elevation_deg)
    return np.array([np.sin(a) * np.cos(e), np.cos(a) * np.cos(e), np.sin(e)]), elevation_deg


NOON = sun_at(180.0, 45.0)


def above(x: float, y: float, width_m: float, *, height: float = 200.0, size: tuple[int, int] = SIZE) -> Camera:
    """Straight down, north on top, so narrow that the picture shows `width_m` of the ground at height 0."""
    half = width_m / 2.0 * size[1] / size[0]
    fov = float(np.degrees(2.0 * np.arctan(half / height)))
    return Camera((x, y, height), pitch_deg=-90.0, fov_y_deg=fov, width=size[0], height=size[1])


def towards(eye: Point, target: Point, *, fov: float = 40.0, size: tuple[int, int] = SIZE) -> Camera:
    """From a point to another."""
    return Camera(eye, fov_y_deg=fov, width=size[0], height=size[1]).looking_at(target)


def moved(camera: Camera, by: Point) -> Camera:
    """The same view from elsewhere."""
    x, y, z = (p + d for p, d in zip(camera.position, by, strict=True))
    return replace(camera, position=(x, y, z))


@dataclass
class City:
    """A renderer and what it was asked to draw."""

    engine: Engine
    renderer: CityRenderer
    at: Point = (0.0, 0.0, 0.0)
    """Where the city lies in the world: cameras, places and tiles are given as if it were at the origin. [m]"""
    keys: list[str] = field(default_factory=list)

    def build(self, *meshes: Mesh, ids: tuple[str, ...] = (), key: str = "tile", with_edges: bool = False) -> None:
        """Attach and show one more tile."""
        self.renderer.attach_tile(key, tile(*meshes, ids=ids, at=self.at, with_edges=with_edges))
        self.keys.append(key)
        self.renderer.show_tiles(self.keys)

    def propose(self, *meshes: Mesh, **look: Any) -> None:
        """Draw these proposals instead of those before; they are called p0, p1 and so on."""
        far = (replace(mesh, positions=mesh.positions + np.asarray(self.at)) for mesh in meshes)
        self.renderer.set_proposals([ProposalLook(f"p{i}", mesh, **look) for i, mesh in enumerate(far)])

    def look(self, camera: Camera) -> Levels:
        """The picture from a camera."""
        self.renderer.set_camera(moved(camera, self.at))
        return self.renderer.screenshot().astype(np.float64)

    def colour_at(self, camera: Camera, *points: Point, picture: Levels | None = None) -> Levels:
        """What a picture shows of points of the city, (n, 3)."""
        seen = self.look(camera) if picture is None else picture
        rows = pixels_of(camera, *points)
        return np.asarray(seen[rows[:, 1], rows[:, 0]])


def pixels_of(camera: Camera, *points: Point) -> NDArray[np.intp]:
    """Column and row of the pixels that show points, (n, 2)."""
    at = np.floor(camera.project(np.array(points, np.float64))[:, :2]).astype(np.intp)
    assert (at >= 0).all() and (at < (camera.width, camera.height)).all(), "a point is outside the picture"
    return at


def ground_of(camera: Camera) -> NDArray[np.float64]:
    """Where the middle of each pixel meets height 0, (rows, columns, 2), in a picture that sees no sky."""
    columns, rows = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    tan_x, tan_y = camera.tan_half_fov
    x, y = (2.0 * columns / camera.width - 1.0) * tan_x, (1.0 - 2.0 * rows / camera.height) * tan_y
    way = camera.forward + x[..., None] * camera.right + y[..., None] * camera.up
    position = np.asarray(camera.position)
    return np.asarray((position - way * (position[2] / way[..., 2:]))[..., :2])


def luma(picture: Levels) -> Levels:
    """How light it is, 0 to 255."""
    return np.asarray(picture @ np.array([0.299, 0.587, 0.114]))


def texel(radius_m: float, side_px: int = 2048) -> float:
    """Side of a texel of a shadow map. [m]"""
    return 2.0 * radius_m / side_px


PLAIN = replace(STANDARD, samples=0, shadow_shares=(1.0,), occlusion_rays=0)
"""What tests look at unless they say otherwise: light and shade alone."""


@contextmanager
def opened(engine: Engine, *, at: Point = (0.0, 0.0, 0.0), size: tuple[int, int] = SIZE, **how: Any) -> Iterator[City]:
    """A city with nothing in it, at noon; gives everything back."""
    renderer = CityRenderer(engine, width=size[0], height=size[1], **{"tier": PLAIN} | how)
    renderer.set_land(at[2])
    renderer.set_sun(*NOON)
    try:
        yield City(engine, renderer, at)
    finally:
        renderer.close()
        engine.base.graphics_engine.render_frame()  # the driver lets go of closed buffers
        give_back_freed()
