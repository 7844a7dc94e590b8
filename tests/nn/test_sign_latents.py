"""Signs of latents."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_lightning.core.errors import UsageError
from gan_lightning.model.mlp import Generator
from gan_lightning.nn.sign_latents import SignLatents


def test_signs_only() -> None:
    latent = torch.tensor([[0.1, -7.0, 0.5], [-0.2, 0.0, -1.5]])
    expected = torch.tensor([[1.0, -1.0, 0.5], [-1.0, 1.0, -1.5]])
    torch.testing.assert_close(SignLatents(2)(latent), expected, rtol=0, atol=0)


def test_signs_have_no_gradient() -> None:
    latent = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
    made = SignLatents(3)(latent)
    assert made.dtype == torch.float64
    (made * torch.tensor([1.0, 2.0, 3.0, 4.0])).sum().backward()
    torch.testing.assert_close(latent.grad, torch.tensor([0.0, 0.0, 0.0, 4.0]).double().expand(5, 4))


@pytest.mark.training
@given(st.floats(1e-3, 1e3))
def test_only_a_change_of_sign_changes_the_component(factor: float) -> None:
    torch.manual_seed(0)
    generator = Generator(shape=(2,), latent_dim=4, sign_latents=4, width=8)
    latent = torch.randn(16, 4)
    assert torch.equal(generator(factor * latent), generator(latent))
    assert not torch.equal(generator(-latent), generator(latent))


def test_components_are_as_many_as_signs_and_equally_likely() -> None:
    torch.manual_seed(0)
    made = Generator(shape=(2,), latent_dim=3, sign_latents=3, width=8)(torch.randn(4000, 3))
    points, counts = made.unique(dim=0, return_counts=True)
    assert len(points) == 8
    assert (counts - 500).abs().max() < 5 * (4000 * 1 / 8 * 7 / 8) ** 0.5


def test_no_sign_latents_change_nothing() -> None:
    generators = []
    for given_ in ({}, {"sign_latents": 0}, {"sign_latents": 2}):
        torch.manual_seed(1)
        generators.append(Generator(shape=(2,), latent_dim=3, width=8, **given_))
    default, none, two = generators
    latent = torch.randn(7, 3)
    assert torch.equal(default(latent), default.layers(latent))
    assert torch.equal(none(latent), default(latent))
    assert list(two.state_dict()) == list(default.state_dict())  # weights of one fit the other
    signs = latent.clone()
    signs[:, :2] = latent[:, :2].sign()
    assert torch.equal(two(latent), default(signs))


def test_more_sign_latents_than_latents() -> None:
    with pytest.raises(UsageError, match=r"^Generator: sign_latents=3 of latent_dim=2 latents: use latent_dim=5$"):
        Generator(shape=(2,), sign_latents=3)
