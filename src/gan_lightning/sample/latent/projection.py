"""Projection: the latent whose sample is nearest to a given one, by gradient descent."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor


class Projected(NamedTuple):
    """Result of `project`.

    Args:
        latent: of the best restart, [d].
        restart: its row.
        error: mean squared error of its sample.
        path: its latents during the descent, [frames, d]; the last is `latent`.
    """

    latent: Tensor
    restart: int
    error: float
    path: Tensor


def project(
    generator: Callable[[Tensor], Tensor], target: Tensor, start: Tensor, *, steps: int, lr: float, frames: int = 40
) -> Projected:
    """Adam on latents, all restarts at once, with a learning rate that falls to zero on a half cosine.

    Args:
        generator: latents [R, d] → samples [R, *shape], differentiable.
        target: the sample, [*shape].
        start: latents to start from, [R, d].
        steps: of Adam.
        lr: learning rate at first.
        frames: latents of the path, evenly spaced over the steps.
    """
    latents = start.clone().requires_grad_()
    optimizer = torch.optim.Adam([latents], lr=lr, betas=(0.9, 0.99))
    best, best_error = start.clone(), torch.full((len(start),), torch.inf, dtype=start.dtype, device=start.device)
    kept = {round(k * (steps - 1) / max(1, frames - 1)) for k in range(frames - 1)}
    path = []
    for step in range(steps + 1):
        error = (generator(latents) - target).flatten(1).square().mean(1)
        better = error < best_error
        best = torch.where(better[:, None], latents.detach(), best)
        best_error = torch.where(better, error.detach(), best_error)
        if step in kept:
            path.append(latents.detach().clone())
        if step == steps:
            break
        optimizer.param_groups[0]["lr"] = lr * (1 + math.cos(math.pi * step / steps)) / 2
        optimizer.zero_grad()
        error.sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    row = int(best_error.nan_to_num(torch.inf).argmin())
    return Projected(best[row], row, float(best_error[row]), torch.stack([*path, best])[:, row])
