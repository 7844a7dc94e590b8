"""Progressive network at a fixed stage."""

from __future__ import annotations

from torch import Tensor, nn


class FixedStage(nn.Module):
    """Binds level and alpha of a progressive network, so that it is called like any other.

    Args:
        network: (inputs, level, alpha) → outputs.
        level: index of the resolution.
        alpha: blending weight of that level.
    """

    def __init__(self, network: nn.Module, level: int, alpha: float) -> None:
        super().__init__()
        self.network, self.level, self.alpha = network, level, alpha
        self.classes, self.label_shape = getattr(network, "classes", 0), getattr(network, "label_shape", ())

    def forward(self, inputs: Tensor, **label: Tensor) -> Tensor:
        """The network's outputs at this stage."""
        outputs: Tensor = self.network(inputs, self.level, self.alpha, **label)
        return outputs
