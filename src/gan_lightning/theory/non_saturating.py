"""What -log D minimises: a pull towards the data's modes, and a push away from the data."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from gan_lightning.theory.discriminator import optimal_discriminator
from gan_lightning.theory.distribution import Numbers, as_float64
from gan_lightning.theory.divergence import jensen_shannon, reverse_kl


class Pulls(NamedTuple):
    """Gradients in the generator's parameters: loss = reverse_kl - 2 jensen_shannon."""

    loss: Tensor
    reverse_kl: Tensor
    jensen_shannon: Tensor


def non_saturating_pulls(family: Callable[[Tensor], Tensor], real: Numbers, theta: Numbers, cell: float = 1.0) -> Pulls:
    """∇θ E_g[-log D*] = ∇θ [KL(p_θ‖p_r) - 2 JSD(p_r‖p_θ)], where D* is the best critic of p_θ and stands still.

    (Arjovsky & Bottou 2017, arXiv:1701.04862, theorem 2.5.) The reverse KL punishes fakes off the data dearly and modes
    left out hardly at all; the Jensen-Shannon divergence comes with the wrong sign. The two sides are computed apart.

    Args:
        family: from parameters θ to the fake weights of atoms, or densities on a grid, differentiably.
        real: those of the data, over the same.
        theta: where the gradients are taken.
        cell: volume of a cell, 1 for atoms.

    Raises:
        UsageError: one of the two has another mass than 1, or their shapes differ.
    """
    theta = as_float64(theta).detach().requires_grad_()
    fake = family(theta)
    best = optimal_discriminator(real, fake.detach())
    functions = (
        -cell * (fake * best.log()).sum(),
        reverse_kl(real, fake, cell),
        jensen_shannon(real, fake, cell),
    )
    return Pulls(*(torch.autograd.grad(function, theta, retain_graph=True)[0] for function in functions))
