"""Codes among normal latents: their values, their distribution, and latents of given codes."""

from __future__ import annotations

import math

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.model import dcgan_codes, mlp_codes
from gan_lightning.nn.latent_codes import LatentCodes, codes_of

LATENT = torch.tensor([[0.3, -1.0, 2.0, 0.5, 0.6745, 7.0]], dtype=torch.float64)  # 0.6745 is the upper quartile


def test_values_by_hand() -> None:
    codes = LatentCodes([3], 2)
    categories, numbers = codes.values(LATENT)
    assert categories.tolist() == [[2]]
    torch.testing.assert_close(numbers, torch.tensor([[0.38292, 0.5]], dtype=torch.float64), atol=1e-4, rtol=0)
    entered = codes(LATENT)
    assert entered[0, :3].tolist() == [0, 0, 1]
    assert torch.equal(entered[:, 3:5], numbers)
    assert entered[0, 5] == 7


def test_codes_are_uniform() -> None:
    latent = torch.randn(100_000, 5, generator=torch.Generator().manual_seed(0))
    categories, numbers = LatentCodes([4], 1).values(latent)
    shares = torch.bincount(categories[:, 0]) / len(latent)
    assert (shares - 0.25).abs().max() < 0.005
    quartiles = torch.quantile(numbers[:, 0], torch.tensor([0.25, 0.5, 0.75]))
    assert (quartiles - torch.tensor([-0.5, 0.0, 0.5])).abs().max() < 0.02
    assert -1 < numbers.min() < -0.99 < 0.99 < numbers.max() < 1


def test_latents_of_given_codes() -> None:
    codes, latent = LatentCodes([3, 2], 2), torch.randn(50, 9, generator=torch.Generator().manual_seed(1))
    before = codes.values(latent)
    for code, k in enumerate((3, 2)):
        for value in range(k):
            changed = codes.with_category(latent, code, value)
            after = codes.values(changed)
            assert (after.categories[:, code] == value).all()
            assert torch.equal(after.categories[:, 1 - code], before.categories[:, 1 - code])
            assert torch.equal(after.numbers, before.numbers)
            assert torch.equal(changed.sort(1).values, latent.sort(1).values)  # the same numbers in other places
    changed = codes.with_number(latent, 1, -0.9)
    assert torch.equal(changed[:, :6], latent[:, :6])
    torch.testing.assert_close(codes.values(changed).numbers[:, 1], torch.full((50,), -0.9))
    assert codes.with_number(latent, 0, 0.5)[0, 5].item() == pytest.approx(0.67449, abs=1e-5)


def test_generators_with_codes() -> None:
    torch.manual_seed(0)
    for generator in (
        mlp_codes.Generator(shape=(2,), latent_dim=6, categorical_codes=[3], continuous_codes=2, width=32),
        dcgan_codes.Generator(shape=(1, 8, 8), latent_dim=6, categorical_codes=[3], continuous_codes=2, width=4),
    ):
        codes = codes_of(generator)
        assert codes is generator.codes
        latent = torch.randn(4, 6, generator=torch.Generator().manual_seed(2))
        scaled = latent.clone()
        scaled[:, :3] *= 2  # the same category
        generator.eval()
        assert torch.equal(generator(latent), generator(scaled))
        assert not torch.equal(generator(latent), generator(codes.with_category(latent, 0, 1)))
    assert codes_of(LatentCodes()) is None
    with pytest.raises(UsageError, match=r"take 5 latents, the generator has 4: use model\.generator\.latent_dim=5"):
        mlp_codes.Generator(shape=(2,), latent_dim=4, categorical_codes=[3], continuous_codes=2)
    with pytest.raises(UsageError, match="Generator has no argument widht: did you mean width"):
        mlp_codes.Generator(shape=(2,), latent_dim=12, widht=8)


def test_a_code_carries_its_gradient() -> None:
    latent = torch.zeros(1, 2, dtype=torch.float64, requires_grad=True)
    LatentCodes([], 1)(latent).sum().backward()
    assert latent.grad is not None
    assert latent.grad[0].tolist() == pytest.approx([math.sqrt(2 / math.pi), 1.0])
