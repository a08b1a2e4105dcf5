"""What Panda3D keeps of vertices beside the graphics card goes to a file, and comes back when it is needed."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from panda3d.core import ConfigVariableString, GeomVertexArrayData, VertexDataPage

from explorer.render import Engine, spare_copies
from explorer.render.spare_copies import (
    LEAST_FREE_BYTES,
    MOST_BYTES,
    MOST_WAITING_BYTES,
    keep_in_file,
    limit,
    mind_the_disk,
)
from tests.render.scenery import City, above, block, opened, sheet, towards

pytestmark = pytest.mark.xdist_group("gl")

EYE = towards((-60.0, -70.0, 45.0), (0.0, 0.0, 5.0))
GROUND = sheet((0.0, 0.0, -1.0), (300.0, 300.0), parts=70)
HOUSES = tuple(block((25.0 * x, 25.0 * y), (12.0, 9.0, 6.0), i) for i, (x, y) in enumerate(np.ndindex(4, 4)))
IDS = tuple(map(str, range(16)))


@pytest.fixture
def nothing_stays() -> Iterator[None]:
    before = limit(0, 0)
    yield
    limit(*before)


def test_where_no_file_can_be_made_all_stays_in_memory(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    before = limit(1 << 40, 1 << 40)
    try:
        keep_in_file(tmp_path / "taken")
        assert limit(1 << 40, 1 << 40) == (1 << 40, 1 << 40)
        keep_in_file(tmp_path / "new" / "folder")
        assert limit(*before) == (MOST_BYTES, MOST_WAITING_BYTES)
        assert (tmp_path / "new" / "folder").is_dir()
    finally:
        limit(*before)


def test_folders_of_any_name_are_taken_as_they_are_or_not_at_all(tmp_path: Path) -> None:
    """What is a remark or a variable in Panda3D's settings is none in the name of somebody's folder."""
    place = ConfigVariableString("vertex-save-file-directory")
    before, was, kept = limit(1 << 40, 1 << 40), place.get_value(), spare_copies._Disk.folder
    try:
        keep_in_file(tmp_path / "Zoë # 1")
        assert place.get_value().endswith("/Zoë # 1")
        limit(1 << 40, 1 << 40)
        keep_in_file(tmp_path / "of $HOME")
        assert limit(*before) == (1 << 40, 1 << 40)
    finally:
        limit(*before)
        place.set_value(was)
        spare_copies._Disk.folder = kept


def test_where_the_disk_fills_up_nothing_more_goes_to_the_file(tmp_path: Path) -> None:
    """A write that fails would stop the program for good, with all work in it."""
    before, kept = limit(1 << 40, 1 << 40), spare_copies._Disk.folder
    try:
        keep_in_file(tmp_path, lambda folder: LEAST_FREE_BYTES - 1)
        assert limit(1 << 40, 1 << 40) == (1 << 40, 1 << 40), "too full to begin with"
        keep_in_file(tmp_path, lambda folder: LEAST_FREE_BYTES)
        spare_copies._Disk.looked_at = 0.0
        mind_the_disk(lambda folder: LEAST_FREE_BYTES)
        spare_copies._Disk.looked_at = 0.0
        assert limit(MOST_BYTES, MOST_WAITING_BYTES) == (MOST_BYTES, MOST_WAITING_BYTES)
        mind_the_disk(lambda folder: 1000)
        staying, waiting = limit(*before)
        assert min(staying, waiting) > 1 << 40
    finally:
        limit(*before)
        spare_copies._Disk.folder = kept


def bytes_in_memory() -> int:
    waiting = VertexDataPage.get_global_lru(VertexDataPage.RC_resident)
    return int(GeomVertexArrayData.get_independent_lru().get_total_size() + waiting.get_total_size())


def bytes_in_file() -> int:
    return int(VertexDataPage.get_global_lru(VertexDataPage.RC_disk).get_total_size())


def all_goes_to_the_file(city: City) -> bool:
    """Draws until no copy is left in memory; a thread writes them."""
    deadline = time.monotonic() + 10.0
    while bytes_in_memory() and time.monotonic() < deadline:
        city.look(above(0.0, 0.0, 50.0))
    return bytes_in_memory() == 0


def test_what_is_drawn_need_not_stay_in_memory(gl_engine: Engine, nothing_stays: None) -> None:
    with opened(gl_engine) as city:
        gc.collect()  # what tests before this one left would be let go of meanwhile
        assert all_goes_to_the_file(city), "what tests before this one left"
        before = bytes_in_file()
        city.build(GROUND, ids=IDS)
        first = city.look(EYE)
        assert all_goes_to_the_file(city)
        assert bytes_in_file() > before + 24 * 4000
        assert np.array_equal(city.look(EYE), first)


def test_what_has_gone_to_the_file_is_drawn_when_it_is_first_seen_and_when_it_changes(
    gl_engine: Engine, nothing_stays: None
) -> None:
    with opened(gl_engine) as city:
        city.build(GROUND, *HOUSES, ids=IDS)
        wanted = city.look(EYE)
        hidden = frozenset(IDS[:8])
        city.renderer.set_hidden_features(hidden)
        wanted_hidden = city.look(EYE)
    with opened(gl_engine) as city:
        city.build(GROUND, key="ground")
        city.build(*HOUSES, ids=IDS, key="houses")  # small: they stand in a page
        city.renderer.show_tiles([])
        for _frame in range(8):
            city.look(EYE)
            city.build(*HOUSES[:2], ids=IDS[:2], key="passing")
            city.renderer.detach_tile("passing")
            city.renderer.show_tiles([])
        city.renderer.show_tiles(["ground", "houses"])
        assert np.abs(city.look(EYE) - wanted).max() <= 1.0
        city.renderer.set_hidden_features(hidden)
        assert np.abs(city.look(EYE) - wanted_hidden).max() <= 1.0
