"""A network that grows, standing still."""

from __future__ import annotations

from torch import Tensor, nn


class FixedStage(nn.Module):
    """A network held at one level and fade: it takes its inputs alone, as networks do that don't grow.

    Args:
        network: (inputs, level, alpha) → outputs.
        level: of growth.
        alpha: how far the level has faded in.
    """

    def __init__(self, network: nn.Module, level: int, alpha: float) -> None:
        super().__init__()
        self.network, self.level, self.alpha = network, level, alpha
        self.classes = getattr(network, "classes", 0)

    def forward(self, inputs: Tensor, **label: Tensor) -> Tensor:
        """What the network makes of its inputs there, and of their classes."""
        outputs: Tensor = self.network(inputs, self.level, self.alpha, **label)
        return outputs
