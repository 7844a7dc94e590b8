"""Signals, sent to this very process in the middle of a step."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch

from gan_lightning.callback.checkpoint import Checkpoint
from gan_lightning.callback.stop_signals import StopOnSignal, StoppedBySignal
from gan_lightning.core.signals import SIGNALS, handle_before_training
from tests.helper.tiny_module import TinyGame


class Signalled(TinyGame):
    """Gets signals in its fourth step."""

    def __init__(self, *signals: int) -> None:
        super().__init__()
        self.signals = signals

    def training_step(self, batch: int, index: int) -> None:
        super().training_step(batch, index)
        if self.trainer.global_step == 4:
            for one in self.signals:
                os.kill(os.getpid(), one)


@pytest.mark.training
@pytest.mark.parametrize(
    ("signum", "code"),
    [(signal.SIGTERM, 75), (signal.SIGHUP, 75), (signal.SIGUSR1, 75), (signal.SIGUSR2, 75), (signal.SIGINT, 0)],
)
@pytest.mark.parametrize("validate_every", [None, 2])
def test_a_signal_ends_the_step_with_a_checkpoint(
    play: Any, tmp_path: Path, signum: int, code: int, validate_every: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signum)
    with pytest.raises(StoppedBySignal) as stopped:
        play(StopOnSignal(), Checkpoint(every=100), steps=9, game=Signalled(signum), validate_every=validate_every)
    assert stopped.value.code == code
    assert torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)["global_step"] == 4
    said = capsys.readouterr().err
    name = signal.Signals(signum).name
    assert f"stopped by {name} after step 4; resume with: python -m gan_lightning.train run={tmp_path}" in said
    assert signal.getsignal(signum) == before


def test_the_stopped_run_goes_on_as_the_uninterrupted_one(play: Any, tmp_path: Path) -> None:
    whole, _ = play(StopOnSignal(), steps=9, directory=tmp_path / "whole", validate_every=2)
    with pytest.raises(StoppedBySignal):
        play(StopOnSignal(), Checkpoint(), steps=9, game=Signalled(signal.SIGTERM), validate_every=2)
    last = tmp_path / "checkpoints" / "last.ckpt"
    again, _ = play(StopOnSignal(), steps=9, ckpt_path=last, validate_every=2)
    for ours, theirs in zip(again.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_a_second_ctrl_c_does_not_wait(play: Any, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as left:
        play(StopOnSignal(), Checkpoint(), steps=9, game=Signalled(signal.SIGINT, signal.SIGINT))
    assert not isinstance(left.value, StoppedBySignal)
    assert not (tmp_path / "checkpoints").exists()


def test_the_first_signal_decides(play: Any) -> None:
    with pytest.raises(StoppedBySignal) as stopped:
        play(StopOnSignal(), Checkpoint(), steps=9, game=Signalled(signal.SIGTERM, signal.SIGINT))
    assert stopped.value.code == 75


def test_without_checkpoints_it_says_so(play: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StoppedBySignal):
        play(StopOnSignal(), steps=9, game=Signalled(signal.SIGTERM))
    assert "no checkpoint was written (callback.checkpoint=null)" in capsys.readouterr().err


@pytest.fixture
def own_handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("own_handlers")
def test_a_signal_before_training_whose_exit_is_lost_stops_after_a_step(
    play: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python ignores a SystemExit in a weakref callback, of which its import system has many."""
    with handle_before_training():
        with suppress(SystemExit):
            os.kill(os.getpid(), signal.SIGUSR1)
        with pytest.raises(StoppedBySignal) as stopped:
            play(StopOnSignal(), Checkpoint(every=100), steps=9)
    assert stopped.value.code == 75
    assert torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)["global_step"] == 1
    said = capsys.readouterr().err
    assert "stopped by SIGUSR1 after step 1; resume with" in said
    assert "outside of training" not in said


@pytest.mark.usefixtures("own_handlers")
def test_a_signal_before_training_exits_and_is_not_kept(play: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left, handle_before_training():
        os.kill(os.getpid(), signal.SIGTERM)
    assert left.value.code == 75
    assert "stopped by SIGTERM outside of training; the same command begins again" in capsys.readouterr().err
    play(StopOnSignal(), steps=2)


def test_a_hangup_that_the_program_was_started_to_ignore_is_ignored(play: Any) -> None:
    """As by `nohup`."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        play(StopOnSignal(), steps=6, game=Signalled(signal.SIGHUP))
    finally:
        signal.signal(signal.SIGHUP, before)
