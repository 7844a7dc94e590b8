from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.metric import Moments


def assert_equal(moments: Moments, samples: Tensor) -> None:
    assert moments.count == len(samples)
    torch.testing.assert_close(moments.mean, samples.mean(0), rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(moments.covariance, torch.cov(samples.T), rtol=1e-9, atol=1e-12)


def test_by_hand() -> None:
    moments = Moments.of(torch.tensor([[0.0, 0.0], [2.0, 0.0], [4.0, 6.0]]))
    assert moments.count == 3
    assert moments.mean.tolist() == [2, 2]
    assert moments.scatter.tolist() == [[8, 12], [12, 24]]
    assert moments.covariance.tolist() == [[4, 6], [6, 12]]


@given(st.lists(st.integers(0, 7), min_size=1, max_size=6).filter(lambda sizes: sum(sizes) > 1), st.integers(0, 99))
def test_any_split_gives_the_moments_of_the_whole(sizes: list[int], seed: int) -> None:
    samples = 1 + torch.randn(sum(sizes), 3, dtype=torch.double, generator=torch.Generator().manual_seed(seed))
    updated, merged, backwards = Moments.empty(3), Moments.empty(3), Moments.empty(3)
    parts = []
    for part in samples.split(sizes):
        updated.update(part)
        process = Moments.empty(3)  # of a process, which may have got no samples
        process.update(part)
        parts.append(process)
    for process in parts:
        merged = merged.merge(process)
        backwards = process.merge(backwards)
    assert_equal(updated, samples)
    assert_equal(merged, samples)
    assert_equal(backwards, samples)


def test_blocks_cover_large_sets() -> None:
    samples = torch.randn(2500, 2, dtype=torch.double)
    assert_equal(Moments.of(samples), samples)


def test_mean_far_from_zero_costs_no_digits() -> None:
    samples = torch.randn(1001, 4, dtype=torch.double)
    moments = Moments.empty(4)
    for part in (samples + 1e7).split(64):
        moments.update(part)
    # sums of raw squares keep 1e16 beside a variance of 1: two digits
    torch.testing.assert_close(moments.covariance, torch.cov(samples.T), rtol=1e-6, atol=1e-8)


def test_singles_are_summed_in_doubles() -> None:
    samples = torch.randn(5000, 3) + 100
    assert_equal(Moments.of(samples), samples.double())


def test_merge_leaves_its_parts() -> None:
    first, second = Moments.of(torch.randn(5, 2)), Moments.of(torch.randn(7, 2))
    before = first.mean.clone(), first.scatter.clone(), second.mean.clone(), second.scatter.clone()
    first.merge(second).update(torch.randn(3, 2))
    Moments.empty(2).merge(first).update(torch.randn(3, 2))
    assert [first.count, second.count] == [5, 7]
    for was, now in zip(before, (first.mean, first.scatter, second.mean, second.scatter), strict=True):
        torch.testing.assert_close(was, now, rtol=0, atol=0)


def test_refusals() -> None:
    moments = Moments.empty(3)
    with pytest.raises(UsageError, match=r"features: 1 of 2 samples hold NaN"):
        moments.update(torch.tensor([[1.0, 2.0, 3.0], [1.0, float("nan"), 3.0]]))
    with pytest.raises(UsageError, match=r"of 3 features, got 4"):
        moments.update(torch.zeros(2, 4))
    with pytest.raises(UsageError, match=r"of 3 features, got 2"):
        moments.merge(Moments.empty(2))
    with pytest.raises(UsageError, match=r"shape \[3\]"):
        moments.update(torch.zeros(3))
    moments.update(torch.zeros(1, 3))
    with pytest.raises(UsageError, match=r"at least 2 samples, got 1"):
        _ = moments.covariance
