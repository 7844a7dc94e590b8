"""Restricted Boltzmann machine."""

from __future__ import annotations

import itertools
import math
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from gan_lightning.core.rng import new_rng
from gan_lightning.study.generative_model.base import GenerativeModel, Likelihood, bernoulli, minimize

TEMPERATURES, CHAINS = 1000, 200  # of annealed importance sampling


class RBM(GenerativeModel):
    """p(v) ∝ exp(bᵀv) Π_j (1 + exp(c_j + W_jᵀv)), trained by contrastive divergence with chains that persist.

    Hinton 2002 (doi.org/10.1162/089976602760128018); Tieleman 2008 (doi.org/10.1145/1390156.1390290). The partition
    function is estimated by annealed importance sampling (Salakhutdinov & Murray 2008,
    doi.org/10.1145/1390156.1390266).

    Args:
        size: height and width.
        hidden: units.
        gibbs_steps: of each chain between two updates, and of each chain of a sample in hundreds.
    """

    likelihood: ClassVar[Likelihood] = "estimate"

    def __init__(self, size: int, hidden: int = 256, gibbs_steps: int = 5) -> None:
        super().__init__()
        self.shape, self.gibbs_steps = (1, size, size), gibbs_steps
        self.weight = nn.Parameter(0.01 * torch.randn(hidden, size * size))
        self.visible, self.hidden = nn.Parameter(torch.zeros(size * size)), nn.Parameter(torch.zeros(hidden))

    def fit(self, images: Tensor, *, steps: int, batch: int, seed: int) -> None:
        """See `GenerativeModel.fit`."""
        rows = images.flatten(1)
        mean = rows.mean(0).clamp(0.01, 0.99)
        self.visible.data = (mean / (1 - mean)).log()
        chains = bernoulli(self.visible.detach().expand(batch, -1), new_rng(seed, "chains"))

        def loss(x: Tensor, step: int) -> Tensor:
            nonlocal chains
            chains = self.gibbs(chains, self.gibbs_steps, new_rng(seed, "gibbs", step))
            return self.free_energy(x).mean() - self.free_energy(chains).mean()

        minimize(loss, self.parameters(), rows, steps=steps, batch=batch, seed=seed, rate=2e-3)

    def free_energy(self, v: Tensor) -> Tensor:
        """-log p(v) up to the partition function, [B], of visible units [B, pixels]."""
        return -v @ self.visible - softplus(v @ self.weight.T + self.hidden).sum(1)

    @torch.no_grad()
    def gibbs(self, v: Tensor, steps: int, rng: torch.Generator) -> Tensor:
        """The visible units after alternate draws of all hidden and all visible units."""
        for _ in range(steps):
            h = bernoulli(v @ self.weight.T + self.hidden, rng)
            v = bernoulli(h @ self.weight + self.visible, rng)
        return v

    @torch.no_grad()
    def log_partition(self, rng: torch.Generator) -> float:
        """log Z by annealed importance sampling, from independent pixels with the visible biases."""
        hidden = len(self.hidden)
        v = bernoulli(self.visible.expand(CHAINS, -1), rng)
        log_weight = torch.zeros(CHAINS, dtype=torch.float64)
        betas = torch.linspace(0, 1, TEMPERATURES + 1).tolist()
        for beta, after in itertools.pairwise(betas):
            drive = v @ self.weight.T + self.hidden
            log_weight += (softplus(after * drive) - softplus(beta * drive)).sum(1).double()
            h = bernoulli(after * drive, rng)
            v = bernoulli(after * (h @ self.weight) + self.visible, rng)
        of_base = hidden * math.log(2) + softplus(self.visible).sum().item()
        return of_base + (torch.logsumexp(log_weight, 0) - math.log(CHAINS)).item()

    @torch.no_grad()
    def log_likelihood(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """See `GenerativeModel.log_likelihood`."""
        return -self.free_energy(x.flatten(1)) - self.log_partition(rng)

    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """See `GenerativeModel.sample`."""
        v = bernoulli(self.visible.detach().expand(n, -1), rng)
        return self.gibbs(v, self._chain(), rng).view(n, *self.shape)

    def passes(self) -> int:
        """See `GenerativeModel.passes`."""
        return 2 * self._chain()

    def _chain(self) -> int:
        return 100 * self.gibbs_steps

    @torch.no_grad()
    def codes(self, x: Tensor) -> Tensor:
        """Probabilities of the hidden units."""
        return (x.flatten(1) @ self.weight.T + self.hidden).sigmoid()
