from __future__ import annotations

import pytest
import torch
from torch import nn

from gan_lightning.sample.latent.projection import project


@pytest.fixture
def generator() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 12), nn.Unflatten(1, (3, 2, 2))).requires_grad_(
        False
    )


@pytest.mark.training
def test_an_own_sample_is_found_again(generator: nn.Module) -> None:
    latents = torch.randn(9, 4)
    target = generator(latents[:1])[0]
    found = project(generator, target, latents[1:], steps=500, lr=0.1)
    assert float((generator(found.latent[None])[0] - target).abs().max()) < 1e-4
    assert found.error < 1e-9
    torch.testing.assert_close(found.path[-1], found.latent)


@pytest.mark.training
def test_the_best_restart_wins_and_its_best_step(generator: nn.Module) -> None:
    latents = torch.randn(9, 4)
    target = generator(latents[:1])[0]
    start = torch.cat([torch.full((3, 4), 40.0), latents[:1]])  # far away, where tanh is flat; and the answer itself
    found = project(generator, target, start, steps=5, lr=1.0, frames=3)
    assert found.restart == 3
    assert found.error < 1e-12
    torch.testing.assert_close(found.latent, latents[0])
    assert found.path.shape == (3, 4)


def test_starts_are_left_alone(generator: nn.Module) -> None:
    start = torch.randn(2, 4)
    before = start.clone()
    project(generator, torch.zeros(3, 2, 2), start, steps=2, lr=0.1)
    assert torch.equal(start, before)
