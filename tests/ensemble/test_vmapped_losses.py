from __future__ import annotations

import torch
from torch import Tensor
from torch.func import vmap

from gan_lightning.core.rng import StepRNG, new_rng
from gan_lightning.ensemble.vmapped_losses import VmappedRNG


def rngs() -> list[StepRNG]:
    return [StepRNG(new_rng(seed, "critic", 3), update=3, shard=1, num_shards=2) for seed in range(3)]


def draws(rng: StepRNG) -> tuple[Tensor, ...]:
    return rng.normal(4, 2), rng.uniform(3), rng.normal(4, 2).float(), rng.uniform(1, 1, 5)


def test_members_get_the_numbers_of_their_own_rngs() -> None:
    expected = [torch.stack(drawn) for drawn in zip(*map(draws, rngs()), strict=True)]
    of_all = rngs()
    found = vmap(lambda index: draws(VmappedRNG(index, of_all)))(torch.arange(3))
    torch.testing.assert_close(list(found), expected, rtol=0, atol=0)
    assert VmappedRNG(torch.tensor(0), of_all).update == 3


def test_numbers_pass_through_gradients() -> None:
    x, of_all = torch.ones(3, requires_grad=True), rngs()
    vmap(lambda index, x: (VmappedRNG(index, of_all).normal(4) * x).sum())(torch.arange(3), x).sum().backward()
    expected = [rng.normal(4).sum() for rng in rngs()]
    torch.testing.assert_close(x.grad, torch.stack(expected))
