"""Spectral normalization."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations
from torch.nn.utils.parametrize import is_parametrized

from gan_lightning.model import dcgan, mlp, resnet
from gan_lightning.nn.spectral import add_spectral_norm

NETWORKS: dict[str, Callable[[], tuple[nn.Module, Tensor]]] = {
    "mlp.Generator": lambda: (mlp.Generator(shape=(2,), width=16, spectral_norm=True), torch.randn(2, 2)),
    "mlp.Critic": lambda: (mlp.Critic(shape=(2,), width=16, spectral_norm=True), torch.randn(2, 2)),
    "dcgan.Generator": lambda: (
        dcgan.Generator(shape=(1, 28, 28), latent_dim=8, width=4, spectral_norm=True),
        torch.randn(2, 8),
    ),
    "dcgan.Critic": lambda: (
        dcgan.Critic(shape=(1, 28, 28), width=4, spectral_norm=True),
        torch.randn(2, 1, 28, 28),
    ),
    "resnet.Generator": lambda: (
        resnet.Generator(shape=(1, 8, 8), latent_dim=8, width=4, spectral_norm=True),
        torch.randn(2, 8),
    ),
    "resnet.Critic": lambda: (
        resnet.Critic(shape=(1, 8, 8), width=4, plain=1, spectral_norm=True),
        torch.randn(2, 1, 8, 8),
    ),
}
WEIGHTED = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


def matrix(layer: nn.Module) -> Tensor:
    weight: Tensor = layer.weight
    return (weight.transpose(0, 1) if isinstance(layer, nn.ConvTranspose2d) else weight).flatten(1)


@pytest.mark.training
@pytest.mark.parametrize("name", NETWORKS)
def test_every_largest_singular_value_becomes_one(name: str) -> None:
    torch.manual_seed(3)
    network, x = NETWORKS[name]()
    layers = [m for m in network.modules() if isinstance(m, WEIGHTED)]
    assert layers
    assert all(is_parametrized(layer, "weight") for layer in layers)
    with torch.no_grad():
        # Weights far from those that the singular vectors started from, as after training.
        for layer in layers:
            layer.parametrizations.weight.original.normal_(0, 3)
        for _ in range(300):
            network(x)
    network.eval()
    for layer in layers:
        assert torch.linalg.svdvals(matrix(layer))[0].item() == pytest.approx(1, abs=1e-2)


def test_one_power_iteration_each_forward_in_training_and_none_in_evaluation() -> None:
    torch.manual_seed(0)
    layer = add_spectral_norm(nn.Linear(3, 2, bias=False))
    weight = layer.parametrizations.weight.original.detach()
    weight.copy_(torch.tensor([[3.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    norm = layer.parametrizations.weight[0]
    norm._v.copy_(torch.tensor([0.6, 0.8, 0.0]))
    layer(torch.zeros(1, 3))
    # u ∝ Wv = (1.8, 0.8), v ∝ Wᵀu ∝ (5.4, 0.8, 0).
    assert norm._u == pytest.approx(torch.tensor([1.8, 0.8]) / 3.88**0.5)
    assert norm._v == pytest.approx(torch.tensor([5.4, 0.8, 0.0]) / 29.8**0.5)
    before = deepcopy(layer.state_dict())
    layer.eval()
    layer(torch.ones(1, 3))
    assert all(torch.equal(value, before[key]) for key, value in layer.state_dict().items())


def test_a_normalized_perceptron_is_lipschitz() -> None:
    torch.manual_seed(0)
    critic = mlp.Critic(shape=(2,), width=16, spectral_norm=True)
    with torch.no_grad():
        for _ in range(100):
            critic(torch.zeros(1, 2))
        x, y = torch.randn(500, 2), torch.randn(500, 2)
        slopes = (critic.eval()(x) - critic(y)).abs() / (x - y).norm(dim=1)
    assert slopes.max() <= 1 + 1e-4


def test_twice_is_once_and_other_parametrizations_stay() -> None:
    network = nn.Sequential(
        nn.Linear(2, 3),
        parametrizations.weight_norm(nn.Linear(3, 3)),
        nn.BatchNorm1d(3),
        nn.Unflatten(1, (3, 1)),
        nn.Conv1d(3, 2, 1),
        nn.ConvTranspose1d(2, 2, 1),
    )
    assert add_spectral_norm(network) is network
    keys = list(network.state_dict())
    assert list(add_spectral_norm(network).state_dict()) == keys
    assert [len(network[k].parametrizations.weight) for k in (0, 1, 4, 5)] == [1, 1, 1, 1]
    assert sum("_u" in key for key in keys) == 3


def test_a_single_layer_is_a_network() -> None:
    assert is_parametrized(add_spectral_norm(nn.Conv3d(1, 2, 3)), "weight")
