"""Exponential moving average of the generator."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor, nn
from typing_extensions import Self

from gan_lightning.core.validation import Decay, Index, validate_arguments


class EMA(nn.Module):
    """Exponential moving average of a generator, for sampling only (Yazıcı et al. 2019, arXiv:1806.04498).

    A frozen copy that stays in eval mode after `train()` of its owner; the state dict holds the average. Buffers (batch
    norm's running statistics, spectral norm's singular vectors) are copied, not averaged.

    Args:
        generator: the network to average; it is copied.
        decay: weight of the old average in an update; with 0 the average equals the generator.
        after: number of steps before averaging begins; until then the average equals the generator.
        warmup: bound the decay after k steps by (1+k)/(10+k), so that initial weights soon lose their influence.

    Attributes:
        generator: the averaged network.
        skip_unused: leave out parameters without a gradient: those of levels that are not yet grown.
    """

    skip_unused = False

    @validate_arguments
    def __init__(self, generator: nn.Module, *, decay: Decay = 0.999, after: Index = 0, warmup: bool = True) -> None:
        super().__init__()
        self.decay, self.after, self.warmup = decay, after, warmup
        self.generator = deepcopy(generator).requires_grad_(False)
        self.classes, self.label_shape = getattr(generator, "classes", 0), getattr(generator, "label_shape", ())
        self.eval()

    def decay_after(self, k: int) -> float:
        """Decay of the update after k steps."""
        if k < self.after:
            return 0.0
        return min(self.decay, (1 + k) / (10 + k)) if self.warmup else self.decay

    @torch.no_grad()
    def update(self, generator: nn.Module, k: int) -> None:
        """average ← decay · average + (1 - decay) · generator, in place.

        Args:
            generator: the network being trained, of the same architecture.
            k: number of steps before this one.
        """
        pairs = [
            (old, new)
            for old, new in zip(self.generator.parameters(), generator.parameters(), strict=True)
            if new.grad is not None or not self.skip_unused
        ]
        average: list[Tensor] = [old for old, _ in pairs]
        new: list[Tensor] = [new for _, new in pairs]
        if average:
            torch._foreach_lerp_(average, new, 1 - self.decay_after(k))
        buffers, latest = list(self.generator.buffers()), list(generator.buffers())
        if buffers:
            torch._foreach_copy_(buffers, latest)

    def train(self, mode: bool = True) -> Self:
        """Stays in eval mode."""
        return super().train(False)

    def forward(self, latent: Tensor, *stage: float, **label: Tensor) -> Tensor:
        """Samples of the averaged generator, [B, latent_dim] → [B, *shape]; further arguments as for the generator."""
        fake: Tensor = self.generator(latent, *stage, **label)
        return fake
