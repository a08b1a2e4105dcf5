"""What the tilesets of a view may hold together, in RAM and on the GPU: a limit that is kept by drawing all coarser.

A tile's arrays are either here, waiting to be attached, or with the renderer; so one figure counts both. Where the
tiles of a view do not fit, the allowed error is raised for all tilesets by one factor, so that near and far stay in
proportion; what comes meanwhile and has no room is not kept. The factor goes down again only where there is room to
spare, and only in another view: a still picture does not go to and fro.
"""

from __future__ import annotations

from explorer.geo import Camera

COARSEST = 16.0
"""Most by which an error is raised. Where even that does not fit, tiles are missing rather than memory."""
_RAISED, _LOWERED = 1.1, 1.02
"""By how much in a frame."""
_ROOMY = 0.5
"""Share of the limit below which there is room to spare: between it and the limit nothing changes."""


class Ceiling:
    """One for all tilesets of a view. Main thread only."""

    def __init__(self, limit_bytes: int = 512 * 1024 * 1024) -> None:
        self.limit_bytes = limit_bytes
        self.coarsening = 1.0
        """Factor on the allowed screen-space error, so that the tiles in use fit; 1: not needed."""
        self._used: dict[object, int] = {}
        self._in_use: dict[object, int] = {}
        self._has_refused = False
        self._lacking: dict[object, int] = {}
        """Bytes for which a tileset found no room in its last frame, because others hold what they do not need."""
        self._lacked: set[object] = set()
        """Those that found none in the present frame."""
        self._too_much: tuple[Camera, ...] = ()
        """The view that did not fit."""

    def tell(self, who: object, used_bytes: int, in_use_bytes: int) -> None:
        """What a tileset holds, and how much of that the present frame needs."""
        self._used[who], self._in_use[who] = used_bytes, in_use_bytes

    def leave(self, who: object) -> None:
        """A tileset is closed: there may be room for all that the others want."""
        self.coarsening, self._too_much = 1.0, ()
        self._used.pop(who, None)
        self._in_use.pop(who, None)
        self._lacking.pop(who, None)

    @property
    def used_bytes(self) -> int:
        """What all hold."""
        return sum(self._used.values())

    @property
    def in_use_bytes(self) -> int:
        """How much of it the present frame needs."""
        return sum(self._in_use.values())

    @property
    def has_room_to_spare(self) -> bool:
        """Whether something that is only nicer may be larger."""
        return self.coarsening == 1.0 and self.in_use_bytes < _ROOMY * self.limit_bytes

    def is_exceeded_by(self, who: object) -> bool:
        """Whether a tileset should let go of something."""
        for_others = max((size for other, size in self._lacking.items() if other is not who), default=0)
        return self.used_bytes + for_others > self.limit_bytes

    def admits(self, who: object, size_bytes: int) -> bool:
        """Whether a tile that has come can be kept beside what is in use; if not, views become coarser.

        Where only what others hold and do not need is in the way, they let go of it first: it is to be asked for again.
        """
        if self.in_use_bytes + size_bytes > self.limit_bytes:
            self._has_refused = True
            return False
        needed = self.used_bytes - self._used.get(who, 0) + self._in_use.get(who, 0) + size_bytes
        if needed > self.limit_bytes:
            self._lacking[who] = max(size_bytes, self._lacking.get(who, 0))
            self._lacked.add(who)
            return False
        return True

    def is_full(self, cameras: tuple[Camera, ...]) -> bool:
        """Whether this view does not fit however coarse: nothing more is asked for."""
        return self.coarsening >= COARSEST and cameras == self._too_much

    def fit(self, who: object, cameras: tuple[Camera, ...]) -> None:
        """At the end of a tileset's frame: allow coarser tiles where those in use do not fit, finer ones where they do.

        `cameras`: of the view.
        """
        if who not in self._lacked:
            self._lacking.pop(who, None)
        self._lacked.discard(who)
        share = 1.0 / max(len(self._used), 1)  # each tileset's frame is a part of the view's
        if self.in_use_bytes > self.limit_bytes or self._has_refused:
            self.coarsening = min(self.coarsening * _RAISED**share, COARSEST)
            self._too_much = cameras
        elif self.coarsening > 1.0 and cameras != self._too_much and self.in_use_bytes < _ROOMY * self.limit_bytes:
            self.coarsening = max(self.coarsening / _LOWERED**share, 1.0)
        self._has_refused = False
