"""Equalized learning rate."""

from __future__ import annotations

from copy import deepcopy
from math import sqrt

import pytest
import torch
from torch import Tensor, nn

from gan_lightning.nn.equalized import EqualizedConv2d, EqualizedLinear, fold_scales


def test_by_hand() -> None:
    layer = EqualizedLinear(8, 1, gain=2.0)  # 2/√8 = 1/√2
    layer.weight.data = torch.tensor([[1.0, 2, 3, 4, 5, 6, 7, 8]])
    layer.bias.data.fill_(5.0)
    assert layer(torch.ones(8)).item() == pytest.approx(36 / sqrt(2) + 5)
    conv = EqualizedConv2d(2, 1, 3, padding=1)  # √2/√18 = 1/3
    conv.weight.data.fill_(1.0)
    expected = torch.tensor([[8.0, 12, 8], [12, 18, 12], [8, 12, 8]]) / 3  # 2 channels × the taps inside
    torch.testing.assert_close(conv(torch.ones(1, 2, 3, 3))[0, 0], expected)


def test_standard_normal_weights_and_no_bias() -> None:
    for layer in (EqualizedLinear(100, 200), EqualizedConv2d(30, 80, 3)):
        # N standard normals: mean within 5/√N, variance within 5·√(2/N).
        n = layer.weight.numel()
        assert abs(layer.weight.mean()) < 5 / sqrt(n)
        assert abs(layer.weight.var() - 1) < 5 * sqrt(2 / n)
        assert not layer.bias.any()
    assert EqualizedLinear(2, 3, bias=False).bias is None


@pytest.mark.parametrize(("gain", "factor"), [(sqrt(2), 2), (1.0, 1)])
@pytest.mark.parametrize("inputs", [1, 12, 300])
def test_second_moment_is_multiplied_by_the_squared_gain(inputs: int, gain: float, factor: float) -> None:
    outputs = 20_000  # each an independent N(0, factor): their mean square errs by factor·√(2/outputs)
    x = torch.randn(inputs)
    x /= x.square().mean().sqrt()
    y = EqualizedLinear(inputs, outputs, gain=gain)(x)
    assert y.square().mean().item() == pytest.approx(factor, rel=5 * sqrt(2 / outputs))
    y = EqualizedConv2d(inputs, outputs, 1, gain=gain)(x.view(1, -1, 1, 1))
    assert y.square().mean().item() == pytest.approx(factor, rel=5 * sqrt(2 / outputs))


def test_he_keeps_the_second_moment_through_many_relus() -> None:
    layers = [nn.Sequential(EqualizedLinear(1000, 1000), nn.ReLU()) for _ in range(18)]
    y = nn.Sequential(*layers)(torch.randn(50, 1000))
    assert y.square().mean().item() == pytest.approx(1, rel=0.5)


def moved(layer: nn.Linear, lr: float) -> Tensor:
    """By how much one Adam step moves the weights that are multiplied with the inputs."""
    scale = layer.scale if isinstance(layer, EqualizedLinear) else 1.0
    before = layer.weight.detach() * scale
    layer(torch.randn(5, layer.in_features)).square().sum().backward()
    torch.optim.Adam(layer.parameters(), lr).step()
    return (layer.weight.detach() * scale - before).abs()


@pytest.mark.parametrize("inputs", [2, 50, 1000])
def test_adam_moves_each_weight_in_proportion_to_its_layers_scale(inputs: int) -> None:
    # Adam's first step is lr for each parameter, whatever its gradient.
    he = sqrt(2 / inputs)
    torch.testing.assert_close(moved(EqualizedLinear(inputs, 3), 0.01), torch.full((3, inputs), 0.01 * he))
    folded = EqualizedLinear(inputs, 3)
    fold_scales(folded)
    torch.testing.assert_close(moved(folded, 0.01), torch.full((3, inputs), 0.01))


def test_folding_keeps_the_function() -> None:
    network = nn.Sequential(EqualizedConv2d(3, 4, 3), nn.Flatten(), EqualizedLinear(16, 2, gain=1))
    folded, x = deepcopy(network), torch.randn(5, 3, 4, 4)
    fold_scales(folded)
    torch.testing.assert_close(folded(x), network(x))
    assert folded[0].weight.std().item() == pytest.approx(sqrt(2 / 27), rel=0.3)
    fold_scales(folded)  # twice is once
    torch.testing.assert_close(folded(x), network(x))
