"""Photographs that have come blurred are decoded larger where somebody looks at them from near by."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ContentError
from explorer.geo import Camera
from explorer.jobs import Job, JobRunner, Progress
from explorer.render import CityRenderer, PhotoWish
from explorer.streaming import decode_photo

_EACH = 4
"""Frames from one look for blurred photographs to the next."""

Texels = NDArray[np.uint8]


class BlurredPhotos:
    """Of one view. Main thread only."""

    def __init__(self, jobs: JobRunner, grew: Callable[[Hashable, int], None]) -> None:
        """`grew`: hears by how many bytes a tile has grown."""
        self._jobs, self._grew = jobs, grew
        self._under_way: Job[Texels | None] | None = None
        self._n_frames = 0

    def update(self, renderer: CityRenderer, camera: Camera, *, may_begin: bool) -> None:
        """One frame: have the one that is blurred most decoded larger, one at a time."""
        self._n_frames += 1
        if self._under_way is not None or not may_begin or self._n_frames % _EACH:
            return
        wish = renderer.most_blurred(camera)
        if wish is not None:
            done = partial(self._has_come, renderer, wish)
            self._under_way = self._jobs.submit(partial(_decoded, wish), name="photograph", when_done=done)

    def finish(self, renderer: CityRenderer, camera: Camera, progress: Progress) -> None:
        """All of them, now: for pictures."""
        while (wish := renderer.most_blurred(camera)) is not None:
            self._take(renderer, wish, _decoded(wish, progress))

    def _has_come(self, renderer: CityRenderer, wish: PhotoWish, job: Job[Texels | None]) -> None:
        self._under_way = None
        self._take(renderer, wish, job.result() if job.error is None else None)

    def _take(self, renderer: CityRenderer, wish: PhotoWish, texels: Texels | None) -> None:
        self._grew(wish.key, renderer.sharpen(wish, texels))


def _decoded(wish: PhotoWish, _progress: Progress) -> Texels | None:
    try:
        return decode_photo(wish.data, wish.side, wish.use)
    except ContentError:
        return None  # it was told when its tile came
