"""The residual pair."""

from __future__ import annotations

from math import sqrt

import pytest
import torch
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.model import resnet
from gan_lightning.nn.residual import downsample_block, identity_size_block, upsample_block

RESIZE = " (data=array has no such key: resize the array)"


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize("size", [8, 14, 20, 28, 32, 48, 64, 128])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_size(size: int, channels: int) -> None:
    shape = (channels, size, size)
    generator = resnet.Generator(shape=shape, latent_dim=5, width=2, max_width=8)
    critic = resnet.Critic(shape=shape, width=2, max_width=8, plain=1)
    fake = generator(torch.randn(2, 5))
    assert fake.shape == (2, *shape)
    assert fake.abs().max() <= 1
    assert critic(fake).shape == (2,)


def conv(inputs: int, outputs: int, taps: int = 9) -> int:
    return inputs * outputs * taps + outputs


def test_parameters_of_wgan_gp_on_cifar() -> None:
    project = 128 * (4 * 4 * 128) + 4 * 4 * 128
    # The first convolution has no bias: batch norm would cancel its 128.
    block = 256 + (conv(128, 128) - 128) + 256 + conv(128, 128) + conv(128, 128, taps=1)
    assert parameters(resnet.Generator(shape=(3, 32, 32))) == project + 3 * block + 256 + conv(128, 3) == 1_204_099

    first = conv(3, 128) + conv(128, 128) + conv(3, 128, taps=1)
    second = conv(128, 128) + conv(128, 128) + conv(128, 128, taps=1)
    third = fourth = conv(128, 128) + conv(128, 128)
    assert parameters(resnet.Critic(shape=(3, 32, 32))) == first + second + third + fourth + 129 == 1_053_825


def test_sngans_widths_and_last_sizes() -> None:
    def last(critic: resnet.Critic, size: int) -> tuple[int, ...]:
        return tuple(critic.blocks(torch.zeros(1, 3, size, size)).shape)

    def of(size: int) -> list[int]:
        generator = resnet.Generator(shape=(3, size, size), latent_dim=2, width=2, max_width=32)
        return [generator.blocks[0].residual[0].num_features] + [b.residual[-1].out_channels for b in generator.blocks]

    # A thirty-second of the published 1024-512-256-128-64 and 1024-1024-512-256-128-64.
    assert of(64) == [32, 16, 8, 4, 2]
    assert of(128) == [32, 32, 16, 8, 4, 2]
    critic = {"width": 2, "max_width": 32}
    assert last(resnet.Critic(shape=(3, 32, 32), width=4, max_width=4), 32) == (1, 4, 8, 8)
    assert last(resnet.Critic(shape=(3, 64, 64), plain=0, **critic), 64) == (1, 32, 2, 2)
    assert last(resnet.Critic(shape=(3, 128, 128), plain=1, **critic), 128) == (1, 32, 4, 4)


def test_widths_by_hand() -> None:
    critic = resnet.Critic(shape=(3, 48, 48), widths=[2, 3, 4, 5, 6], plain=1)
    assert critic.blocks(torch.zeros(1, 3, 48, 48)).shape == (1, 6, 3, 3)
    generator = resnet.Generator(shape=(3, 48, 48), widths=[5, 4, 3, 2], latent_dim=2)
    assert generator.blocks(generator.project(torch.zeros(1, 2))).shape == (1, 2, 48, 48)


def test_sum_pooling_is_mean_pooling_times_area() -> None:
    mean, total = (resnet.Critic(shape=(3, 32, 32), width=4, max_width=4, pool=p) for p in ("mean", "sum"))
    total.load_state_dict(mean.state_dict())
    x = torch.randn(5, 3, 32, 32)
    torch.testing.assert_close(total(x), 8 * 8 * mean(x))


def test_the_first_block_of_a_critic_has_no_norm() -> None:
    blocks = resnet.Critic(shape=(3, 32, 32), width=4, max_width=4, norm="layer").blocks
    assert [sum(isinstance(m, nn.GroupNorm) for m in b.modules()) for b in blocks] == [0, 2, 2, 2, 0]
    plain = resnet.Critic(shape=(3, 32, 32), width=4, max_width=4)
    assert not any(isinstance(m, (nn.GroupNorm, nn.BatchNorm2d, nn.InstanceNorm2d)) for m in plain.modules())


def test_generator_norms() -> None:
    generator = resnet.Generator(shape=(3, 32, 32), width=4, max_width=4)
    assert sum(isinstance(m, nn.BatchNorm2d) for m in generator.modules()) == 3 * 2 + 1


def test_gains_of_the_weights() -> None:
    generator = resnet.Generator(shape=(3, 32, 32))
    block = generator.blocks[1]
    he, glorot = sqrt(4 / (2 * 9 * 128)), sqrt(2 / (2 * 128))
    assert block.residual[3].weight.std().item() == pytest.approx(he, rel=0.01)
    assert block.residual[6].weight.std().item() == pytest.approx(he, rel=0.01)
    assert block.shortcut[0].weight.std().item() == pytest.approx(glorot, rel=0.03)
    assert generator.project[0].weight.std().item() == pytest.approx(sqrt(2 / (128 + 2048)), rel=0.01)
    assert generator.image[2].weight.std().item() == pytest.approx(sqrt(2 / (9 * (128 + 3))), rel=0.05)


def test_shortcuts_are_what_the_papers_compute() -> None:
    """The papers convolve at the larger size; convolving at the smaller one is the same function."""
    x = torch.randn(2, 3, 8, 8)
    block = upsample_block(3, 5, "none").shortcut
    torch.testing.assert_close(block(x), block[0](block[1](x)))
    block = downsample_block(3, 5, "none").shortcut
    torch.testing.assert_close(block(x), block[0](block[1](x)))


def test_a_silent_residual_leaves_the_shortcut() -> None:
    x = torch.randn(2, 3, 8, 8)
    for block in (
        identity_size_block(3, 3, "none"),
        identity_size_block(3, 4, "none"),
        downsample_block(3, 4, "layer"),
        upsample_block(3, 4, "batch"),
    ):
        last = [m for m in block.residual if isinstance(m, nn.Conv2d)][-1]
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        assert torch.equal(block(x), block.shortcut(x))
    assert torch.equal(identity_size_block(3, 3, "none").shortcut(x), x)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"shape": (2,)},
            "resnet draws images of (channels, height, width), the data are points of 2 numbers: use model=mlp",
        ),
        ({"shape": (1, 30, 30)}, "resnet: 30 px is not base·2^n with base 4…7; use data.size=32 or 28" + RESIZE),
        (
            {"shape": (1, 28, 28), "plain": 3},
            "resnet.Critic: plain=3 of 3 blocks leaves none that halves the image: use plain=2 or less",
        ),
        (
            {"shape": (1, 28, 28), "plain": 0},
            "resnet.Critic: 3 blocks with plain=0 halve the image 3 times, 28 px cannot be: use plain=1 or more",
        ),
        (
            {"shape": (3, 32, 32), "width": 256},
            "resnet: width=256 is above max_width=128: raise max_width to 256 or more",
        ),
    ],
)
def test_refusals(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as refusal:
        resnet.Critic(**arguments)
    assert str(refusal.value) == message
