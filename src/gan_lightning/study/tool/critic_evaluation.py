"""Measurements of a trained critic: its steepest slope, and the distance of parallel lines that it reports."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from gan_lightning.loss import Loss
from gan_lightning.penalty.base import input_gradients
from gan_lightning.theory import Distance

HEIGHTS = 64  # points on each line


def max_gradient_norm(critic: Callable[[Tensor], Tensor], points: Tensor) -> float:
    """The largest ‖∇D‖ at these points, a lower bound of the critic's Lipschitz constant.

    Args:
        critic: from points [B, *shape] to scores [B], each sample independent of the others.
        points: where the gradients are taken, [B, *shape].
    """
    return float(torch.linalg.vector_norm(input_gradients(critic, points).detach(), dim=1).max())


def empirical_distance(critic: Callable[[Tensor], Tensor], loss: Loss, theta: float) -> Distance:
    """The distance of parallel lines (`theory.parallel_lines`) as a critic reports it.

    Its value is the loss's divergence estimate, its slope the generator's gradient in θ.

    Args:
        critic: from points [B, 2] to scores [B], in double precision.
        loss: its `divergence` and `generator` are evaluated, over evenly spaced heights.
        theta: position of the fake line.
    """
    position = torch.tensor(float(theta), dtype=torch.float64, requires_grad=True)
    heights = (torch.arange(HEIGHTS, dtype=torch.float64) + 0.5) / HEIGHTS
    real = torch.stack([torch.zeros_like(heights), heights], dim=1)
    real_scores, fake_scores = critic(real), critic(torch.stack([position.expand(HEIGHTS), heights], dim=1))
    (slope,) = torch.autograd.grad(loss.generator(fake_scores, lambda: real_scores), position)
    return Distance(loss.divergence(real_scores, fake_scores).detach(), slope)
