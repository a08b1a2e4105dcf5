"""The tiles of one implicit tileset as columns, gathered subtree by subtree."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.tileformat.subtree import ImplicitTiling
from explorer.tileformat.tileset_uris import EXTERNAL, NOT_READ, UriTemplate, ending, join_uri
from explorer.tileformat.tileset_volumes import (
    FARTHEST_M,
    S2Volume,
    Volume,
    boxes_of_regions,
    boxes_of_spheres,
    divided_boxes,
    divided_regions,
    enclosing,
)

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
T = TypeVar("T", int, IntArray)


def row_id(n: T) -> T:
    """How the n-th implicit tile is called where a row is asked for while the explicit ones are still counted."""
    return -2 - n


@dataclass
class Budget:
    """What may still be read of implicit tilesets; shared by all of one tileset."""

    subtrees: int = 10_000
    """Files."""
    tiles: int = 1_000_000
    letters: int = 256 << 20
    """Of the addresses of contents."""
    files: int = sys.maxsize
    """Further files that tell of tiles, external tilesets and subtrees, to be read now; the others are left for later
    (`Tileset.unread`)."""
    said: set[str] = field(default_factory=set)

    def say_once(self, sentence: str, say: Callable[[str], None]) -> None:
        """Tell of a limit the first time that it is reached."""
        if sentence not in self.said:
            self.said.add(sentence)
            say(sentence)


@dataclass(frozen=True)
class ImplicitRoot:
    """The explicit tile below which all tiles are implicit."""

    tiling: ImplicitTiling
    volume: Volume
    region: FloatArray | S2Volume | None
    """(6,) where the volume is a region; or a cell of S2."""
    error: float
    refine: int
    parent: int
    level: int
    """In the whole tree; the levels of its own tiling begin at 0."""
    transform: list[float] | None
    templates: tuple[UriTemplate, ...]
    """Addresses of contents, joined to the file's own."""
    base: str
    schema: Callable[[], dict[str, Any] | None]


class ImplicitRows:
    """Grows by whole subtrees. k tiles in all."""

    def __init__(self, root: ImplicitRoot, first_row: int) -> None:
        self.root = root
        self.first_row = first_row
        self.problem: str | None = None
        """Why the topmost subtree could not be read."""
        self.uris: list[str | None] = []
        self.more: dict[int, tuple[str, ...]] = {}
        self.externals: list[tuple[int, str]] = []
        """(row, address) of contents that are tilesets."""
        self.unread: set[str] = set()
        """Kinds of content that are left out."""
        self.left: dict[int, tuple[int, IntArray]] = {}
        """By row, subtrees that are left for later: level and place of their topmost tiles."""
        self._count = 0
        self._level: list[IntArray] = []
        self._place: list[IntArray] = []
        self._parent: list[IntArray] = []
        self._contents: list[list[tuple[IntArray, list[str] | None]]] = [[] for _template in root.templates]
        self._tile_columns: list[tuple[IntArray, dict[str, FloatArray]]] = []
        self._content_columns: list[tuple[IntArray, dict[str, FloatArray]]] = []

    def __len__(self) -> int:
        return self._count

    def add(self, level: IntArray, place: IntArray, parent: IntArray) -> IntArray:
        """Tiles on levels (m,) of the tiling at (m, 2 or 3), below rows (m,); returns their rows."""
        self._level.append(level)
        self._place.append(place)
        self._parent.append(parent)
        self._count += len(level)
        return np.arange(self._count - len(level), self._count)

    def add_unread(self, level: int, place: IntArray, parent: int, *, with_content: bool) -> None:
        """The topmost tile of a subtree that could not be read; it may have contents."""
        added = self.add(np.array([level]), place[None], np.array([parent]))
        for content in range(len(self.root.templates) if with_content else 0):
            self.add_contents(content, added, None)

    def leave(self, level: int, place: IntArray, parent: int) -> None:
        """A subtree is left for later: a tile stands where its topmost one will."""
        row = int(self.add(np.array([level]), place[None], np.array([parent]))[0])
        self.left[row] = level, place

    def add_contents(self, content: int, rows: IntArray, uris: list[str] | None) -> None:
        """Tiles that have a content; `uris` where metadata say its addresses."""
        self._contents[content].append((rows, uris))

    def describe_tiles(self, rows: IntArray, columns: dict[str, FloatArray], rank: IntArray) -> None:
        """What metadata say of tiles; `rank` are their rows in the columns."""
        if columns:
            self._tile_columns.append((rows, {name: values[rank] for name, values in columns.items()}))

    def describe_contents(self, content: int, rows: IntArray, columns: dict[str, FloatArray], rank: IntArray) -> None:
        """What metadata say of the contents of tiles; `rank` are their rows in the columns."""
        if columns:
            self._content_columns.append((rows, {name: values[rank] for name, values in columns.items()}))

    def name_contents(self, budget: Budget, say: Callable[[str], None]) -> None:
        """Write out the addresses of all contents, once all tiles are there."""
        self.uris = [None] * self._count
        level, place = np.concatenate(self._level), np.concatenate(self._place)
        for template, parts in zip(self.root.templates, self._contents, strict=True):
            for rows, said in parts:
                if said is not None:
                    for row, uri in zip(rows.tolist(), said, strict=True):
                        self._name([row], [join_uri(self.root.base, uri)])
            rows = np.concatenate([np.zeros(0, np.int64), *(rows for rows, said in parts if said is None)])
            letters = len(rows) * (len(template.text) + 20)
            if letters > budget.letters:
                budget.say_once(_("The addresses of contents are longer than can be kept; some are left out."), say)
                continue
            budget.letters -= letters
            self._name(rows.tolist(), template.filled(level[rows], place[rows]))

    def _name(self, rows: list[int], uris: list[str]) -> None:
        """Contents of one kind, the first of which tells which."""
        if not uris:
            return
        end = ending(uris[0])
        if end.endswith(EXTERNAL):
            self.externals.extend(zip(rows, uris, strict=True))
            return
        if end.endswith(NOT_READ):
            self.unread.add(end.rpartition(".")[2])
            return
        for row, uri in zip(rows, uris, strict=True):
            if self.uris[row] is None:
                self.uris[row] = uri
            else:
                self.more[row] = (*self.more.get(row, ()), uri)

    def parents(self) -> IntArray:
        """(k,) row ids."""
        return np.concatenate(self._parent)

    def levels(self) -> IntArray:
        """(k,) in the whole tree."""
        return np.concatenate(self._level) + self.root.level

    def errors(self) -> FloatArray:
        """(k,) halved on each level, unless metadata say otherwise. [m]"""
        found = self.root.error * np.exp2(-np.concatenate(self._level).astype(np.float64))
        for rows, columns in self._tile_columns:
            said = columns.get("GEOMETRIC_ERROR")
            if said is not None:
                good = np.isfinite(said[:, 0]) & (said[:, 0] >= 0.0)
                found[rows[good]] = said[good, 0]
        return found

    def refines(self, replace: int, add: int) -> NDArray[np.uint8]:
        """(k,) as the root, unless metadata say otherwise (0: ADD, 1: REPLACE)."""
        found = np.full(self._count, self.root.refine, np.uint8)
        for rows, columns in self._tile_columns:
            said = columns.get("REFINE")
            if said is not None:
                found[rows[said[:, 0] == 0.0]] = add
                found[rows[said[:, 0] == 1.0]] = replace
        return found

    def boxes(self) -> tuple[FloatArray, NDArray[np.bool_]]:
        """(k, 12) boxes around the tiles, and whether each is in the tile's own frame."""
        level, place, region = np.concatenate(self._level), np.concatenate(self._place), self.root.region
        own_frame = np.full(self._count, region is None)
        if region is None:
            boxes = divided_boxes(np.array(self.root.volume.numbers, np.float64), level, place)
        elif isinstance(region, S2Volume):
            boxes = region.boxes(level, place)
        else:
            regions = divided_regions(region, level, place)
            for rows, columns in self._tile_columns:
                for name, column in (("MINIMUM_HEIGHT", 4), ("MAXIMUM_HEIGHT", 5)):
                    if name in columns:
                        good = np.abs(columns[name][:, 0]) < _DEEPEST_M
                        regions[rows[good], column] = columns[name][good, 0]
            boxes = boxes_of_regions(regions)
        for rows, columns in self._tile_columns:
            said, in_own, good = _volumes(columns, len(rows))
            boxes[rows[good]] = said[good]
            own_frame[rows[good]] = in_own[good]
        return boxes, own_frame

    def content_volumes(self) -> dict[int, Volume]:
        """Volumes of contents by row, where metadata tell that of every content of the tile."""
        found: dict[int, list[Volume]] = {}
        for rows, columns in self._content_columns:
            said, in_own, good = _volumes(columns, len(rows))
            for row, numbers, own in zip(rows[good].tolist(), said[good].tolist(), in_own[good].tolist(), strict=True):
                found.setdefault(row, []).append(Volume(numbers, own))
        whole: dict[int, Volume] = {}
        for row, volumes in found.items():
            around = enclosing(volumes)
            if around is not None and len(volumes) == (self.uris[row] is not None) + len(self.more.get(row, ())):
                whole[row] = around
        return whole


_DEEPEST_M = 1e6
"""Heights beyond this are not the Earth's."""


def _volumes(columns: dict[str, FloatArray], n: int) -> tuple[FloatArray, NDArray[np.bool_], NDArray[np.bool_]]:
    """Boxes (n, 12) out of semantic columns, whether each is in the tile's own frame, and whether there is one."""
    boxes, own_frame, found = np.zeros((n, 12)), np.ones(n, bool), np.zeros(n, bool)
    kinds = (("BOUNDING_SPHERE", boxes_of_spheres), ("BOUNDING_REGION", boxes_of_regions), ("BOUNDING_BOX", None))
    for name, way in kinds:  # a box is preferred, as in a tileset.json
        said = columns.get(name)
        if said is None:
            continue
        with np.errstate(invalid="ignore"):
            good = np.isfinite(said).all(axis=1) & (np.abs(said).max(axis=1) < FARTHEST_M)
            good &= (said[:, 3] >= 0.0) if name == "BOUNDING_SPHERE" else True
        boxes[good] = said[good] if way is None else way(said[good])
        own_frame[good] = name != "BOUNDING_REGION"
        found |= good
    return boxes, own_frame, found
