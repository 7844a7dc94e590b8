"""The residual pair of 101 layers."""

from __future__ import annotations

from itertools import pairwise
from math import sqrt

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.model import resnet101
from gan_lightning.nn.init import WEIGHTED


def of(network: nn.Module, kind: type[nn.Module]) -> list[nn.Module]:
    return [m for m in network.modules() if isinstance(m, kind)]


@pytest.mark.parametrize("size", [8, 28, 32, 48, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_size(size: int, channels: int) -> None:
    shape = (channels, size, size)
    generator = resnet101.Generator(shape=shape, latent_dim=5, width=4, blocks=5)
    critic = resnet101.Critic(shape=shape, width=4, blocks=5)
    fake = generator(torch.randn(2, 5))
    assert fake.shape == (2, *shape)
    assert fake.abs().max() < 1
    assert critic(fake).shape == (2,)


@pytest.mark.parametrize("size", [32, 64])
@pytest.mark.parametrize("player", [resnet101.Generator, resnet101.Critic])
def test_101_layers(size: int, player: type[nn.Module]) -> None:
    with torch.device("meta"):
        network = player(shape=(3, size, size))
    # On the longest way, that is without the convolutions of shortcuts.
    layers = [m for m in network.modules() if isinstance(m, WEIGHTED)]
    shortcuts = [m for block in of(network, resnet101.Bottleneck) for m in of(block.shortcut, nn.Conv2d)]
    assert len(layers) - len(shortcuts) == 101


def test_parameters_of_the_papers_64_px_generator() -> None:
    def block(inputs: int, outputs: int) -> int:
        half, other = inputs // 2, outputs // 2
        return inputs * half + half + 9 * half * other + other + other * outputs + 2 * outputs

    with torch.device("meta"):
        generator = resnet101.Generator(shape=(3, 64, 64))
    widths = [512, 256, 128, 64, 32]
    by_hand = 128 * 512 * 16 + 512 * 16 + 32 * 3 + 3
    by_hand += sum(number * block(width, width) for number, width in zip([6, 6, 6, 6, 5], widths, strict=True))
    for inputs, outputs in pairwise(widths):
        by_hand += block(inputs, outputs) + inputs * 4 * outputs + 4 * outputs
    assert sum(p.numel() for p in generator.parameters()) == by_hand


@given(blocks=st.integers(1, 60), levels=st.integers(1, 8))
def test_blocks_are_blocks_per_size_evenly(blocks: int, levels: int) -> None:
    if blocks < levels:
        with pytest.raises(UsageError, match=f"use blocks={levels} or more"):
            resnet101.blocks_per_size(blocks, levels)
        return
    kept = resnet101.blocks_per_size(blocks, levels)
    assert sum(kept) + levels == blocks
    assert len(kept) == levels + 1
    assert max(kept) - min(kept) <= 1
    assert kept == sorted(kept, reverse=True)


def test_the_papers_shares() -> None:
    assert resnet101.blocks_per_size(33, 4) == [6, 6, 6, 6, 5]


def test_a_silent_residual_leaves_the_shortcut() -> None:
    x = torch.randn(2, 4, 6, 6)
    for resample, size in (("same", 6), ("up", 12), ("down", 3)):
        block = resnet101.Bottleneck(4, 4, resample, "layer")
        y = block(x)
        assert y.shape == (2, 4, size, size)
        torch.testing.assert_close(y, block.shortcut(x) + 0.3 * block.residual(x))
        nn.init.zeros_(block.residual[-1].weight)
        assert torch.equal(block(x), block.shortcut(x))
    assert torch.equal(resnet101.Bottleneck(4, 4, "same", "none").shortcut(x), x)


def test_scores_do_not_depend_on_the_batch_with_layer_norm() -> None:
    critic = resnet101.Critic(shape=(1, 8, 8), width=4, blocks=4, norm="layer").double()
    x = torch.randn(5, 1, 8, 8, dtype=torch.float64)
    torch.testing.assert_close(critic(x)[:2], critic(x[:2]))


def test_gains_of_the_weights() -> None:
    block = resnet101.Bottleneck(256, 128, "up", "batch")
    transposed = block.residual[3]
    # 128 inputs, of which a stride of 2 lets an output meet a quarter, and 64 outputs, of nine taps each.
    assert transposed.weight.std().item() == pytest.approx(sqrt(4 / (9 * (128 / 4 + 64))), rel=0.02)
    assert block.residual[1].weight.std().item() == pytest.approx(sqrt(4 / (256 + 128)), rel=0.02)
    assert block.shortcut[0].weight.std().item() == pytest.approx(sqrt(2 / (256 + 512)), rel=0.02)


@pytest.mark.parametrize("arguments", [{"width": 6}, {"width": 2}, {"widths": [4, 3, 4, 4]}])
def test_refuses_odd_widths(arguments: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=r"not all even: use width=4, 8, 12, \.\.\."):
        resnet101.Critic(shape=(1, 32, 32), **arguments)
