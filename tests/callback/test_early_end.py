from __future__ import annotations

from typing import Any

import pytest
from lightning.pytorch.callbacks import Timer

from gan_lightning.callback.early_end import ReportEarlyEnd
from gan_lightning.objective.trainer_checks import TIME_IS_UP


def test_time_that_is_up_is_told_with_the_command_to_go_on(play: Any, capsys: pytest.CaptureFixture[str]) -> None:
    trainer, _ = play(Timer("00:00:00:01"), ReportEarlyEnd(), steps=10**6)
    line = next(line for line in capsys.readouterr().err.splitlines() if line.startswith("training ended"))
    assert line.startswith(f"training ended at step {trainer.global_step:,} of 1,000,000: {TIME_IS_UP}; to go on: ")
    assert "gan_lightning.train run=" in line
    assert "trainer.max_time=DD:HH:MM:SS" in line


def test_a_run_to_its_end_says_nothing(play: Any, capsys: pytest.CaptureFixture[str]) -> None:
    play(ReportEarlyEnd(), steps=3)
    assert "training ended" not in capsys.readouterr().err
