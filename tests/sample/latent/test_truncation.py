from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor

from gan_lightning.sample.latent.truncation import truncate_by_resampling, truncate_by_scaling


def source() -> torch.Generator:
    return torch.Generator().manual_seed(1)


def latents(n: int) -> Tensor:
    return torch.randn(n, generator=torch.Generator().manual_seed(0))


@given(st.floats(1e-4, 20))
def test_bound(threshold: float) -> None:
    within = truncate_by_resampling(latents(10_000), threshold, source())
    assert within.isfinite().all()
    assert within.abs().max() <= torch.tensor(threshold)


@pytest.mark.parametrize("threshold", [0.04, 0.5, 1.0, 2.0])
def test_is_the_normal_distribution_within_the_threshold(threshold: float) -> None:
    within = truncate_by_resampling(latents(40_000), threshold, source())
    assert stats.kstest(within.numpy(), stats.truncnorm(-threshold, threshold).cdf).pvalue > 0.01


def test_what_lies_within_is_left() -> None:
    before = latents(1000)
    after = truncate_by_resampling(before, 1.0, source())
    inside = before.abs() <= 1
    assert torch.equal(before[inside], after[inside])
    assert (before != after).float().mean().item() == pytest.approx(1 - math.erf(math.sqrt(0.5)), abs=0.04)


def test_what_is_new_moves_steadily_with_the_threshold() -> None:
    before = torch.full((500,), 9.0)
    near, far = truncate_by_resampling(before, 0.5, source()), truncate_by_resampling(before, 0.51, source())
    assert ((far.abs() - near.abs()) >= 0).all()
    assert (far - near).abs().max() < 0.011


def test_scaled_in_numbers() -> None:
    assert truncate_by_scaling(torch.tensor([2.0, -4.0]), 0.25).tolist() == [0.5, -1.0]
