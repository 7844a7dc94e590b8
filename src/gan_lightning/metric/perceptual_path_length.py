"""Perceptual path length as a `torchmetrics.Metric`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor

from gan_lightning.metric.functional.path_length import path_length
from gan_lightning.metric.generative import GenerativeMetric, rows_of
from gan_lightning.sample.latent.interpolation import linear, spherical


class PerceptualPathLength(GenerativeMetric):
    """E d(G(z_t), G(z_{t+ε})) / ε² on paths between latents (Karras et al. 2019, arXiv:1812.04948, section 4.1).

    The paper's d is LPIPS on a VGG network; with another d values compare among themselves only.

    Args:
        distance: d of two batches of samples, → [n]; None: the squared Euclidean distance of the samples themselves.
        epsilon: ε.
        discard: share of the distances left out at either end.
        path: `spherical` for Gaussian latents, `linear` for StyleGAN's w.
        **options: those of `torchmetrics.Metric`.
    """

    higher_is_better = False
    plot_lower_bound = 0.0
    uses_real = False

    distances: list[Tensor]

    def __init__(
        self,
        distance: Callable[[Tensor, Tensor], Tensor] | None = None,
        *,
        epsilon: float = 1e-4,
        discard: float = 0.01,
        path: Literal["spherical", "linear"] = "spherical",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.distance, self.epsilon, self.discard = distance or squared_distance, epsilon, discard
        self.path = {"spherical": spherical, "linear": linear}[path]
        self.add_state("distances", [], dist_reduce_fx="cat")

    def update(  # type: ignore[override]
        self, generator: Callable[[Tensor], Tensor], start: Tensor, end: Tensor, at: float = 0.0
    ) -> None:
        """Adds pairs of latents, [n, d].

        Args:
            generator: latents → samples, in evaluation mode.
            start: where the paths begin.
            end: where they end.
            at: t, the position on the paths: 0 is the start (the paper's `end` sampling), drawn from [0, 1) for `full`.
        """
        near = self.path(start, end, torch.tensor([at, at + self.epsilon], dtype=torch.float64, device=start.device))
        first, second = generator(near[:, 0]), generator(near[:, 1])
        self.distances.append((self.distance(first, second).double() / self.epsilon**2).to(self.device))

    def score(self) -> float:
        """See `GenerativeMetric.score`."""
        return path_length(rows_of("fake", self.distances), self.discard)


def squared_distance(first: Tensor, second: Tensor) -> Tensor:
    """‖x - y‖² of each pair, [n]."""
    return (first.double() - second.double()).flatten(1).square().sum(1)
