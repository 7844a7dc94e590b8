"""Distributions for hypothesis, and the integrals that several tests compare with."""

from __future__ import annotations

import math

import torch
from hypothesis import strategies as st
from torch import Tensor


@st.composite
def pairs(draw: st.DrawFn, least: int = 0) -> tuple[Tensor, Tensor]:
    """Two distributions over the same 1 to 7 atoms; with least=0 some atoms may be empty."""
    k = draw(st.integers(1, 7))
    return draw(distributions(k, least)), draw(distributions(k, least))


@st.composite
def distributions(draw: st.DrawFn, k: int, least: int = 0) -> Tensor:
    counts = draw(st.lists(st.integers(least, 9), min_size=k, max_size=k).filter(any))
    return torch.tensor(counts, dtype=torch.float64) / sum(counts)


def normal(x: Tensor, mean: float | Tensor, std: float | Tensor) -> Tensor:
    """Density of N(mean, std²)."""
    return torch.exp(-(((x - mean) / std) ** 2) / 2) / (std * math.sqrt(2 * math.pi))
