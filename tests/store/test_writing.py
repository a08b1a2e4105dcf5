"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import IO

import pytest

from explorer.errors import FetchError
from explorer.jobs import Cancelled
from explorer.store import write_atomically


def test_bytes_arrive_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_atomically(tmp_path / "scene.cvscene", b"whole")
    assert (tmp_path / "scene.cvscene").read_bytes() == b"whole"
    assert os.listdir(tmp_path) == ["scene.cvscene"]


def test_a_writer_is_given_the_file(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a", lambda file: file.write(b"by hand"))
    assert (tmp_path / "a").read_bytes() == b"by hand"


def test_a_full_disk_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    target = tmp_path / "scene.cvscene"
    target.write_bytes(b"old")

    def writer(file: IO[bytes]) -> None:
        file.write(b"half of the new")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(FetchError, match=r"cannot be written: No space left on device\. \[.*scene\.cvscene\]"):
        write_atomically(target, writer)
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["scene.cvscene"]


def test_cancelling_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")

    def writer(file: IO[bytes]) -> None:
        file.write(b"new")
        raise Cancelled("Stopped as asked.")

    with pytest.raises(Cancelled):
        write_atomically(target, writer)
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="cannot be written"):
        write_atomically(tmp_path / "no" / "a", b"")
    write_atomically(tmp_path / "no" / "a", b"now", make_folders=True)
    assert (tmp_path / "no" / "a").read_bytes() == b"now"


def test_a_folder_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(FetchError, match="cannot be written"):
        write_atomically(tmp_path / "a", b"x")
    assert os.listdir(tmp_path) == ["a"]


def test_the_permissions_of_the_old_file_stay(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    target.chmod(0o640)
    write_atomically(target, b"new")
    assert target.stat().st_mode & 0o777 == 0o640


def test_very_long_names_can_be_written(tmp_path: Path) -> None:
    target = tmp_path / ("x" * 250)
    write_atomically(target, b"x")
    assert target.read_bytes() == b"x"
