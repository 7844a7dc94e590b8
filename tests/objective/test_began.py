"""BEGAN: its balance by hand, in checkpoints, and for every cut of a batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor

from gan_lightning.callback.log_metrics import LogMetrics
from gan_lightning.core.errors import UsageError
from gan_lightning.ensemble.compatibility import check_ensemble_support
from gan_lightning.logger.csv import CSV, read
from gan_lightning.objective.began import BEGAN, BoundaryEquilibrium
from gan_lightning.trainer.default import build
from tests.helper.modules import Cloud, autoencoders, networks, play, same, state

REAL, FAKE = torch.tensor([-2.0, -4.0]), torch.tensor([-1.0, -1.0])  # errors of 3 and 1


def module(**options: Any) -> BEGAN:
    return BEGAN(*autoencoders(), latent_dim=4, **{"balance_rate": 0.1, **options})


def test_losses_and_balance_by_hand() -> None:
    loss = BoundaryEquilibrium(diversity_ratio=0.5, balance_rate=0.1)
    assert loss.critic(REAL, FAKE).item() == 3.0  # k = 0: fakes count nothing
    assert loss.generator(FAKE, lambda: REAL).item() == 1.0
    assert loss.divergence(REAL, FAKE).item() == 3.5  # 3 + |½·3 - 1|
    loss.update(torch.tensor(3.0), torch.tensor(1.0))
    assert loss.balance.item() == pytest.approx(0.05)  # 0.1 · (½·3 - 1)
    assert loss.critic(REAL, FAKE).item() == pytest.approx(3.0 - 0.05)
    for _ in range(30):
        loss.update(torch.tensor(3.0), torch.tensor(1.0))
    assert loss.balance.item() == 1.0
    loss.update(torch.tensor(1.0), torch.tensor(float("nan")))
    assert loss.balance.item() == 1.0
    loss.update(torch.tensor(0.0), torch.tensor(30.0))
    assert loss.balance.item() == 0.0


class Balances(Callback):
    """k after each step, and the errors that moved it."""

    def __init__(self) -> None:
        self.rows: list[tuple[float, float, float]] = []

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *rest: Any) -> None:
        found: dict[str, list[Tensor]] = pl_module.metrics.tensors  # type: ignore[assignment, union-attr]
        errors = -torch.cat(found["real_score"]).mean().item(), torch.stack(found["generator_loss"]).mean().item()
        self.rows.append((pl_module.loss.balance.item(), *errors))  # type: ignore[operator, union-attr]


def test_the_balance_follows_each_step() -> None:
    """Of two critic updates the last, of micro-batches all."""
    balances = Balances()
    play(
        module(n_critic=2, accumulate=2, diversity_ratio=1.0, balance_rate=0.02),
        steps=6,
        precision="64-true",
        callbacks=[balances],
    )
    k = 0.0
    for balance, real_error, fake_error in balances.rows:
        k = min(max(k + 0.02 * (real_error - fake_error), 0.0), 1.0)
        assert balance == pytest.approx(k, rel=1e-12)
    assert len({balance for balance, *_ in balances.rows}) > 3


def test_resumed_run_is_the_uninterrupted_one(tmp_path: Path) -> None:
    whole, first, second = module(), module(), module()
    play(whole, steps=7)
    play(first, steps=4).save_checkpoint(tmp_path / "last.ckpt", weights_only=False)
    assert 0 < first.loss.balance.item() < 1  # type: ignore[union-attr]
    trainer = build(max_steps=7, accelerator="cpu")
    trainer.fit(second, datamodule=Cloud(batch_size=8), ckpt_path=tmp_path / "last.ckpt", weights_only=True)
    assert same(state(whole), state(second))
    assert whole.loss.balance.item() != first.loss.balance.item()  # type: ignore[union-attr]


def test_micro_batches_are_the_whole_batch() -> None:
    whole, pieces = (module(accumulate=n) for n in (1, 2))
    for one in (whole, pieces):
        play(one, steps=5, precision="64-true")
    for name, value in state(whole).items():
        torch.testing.assert_close(state(pieces)[name], value, rtol=0, atol=1e-9)


def test_convergence_and_balance_are_logged(tmp_path: Path) -> None:
    played = module()
    options: dict[str, Any] = {"callbacks": [LogMetrics()], "logger": [CSV(directory=str(tmp_path))]}
    play(played, steps=5, log_every_n_steps=1, val_check_interval=5, **options)
    rows = read(tmp_path / "metrics.csv")
    for row in rows:
        real, fake = -float(row["real_score"]), -float(row["fake_score"])
        assert row["convergence"] == pytest.approx(real + abs(0.5 * real - fake), rel=1e-5)
    assert rows[-1]["balance"] == pytest.approx(played.loss.balance.item())  # type: ignore[union-attr]
    assert rows[-1]["val_convergence"] > 0


def test_refusals() -> None:
    with pytest.raises(UsageError, match=r"BEGAN's critic is an autoencoder, and container\.Sequential is none"):
        BEGAN(*networks(), latent_dim=4)
    with pytest.raises(UsageError, match=r"BEGAN: diversity_ratio=2.0 must be less than or equal to 1"):
        module(diversity_ratio=2.0)
    alone = module()
    alone.trainer = build(max_steps=1, accelerator="cpu")
    with pytest.raises(UsageError, match="an ensemble has no losses with a state"):
        check_ensemble_support(alone)
