from __future__ import annotations

from math import exp, tanh

import pytest
import torch

from gan_lightning.nn.activation import activation_layer, channels_before


def test_gate_by_hand() -> None:
    x = torch.tensor([0.5, -1.0, 2.0, 0.0]).view(1, 4, 1, 1)  # a = 0.5, -1 and b = 2, 0
    expected = [tanh(0.5) / (1 + exp(-2.0)), tanh(-1.0) / 2]
    assert activation_layer("gated")(x).flatten().tolist() == pytest.approx(expected)
    assert [channels_before("gated", 3), channels_before("tanh", 3)] == [6, 3]


def test_slope_of_the_leak() -> None:
    assert activation_layer("leaky_relu")(torch.tensor(-1.0)).item() == pytest.approx(-0.2)
