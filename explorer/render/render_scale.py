"""With how many pixels the city is drawn while the camera moves: fewer where frames would come too slowly.

What a software rasteriser takes for a frame grows with its vertices and with its pixels. Vertices are the affair of
tiles; of pixels a moving picture needs fewer than one that is looked at. So where a machine is too slow, what moves is
drawn a little softer, and sharp again as soon as it stands: known as dynamic resolution.
"""

from __future__ import annotations

SHARES = (1.0, 0.85, 0.7, 0.6, 0.5)
"""Of the pixels along each side of the picture."""
SLOW_MS = 44.0
"""Frames that come slower than this are drawn with fewer pixels: twenty a second, and something in hand. [ms]"""
QUICK_MS = 36.0
"""And with more again, where even a frame whose pixels are all of its work would come as fast as this. [ms]"""
STILL_SECS = 0.15
"""A picture that has stood for so long is drawn sharp."""
_WEIGHT = 0.3
"""Of the last frame in the mean."""
_PATIENCE = 4
"""Frames that a share is kept for at least: some are slow because something else happened in them."""


class RenderScale:
    """Follows how long frames take while the camera moves; frame by frame, in one thread."""

    def __init__(self) -> None:
        self._level = 0
        self._mean_ms = 0.0
        self._n_frames = 0
        """That the mean is of."""
        self._passed_secs = 0.0
        """Since the last frame."""
        self._still_secs = STILL_SECS
        """Since the camera moved."""

    def advance(self, secs: float) -> None:
        """Let time pass."""
        self._passed_secs += secs

    @property
    def is_still(self) -> bool:
        """Whether the camera has stood for a while, as of the last frame."""
        return self._still_secs >= STILL_SECS

    @property
    def stands(self) -> bool:
        """Whether it stands now, though no frame may have been drawn since it moved."""
        return self._still_secs + self._passed_secs >= STILL_SECS

    def is_due(self, drawn: float) -> bool:
        """Whether a picture that was drawn with this share, and stands, is to be drawn sharp now."""
        return drawn < 1.0 and self.stands

    def next_share(self, *, is_moving: bool) -> float:
        """A frame is drawn now, from elsewhere than the last if `is_moving`: with this share of its pixels a side."""
        passed, self._passed_secs = self._passed_secs, 0.0
        if not is_moving:
            self._still_secs += passed or STILL_SECS  # nobody tells the time: then nothing need wait
            return 1.0 if self.is_still else SHARES[self._level]
        if self._still_secs < STILL_SECS:  # the last one moved as well, so this was the time between the two
            self._take(passed * 1e3)
        self._still_secs = 0.0
        return SHARES[self._level]

    def _take(self, frame_ms: float) -> None:
        self._mean_ms += (frame_ms - self._mean_ms) * (_WEIGHT if self._n_frames else 1.0)
        self._n_frames += 1
        if self._n_frames < _PATIENCE:
            return
        if self._mean_ms > SLOW_MS:
            self._go(min(self._level + 1, len(SHARES) - 1))
        elif self._level and self._mean_ms * (SHARES[self._level - 1] / SHARES[self._level]) ** 2 < QUICK_MS:
            self._go(self._level - 1)

    def _go(self, level: int) -> None:
        if level != self._level:
            self._level, self._n_frames = level, 0
