from __future__ import annotations

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from gan_lightning.core.errors import UsageError
from gan_lightning.metric.functional import exact_w1


def test_by_hand() -> None:
    """(0,0) goes to (0,3) and (4,0) to (4,0), 3/2; the other matching costs (4 + 5)/2."""
    assert exact_w1(torch.tensor([[0.0, 0.0], [4.0, 0.0]]), torch.tensor([[4.0, 0.0], [0.0, 3.0]])) == 1.5


@given(st.integers(1, 5), st.integers(2, 4), st.integers(0, 99))
def test_no_matching_is_cheaper(n: int, d: int, seed: int) -> None:
    real, fake = torch.randn(2, n, d, dtype=torch.double, generator=torch.Generator().manual_seed(seed))
    cheapest = min((real - fake[list(order)]).norm(dim=1).mean().item() for order in itertools.permutations(range(n)))
    assert exact_w1(real, fake) == pytest.approx(cheapest, rel=1e-12)


@given(st.integers(1, 40), st.integers(0, 99))
def test_on_a_line_it_is_the_distance_of_the_quantiles(n: int, seed: int) -> None:
    real, fake = torch.randn(2, n, 1, dtype=torch.double, generator=torch.Generator().manual_seed(seed))
    expected = wasserstein_distance(real[:, 0].numpy(), fake[:, 0].numpy())
    assert exact_w1(real, fake) == pytest.approx(expected, rel=1e-9)
    flat = torch.zeros(n, 1, dtype=torch.double)
    plane = exact_w1(torch.cat([real, flat], 1), torch.cat([fake, flat], 1))  # the matching, on the same line
    assert plane == pytest.approx(expected, rel=1e-9)


def test_a_shift_costs_its_length() -> None:
    real = torch.randn(300, 2)
    assert exact_w1(real, real[torch.randperm(300)] + torch.tensor([3.0, 4.0])) == pytest.approx(5, rel=1e-6)
    assert exact_w1(real, real[torch.randperm(300)]) == 0


def test_collapse_to_the_center_costs_the_radius() -> None:
    angle = torch.arange(200) * (2 * math.pi / 200)
    circle = 2 * torch.stack([angle.cos(), angle.sin()], 1)
    assert exact_w1(circle, torch.zeros(200, 2)) == pytest.approx(2, rel=1e-6)


def test_sets_may_differ_in_size() -> None:
    """Half of the mass of (0,0) goes to either neighbour."""
    assert exact_w1(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 0.0], [0.0, 5.0]])) == 4


def test_spaces_may_not() -> None:
    with pytest.raises(UsageError, match="real has 2 values per sample and fake 3"):
        exact_w1(torch.randn(3, 2), torch.randn(3, 3))
