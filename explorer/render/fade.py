"""Tiles that come and go by a pattern of pixels, so that a level of detail does not pop.

What comes and what it replaces share the pixels: each pixel shows one or the other, by lib/fade.glsl, and in the end
all of them the new one. While nothing comes or goes no shader knows of it, and a view in which nobody tells the time
(pictures, benches) changes at once.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Step:
    """How far one tile is."""

    share: float
    """Of the pixels that show it, 0 to 1."""
    is_coming: bool
    is_low: bool
    """Which end of the pattern it keeps to; the same from beginning to end, so that no pixel flickers."""

    @property
    def kept(self) -> tuple[float, float]:
        """For lib/fade.glsl: least and greatest value of the pattern that are kept."""
        return (0.0, self.share) if self.is_low else (1.0 - self.share, 1.0)


@dataclass(slots=True)
class Fading:
    """Which tiles are on their way, and how far. Knows no engine."""

    secs: float = 0.0
    """How long it takes; 0 = changes are at once."""
    most_triangles: int = 0
    """Where more than these would be drawn twice, the change is at once."""
    steps: dict[Hashable, Step] = field(default_factory=dict)

    def change(self, come: Collection[Hashable], go: Collection[Hashable], n_triangles: int) -> set[Hashable]:
        """Begin a change; `n_triangles` are those of both together. Returns which go at once."""
        if self.secs <= 0.0 or n_triangles > self.most_triangles:
            for key in (*come, *go):
                self.steps.pop(key, None)
            return set(go)
        gone, begun = set(), 0.0
        goes_back = any(key in self.steps for key in come)
        for key in go:
            step = self.steps.get(key)
            if step is None:
                self.steps[key] = Step(1.0, is_coming=False, is_low=False)
            elif step.is_low and not goes_back:
                # replaced before it was there: what comes now goes on from where it was
                begun = max(begun, step.share)
                del self.steps[key]
                gone.add(key)
            else:
                step.is_coming = False
        for key in come:
            step = self.steps.get(key)
            if step is None:
                self.steps[key] = Step(begun, is_coming=True, is_low=True)
            else:
                step.is_coming = True
        return gone

    def advance(self, secs: float) -> tuple[set[Hashable], set[Hashable]]:
        """Let time pass; returns which have come and which are gone with it."""
        by = secs / self.secs if self.secs > 0.0 else 1.0
        come, gone = set(), set()
        for key, step in list(self.steps.items()):
            step.share += by if step.is_coming else -by
            if step.is_coming and step.share >= 1.0:
                come.add(key)
            elif not step.is_coming and step.share <= 0.0:
                gone.add(key)
        for key in come | gone:
            del self.steps[key]
        return come, gone

    def forget(self, key: Hashable) -> None:
        """A tile that is no longer there."""
        self.steps.pop(key, None)
