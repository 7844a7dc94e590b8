"""Parallel lines, the example that separates the distances (Arjovsky et al. 2017, arXiv:1701.07875, example 1).

Real points are (0, h) and fake points (θ, h), with heights h uniform on [0, 1]. The optimum is θ = 0.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, log, nan
from typing import NamedTuple

import torch
from torch import Tensor

from gan_lightning.theory.distribution import Numbers, Sampler, as_float64


class Distance(NamedTuple):
    """A distance and its derivative in θ, at each θ; NaN where there is no derivative."""

    value: Tensor
    slope: Tensor


class LineDistances(NamedTuple):
    """Four distances between the lines; KL is the same in both directions."""

    kl: Distance
    jensen_shannon: Distance
    total_variation: Distance
    wasserstein: Distance


def parallel_lines(theta: Numbers) -> LineDistances:
    """The distances between parallel lines at θ, in closed form.

    KL is ∞, JSD log 2 and TV 1 for every θ ≠ 0, since the lines are disjoint, however near; all are 0 at θ = 0. None of
    them gives a generator a direction: JSD and TV have slope 0, KL has none. Only the Wasserstein distance |θ| has a
    useful slope, sign θ. At θ = 0 none has a derivative: three jump, one has a kink.

    Args:
        theta: position of the fake line, any shape.
    """
    theta = as_float64(theta)
    disjoint = theta != 0

    def jump(height: float, slope: float) -> Distance:
        # `where` of two Python numbers would return single precision
        return Distance(
            torch.full_like(theta, height).where(disjoint, 0.0), torch.full_like(theta, slope).where(disjoint, nan)
        )

    return LineDistances(
        kl=jump(inf, nan),
        jensen_shannon=jump(log(2), 0.0),
        total_variation=jump(1.0, 0.0),
        wasserstein=Distance(theta.abs(), torch.where(disjoint, theta.sign(), nan)),
    )


def line(theta: float) -> Sampler:
    """Sampler of points (θ, h), [n, 2]."""

    def sample(n: int, rng: torch.Generator) -> Tensor:
        heights = torch.rand(n, generator=rng, dtype=torch.float64)
        return torch.stack([torch.full_like(heights, theta), heights], dim=1)

    return sample


def parallel_lines_critic(theta: float, lipschitz: float = 1.0) -> Callable[[Tensor], Tensor]:
    """An optimal K-Lipschitz critic, which attains K W = K|θ|: D(x, h) = -K sign(θ) x.

    The generator's gradient is K sign θ, the slope of K W. The optimum is unique between the lines only.

    Args:
        theta: position of the fake line.
        lipschitz: K.
    """
    slope = -lipschitz * float(as_float64(theta).sign())
    return lambda points: slope * points[:, 0]
