from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.metric import exact_w1, frechet_distance_of_features, real_floor


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def values(real: Tensor, fake: Tensor) -> tuple[list[float], list[float]]:
    return real.flatten().tolist(), fake.flatten().tolist()


@pytest.mark.parametrize("n", [10, 11])
def test_halves_are_disjoint_equal_and_seeded(n: int) -> None:
    real = torch.arange(float(n))[:, None]
    first, second = real_floor(values, real, seeded())
    assert len(first) == len(second) == 5
    assert len({*first, *second}) == 10
    assert {*first, *second} <= set(range(n))
    assert real_floor(values, real, seeded()) == (first, second)
    assert real_floor(values, real, seeded(1)) != (first, second)


def test_smaller_halves() -> None:
    first, second = real_floor(values, torch.arange(10.0)[:, None], seeded(), size=3)
    assert len(first) == len(second) == 3
    assert len({*first, *second}) == 6


def test_floor_of_scores() -> None:
    """W₁ of halves of n evenly spread points on [0, 1] is of the order of n^-½; identical reals have a floor of 0."""
    assert 0 < real_floor(exact_w1, torch.linspace(0, 1, 1000)[:, None], seeded()) < 0.05
    assert real_floor(exact_w1, torch.ones(9, 2), seeded()) == 0
    # The Fréchet distance of halves with n samples of N(0, 1)^d: mean shift 2d/n, and (σ - σ')² = 1/n per variance
    real = torch.randn(4000, 1, dtype=torch.double)
    floors = [real_floor(frechet_distance_of_features, real, seeded(seed)) for seed in range(200)]
    assert sum(floors) / 200 == pytest.approx((2 + 1) / 2000, rel=0.3)


def test_leaves_the_global_generator_alone() -> None:
    state = torch.get_rng_state()
    real_floor(values, torch.randn(8, 1, generator=seeded()), seeded())
    assert torch.equal(torch.get_rng_state(), state)


def test_refusals() -> None:
    with pytest.raises(UsageError, match="two halves of 6 from 10 real samples: size can be 1 to 5"):
        real_floor(values, torch.zeros(10, 1), seeded(), size=6)
    with pytest.raises(UsageError, match="from 1 real sample"):
        real_floor(values, torch.zeros(1, 1), seeded())
