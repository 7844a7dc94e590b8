"""The pair without normalization."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.model import r3gan


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize("size", [8, 28, 32, 64])
def test_any_size(size: int) -> None:
    shape = (3, size, size)
    generator = r3gan.Generator(shape=shape, latent_dim=5, width=8, max_width=16, group=4)
    critic = r3gan.Critic(shape=shape, width=8, max_width=16, group=4)
    fake = generator(torch.randn(2, 5))
    assert fake.shape == (2, *shape)
    assert critic(fake).shape == (2,)


def test_parameters_by_hand() -> None:
    # A block of w channels: w·2w + 2w, then 2w·9·16 + 2w, then 2w·w.
    block = 4 * 32 * 32 + 4 * 32 + 2 * 32 * 9 * 16
    wide = 4 * 64 * 64 + 4 * 64 + 2 * 64 * 9 * 16
    shape, widths = (3, 8, 8), {"width": 32, "max_width": 64}
    generator = 64 * 16 + 64 * 10 + 2 * wide + 64 * 32 + 2 * block + 32 * 3
    assert parameters(r3gan.Generator(shape=shape, latent_dim=10, **widths)) == generator  # type: ignore[arg-type]
    critic = 3 * 32 + 2 * block + 32 * 64 + 2 * wide + 64 * 16 + 64
    assert parameters(r3gan.Critic(shape=shape, **widths)) == critic  # type: ignore[arg-type]


@pytest.mark.training
def test_begins_shallow_with_unit_variance() -> None:
    torch.manual_seed(0)
    critic = r3gan.Critic(shape=(3, 32, 32), width=64, max_width=64)
    x = torch.randn(64, 64, 32, 32)
    block = next(m for m in critic.modules() if isinstance(m, r3gan.Block))
    assert torch.equal(block(x), x)
    inside = block.residual[:4](x)
    # LeakyReLU behind He's gain keeps E x²; two convolutions lose L^(-1/4) each, L = 8
    assert inside.square().mean().item() == pytest.approx(8**-1.0, rel=0.1)
    assert critic(torch.randn(256, 3, 32, 32)).isfinite().all()


def test_gradients_reach_everything_once_blocks_are_open() -> None:
    torch.manual_seed(0)
    generator = r3gan.Generator(shape=(1, 8, 8), latent_dim=4, width=8, max_width=8, group=4)
    critic = r3gan.Critic(shape=(1, 8, 8), width=8, max_width=8, group=4)
    for network in (generator, critic):
        for parameter in network.parameters():
            nn.init.normal_(parameter, 0, 0.3)
    critic(generator(torch.randn(3, 4))).sum().backward()
    assert all(p.grad is not None and p.grad.any() for n in (generator, critic) for p in n.parameters())


def test_refuses_groups_that_do_not_fit() -> None:
    with pytest.raises(UsageError, match="do not divide into groups of group=16"):
        r3gan.Critic(shape=(3, 32, 32), width=12)
