"""Two distributions on a handful of atoms, as samples that hold each atom as often as it is likely."""

from __future__ import annotations

from itertools import pairwise

import torch
from hypothesis import strategies as st
from torch import Tensor


@st.composite
def distributions(draw: st.DrawFn) -> tuple[Tensor, Tensor]:
    """Counts of k atoms, [k] each, of the same total, all at least 1."""
    k = draw(st.integers(2, 6))
    total = k + draw(st.integers(1, 30))
    return tuple(_composition(draw, total, k) for _ in range(2))  # type: ignore[return-value]


def _composition(draw: st.DrawFn, total: int, k: int) -> Tensor:
    cuts = sorted(draw(st.lists(st.integers(1, total - 1), min_size=k - 1, max_size=k - 1, unique=True)))
    edges = [0, *cuts, total]
    return torch.tensor([b - a for a, b in pairwise(edges)])


def scores(critic: Tensor, p: Tensor, q: Tensor) -> tuple[Tensor, Tensor]:
    """The critic's values, one an atom, at every sample of p and of q."""
    return critic.repeat_interleave(p), critic.repeat_interleave(q)
