from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from gan_lightning.callback import throughput
from gan_lightning.callback.checkpoint import Checkpoint
from gan_lightning.callback.log_metrics import LogMetrics
from gan_lightning.callback.throughput import Throughput, TimedCallback
from gan_lightning.logger.csv import CSV, read
from tests.helper.tiny_module import Memory, TinyGame


def test_first_every_and_last_step_are_recorded_and_no_other_is_read(play: Any) -> None:
    memory = Memory()
    _, game = play(LogMetrics(), steps=7, log_every=3, logger=[memory])
    assert [step for step, _ in memory.logged] == [1, 3, 6, 7]
    assert game.asked == [1, 3, 6, 7]
    for step, figures in memory.logged:
        assert figures.pop("images_per_second") > 0
        assert figures == {
            "critic_loss": -step,
            "generator_loss": 10 * step,
            "wasserstein": 1 / step,
            "images_seen": step * 2 * 4,  # two critic updates of four images
            "critic_lr": 0.02,
            "generator_lr": 0.01,
        }


def test_every_logger_gets_the_same_metrics(play: Any, tmp_path: Path) -> None:
    memory = Memory()
    play(LogMetrics(), logger=[CSV(str(tmp_path)), memory])
    assert read(tmp_path / "metrics.csv") == [figures | {"step": step} for step, figures in memory.logged]


def test_validation_joins_the_row_of_its_step(play: Any, tmp_path: Path) -> None:
    play(LogMetrics(), steps=6, log_every=3, validate_every=3, logger=[CSV(str(tmp_path))])
    rows = {row["step"]: row for row in read(tmp_path / "metrics.csv")}
    assert list(rows) == [1, 3, 6]
    assert "val_critic_loss" not in rows[1]
    assert [rows[k]["val_critic_loss"] for k in (3, 6)] == [3 / 3, 6 / 3]


def test_a_resumed_run_leaves_the_same_table_as_an_unbroken_one(play: Any, tmp_path: Path) -> None:
    def table(directory: Path) -> list[dict[str, float]]:
        return [{k: v for k, v in row.items() if k != "images_per_second"} for row in read(directory / "metrics.csv")]

    whole, broken = tmp_path / "whole", tmp_path / "broken"
    play(LogMetrics(), steps=8, directory=whole, logger=[CSV(str(whole))])
    play(LogMetrics(), Checkpoint(every=5), steps=5, directory=broken, logger=[CSV(str(broken))])
    (broken / "checkpoints" / "last.ckpt").rename(broken / "five.ckpt")
    play(LogMetrics(), steps=7, directory=broken, logger=[CSV(str(broken))], ckpt_path=broken / "five.ckpt")
    assert [row["step"] for row in table(broken)] == [1, 2, 4, 5, 6, 7]
    play(LogMetrics(), steps=8, directory=broken, logger=[CSV(str(broken))], ckpt_path=broken / "five.ckpt")
    assert [row for row in table(broken) if row["step"] != 5] == table(whole)


def test_a_run_from_the_start_begins_a_new_table(play: Any, tmp_path: Path) -> None:
    play(LogMetrics(), steps=6, logger=[CSV(str(tmp_path))])
    play(LogMetrics(), steps=2, logger=[CSV(str(tmp_path))])
    assert [row["step"] for row in read(tmp_path / "metrics.csv")] == [1, 2]


def test_without_a_data_module_the_loader_tells_the_images(play: Any) -> None:
    memory = Memory()
    loader = DataLoader(TensorDataset(torch.zeros(60, 1)), batch_size=10)  # a batch is a whole step
    play(LogMetrics(), steps=3, logger=[memory], loader=loader)
    assert [figures["images_seen"] for _, figures in memory.logged] == [10, 20, 30]


def test_where_nothing_tells_the_images_they_are_left_out(play: Any) -> None:
    memory = Memory()
    play(LogMetrics(), steps=2, logger=[memory], loader=[1, 2, 3])
    assert not {"images_seen", "images_per_second"} & memory.logged[-1][1].keys()


def test_pace_leaves_out_what_callbacks_took_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 100.0
    monkeypatch.setattr(throughput, "perf_counter", lambda: clock)
    pictures = TimedCallback()
    trainer: Any = SimpleNamespace(global_step=0, callbacks=[pictures], train_dataloader=None)
    run = Throughput(trainer, TinyGame())
    assert run.unit == "steps"
    with pictures.excluded_from_throughput():
        clock += 3
    clock, trainer.global_step = clock + 2, 10
    assert run.per_second() == 10 / 2
    clock, trainer.global_step = clock + 4, 30
    assert run.per_second() == 20 / 4


def test_validation_is_taken_aside(play: Any) -> None:
    record = LogMetrics()
    play(record, steps=2, validate_every=1)
    assert record.excluded_seconds > 0
