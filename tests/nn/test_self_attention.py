"""Self-attention, against sums written out."""

from __future__ import annotations

from math import exp

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.nn.self_attention import SelfAttention


def test_gamma_starts_at_zero_where_the_layer_is_the_identity() -> None:
    layer, x = SelfAttention(16), torch.randn(3, 16, 4, 6)
    assert layer.gamma.item() == 0
    assert torch.equal(layer(x), x)
    layer.gamma.data.fill_(1.0)
    assert (layer(x) - x).abs().max() > 1e-3


def test_by_hand_on_two_squares() -> None:
    """Places 2 x 4: the key and value of each 2 x 2 square are its largest, queries are each place's own."""
    layer = SelfAttention(8)
    x = torch.zeros(1, 8, 2, 4)
    x[0, 0] = torch.tensor([[1.0, 0.5, -2.0, 0.0], [0.0, -1.0, 0.25, -3.0]])  # keys 1 and 0.25
    x[0, 1] = torch.tensor([[0.0, 2.0, 1.0, 1.0], [0.0, 0.0, 5.0, 0.0]])  # values 2 and 5
    with torch.no_grad():
        for part in (layer.query, layer.key, layer.value, layer.out):
            part.weight.zero_()
        layer.query.weight[0, 0] = 3.0
        layer.key.weight[0, 0] = 1.0
        layer.value.weight[2, 1] = 1.0
        layer.out.weight[7, 2] = 10.0
        layer.gamma.fill_(0.5)
        y = layer(x)
    assert torch.equal(y[:, :7], x[:, :7])
    for row in range(2):
        for column in range(4):
            query = 3 * x[0, 0, row, column].item()
            first, second = exp(query * 1.0), exp(query * 0.25)
            expected = 0.5 * 10 * (2 * first + 5 * second) / (first + second)
            assert y[0, 7, row, column].item() == pytest.approx(expected, rel=1e-5)


def test_it_has_a_second_derivative() -> None:
    layer = SelfAttention(8).double()
    layer.gamma.data.fill_(0.7)
    x = torch.randn(1, 8, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(layer, x)


def test_too_few_channels() -> None:
    with pytest.raises(UsageError, match="8 channels or more, and there are 4: make the network wider"):
        SelfAttention(4)
