"""Stein variational gradient (SteinGAN)."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor

from gan_lightning.core.validation import Positive, validate_arguments
from gan_lightning.distributed.collectives import all_rows
from gan_lightning.regularizer.base import Regularizer, RegularizerInputs


class Stein(Regularizer):
    """The generator moves its fakes along the Stein variational gradient, towards p(x) ∝ exp(D(x) / T).

    Wang & Liu 2016 (arXiv:1611.01722), who train the generator by nothing else: `objective.adversarial_weight=0`. A
    fake x_i moves by the mean over the fakes x_j of the whole batch, on however many devices, of
    k(x_j, x_i) ∇D(x_j) / T + ∇_{x_j} k(x_j, x_i), with k(x, y) = exp(-‖x - y‖² / h): up D, and away from each other.
    h is the squared median distance by log N, for N fakes (Liu & Wang 2016, arXiv:1608.04471, section 5).

    Args:
        temperature: T: the lower, the nearer fakes are to the maxima of D.
    """

    batch_statistics: ClassVar[bool] = True

    @validate_arguments
    def __init__(self, temperature: Positive = 1.0) -> None:
        super().__init__()
        self.temperature = temperature

    def generator_term(self, inputs: RegularizerInputs) -> Tensor:
        """A scalar whose gradient is minus the movement of each fake, by the number of fakes."""
        with torch.enable_grad():
            fake = inputs.fake.detach().requires_grad_()
            scores = inputs.critic_fn(fake).reshape(len(fake), -1).mean(1)
            (slope,) = torch.autograd.grad(scores.sum(), fake)
        fakes, slopes = all_rows(inputs.fake.flatten(1)), all_rows(slope.flatten(1))
        movement = stein_gradient(fakes.detach(), slopes / self.temperature)
        return -(movement * fakes).sum(1).mean()


def stein_gradient(points: Tensor, slopes: Tensor) -> Tensor:
    """The direction [N, d] in which N points [N, d] approach a density, given the slopes of its logarithm there."""
    n = len(points)
    bandwidth = squared_median_distance(points) / math.log(max(2, n))
    squares = torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist").square()
    kernel = torch.exp(-squares / bandwidth)
    repulsion = 2 / bandwidth * (kernel.sum(1, keepdim=True) * points - kernel @ points)
    return (kernel @ slopes + repulsion) / n


def squared_median_distance(points: Tensor) -> Tensor:
    """Of all pairs of N points [N, d]; of a single point, or where most are the same, a number that is not 0."""
    if len(points) < 2:
        return points.new_ones(())
    return torch.pdist(points).median().square().clamp(min=torch.finfo(points.dtype).tiny)
