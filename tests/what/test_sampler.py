from __future__ import annotations

import torch

from gan_lightning.what.sampler import Sampler


def test_samples_are_the_generators_in_any_arrangement(digits: Sampler) -> None:
    latents = digits.latents(range(60))
    assert digits.shape == (1, 28, 28)
    assert torch.allclose(digits(latents), digits.trained.generator(latents), atol=1e-6)
    assert torch.equal(digits(latents.view(3, 20, -1)).flatten(0, 1), digits(latents))


def test_another_seed_gives_other_samples(digits: Sampler) -> None:
    other = Sampler(digits.trained, seed=1)
    assert not torch.equal(other.latents(range(4)), digits.latents(range(4)))
