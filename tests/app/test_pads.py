"""Thumb pads: as far in a second on a slow computer as on a fast one."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.app.camera_rig import MoveWish
from explorer.render import Engine
from tests.app.driver import Driver

pytestmark = pytest.mark.xdist_group("window")


def test_a_pushed_pad_turns_as_far_in_a_second_however_many_frames_that_takes(
    gl_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITIVERSE_HOME", str(tmp_path / "home"))
    driver = Driver(gl_engine, draws=False)
    turned = []
    for frames in (8, 60):
        wishes = []
        for _frame in range(frames):
            driver.app.viewing.push_pads(0.0, 0.0, 1.0, 0.5)
            wishes.append(driver.app.viewing.with_pads(MoveWish(), 1.0 / frames))
        turned.append((sum(w.turn_deg for w in wishes), sum(w.look_deg for w in wishes)))
    driver.app.close(discard=True)
    assert turned[0] == pytest.approx(turned[1])
    assert 45.0 < turned[0][0] < 120.0 and turned[0][1] > 10.0
