"""Classes that a grid shows where there are more than images in it."""

from __future__ import annotations

import torch
from torch import Tensor


def frequent_classes(labels: Tensor, classes: int, count: int) -> Tensor:
    """The `count` classes with the most samples, in the order of their numbers; evenly spaced ones of equal frequency.

    Args:
        labels: of all samples, int64 [N].
        classes: their number, above `count`.
        count: of classes to choose.
    """
    frequency = labels.bincount(minlength=classes)
    least = frequency.sort(descending=True).values[count - 1]
    above, equal = ((frequency > least).nonzero()[:, 0], (frequency == least).nonzero()[:, 0])
    missing = count - len(above)
    chosen = equal[torch.arange(missing) * len(equal) // missing]
    return torch.cat([above, chosen]).sort().values
