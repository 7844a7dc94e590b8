"""A game small enough to play in a test."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.loggers import Logger
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import IterableDataset

from gan_lightning.core.rng import new_rng as generator_of
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.data.stream import BatchSchedule, ConstantBatch
from gan_lightning.loss import Wasserstein
from gan_lightning.objective.nonfinite import NonFiniteMonitor, Stop
from gan_lightning.objective.step_metrics import StepMetrics


class TinyData(AdversarialDataModule):
    """What callbacks ask of data: the batch size and the held-out rows. A step's data are its number."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__(batch_size=4)
        self._shape = shape

    @property
    def shape(self) -> tuple[int, ...]:
        return self._shape

    def load(self) -> tuple[SampleTable, SampleTable]:
        table = SampleTable(torch.randn(300, *self._shape, generator=generator_of(0, "tiny")))
        return table, table

    def train_dataloader(self) -> Iterable[int]:  # type: ignore[override]
        return Numbers()

    def val_dataloader(self) -> list[int]:  # type: ignore[override]
        return [0, 1]


class Numbers(IterableDataset[int]):
    def __iter__(self) -> Iterator[int]:
        return itertools.count()


def size_and_frames(path: Path) -> tuple[tuple[int, int], int]:
    """Of a picture or film."""
    with Image.open(path) as picture:
        return picture.size, getattr(picture, "n_frames", 1)


class Memory(Logger):
    """Keeps what it is told."""

    name, version = "memory", 0

    def __init__(self) -> None:
        super().__init__()
        self.logged: list[tuple[int | None, dict[str, float]]] = []

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        self.logged.append((step, dict(metrics)))

    def log_hyperparams(self, params: Any, *args: Any, **kwargs: Any) -> None: ...


class TinyGame(LightningModule):
    """The interface that callbacks see, over two linear players; step k's figures are -k, 10k and 1/k."""

    n_critic = 2
    seed = 0

    def __init__(self, shape: tuple[int, ...] = (1, 8, 8)) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.shape = shape
        size = int(torch.tensor(shape).prod())
        self.generator = nn.Sequential(nn.Linear(4, size), nn.Tanh(), nn.Unflatten(1, shape))
        self.critic = nn.Sequential(nn.Flatten(), nn.Linear(size, 1), nn.Flatten(0))
        with torch.no_grad():
            for weight in self.parameters():
                weight.copy_(torch.randn(weight.shape, generator=generator_of(1, *weight.shape)))
        self.loss = Wasserstein()
        self.ema = nn.Identity()
        self.validation: dict[str, float] = {}
        self.metrics = StepMetrics()
        self.monitor = NonFiniteMonitor(Stop())
        self.asked: list[int] = []  # steps at which figures were asked for
        self.fail_at = -1
        self.failure: BaseException = RuntimeError("on purpose")

    def on_fit_start(self) -> None:
        self.monitor.connect(self)

    def training_step(self, batch: int, index: int) -> None:
        if self.trainer.global_step == self.fail_at:
            raise self.failure
        latent = self.latent(2, f"step {self.trainer.global_step}")
        critic = self.optimizers(use_pl_optimizer=False)[0]  # type: ignore[index]
        generator = self.optimizers()[1]  # type: ignore[index]
        for player, sign in ((critic, 1.0), (generator, -1.0)):
            player.zero_grad()
            self.manual_backward(sign * self.critic(self.generator(latent)).mean())
            player.step()

    def validation_step(self, batch: int, index: int) -> None:
        self.validation = {"val_critic_loss": self.trainer.global_step / 3, "val_wasserstein": 2.0}

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        players = ((self.critic, 0.02), (self.generator, 0.01))
        return [torch.optim.SGD(player.parameters(), lr=lr) for player, lr in players]

    def step_metrics(self) -> dict[str, float]:
        k = self.trainer.global_step
        self.asked.append(k)
        return {"critic_loss": -1.0 * k, "generator_loss": 10.0 * k, "wasserstein": 1 / k} if k else {}

    def batch_schedule(self, batch_size: int) -> BatchSchedule:
        return ConstantBatch(batch_size, self.n_critic)

    def latent(self, n: int, purpose: str) -> Tensor:
        return torch.randn(n, 4, generator=generator_of(self.seed, purpose))

    @torch.no_grad()
    def sample(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        made: Tensor = self.generator(latent)
        return made

    @torch.no_grad()
    def score(self, x: Tensor) -> Tensor:
        scores: Tensor = self.critic(x)
        return scores
