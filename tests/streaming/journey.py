"""A tileset and everything around, faked: bytes from a dictionary, workers that wait to be told."""

from __future__ import annotations

from dataclasses import dataclass, field

from explorer.geo import Camera, WorldFrame, parse_crs
from explorer.streaming import (
    Budgets,
    Ceiling,
    FrameTiles,
    TilesetRuntime,
    load_tileset,
)
from tests.fakes import FakeClock, FakeRenderer, FakeStore, StepJobs
from tests.specimens import at_home, four_leaf_city

NEAR = Camera((0.0, -250.0, 60.0), heading_deg=0.0, pitch_deg=-10.0)
FAR = Camera((0.0, -6000.0, 60.0), heading_deg=0.0)
AWAY = Camera((0.0, -250.0, 60.0), heading_deg=180.0)
GENEROUS = Budgets(attach_tiles=100, attach_bytes=1 << 40)


@dataclass
class Journey:
    """A tileset, and everything around it, faked."""

    files: dict[str, bytes] = field(default_factory=four_leaf_city)
    budgets: Budgets = GENEROUS
    must_refine: frozenset[int] = frozenset()
    ceiling: Ceiling | None = None

    def __post_init__(self) -> None:
        self.store = FakeStore(self.files)
        self.jobs = StepJobs()
        self.clock = FakeClock()
        self.renderer = FakeRenderer()
        self.tileset = load_tileset(self.store)
        self.runtime = TilesetRuntime(
            self.store,
            self.tileset,
            WorldFrame(parse_crs("EPSG:28992+ellipsoidal"), (92000.0, 437000.0, 0.0)),
            self.jobs,
            budgets=self.budgets,
            ceiling=self.ceiling,
            must_refine=self.must_refine,
            world_from_tileset=at_home,
            clock=self.clock,
        )

    def frame(self, camera: Camera, *, run: int | None = None) -> FrameTiles:
        """One frame; before it, workers do all that waits (or the `run` oldest)."""
        self.jobs.run(run)
        self.jobs.collect()
        frame = self.runtime.update([camera])
        self.renderer.take(frame)
        return frame

    def settle(self, camera: Camera) -> FrameTiles:
        """Frames until nothing is left to do."""
        for _n in range(100):
            frame = self.frame(camera)
            if frame.is_settled:
                return frame
        raise AssertionError("the view never settled")

    def names(self) -> set[str]:
        """The tiles that are shown, by name."""
        return {str(self.tileset.content_uri[tile]).removesuffix(".glb") for tile in self.renderer.shown}
