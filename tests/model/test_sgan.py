"""The networks of stacked GANs."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.model.sgan import Critic, Generator, latent_dims
from gan_lightning.objective.gan import GAN

SMALL: dict[str, Any] = {"shape": (1, 8, 8), "features": [6, 5], "latent_dim": 8, "width": 4, "vector_width": 8}


def test_every_level_has_its_part_of_the_latent() -> None:
    assert [latent_dims(8, 3), latent_dims(9, 3), latent_dims(3, 3), latent_dims(64, 2)] == [
        [3, 3, 2],
        [3, 3, 3],
        [1, 1, 1],
        [32, 32],
    ]
    stack = Generator(**SMALL, classes=3).eval()
    latent, label = torch.randn(4, 8), torch.tensor([0, 1, 2, 0])
    levels = stack.levels(latent, label)
    assert [tuple(level.shape) for level in levels] == [(4, 1, 8, 8), (4, 6), (4, 5)]
    for level, (start, end) in enumerate(pairwise([0, 3, 6, 8])):
        changed = latent.clone()
        changed[:, start:end] += 1
        others = stack.levels(changed, label)
        same = [torch.equal(one, other) for one, other in zip(levels, others, strict=True)]
        assert same == [False] * (level + 1) + [True] * (2 - level)  # a latent moves its own level and those below


def test_a_critic_sees_its_own_level() -> None:
    critic = Critic(**SMALL, norm="layer", kernel=4)
    rows = torch.randn(4, 64 + 6 + 5)
    before = critic(rows)
    assert (before["score"].shape, before["latent"].shape) == ((4, 3), (4, 8))
    rows[:, 64:70] += 1
    moved = (critic(rows)["score"] != before["score"]).all(0)
    assert moved.tolist() == [False, True, False]


def test_refusals() -> None:
    with pytest.raises(UsageError, match=r"^model=sgan generates from classes, and these data have none: use data wi"):
        Generator(**SMALL, classes=0)
    with pytest.raises(UsageError, match=r"^model=sgan has 3 levels.* use model.generator.latent_dim=3"):
        Critic(**SMALL | {"latent_dim": 2})
    with pytest.raises(UsageError, match=r"^this critic takes the levels of an encoder, .* use objective=sgan"):
        GAN(Generator(**SMALL, classes=3), Critic(**SMALL)).dry_run(torch.zeros(2, 1, 8, 8))
