"""The deep convolutional pair."""

from __future__ import annotations

from typing import Literal

import pytest
import torch
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.model import dcgan
from gan_lightning.nn.activation import Gate
from gan_lightning.nn.init import WEIGHTED

NORM_LAYERS = (nn.BatchNorm2d, nn.GroupNorm, nn.InstanceNorm2d)

RESIZE = " (data=array has no such key: resize the array)"


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize("size", [8, 10, 12, 14, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 256])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_size(size: int, channels: int) -> None:
    shape = (channels, size, size)
    generator = dcgan.Generator(shape=shape, latent_dim=5, width=2, max_width=8)
    critic = dcgan.Critic(shape=shape, width=2, max_width=8)
    fake = generator(torch.randn(2, 5))
    assert fake.shape == (2, *shape)
    assert fake.abs().max() <= 1
    assert critic(fake).shape == (2,)


def test_parameters_of_the_papers_64_px_generator() -> None:
    generator = dcgan.Generator(shape=(3, 64, 64))
    project = 100 * 1024 * 4 * 4
    convs = (1024 * 512 + 512 * 256 + 256 * 128 + 128 * 3) * 4 * 4
    norms = 2 * (1024 + 512 + 256 + 128)
    assert parameters(generator) == project + convs + norms + 3 == 12_658_435


def test_parameters_at_half_that_width() -> None:
    # The Torch code's network has 3,576,704 and 2,765,568 parameters; ours has biases at both ends besides.
    assert parameters(dcgan.Generator(shape=(3, 64, 64), width=64)) == 3_576_704 + 3
    assert parameters(dcgan.Critic(shape=(3, 64, 64), width=64)) == 2_765_568 + 64 + 1


def test_widths_by_rule_and_by_hand() -> None:
    def of(network: nn.Module) -> list[int]:
        return [m.num_features for m in network.modules() if isinstance(m, nn.BatchNorm2d)]

    assert of(dcgan.Generator(shape=(3, 128, 128), width=8, max_width=32)) == [32, 32, 32, 16, 8]
    assert of(dcgan.Critic(shape=(3, 128, 128), width=8, max_width=32)) == [16, 32, 32, 32]
    assert of(dcgan.Generator(shape=(1, 28, 28), widths=[5, 3])) == [5, 3]
    assert of(dcgan.Critic(shape=(1, 28, 28), widths=[5, 3])) == [3]


def test_normal_weights() -> None:
    for network in (dcgan.Generator(shape=(3, 32, 32)), dcgan.Critic(shape=(3, 32, 32))):
        weights = [m.weight for m in network.modules() if isinstance(m, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d))]
        everything = torch.cat([w.flatten() for w in weights]) / 0.02
        count = len(everything)
        # The mean of N standard normals is within 5/√N, their variance within 5·√(2/N), except once in a million.
        assert abs(everything.mean()) < 5 / count**0.5
        assert abs(everything.var() - 1) < 5 * (2 / count) ** 0.5
        gains = torch.cat([m.weight for m in network.modules() if isinstance(m, nn.BatchNorm2d)])
        assert abs(gains.mean() - 1) < 0.02 * 5 / len(gains) ** 0.5
        assert gains.std().item() == pytest.approx(0.02, rel=0.2)
        assert all(m.bias.abs().max() == 0 for m in network.modules() if getattr(m, "bias", None) is not None)


def test_torch_weights() -> None:
    conv = next(m for m in dcgan.Critic(shape=(3, 32, 32), init="torch").modules() if isinstance(m, nn.Conv2d))
    assert 0.9 * 48**-0.5 < conv.weight.abs().max() <= 48**-0.5


@pytest.mark.parametrize(
    ("norm", "layer"), [("batch", nn.BatchNorm2d), ("layer", nn.GroupNorm), ("instance", nn.InstanceNorm2d)]
)
def test_norms_spare_the_images(norm: str, layer: type[nn.Module]) -> None:
    generator = dcgan.Generator(shape=(3, 32, 32), width=4, norm=norm)
    critic = dcgan.Critic(shape=(3, 32, 32), width=4, norm=norm)
    assert [sum(isinstance(m, layer) for m in part.modules()) for part in generator.layers] == [1, 1, 1, 0]
    assert [sum(isinstance(m, layer) for m in part.modules()) for part in critic.layers] == [0, 1, 1, 0]


def test_no_norm() -> None:
    for network in (dcgan.Generator, dcgan.Critic):
        modules = network(shape=(1, 28, 28), width=4, norm="none").modules()
        assert not any(isinstance(m, NORM_LAYERS) for m in modules)


def test_layer_norm_is_over_each_sample_with_gains_per_channel() -> None:
    critic = dcgan.Critic(shape=(1, 28, 28), widths=[4, 6], norm="layer", init="torch")
    norm = critic.layers[1].norm
    assert norm.weight.shape == (6,)
    x = torch.randn(5, 6, 7, 7) + torch.arange(6).view(6, 1, 1)
    mean, std = x.mean((1, 2, 3), keepdim=True), x.std((1, 2, 3), keepdim=True, correction=0)
    torch.testing.assert_close(norm(x), (x - mean) / std, atol=1e-4, rtol=0)


def test_activations() -> None:
    x = torch.tensor([-1.0, 0.5])
    generator, critic = dcgan.Generator(shape=(1, 28, 28), width=4), dcgan.Critic(shape=(1, 28, 28), width=4)
    assert all(torch.equal(part.activation(x), torch.tensor([-0.2, 0.5])) for part in critic.layers[:-1])
    assert all(torch.equal(part.activation(x), torch.tensor([0.0, 0.5])) for part in generator.layers[:-1])
    assert torch.equal(generator.layers[-1].activation(x), x.tanh())


def test_chosen_activations() -> None:
    """A gate halves what comes in: layers before it have twice the channels, those behind it see as many as ever."""
    for network in (dcgan.Generator, dcgan.Critic):
        plain, gated = (network(shape=(1, 28, 28), widths=[4, 6], activation=a) for a in ("tanh", "gated"))
        for one, two in zip(plain.layers[:-1], gated.layers[:-1], strict=True):
            layers = [next(m for m in part.modules() if isinstance(m, WEIGHTED)) for part in (one, two)]
            first, second = (m.out_features if isinstance(m, nn.Linear) else m.out_channels for m in layers)
            assert second == 2 * first
            assert isinstance(one.activation, nn.Tanh)
            assert isinstance(two.activation, Gate)
        last = [[p.shape for p in part.layers[-1].parameters()] for part in (plain, gated)]
        assert last[0] == last[1]


def test_he_keeps_a_signal_alive_without_norms() -> None:
    """Through a narrow critic of four layers a signal stays within a factor of three; with 0.02 little is left."""
    torch.manual_seed(0)
    x = torch.randn(64, 1, 64, 64)
    spread = {}
    for init in ("he", "dcgan"):
        critic = dcgan.Critic(shape=(1, 64, 64), width=16, norm="none", init=init)
        spread[init] = critic.layers[:-1](x).std().item()
    assert 1 / 3 < spread["he"] < 3
    assert spread["dcgan"] < 0.05


def test_no_sigmoid() -> None:
    critic = dcgan.Critic(shape=(1, 28, 28), width=4)
    critic.layers[-1].score.bias.data.fill_(7.0)
    assert critic(torch.zeros(2, 1, 28, 28)).min() > 1


@pytest.mark.parametrize("network", [dcgan.Generator, dcgan.Critic])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"shape": (2,)},
            "dcgan draws images of (channels, height, width), the data are points of 2 numbers: use model=mlp",
        ),
        (
            {"shape": (28, 28)},
            "dcgan draws images of (channels, height, width), the data are arrays of shape (28, 28): "
            "use model=mlp, or give images a channel axis",
        ),
        ({"shape": (1, 30, 30)}, "dcgan: 30 px is not base·2^n with base 4…7; use data.size=32 or 28" + RESIZE),
        ({"shape": (3, 7, 7)}, "dcgan: 7 px is not base·2^n with base 4…7; use data.size=8" + RESIZE),
        (
            {"shape": (3, 50, 60)},
            "dcgan: 50 × 60 px do not fit: the shorter side must be base·2^n with base 4…7, the longer one a "
            "multiple of the same 2^n; use data.size=[56,64] or [48,56]" + RESIZE,
        ),
        (
            {"shape": (3, 32, 32), "width": 64, "max_width": 32},
            "dcgan: width=64 is above max_width=32: raise max_width to 64 or more",
        ),
    ],
)
def test_refusals(network: type[nn.Module], arguments: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as refusal:
        network(**arguments)
    assert str(refusal.value) == message


def test_refuses_widths_of_another_size() -> None:
    with pytest.raises(UsageError) as refusal:
        dcgan.Generator(shape=(1, 28, 28), widths=[3])
    assert str(refusal.value) == "dcgan.Generator: widths=[3] has 1 entries, not 2 as in [256, 128]"


def test_the_digits_critic_of_the_wgan_gp_authors() -> None:
    """Three 5×5 convolutions of stride 2, 64-128-256 channels, 28 px to 4, and one linear layer."""
    critic = dcgan.Critic(shape=(1, 28, 28), width=64, kernel=5, down_to=4, norm="none")
    by_hand = (25 * 64 + 64) + (25 * 64 * 128 + 128) + (25 * 128 * 256 + 256) + (256 * 4 * 4 + 1)
    assert sum(p.numel() for p in critic.parameters()) == by_hand
    assert critic(torch.zeros(3, 1, 28, 28)).shape == (3,)


@pytest.mark.parametrize("kernel", [4, 5])
@pytest.mark.parametrize("down_to", [1, 3, 4, 7])
@pytest.mark.parametrize("size", [24, 28, 32, 40])
def test_critics_of_any_depth_score_any_size(kernel: Literal[4, 5], down_to: int, size: int) -> None:
    critic = dcgan.Critic(shape=(1, size, size), width=4, kernel=kernel, down_to=down_to, norm="layer")
    assert critic(torch.zeros(2, 1, size, size)).shape == (2,)


def test_dropout_is_in_all_layers_but_the_last_and_in_training_alone() -> None:
    plain, dropping = (dcgan.Generator(shape=(1, 16, 16), latent_dim=4, width=4, dropout=p) for p in (0.0, 0.5))
    counts = [sum(isinstance(layer, nn.Dropout) for layer in one.modules()) for one in (plain, dropping)]
    assert counts == [0, len(dropping.layers) - 1]
    assert list(plain.state_dict()) == list(dropping.state_dict())
    dropping.load_state_dict(plain.state_dict())
    latent = torch.randn(3, 4)
    assert torch.equal(plain.eval()(latent), dropping.eval()(latent))
    dropping.train()
    assert not torch.equal(dropping(latent), dropping(latent))
    with pytest.raises(UsageError, match=r"^Generator: dropout=0.5 would change the reference batch of"):
        dcgan.Generator(shape=(1, 16, 16), norm="virtual", dropout=0.5)
