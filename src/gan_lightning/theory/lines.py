"""Parallel lines, the example that separates the distances (Arjovsky et al. 2017, arXiv:1701.07875, example 1).

Real points are (0, h) and fake ones (θ, h), with heights h uniform on [0, 1]. All that has to be learned is θ = 0.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, log, nan
from typing import NamedTuple

import torch
from torch import Tensor

from gan_lightning.loss import Loss
from gan_lightning.theory.distribution import Numbers, Sampler, as_float64

HEIGHTS = 64


class Distance(NamedTuple):
    """A distance and its derivative in θ, at each θ; NaN where there is no derivative."""

    value: Tensor
    slope: Tensor


class Lines(NamedTuple):
    """Four distances between the lines; the first is the same in both directions."""

    kl: Distance
    jensen_shannon: Distance
    total_variation: Distance
    wasserstein: Distance


def parallel_lines(theta: Numbers) -> Lines:
    """The distances between parallel lines at θ, in closed form.

    KL is ∞, JSD log 2 and TV 1 for every θ but 0, where all are 0: two lines at a distance are disjoint, however near.
    Nothing tells a generator where to go: the latter two have slope 0, from ∞ to ∞ there is none. Only the Wasserstein
    distance |θ| has a useful one, sign θ. At θ = 0 none has a derivative: three jump, one has a kink.

    Args:
        theta: the fake line's place, any shape.
    """
    theta = as_float64(theta)
    apart = theta != 0

    def jump(height: float, slope: float) -> Distance:
        # `where` of two plain numbers would step to single precision
        return Distance(
            torch.full_like(theta, height).where(apart, 0.0), torch.full_like(theta, slope).where(apart, nan)
        )

    return Lines(
        kl=jump(inf, nan),
        jensen_shannon=jump(log(2), 0.0),
        total_variation=jump(1.0, 0.0),
        wasserstein=Distance(theta.abs(), torch.where(apart, theta.sign(), nan)),
    )


def line(theta: float) -> Sampler:
    """Draws points (θ, h)."""

    def sample(n: int, source: torch.Generator) -> Tensor:
        heights = torch.rand(n, generator=source, dtype=torch.float64)
        return torch.stack([torch.full_like(heights, theta), heights], dim=1)

    return sample


def parallel_lines_critic(theta: float, lipschitz: float = 1.0) -> Callable[[Tensor], Tensor]:
    """The K-Lipschitz critic that attains K W = K|θ|: D(x, h) = -K sign(θ) x, as steep as it may be between the lines.

    Its generator's gradient is K sign θ, the slope of K W: the optimal critic hands down the gradient of the distance.
    Beyond the lines others are as good.

    Args:
        theta: the fake line's place.
        lipschitz: K.
    """
    steep = -lipschitz * float(as_float64(theta).sign())
    return lambda points: steep * points[:, 0]


def empirical_distance(critic: Callable[[Tensor], Tensor], loss: Loss, theta: float) -> Distance:
    """What a critic, trained or not, reports of lines at θ: its loss's divergence, and the generator's gradient in θ.

    Args:
        critic: from points [B, 2] to scores [B], in double precision.
        loss: whose `divergence` and `generator` are taken, over heights evenly spread.
        theta: the fake line's place.
    """
    place = torch.tensor(float(theta), dtype=torch.float64, requires_grad=True)
    heights = (torch.arange(HEIGHTS, dtype=torch.float64) + 0.5) / HEIGHTS
    real = torch.stack([torch.zeros_like(heights), heights], dim=1)
    of_real, of_fake = critic(real), critic(torch.stack([place.expand(HEIGHTS), heights], dim=1))
    (slope,) = torch.autograd.grad(loss.generator(of_fake, lambda: of_real), place)
    return Distance(loss.divergence(of_real, of_fake).detach(), slope)
