"""Losses and their gradients, captured as CUDA graphs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from lightning.pytorch import LightningModule, Trainer
from torch import nn

from gan_lightning.callback.replaced_losses import ReplacedLosses
from gan_lightning.core.errors import UsageError
from gan_lightning.distributed.hardware import check_cuda_graph
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.graphed_loss import Capture, CUDACapture, GraphedLoss
from gan_lightning.objective.precomputed_loss import Loss


class CUDAGraph(ReplacedLosses):
    """Replaces a module's losses by CUDA graphs during training; each is captured at its first call.

    Experimental: it has not been run on a GPU.

    Args:
        capture: see `GraphedLoss`; None: CUDA's, whose graphs share their memory.
    """

    key: ClassVar[str] = "trainer.cuda_graph"
    notice: ClassVar[str] = "CUDA graphs of the losses are captured in the first steps (experimental)"

    def __init__(self, capture: Capture | None = None) -> None:
        self.capture = capture

    def check(self, trainer: Trainer, module: AdversarialModule) -> None:
        """Checks that a graph can hold the losses; before training, too.

        Raises:
            UsageError: there is no CUDA GPU, detect_anomaly is set, or see `ReplacedLosses`.
        """
        if self.capture is None:
            check_cuda_graph(trainer.strategy.root_device.type)
        if trainer._detect_anomaly:
            raise UsageError(
                "trainer.detect_anomaly=true looks at each gradient as it is computed, and trainer.cuda_graph=true "
                "computes them without a stop: leave one of them out"
            )
        super().check(trainer, module)

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Replaces the losses, whose graphs share one memory.

        Raises:
            UsageError: see `check`.
        """
        self._shared = self.capture or CUDACapture()
        super().on_train_start(trainer, module)

    def replacement(self, module: AdversarialModule, name: Loss, parameters: Sequence[nn.Parameter]) -> GraphedLoss:
        """A `GraphedLoss`."""
        return GraphedLoss(module, name, parameters, self._shared)
