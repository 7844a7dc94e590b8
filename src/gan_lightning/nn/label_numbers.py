"""Labels of numbers in place of classes: their range, and a linear embedding of them."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LabelRange(nn.Module):
    """Labels [B, k] in the data's units → [-1, 1], each number by its own range in the training data.

    The range is in checkpoints. Until `set_label_range` it is that of labels which lie within [-1, 1] already.

    Args:
        numbers: k.
    """

    low: Tensor
    high: Tensor

    def __init__(self, numbers: int) -> None:
        super().__init__()
        self.register_buffer("low", -torch.ones(numbers))
        self.register_buffer("high", torch.ones(numbers))

    def forward(self, label: Tensor) -> Tensor:
        """A number that is constant in the data is 0."""
        width = self.high - self.low
        scaled = (label - self.low) / torch.where(width > 0, width, 1) * 2 - 1
        return torch.where(width > 0, scaled, 0)


class NumberEmbedding(nn.Module):
    """A linear embedding of numbers: the table of classes, `nn.Embedding`, is the one of one-hot labels.

    Args:
        numbers: k.
        features: of the embedding.
    """

    def __init__(self, numbers: int, features: int) -> None:
        super().__init__()
        self.range = LabelRange(numbers)
        self.weight = nn.Parameter(torch.randn(numbers, features))

    def forward(self, label: Tensor) -> Tensor:
        """Labels [B, k] → [B, features]."""
        embedded: Tensor = self.range(label) @ self.weight
        return embedded


def set_label_range(network: nn.Module, labels: Tensor) -> None:
    """Sets the range of the network's labels to that of labels [N, k]; nothing for networks that take none."""
    for layer in network.modules():
        if isinstance(layer, LabelRange):
            layer.low.copy_(labels.amin(0))
            layer.high.copy_(labels.amax(0))


def label_range(network: nn.Module) -> tuple[Tensor, Tensor] | None:
    """The lowest and highest numbers [k] of the labels that a network was trained on; None if it takes none."""
    found = next((layer for layer in network.modules() if isinstance(layer, LabelRange)), None)
    return None if found is None else (found.low, found.high)
