"""Mode coverage as `torchmetrics.Metric`s."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gan_lightning.metric.functional.modes import count_classes, mixture_modes, mode_coverage
from gan_lightning.metric.generative import GenerativeMetric, no_samples


class Modes(GenerativeMetric):
    """`mixture_modes` of fake points, as `{"modes": …, "high_quality": …, "reverse_kl": …}`; reals are ignored.

    Numbers of samples per mode are kept, not points.

    Args:
        modes: centers of equally likely isotropic Gaussians, [K, d].
        std: of each.
        within: number of standard deviations up to which a sample is of high quality.
        **options: those of `torchmetrics.Metric`.
    """

    uses_real = False
    modes: Tensor
    counts: Tensor
    total: Tensor

    def __init__(self, modes: Tensor, std: float, within: float = 3.0, **options: Any) -> None:
        super().__init__(**options)
        self.register_buffer("modes", modes.detach().clone(), persistent=False)
        self.spread, self.within = std, within
        self.add_state("counts", torch.zeros(len(modes), dtype=torch.int64), dist_reduce_fx="sum")
        self.add_state("total", torch.zeros((), dtype=torch.int64), dist_reduce_fx="sum")

    def update(self, x: Tensor, real: bool = False) -> None:
        """Adds a batch of fake points [n, d]."""
        if not real and len(x):
            self.counts = self.counts + mixture_modes(x.to(self.device), self.modes, self.spread, self.within).counts
            self.total = self.total + len(x)

    def score(self) -> dict[str, float]:
        """See `GenerativeMetric.score`."""
        if not self.total:
            raise no_samples("fake")
        covered, reverse_kl = mode_coverage(self.counts)
        quality = (self.counts.sum().double() / self.total).item()
        return {"modes": covered, "high_quality": quality, "reverse_kl": reverse_kl}


class StackedModes(GenerativeMetric):
    """`stacked_modes` of the classes of fakes, as `{"modes": …, "reverse_kl": …}`; reals are ignored.

    Args:
        number: of classes; 1,000 for three stacked digits.
        **options: those of `torchmetrics.Metric`.
    """

    uses_real, takes = False, "classes"
    counts: Tensor

    def __init__(self, number: int = 1000, **options: Any) -> None:
        super().__init__(**options)
        self.add_state("counts", torch.zeros(number, dtype=torch.int64), dist_reduce_fx="sum")

    def update(self, x: Tensor, real: bool = False) -> None:
        """Adds the classes of a batch of fakes, whole numbers [n]."""
        if not real and len(x):
            self.counts = self.counts + count_classes(x.to(self.device), len(self.counts))

    def score(self) -> dict[str, float]:
        """See `GenerativeMetric.score`."""
        if not self.counts.any():
            raise no_samples("fake")
        covered, reverse_kl = mode_coverage(self.counts)
        return {"modes": covered, "reverse_kl": reverse_kl}
