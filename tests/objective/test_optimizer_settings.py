"""The config decides on hyper-parameters of optimizers, not the checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gan_lightning.callback.checkpoint import Checkpoint
from gan_lightning.data.fingerprint import describe_change, fingerprint
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.objective.gan import GAN
from gan_lightning.optimizer import Adam
from gan_lightning.schedule.linear_decay import LinearDecay
from gan_lightning.trainer.default import build
from tests.helper.modules import Cloud, networks, play


def game(**keys: object) -> GAN:
    return GAN(*networks(), latent_dim=4, **keys)  # type: ignore[arg-type]


def resumed(file: Path, module: GAN, data: Cloud | None = None) -> list[dict[str, object]]:
    trainer = build(max_steps=6, accelerator="cpu")
    trainer.fit(module, datamodule=data or Cloud(batch_size=8), ckpt_path=file)
    return [optimizer.param_groups[0] for optimizer in trainer.optimizers]


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    play(game(critic_optimizer=Adam(lr=1e-3)), steps=4, callbacks=[Checkpoint()], default_root_dir=str(tmp_path))
    return tmp_path / "checkpoints" / "last.ckpt"


def test_a_rate_that_is_configured_wins_over_the_checkpoints(
    checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    critic, generator = resumed(checkpoint, game(critic_optimizer=Adam(lr=5e-3, betas=(0.1, 0.9))))
    assert (critic["lr"], critic["initial_lr"], critic["betas"]) == (5e-3, 5e-3, (0.1, 0.9))
    assert generator["lr"] == generator["initial_lr"]
    assert capsys.readouterr().err.splitlines() == [
        "critic_optimizer.lr=0.005, as configured: the checkpoint has 0.001",
        "critic_optimizer.betas=(0.1, 0.9), as configured: the checkpoint has (0.5, 0.999)",
    ]


def test_with_the_same_rates_nothing_is_said_and_a_schedule_goes_on(
    checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resumed(checkpoint, game(critic_optimizer=Adam(lr=1e-3)))
    critic, _ = resumed(checkpoint, game(critic_optimizer=Adam(lr=1e-3), schedule=LinearDecay(end_step=10)))
    assert critic["lr"] == pytest.approx(5e-4)
    assert capsys.readouterr().err == ""


def test_a_rate_left_over_from_a_schedule_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scheduled = game(schedule=LinearDecay(end_step=10))
    play(scheduled, steps=4, callbacks=[Checkpoint()], default_root_dir=str(tmp_path))
    resumed(tmp_path / "checkpoints" / "last.ckpt", game())
    assert "critic_optimizer: going on at the checkpoint's learning rate of 0.00014" in capsys.readouterr().err


class Smaller(Cloud):
    def load(self) -> tuple[SampleTable, SampleTable]:
        train, held_out = super().load()
        return SampleTable(train.rows[:900]), held_out


def test_data_that_have_changed_are_noticed(checkpoint: Path, capsys: pytest.CaptureFixture[str]) -> None:
    resumed(checkpoint, game(critic_optimizer=Adam(lr=1e-3)), Smaller(batch_size=8))
    said = capsys.readouterr().err
    assert (
        "the data are not those that the checkpoint was trained on: 900 training samples, before it were 1000" in said
    )


def test_the_fingerprint_is_of_content() -> None:
    rows = torch.arange(120.0).reshape(60, 2)
    first = fingerprint(SampleTable(rows[:50]), SampleTable(rows[50:]))
    assert first == fingerprint(SampleTable(rows.clone()[:50]), SampleTable(rows[50:]))
    other = rows.clone()
    other[7, 1] = -1
    assert describe_change(first, first) is None
    assert describe_change(first, fingerprint(SampleTable(other[:50]), SampleTable(rows[50:]))) == (
        "as many samples, but others"
    )
    assert describe_change({}, first) is None
