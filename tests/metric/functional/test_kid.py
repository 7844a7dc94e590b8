from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torchmetrics.image.kid import poly_mmd

from gan_lightning.core.errors import UsageError
from gan_lightning.metric.functional import kid, unbiased_mmd2


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def in_two_loops(x: Tensor, y: Tensor) -> float:
    def k(a: list[float], b: list[float]) -> float:
        return (sum(p * q for p, q in zip(a, b, strict=True)) / len(a) + 1) ** 3

    xs, ys = x.double().tolist(), y.double().tolist()
    n, m = len(xs), len(ys)
    within_x = sum(k(xs[i], xs[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    within_y = sum(k(ys[i], ys[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    return within_x + within_y - 2 * sum(k(a, b) for a in xs for b in ys) / (n * m)


def test_by_hand() -> None:
    """k = (xy + 1)³: 8 between 1 and 1, 1 between 1 and 0, so 8 + 1 - 2·1."""
    assert unbiased_mmd2(torch.ones(2, 1), torch.zeros(3, 1)) == pytest.approx(7)
    assert unbiased_mmd2(torch.ones(2, 4), torch.zeros(3, 4)) == pytest.approx(7)  # x·y is divided by d


@given(st.integers(2, 9), st.integers(2, 9), st.integers(1, 5), st.integers(0, 99))
def test_same_as_two_loops(n: int, m: int, d: int, seed: int) -> None:
    source = seeded(seed)
    real, fake = torch.randn(n, d, generator=source), 2 * torch.randn(m, d, generator=source) + 1
    assert unbiased_mmd2(real, fake) == pytest.approx(in_two_loops(real, fake), rel=1e-9, abs=1e-9)


def test_tiles_sum_to_the_whole() -> None:
    real, fake = torch.randn(1500, 3), torch.randn(1100, 3) + 0.2
    theirs = poly_mmd(real.double(), torch.cat([fake, fake[:400]]).double())  # which wants equal sizes
    assert unbiased_mmd2(real, torch.cat([fake, fake[:400]])) == pytest.approx(theirs.item(), rel=1e-9)


def test_unbiased() -> None:
    """Of one distribution it is zero on average, and negative as often as not."""
    source = seeded()
    values = torch.tensor([unbiased_mmd2(*torch.randn(2, 20, 2, generator=source)) for _ in range(400)])
    assert abs(values.mean()) < 3 * values.std() / 20
    assert 0.2 < (values < 0).double().mean() < 0.8


def test_subsets_of_everything_are_the_full_estimate() -> None:
    real, fake = torch.randn(30, 4), torch.randn(30, 4) + 1
    score = kid(real, fake, seeded(), subsets=5, size=30)
    assert score.mean == pytest.approx(unbiased_mmd2(real, fake), rel=1e-9)
    assert score.std == pytest.approx(0, abs=1e-9)


def test_subsets_average_to_the_full_estimate() -> None:
    real, fake = torch.randn(200, 4), torch.randn(150, 4) + 0.5
    score = kid(real, fake, seeded(), subsets=400, size=20)
    assert score.std > 0
    assert score.mean == pytest.approx(unbiased_mmd2(real, fake), abs=4 * score.std / 20)


def test_draws_from_its_generator_alone() -> None:
    real, fake = torch.randn(50, 3), torch.randn(50, 3)
    state = torch.get_rng_state()
    first = kid(real, fake, seeded(1), subsets=3, size=10)
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(1)
    assert kid(real, fake, seeded(1), subsets=3, size=10) == first
    assert kid(real, fake, seeded(2), subsets=3, size=10) != first


def test_refusals() -> None:
    with pytest.raises(UsageError, match="100 subsets of 1000 from 50 real and 60 fake: lower size"):
        kid(torch.randn(50, 3), torch.randn(60, 3), seeded())
    with pytest.raises(UsageError, match="subsets of 1 from"):
        kid(torch.randn(50, 3), torch.randn(60, 3), seeded(), size=1)
    with pytest.raises(UsageError, match="needs at least 2"):
        unbiased_mmd2(torch.randn(1, 3), torch.randn(5, 3))
