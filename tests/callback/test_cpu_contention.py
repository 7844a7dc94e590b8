from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import Callback

from gan_lightning.callback import cpu_contention
from gan_lightning.callback.checkpoint import Checkpoint
from gan_lightning.callback.cpu_contention import CPUContention
from gan_lightning.core.console import SWEEP


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of four threads without a warning so far."""
    monkeypatch.setattr(CPUContention, "_warned", False)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)


def waiting(monkeypatch: pytest.MonkeyPatch, lacking: float) -> None:
    """Each check comes 10 seconds after the last, in which so many threads on average had no core."""
    clock, kernel = count(), count()
    monkeypatch.setattr(cpu_contention, "perf_counter", lambda: 10.0 * next(clock))
    monkeypatch.setattr(cpu_contention, "run_queue_wait_seconds", lambda: 10.0 * lacking * next(kernel))


@pytest.mark.training
@pytest.mark.parametrize(("lacking", "fewer"), [(0.7, 3), (1.0, 3), (2.6, 1), (9.0, 1)])
def test_waiting_threads_are_reported_once_with_a_command(
    play: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, lacking: float, fewer: int
) -> None:
    waiting(monkeypatch, lacking)
    play(CPUContention(), Checkpoint(), steps=6)
    play(CPUContention(), Checkpoint(), steps=6, directory=tmp_path / "another")
    said = capsys.readouterr().err
    assert said.count("contention:") == 1
    assert f"on average {lacking:.1f} of this run's 4 threads wait" in said
    assert f"python -m gan_lightning.train run={tmp_path} trainer.threads={fewer}\n" in said


@pytest.mark.parametrize(("sweep", "callbacks"), [("", []), ("sweep", [Checkpoint()])])
def test_where_a_run_cannot_go_on_by_itself(
    play: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any, sweep: str, callbacks: list[Callback]
) -> None:
    """Without checkpoints, or as a job of a sweep."""
    waiting(monkeypatch, 1.0)
    if sweep:
        monkeypatch.setenv(SWEEP, sweep)
    play(CPUContention(), *callbacks, steps=6)
    assert capsys.readouterr().err.endswith("faster: trainer.threads=3\n")


@pytest.mark.parametrize(("threads", "lacking"), [(4, 0.1), (1, 1.0)])
def test_little_waiting_and_that_of_one_thread_is_not_reported(
    play: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any, threads: int, lacking: float
) -> None:
    waiting(monkeypatch, lacking)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    play(CPUContention(), steps=6)
    assert "contention" not in capsys.readouterr().err
