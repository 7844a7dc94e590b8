"""Waves beside the input."""

from __future__ import annotations

import torch
from torch import nn

from gan_lightning.model.mlp import Critic
from gan_lightning.nn.fourier_features import FourierFeatures


def fourier(*rows: list[float]) -> FourierFeatures:
    made = FourierFeatures(len(rows), len(rows[0]))
    made.frequencies.copy_(torch.tensor(rows))
    return made


def test_numbers() -> None:
    quarter = torch.pi / 2
    made = fourier([quarter, 0.0], [0.0, 2 * quarter])(torch.tensor([[1.0, 1.0], [2.0, 0.5]]))
    expected = torch.tensor([[1.0, 1.0, 1.0, 0.0, 0.0, -1.0], [2.0, 0.5, 0.0, 1.0, -1.0, 0.0]])
    torch.testing.assert_close(made, expected, atol=1e-6, rtol=0)


def test_a_step_changes_the_waves_by_the_step_alone() -> None:
    """⟨φ(x), φ(y)⟩ of the waves is a function of x - y, the sum of cos B(x - y): the kernel of the paper."""
    layer = FourierFeatures(2, 64).double()
    x, y = torch.randn(2, 5, 2, dtype=torch.float64)
    products = (layer(x)[:, 2:] * layer(y)[:, 2:]).sum(1)
    torch.testing.assert_close(products, ((x - y) @ layer.frequencies).cos().sum(1))


def test_frequencies_are_drawn_once_and_are_as_wide_as_said() -> None:
    layer = FourierFeatures(2, 20_000, scale=3.0)
    assert abs(layer.frequencies.std() / 3 - 1) < 0.02
    assert not list(layer.parameters())
    assert list(layer.state_dict()) == ["frequencies"]


def test_two_derivatives() -> None:
    layer = FourierFeatures(2, 3).double()
    x = torch.randn(4, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(layer, x)
    assert torch.autograd.gradgradcheck(layer, x)


def test_a_critic_sees_them_beside_the_sample_and_no_fourier_features_change_nothing() -> None:
    critics = []
    for given in ({}, {"fourier_features": 0}, {"fourier_features": 5, "fourier_scale": 2.0}):
        torch.manual_seed(1)
        critics.append(Critic(shape=(2,), width=8, **given))
    default, none, critic = critics
    x = torch.randn(7, 2)
    assert torch.equal(none(x), default(x))
    first = critic.layers[0]
    assert isinstance(first, nn.Linear)
    assert first.in_features == 2 + 2 * 5
    assert torch.equal(critic(x), critic.layers(critic.fourier_features(x)).squeeze(1))
    assert critic.fourier_features.scale == 2.0
