"""An upper bound of the Wasserstein distance by the Jensen-Shannon divergence under noise."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import conv1d

from gan_lightning.core.errors import UsageError
from gan_lightning.theory.distribution import Numbers, as_distributions, as_float64
from gan_lightning.theory.divergence import jensen_shannon
from gan_lightning.theory.quantiles import wasserstein_1d


class NoiseBound(NamedTuple):
    """Both sides of W ≤ 2 V^½ + 2C √JSD, at each noise level.

    Attributes:
        wasserstein: W(p, q), a scalar: the same at every level.
        spread: 2 V^½, the transport that is due to the noise, [levels].
        confusion: 2C √JSD(p+ε ‖ q+ε), [levels].
    """

    wasserstein: Tensor
    spread: Tensor
    confusion: Tensor

    @property
    def bound(self) -> Tensor:
        """The right-hand side, [levels]."""
        return self.spread + self.confusion


def noise_bound(p: Numbers, q: Numbers, spacing: float, stds: Numbers, reach: float = 4.0) -> NoiseBound:
    """Evaluates theorem 3.3 of Arjovsky & Bottou 2017 (arXiv:1701.04862).

    For noise ε of mean 0, V = E‖ε‖² (their lemma 4), and C is the diameter of a ball that contains the supports of p+ε
    and q+ε. Unbounded noise has no such ball, so the Gaussian is truncated at `reach` standard deviations. The noise is
    on the same grid as p and q, and V and C are those of the truncated noise: the theorem applies exactly, without
    discretisation error. The proof gives √2 C in place of 2C; this is the bound as published.

    Args:
        p: masses on a grid of the line, [cells].
        q: masses on the same grid.
        spacing: between neighbouring points of the grid.
        stds: standard deviations of the noise before truncation, [levels].
        reach: truncation of the noise, in standard deviations.

    Raises:
        UsageError: p or q is not a distribution, they differ in size or are not one-dimensional; a spacing, standard
            deviation or reach is not positive.
    """
    p, q = as_distributions(p, q)
    stds = as_float64(stds).flatten()
    if p.dim() != 1:
        raise UsageError(f"p {tuple(p.shape)}: give masses on a one-dimensional grid, [cells]")
    if not (spacing > 0 and reach > 0 and (stds > 0).all()):
        raise UsageError("noise_bound: spacing, reach and stds must all be above 0")
    positions = spacing * torch.arange(len(p), dtype=torch.float64)
    support = positions[(p > 0) | (q > 0)]
    terms = [_terms(p, q, spacing, std, reach, (support[-1] - support[0]).item()) for std in stds.tolist()]
    spread, confusion = torch.tensor(terms, dtype=torch.float64).reshape(-1, 2).unbind(1)
    return NoiseBound(wasserstein_1d(positions, positions, p, q), spread, confusion)


def _terms(p: Tensor, q: Tensor, spacing: float, std: float, reach: float, extent: float) -> Sequence[float]:
    cells = ceil(reach * std / spacing)
    steps = spacing * torch.arange(-cells, cells + 1, dtype=torch.float64)
    noise = torch.softmax(-((steps / std) ** 2) / 2, dim=0)
    noisy_p, noisy_q = (conv1d(x[None, None], noise[None, None], padding=2 * cells).flatten() for x in (p, q))
    variance, diameter = (noise * steps.square()).sum(), extent + 2 * cells * spacing
    return [2 * variance.sqrt().item(), 2 * diameter * jensen_shannon(noisy_p, noisy_q).sqrt().item()]
