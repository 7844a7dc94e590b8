from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from gan_lightning.callback.checkpoint import Checkpoint
from gan_lightning.runtime.refusal import Refusal


def test_one_file_after_every_interval_and_at_the_end(play: Any, tmp_path: Path) -> None:
    written: list[int] = []

    class Watched(Checkpoint):
        def _save_last_checkpoint(self, trainer: Any, *args: Any) -> None:
            super()._save_last_checkpoint(trainer, *args)
            written.append(torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)["global_step"])

    play(Watched(every_n_train_steps=3), rounds=8, validate_every=3)
    assert written == [3, 6, 8]
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["last.ckpt"]


def test_the_end_on_an_interval_is_written_once(play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    monkeypatch.setattr("lightning.pytorch.Trainer.save_checkpoint", lambda self, *_: written.append(self.global_step))
    play(Checkpoint(every_n_train_steps=3), rounds=6)
    assert written == [3, 6]


def test_a_run_goes_on_elsewhere_and_at_another_interval(play: Any, tmp_path: Path) -> None:
    play(Checkpoint(every_n_train_steps=3), rounds=4, directory=tmp_path / "a")
    whole, _ = play(rounds=9, directory=tmp_path / "c")
    trainer, _ = play(
        Checkpoint(every_n_train_steps=4),
        rounds=9,
        directory=tmp_path / "b",
        ckpt_path=tmp_path / "a" / "checkpoints" / "last.ckpt",
    )
    assert trainer.global_step == 9
    for ours, theirs in zip(trainer.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert [path.name for path in (tmp_path / "b" / "checkpoints").iterdir()] == ["last.ckpt"]


def test_it_overwrites_in_place_when_a_run_goes_on(play: Any, tmp_path: Path) -> None:
    last = tmp_path / "checkpoints" / "last.ckpt"
    play(Checkpoint(every_n_train_steps=3), rounds=3)
    play(Checkpoint(every_n_train_steps=3), rounds=5, ckpt_path=last)
    assert torch.load(last, weights_only=True)["global_step"] == 5
    assert list(last.parent.iterdir()) == [last]


def test_nothing_of_its_own_is_stored(play: Any, tmp_path: Path) -> None:
    play(Checkpoint(), rounds=1)
    assert torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)["callbacks"] == {}


def test_an_interval_below_one_is_refused() -> None:
    with pytest.raises(Refusal, match="every_n_train_steps=0"):
        Checkpoint(every_n_train_steps=0)
