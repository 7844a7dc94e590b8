"""MAGAN: its margin by hand, in checkpoints, and for every cut of a batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from gan_lightning.callback.log_metrics import LogMetrics
from gan_lightning.core.errors import UsageError
from gan_lightning.logger.csv import CSV, read
from gan_lightning.loss import EnergyMargin
from gan_lightning.objective.magan import MAGAN, AdaptiveMargin
from gan_lightning.optimizer import Adam
from gan_lightning.trainer.default import build
from tests.helper.modules import Cloud, autoencoders, networks, play, same, state


def module(**options: Any) -> MAGAN:
    """A critic that learns fast enough for its margin to fall."""
    options = {"margin": 20.0, "margin_every": 2, "critic_optimizer": Adam(3e-2, (0.5, 0.999))} | options
    return MAGAN(*autoencoders(), latent_dim=4, **options)


def margin_after(loss: AdaptiveMargin, *steps: tuple[float, float]) -> float:
    """The margin after steps with these mean energies of reals and fakes."""
    for real, fake in steps:
        loss.update(torch.tensor(real), torch.tensor(fake))
    return loss.margin.item()


def test_losses_by_hand() -> None:
    real, fake = torch.tensor([-2.0, -4.0]), torch.tensor([-1.0, -6.0])
    loss = AdaptiveMargin(5.0, every=1)
    assert loss.critic(real, fake).item() == 3.0 + 2.0  # and (5 - 1)⁺ + (5 - 6)⁺ over two
    assert loss.generator(fake, lambda: real).item() == 3.5
    assert loss.divergence(real, fake).item() == EnergyMargin(5.0).divergence(real, fake).item() == 0.0
    margin_after(loss, (3.0, 4.0), (3.0, 4.0))
    assert loss.critic(real, fake).item() == 3.0 + 1.0  # the margin is 3


def test_the_margin_by_hand() -> None:
    """It falls to the mean energy of reals where that is below it and below the fakes', which gain no more."""
    loss = AdaptiveMargin(5.0, every=2)
    assert margin_after(loss, (2.0, 9.0), (4.0, 7.0)) == 5.0  # nothing to compare with: fakes of 8
    assert margin_after(loss, (2.0, 7.0), (4.0, 8.0)) == 5.0  # fakes of 7.5 have gained
    assert margin_after(loss, (2.0, 7.0)) == 5.0  # not yet two steps
    assert margin_after(loss, (4.0, 8.0)) == 3.0  # fakes of 7.5 once more
    assert margin_after(loss, (4.0, 9.0), (4.0, 9.0)) == 3.0  # it never rises
    assert margin_after(loss, (2.0, 1.0), (2.0, 1.0)) == 3.0  # fakes are nearer than reals
    assert margin_after(loss, (float("nan"), 2.0), (1.0, 2.0)) == 3.0  # left out, so that this is the first of two
    assert margin_after(loss, (2.0, 4.0)) == 1.5


@pytest.mark.training
def test_resumed_run_is_the_uninterrupted_one(tmp_path: Path) -> None:
    whole, first, second = module(), module(), module()
    play(whole, steps=21)
    play(first, steps=7).save_checkpoint(tmp_path / "last.ckpt", weights_only=False)
    trainer = build(max_steps=21, accelerator="cpu")
    trainer.fit(second, datamodule=Cloud(batch_size=8), ckpt_path=tmp_path / "last.ckpt", weights_only=True)
    assert same(state(whole), state(second))
    assert 0 < whole.loss.margin < 20  # type: ignore[union-attr, operator]


@pytest.mark.training
def test_micro_batches_are_the_whole_batch() -> None:
    whole, pieces = (module(accumulate=n) for n in (1, 2))
    for one in (whole, pieces):
        play(one, steps=9, precision="64-true")
    for name, value in state(whole).items():
        torch.testing.assert_close(state(pieces)[name], value, rtol=0, atol=1e-9)


@pytest.mark.training
def test_the_margin_is_logged(tmp_path: Path) -> None:
    played = module()
    play(played, steps=21, log_every_n_steps=1, callbacks=[LogMetrics()], logger=[CSV(directory=str(tmp_path))])
    margins = [row["margin"] for row in read(tmp_path / "metrics.csv")]
    assert margins[0] == 20.0
    assert margins == sorted(margins, reverse=True)
    assert margins[-1] == pytest.approx(played.loss.margin.item())  # type: ignore[union-attr]


def test_refusals() -> None:
    with pytest.raises(UsageError, match=r"MAGAN's critic is an autoencoder, and container\.Sequential is none"):
        MAGAN(*networks(), latent_dim=4)
    with pytest.raises(UsageError, match=r"MAGAN: margin=0 must be greater than 0"):
        module(margin=0)
