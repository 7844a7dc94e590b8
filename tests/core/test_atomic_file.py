"""A file is the old one or the new one, never half of either."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gan_lightning.core.atomic_file import atomic_replace, write_bytes, write_text


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("fsync", [False, True])
def test_the_target_changes_at_the_end_only(tmp_path: Path, shared: bool, fsync: bool) -> None:
    target = tmp_path / "file.txt"
    target.write_text("old")
    with atomic_replace(target, shared=shared, fsync=fsync) as beside:
        beside.write_text("new")
        assert beside.parent == tmp_path
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert os.listdir(tmp_path) == ["file.txt"]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path, error: type[BaseException]) -> None:
    write_text(tmp_path / "file.txt", "öld")
    with pytest.raises(error):
        _break_off(tmp_path / "file.txt", error)
    assert (tmp_path / "file.txt").read_text(encoding="utf-8") == "öld"
    assert os.listdir(tmp_path) == ["file.txt"]


def test_bytes_are_written_as_they_are(tmp_path: Path) -> None:
    write_bytes(tmp_path / "file.bin", b"\r\n\x00")
    assert (tmp_path / "file.bin").read_bytes() == b"\r\n\x00"


def _break_off(target: Path, error: type[BaseException]) -> None:
    with atomic_replace(target) as beside:
        beside.write_text("ne")
        raise error


def test_a_directory_where_the_temporary_file_should_go_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".file.txt.writing").mkdir()
    write_text(tmp_path / "file.txt", "new")
    assert (tmp_path / "file.txt").read_text() == "new"
    assert sorted(os.listdir(tmp_path)) == [".file.txt.writing", "file.txt"]


def test_another_name_of_the_target_is_no_longer_there_at_the_end(tmp_path: Path) -> None:
    """A second name of the same file, as one killed while it wrote leaves the last checkpoint and the one before."""
    target = tmp_path / "previous.ckpt"
    target.write_text("whole")
    with atomic_replace(target) as beside:
        os.link(target, beside)
    assert [path.name for path in tmp_path.iterdir()] == ["previous.ckpt"]
    assert target.read_text() == "whole"
