"""Minibatch standard deviation."""

from __future__ import annotations

from math import sqrt

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_lightning.core.errors import UsageError
from gan_lightning.nn.minibatch_groups import num_groups
from gan_lightning.nn.minibatch_stddev import MinibatchStddev


def appended(values: list[float], group: int = 4) -> list[float]:
    x = torch.tensor(values, dtype=torch.double).view(-1, 1, 1, 1)
    y: list[float] = MinibatchStddev(group)(x)[:, 1, 0, 0].tolist()
    return y


def test_one_group_by_hand() -> None:
    """Four samples of two features at 1×2 positions."""
    x = torch.zeros(4, 2, 1, 2, dtype=torch.double)
    x[:, 0, 0, 0] = torch.tensor([0, 0, 2, 2])  # deviation 1
    x[:, 0, 0, 1] = torch.tensor([1, 3, 5, 7])  # √5
    x[:, 1, 0, 0] = torch.tensor([-6, 6, 6, -6])  # 6
    x[:, 1, 0, 1] = 7  # 0, which the epsilon makes 1e-4
    y = MinibatchStddev()(x)
    assert y.shape == (4, 3, 1, 2)
    assert torch.equal(y[:, :2], x)
    torch.testing.assert_close(y[:, 2], torch.full((4, 1, 2), (7 + sqrt(5) + 1e-4) / 4, dtype=torch.double))


def test_groups_are_strided_and_remainders_even() -> None:
    five, six = [0.0, 10, 3, 14, 6], [0.0, 10, 3, 14, 6, 18]
    # {0, 3, 6} varies by √6, {10, 14} by 2, {10, 14, 18} by √(32/3)
    assert appended(five) == pytest.approx([sqrt(6), 2, sqrt(6), 2, sqrt(6)])
    assert appended(six) == pytest.approx([sqrt(6), sqrt(32 / 3)] * 3)
    # {0, 2, 4, 6} and {10, 10, 30, 30}
    assert appended([0.0, 10, 2, 10, 4, 30, 6, 30]) == pytest.approx([sqrt(5), 10] * 4)
    assert appended([1.0, 5, 2, 1], group=2) == pytest.approx([0.5, 2, 0.5, 2])


def test_batches_smaller_than_a_group() -> None:
    assert appended([1.0, 4, 1]) == pytest.approx([sqrt(2)] * 3)
    assert appended([1.0]) == pytest.approx([1e-4])
    assert appended([1.0, 2, 3], group=1) == pytest.approx([1e-4] * 3)


@pytest.mark.training
@given(st.integers(1, 40), st.integers(1, 6), st.integers(1, 5))
def test_groups_are_as_few_as_can_be_and_as_even(rows: int, group: int, features: int) -> None:
    x = torch.randn(rows, features, dtype=torch.double)
    y = MinibatchStddev(group)(x)[:, features]
    count = num_groups(rows, group)
    members = [len(x[g::count]) for g in range(count)]
    assert max(members) <= group
    assert max(members) - min(members) <= 1
    assert count == 1 or rows > (count - 1) * group
    for g in range(count):
        deviation = (x[g::count].var(0, correction=0) + 1e-8).sqrt().mean()
        torch.testing.assert_close(y[g::count], deviation.expand(members[g]))


@given(st.integers(1, 60), st.integers(1, 6), st.integers(1, 5))
def test_shares_see_the_groups_of_the_whole_batch_where_they_divide_their_number(
    rows: int, group: int, shares: int
) -> None:
    layer, x = MinibatchStddev(group), torch.randn(rows, 3, 2, 2, dtype=torch.double)
    parts = [x[share::shares] for share in range(shares)]
    whole = layer(x)
    if num_groups(rows, group) % shares == 0:
        for share, part in enumerate(parts):
            torch.testing.assert_close(layer(part), whole[share::shares], rtol=1e-12, atol=0)
    if rows % (shares * group) == 0:
        assert num_groups(rows, group) % shares == 0


def test_shares_that_cut_groups_differ() -> None:
    x = torch.tensor([0.0, 10, 2, 14]).view(4, 1)
    assert not torch.allclose(MinibatchStddev()(x[::2]), MinibatchStddev()(x)[::2])


def test_second_derivatives() -> None:
    x = torch.randn(5, 2, 1, 2, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(MinibatchStddev(), x)
    assert torch.autograd.gradgradcheck(MinibatchStddev(), x)


@pytest.mark.parametrize("rows", [1, 4, 5])
def test_equal_samples_have_finite_first_and_second_derivatives(rows: int) -> None:
    x = torch.ones(rows, 3, 4, 4, requires_grad=True)
    (gradient,) = torch.autograd.grad(MinibatchStddev()(x).square().sum(), x, create_graph=True)
    gradient.square().sum().backward()
    assert gradient.isfinite().all()
    assert x.grad is not None
    assert x.grad.isfinite().all()


def test_single_precision_statistics_of_coarse_features() -> None:
    x = 100 + torch.randn(4, 8, 4, 4).bfloat16()
    y = MinibatchStddev()(x)
    assert y.dtype == torch.bfloat16
    exact = (x.double().var(0, correction=0) + 1e-8).sqrt().mean()
    torch.testing.assert_close(y[:, 8], exact.bfloat16().expand(4, 4, 4))


def test_refuses_empty_groups() -> None:
    with pytest.raises(UsageError, match="group=0 must be greater than or equal to 1"):
        MinibatchStddev(0)
