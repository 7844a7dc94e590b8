"""Losses and their gradients, compiled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from torch import nn

from gan_lightning.callback.replaced_losses import ReplacedLosses
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.compiled_loss import CompiledLoss
from gan_lightning.objective.precomputed_loss import Loss


class Compile(ReplacedLosses):
    """Replaces a module's losses by compiled ones during training; each is compiled at its first call.

    Args:
        backend: of torch.compile.
    """

    key: ClassVar[str] = "trainer.compile"
    notice: ClassVar[str] = "compiling: the first step takes some ten seconds a network, and more on the first run"

    def __init__(self, backend: str = "inductor") -> None:
        self.backend = backend

    def replacement(self, module: AdversarialModule, name: Loss, parameters: Sequence[nn.Parameter]) -> CompiledLoss:
        """A `CompiledLoss`."""
        return CompiledLoss(module, name, parameters, self.backend)
