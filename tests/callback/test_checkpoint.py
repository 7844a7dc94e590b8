from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from gan_lightning.callback.checkpoint import Checkpoint, _link_as
from gan_lightning.core.errors import UsageError
from tests.helper.tiny_module import TinyGame


def test_one_file_after_every_interval_and_at_the_end(play: Any, tmp_path: Path) -> None:
    written: list[int] = []

    class Watched(Checkpoint):
        def write(self, trainer: Any) -> None:
            super().write(trainer)
            written.append(torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)["global_step"])

    play(Watched(every=3, previous=False), steps=8, validate_every=3)
    assert written == [3, 6, 8]
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["last.ckpt"]


def test_the_end_on_an_interval_is_written_once(play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    monkeypatch.setattr(
        "lightning.pytorch.Trainer.save_checkpoint", lambda self, *_, **__: written.append(self.global_step)
    )
    play(Checkpoint(every=3), steps=6)
    assert written == [3, 6]


def test_the_one_before_is_kept(play: Any, tmp_path: Path) -> None:
    play(Checkpoint(every=3), steps=8)
    steps = {p.name: torch.load(p, weights_only=True)["global_step"] for p in (tmp_path / "checkpoints").iterdir()}
    assert steps == {"last.ckpt": 8, "previous.ckpt": 6}


def test_a_file_is_copied_where_names_cannot_be_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: Any) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("os.link", no_links)
    for words in ("one", "two"):
        (tmp_path / "file").write_text(words)
        _link_as(tmp_path / "file", tmp_path / "other")
        assert (tmp_path / "other").read_text() == words
    assert len(list(tmp_path.iterdir())) == 2


def test_a_validated_step_is_written_with_its_figures(play: Any, tmp_path: Path) -> None:
    """A run killed right after the file is written has the figures of that step's validation."""
    order: list[str] = []

    class Watched(Checkpoint):
        def write(self, trainer: Any) -> None:
            order.append(f"write {trainer.global_step}")
            super().write(trainer)

        def on_validation_start(self, trainer: Any, module: Any) -> None:
            order.append(f"validate {trainer.global_step}")

    play(Watched(every=2), steps=4, validate_every=4)
    assert order == ["write 2", "validate 4", "write 4", "write 4"]


def test_weights_that_are_not_finite_are_not_written(play: Any, tmp_path: Path) -> None:
    class Breaks(TinyGame):
        def training_step(self, batch: int, index: int) -> None:
            super().training_step(batch, index)
            if self.trainer.global_step == 5:
                self.critic[1].bias.data.fill_(torch.inf)

    with pytest.raises(UsageError, match=r"step 6: weights are not finite, .*last\.ckpt is the last good checkpoint"):
        play(Checkpoint(every=3), steps=8, game=Breaks())
    assert torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)["global_step"] == 3


def test_a_run_goes_on_elsewhere_and_at_another_interval(play: Any, tmp_path: Path) -> None:
    play(Checkpoint(every=3), steps=4, directory=tmp_path / "a")
    whole, _ = play(steps=9, directory=tmp_path / "c")
    trainer, _ = play(
        Checkpoint(every=4),
        steps=9,
        directory=tmp_path / "b",
        ckpt_path=tmp_path / "a" / "checkpoints" / "last.ckpt",
    )
    assert trainer.global_step == 9
    for ours, theirs in zip(trainer.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert {path.name for path in (tmp_path / "b" / "checkpoints").iterdir()} == {"last.ckpt", "previous.ckpt"}


def test_it_overwrites_in_place_when_a_run_goes_on(play: Any, tmp_path: Path) -> None:
    last = tmp_path / "checkpoints" / "last.ckpt"
    play(Checkpoint(every=3), steps=3)
    play(Checkpoint(every=3), steps=5, ckpt_path=last)
    assert torch.load(last, weights_only=True)["global_step"] == 5
    assert {p.name for p in last.parent.iterdir()} == {"last.ckpt", "previous.ckpt"}


def test_nothing_of_its_own_is_stored(play: Any, tmp_path: Path) -> None:
    play(Checkpoint(), steps=1)
    assert torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)["callbacks"] == {}


def test_an_interval_below_one_is_refused() -> None:
    with pytest.raises(UsageError, match="every=0"):
        Checkpoint(every=0)
