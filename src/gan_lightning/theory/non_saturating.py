"""Decomposition of the non-saturating generator loss at the optimal discriminator: reverse KL minus 2 JSD."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from gan_lightning.theory.discriminator import optimal_discriminator
from gan_lightning.theory.distribution import Numbers, as_float64
from gan_lightning.theory.divergence import jensen_shannon, reverse_kl


class NonSaturatingGradients(NamedTuple):
    """Gradients with respect to the generator's parameters: loss = reverse_kl - 2 jensen_shannon."""

    loss: Tensor
    reverse_kl: Tensor
    jensen_shannon: Tensor


def non_saturating_gradients(
    density: Callable[[Tensor], Tensor], real: Numbers, theta: Numbers, cell: float = 1.0
) -> NonSaturatingGradients:
    """∇θ E_g[-log D*] = ∇θ [KL(p_θ‖p_r) - 2 JSD(p_r‖p_θ)], where D* is optimal for p_θ and held fixed.

    (Arjovsky & Bottou 2017, arXiv:1701.04862, theorem 2.5.) The reverse KL penalises fakes off the data
    strongly and missing modes hardly at all; the Jensen-Shannon divergence has the wrong sign. The three gradients are
    computed independently.

    Args:
        density: differentiable map from parameters θ to the fake weights of atoms, or densities on a grid.
        real: weights or densities of the data, over the same atoms or cells.
        theta: parameters at which the gradients are taken.
        cell: volume of a cell, 1 for atoms.

    Raises:
        UsageError: the mass of either distribution is not 1, or their shapes differ.
    """
    theta = as_float64(theta).detach().requires_grad_()
    fake = density(theta)
    optimal = optimal_discriminator(real, fake.detach())
    values = (
        -cell * (fake * optimal.log()).sum(),
        reverse_kl(real, fake, cell),
        jensen_shannon(real, fake, cell),
    )
    return NonSaturatingGradients(*(torch.autograd.grad(value, theta, retain_graph=True)[0] for value in values))
