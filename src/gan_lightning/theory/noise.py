"""Noise on both sides bounds the distance that no density could see."""

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
    """The two sides of W ≤ 2 V^½ + 2C √JSD, at each noise level.

    Attributes:
        wasserstein: W(p, q), a scalar: the same at every level.
        spread: 2 V^½, what the noise itself may have moved, [levels].
        confusion: 2C √JSD(p+ε ‖ q+ε), what is left to tell apart, [levels].
    """

    wasserstein: Tensor
    spread: Tensor
    confusion: Tensor

    @property
    def bound(self) -> Tensor:
        """The right-hand side, [levels]."""
        return self.spread + self.confusion


def noise_bound(p: Numbers, q: Numbers, spacing: float, stds: Numbers, reach: float = 4.0) -> NoiseBound:
    """Arjovsky & Bottou 2017, arXiv:1701.04862, theorem 3.3, in numbers.

    For noise ε of mean 0, V = E‖ε‖² (their lemma 4), and C is the diameter of a ball that holds the supports of p+ε and
    q+ε. Noise without bounds has no such ball, so the Gaussian is cut at `reach` standard deviations. It lives on the
    grid as p and q do, and V and C are those of what is computed: the theorem applies to it exactly, with no error of
    discretisation. Its proof gives √2 C in place of 2C; here it stands as published.

    Args:
        p: masses on a grid of the line, [cells].
        q: masses on the same grid.
        spacing: between neighbouring points of the grid.
        stds: of the noise before it is cut, [levels].
        reach: where it is cut, in standard deviations.

    Raises:
        UsageError: p or q is no distribution, they differ in size or aren't on a line; a spacing, standard deviation or
            reach that is not positive.
    """
    p, q = as_distributions(p, q)
    stds = as_float64(stds).flatten()
    if p.dim() != 1:
        raise UsageError(f"p {tuple(p.shape)}: want masses on a line, [cells]")
    if not (spacing > 0 and reach > 0 and (stds > 0).all()):
        raise UsageError("noise_bound: spacing, reach and stds must all be above 0")
    places = spacing * torch.arange(len(p), dtype=torch.float64)
    there = places[(p > 0) | (q > 0)]
    sides = [_side(p, q, spacing, std, reach, (there[-1] - there[0]).item()) for std in stds.tolist()]
    spread, confusion = torch.tensor(sides, dtype=torch.float64).reshape(-1, 2).unbind(1)
    return NoiseBound(wasserstein_1d(places, places, p, q), spread, confusion)


def _side(p: Tensor, q: Tensor, spacing: float, std: float, reach: float, extent: float) -> Sequence[float]:
    cells = ceil(reach * std / spacing)
    steps = spacing * torch.arange(-cells, cells + 1, dtype=torch.float64)
    noise = torch.softmax(-((steps / std) ** 2) / 2, dim=0)
    noisy_p, noisy_q = (conv1d(x[None, None], noise[None, None], padding=2 * cells).flatten() for x in (p, q))
    variance, diameter = (noise * steps.square()).sum(), extent + 2 * cells * spacing
    return [2 * variance.sqrt().item(), 2 * diameter * jensen_shannon(noisy_p, noisy_q).sqrt().item()]
