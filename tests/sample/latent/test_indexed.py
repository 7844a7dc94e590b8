from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_lightning.core.rng import new_rng
from gan_lightning.sample.latent.indexed import indexed_latents


@given(st.integers(0, 9), st.lists(st.integers(0, 10**6), min_size=1, max_size=5), st.integers(1, 40))
def test_each_follows_from_its_seed_and_number_alone(seed: int, numbers: list[int], latent_dim: int) -> None:
    together = indexed_latents(seed, numbers, latent_dim)
    for latent, number in zip(together, numbers, strict=True):
        assert torch.equal(latent, indexed_latents(seed, [number], latent_dim)[0])
        assert torch.equal(latent, torch.randn(latent_dim, generator=new_rng(seed, "sample", number)))


def test_standard_normal_and_none_like_another() -> None:
    latents = indexed_latents(0, range(5000), 20)
    assert abs(latents.mean()) < 0.02
    assert abs(latents.std() - 1) < 0.02
    assert len(latents.unique(dim=0)) == 5000
    assert not torch.equal(latents[:3], indexed_latents(1, range(3), 20))
    assert abs((latents[1:] * latents[:-1]).mean()) < 0.02  # neighbours are no more alike than others


def test_none() -> None:
    assert indexed_latents(0, [], 4).shape == (0, 4)


def test_truncated_ones_are_the_same_but_for_what_lies_beyond() -> None:
    whole, within = indexed_latents(0, range(200), 30), indexed_latents(0, range(200), 30, 0.5)
    assert within.abs().max() <= 0.5
    inside = whole.abs() <= 0.5
    assert torch.equal(whole[inside], within[inside])
    assert torch.equal(within[7], indexed_latents(0, [7], 30, 0.5)[0])
    assert len(within.unique(dim=0)) == 200
