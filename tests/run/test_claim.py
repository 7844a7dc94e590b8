"""A directory has one owner, from before anything slow to the end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from gan_lightning.core.errors import UsageError
from gan_lightning.run import directory as run_directory
from gan_lightning.run.claim import LOCK, claim
from gan_lightning.run.remove_empty import remove_if_empty


def test_a_refused_start_leaves_the_claim_of_the_first(tmp_path: Path) -> None:
    """The first prepares data, with nothing in its directory yet; a refused second start made way for a third."""
    run = tmp_path / "run"
    with run_directory.lock_run_dir(str(run)):
        for _ in range(2):
            with pytest.raises(UsageError, match=r"another process is training in .*hydra\.run\.dir"):
                run_directory.lock_run_dir(str(run)).__enter__()
            remove_if_empty(str(run))  # as the command does after a refusal
        assert (run / LOCK).is_file()
        (run / "config.yaml").write_text("")
    assert os.listdir(run) == ["config.yaml"]


def test_a_claim_that_ends_leaves_no_empty_directory(tmp_path: Path) -> None:
    with run_directory.lock_run_dir(str(tmp_path / "run")):
        pass
    assert not (tmp_path / "run").exists()


def test_what_a_killed_process_leaves_can_be_claimed(tmp_path: Path) -> None:
    (tmp_path / LOCK).write_text("")
    with claim(tmp_path, "is training", "hydra.run.dir"):
        assert (tmp_path / LOCK).exists()
    assert not (tmp_path / LOCK).exists()


@pytest.mark.parametrize("lost", ["directory", "file"])
def test_a_directory_or_file_that_vanishes_meanwhile_is_made_again(
    lost: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a process that is refused, or by the owner before, which ends."""
    run, opened, real = tmp_path / "run", [], os.open

    def race(path: Any, *arguments: Any) -> int:
        opened.append(path)
        if len(opened) == 1 and lost == "directory":
            run.rmdir()
        handle = real(path, *arguments)
        if len(opened) == 1:
            os.unlink(path)
        return handle

    monkeypatch.setattr(os, "open", race)
    with claim(run, "is training", "hydra.run.dir"):
        assert len(opened) == 2
        monkeypatch.undo()
        with pytest.raises(UsageError):
            claim(run, "is training", "hydra.run.dir").__enter__()
