from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.functional import relu

from gan_lightning.core.errors import UsageError
from gan_lightning.model import dcgan, mlp
from gan_lightning.nn.residual import downsample_block, identity_size_block
from gan_lightning.nn.spectral import add_spectral_norm
from gan_lightning.study.tool.critic_evaluation import max_gradient_norm
from gan_lightning.study.tool.lipschitz import layer_bound, lipschitz_bound


def exact(layer: nn.Module, *shape: int) -> float:
    """Norm of a linear layer without bias on inputs of this shape, from its whole matrix."""
    size = torch.Size(shape).numel()
    images = layer.double()(torch.eye(size, dtype=torch.float64).reshape(size, *shape)).flatten(1)
    return torch.linalg.matrix_norm(images.detach(), ord=2).item()


def test_a_linear_layer_by_hand() -> None:
    layer = nn.Linear(2, 2)
    layer.weight.data = torch.tensor([[3.0, 0.0], [4.0, 0.0]])
    assert lipschitz_bound(layer) == pytest.approx(5)
    assert max_gradient_norm(lambda x: layer.double()(x)[:, 1], torch.randn(3, 2).double()) == pytest.approx(4)


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv1d(2, 3, 5, padding=2, bias=False),
        nn.Conv2d(2, 3, 3, padding=1, bias=False),
        nn.Conv2d(3, 2, 3, padding=1, bias=False),
        nn.Conv2d(2, 4, 1, bias=False),
        nn.Conv2d(2, 3, 4, stride=2, padding=1, bias=False),
        nn.Conv2d(1, 3, 5, stride=2, padding=2, bias=False),
        nn.Conv2d(1, 2, (3, 2), stride=(1, 2), bias=False),
        nn.Conv2d(2, 4, 3, padding=1, groups=2, bias=False),
        nn.Conv2d(2, 2, 3, padding=2, dilation=2, bias=False),
        nn.ConvTranspose2d(3, 2, 4, stride=2, padding=1, bias=False),
        nn.ConvTranspose2d(4, 2, 3, stride=2, padding=1, output_padding=1, groups=2, bias=False),
        nn.AvgPool2d(2),
        nn.AvgPool2d(3, stride=2, padding=1),
    ],
    ids=repr,
)
def test_convolutions_against_their_whole_matrix(layer: nn.Module) -> None:
    channels = getattr(layer, "in_channels", 1)
    shape = (channels, 64) if isinstance(layer, nn.Conv1d) else (channels, 12, 12)
    bound, norm = lipschitz_bound(layer), exact(layer, *shape)
    assert norm <= bound * (1 + 1e-12) <= 1.3 * norm  # 4% an axis, and what the border of a small image costs


def test_convolutions_by_hand() -> None:
    blur, edge = nn.Conv1d(1, 1, 3, bias=False), nn.Conv1d(1, 1, 2, bias=False)
    blur.weight.data = torch.tensor([[[0.25, 0.5, 0.25]]])  # constants pass as they are: 1
    edge.weight.data = torch.tensor([[[-1.0, 1.0]]])  # +-+- comes out twice as large: 2
    assert 1 <= lipschitz_bound(blur) <= 1.041
    assert 2 <= lipschitz_bound(edge) <= 2.082
    assert lipschitz_bound(nn.AvgPool2d(2)) == pytest.approx(1 / 2)  # four equal pixels of norm 2 become one of norm 1


@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 3), st.integers(0, 10**6))
def test_never_below_the_steepest_frequency(taps: int, channels: int, stride: int, seed: int) -> None:
    torch.manual_seed(seed)
    layer = nn.Conv1d(channels, 3, taps, stride=stride, padding=taps, bias=False)
    assert exact(layer, channels, 24) <= lipschitz_bound(layer) * (1 + 1e-12)


def test_composition_multiplies() -> None:
    f, g = nn.Linear(3, 4), nn.Linear(4, 2)
    assert lipschitz_bound(nn.Sequential(f, nn.Tanh(), g)) == pytest.approx(lipschitz_bound(f) * lipschitz_bound(g))
    assert lipschitz_bound(nn.Sequential(f, nn.Sigmoid(), g)) == pytest.approx(
        lipschitz_bound(f) * lipschitz_bound(g) / 4
    )
    assert lipschitz_bound(nn.Sequential(f, nn.LeakyReLU(3.0))) == pytest.approx(3 * lipschitz_bound(f))
    assert lipschitz_bound(nn.Sequential()) == 1


def test_scaling_the_last_layer_scales_both() -> None:
    critic, points = mlp.Critic(shape=[2], width=16).double(), torch.randn(100, 2).double()
    bound, found = lipschitz_bound(critic), max_gradient_norm(critic, points)
    critic.layers[-1].weight.data *= 7
    assert lipschitz_bound(critic) == pytest.approx(7 * bound)
    assert max_gradient_norm(critic, points) == pytest.approx(7 * found)


def test_branches_add() -> None:
    assert lipschitz_bound(identity_size_block(3, 3, "none")) == pytest.approx(
        1 + lipschitz_bound(identity_size_block(3, 3, "none").residual), rel=1
    )
    block = downsample_block(3, 5, "none")
    assert lipschitz_bound(block) == pytest.approx(lipschitz_bound(block.residual) + lipschitz_bound(block.shortcut))


@pytest.mark.parametrize(
    ("critic", "shape"),
    [
        (mlp.Critic(shape=[3], width=32), (3,)),
        (dcgan.Critic(shape=[1, 28, 28], width=8, norm="none", init="torch"), (1, 28, 28)),
        (dcgan.Critic(shape=[1, 28, 28], width=8, norm="batch", init="torch"), (1, 28, 28)),
    ],
)
def test_no_slope_exceeds_the_bound(critic: nn.Module, shape: tuple[int, ...]) -> None:
    critic.double()
    for points in (0.1, 1.0, 10.0):
        critic(points * torch.randn(32, *shape).double())  # batch norm learns its statistics
    x, y = torch.randn(2, 32, *shape).double()
    bound = lipschitz_bound(critic)
    critic.eval()
    assert 0 < max_gradient_norm(critic, x) <= bound
    assert ((critic(x) - critic(y)).abs() <= bound * (x - y).flatten(1).norm(dim=1)).all()


def test_spectral_normalization_makes_every_factor_one() -> None:
    critic = add_spectral_norm(mlp.Critic(shape=[4], width=16))
    for _ in range(100):  # a power iteration each
        critic(torch.randn(2, 4))
    before = {name: value.clone() for name, value in critic.state_dict().items()}
    assert lipschitz_bound(critic) == pytest.approx(1, abs=1e-3)
    assert critic.training
    assert all(value.equal(before[name]) for name, value in critic.state_dict().items())  # looking changes nothing


def test_generators_too() -> None:
    generator = mlp.Generator(shape=[2], latent_dim=3, width=8).double()
    z, w = torch.randn(2, 50, 3).double()
    ratio = ((generator(z) - generator(w)).norm(dim=1) / (z - w).norm(dim=1)).max()
    assert ratio <= lipschitz_bound(generator)


class Doubling(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return 2 * relu(x)


def test_constants_of_layers_can_be_added() -> None:
    with pytest.raises(UsageError, match=r"no constant known for Doubling: add it by layer_bound\.register"):
        lipschitz_bound(nn.Sequential(Doubling()))
    layer_bound.register(Doubling, lambda layer: 2.0)
    assert lipschitz_bound(nn.Sequential(Doubling(), Doubling())) == 4


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (nn.LayerNorm(3), "no constant known for LayerNorm"),
        (nn.Conv2d(1, 1, 3, padding=1, padding_mode="reflect"), "padding_mode=reflect repeats pixels"),
        (nn.BatchNorm1d(3, track_running_stats=False), "mixes the samples"),
        (nn.AvgPool2d(3, padding=1, count_include_pad=False), "divides by less than its area"),
    ],
)
def test_refuses_what_it_cannot_bound(layer: nn.Module, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        lipschitz_bound(layer)
