"""The generator's weights, averaged over training."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor, nn
from typing_extensions import Self

from gan_lightning.core.validation import Decay, Index, validate_arguments


class EMA(nn.Module):
    """Exponential moving average of a generator, for sampling only (Yazıcı et al. 2019, arXiv:1806.04498).

    A frozen copy that is always in eval mode, whatever `train()` its owner is put in; the state dict holds the average.
    Buffers (batch norm's running statistics, spectral norm's singular vectors) are copied, not averaged.

    Args:
        generator: the network to follow; it is copied, not kept.
        decay: weight of the past in one update; 0 makes the average the generator itself.
        after: steps in which the average is the generator itself, before averaging begins.
        warmup: hold the decay after k steps at or below (1+k)/(10+k), so that the first weights are soon forgotten.

    Attributes:
        generator: the averaged network.
        only_moved: leave out parameters without a gradient, which did not move: those of levels that have yet to come.
    """

    skip_unused = False

    @validate_arguments
    def __init__(self, generator: nn.Module, *, decay: Decay = 0.999, after: Index = 0, warmup: bool = True) -> None:
        super().__init__()
        self.decay, self.after, self.warmup = decay, after, warmup
        self.generator = deepcopy(generator).requires_grad_(False)
        self.classes = getattr(generator, "classes", 0)
        self.eval()

    def decay_after(self, k: int) -> float:
        """The decay of the update that comes after k steps: a function of k alone."""
        if k < self.after:
            return 0.0
        return min(self.decay, (1 + k) / (10 + k)) if self.warmup else self.decay

    @torch.no_grad()
    def update(self, generator: nn.Module, k: int) -> None:
        """average ← decay · average + (1 - decay) · generator, in place.

        Args:
            generator: the network being trained, of the same architecture.
            k: how many steps were done before this one.
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
        kept, latest = list(self.generator.buffers()), list(generator.buffers())
        if kept:
            torch._foreach_copy_(kept, latest)

    def train(self, mode: bool = True) -> Self:
        """Stays in eval mode."""
        return super().train(False)

    def forward(self, latent: Tensor, *stage: float, **label: Tensor) -> Tensor:
        """Samples of the averaged generator, [B, latent_dim] → [B, *shape]; the rest is what else it takes."""
        fake: Tensor = self.generator(latent, *stage, **label)
        return fake
