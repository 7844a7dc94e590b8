"""Priors of latents: their distributions, their order, and what they can't be combined with."""

from __future__ import annotations

import math
from typing import Any

import pytest
import scipy.stats
import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.model import biggan, dcgan, mlp, mlp_codes, progressive, r3gan, resnet, series, volume
from gan_lightning.nn.latent_prior import LATENT_PRIORS, LatentPriorName

NORMAL = torch.randn(20_000, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
DISTRIBUTIONS = {
    "normal": scipy.stats.norm(),
    "uniform": scipy.stats.uniform(-1, 2),
    "truncated_normal": scipy.stats.truncnorm(-2, 2),
}


def made(name: LatentPriorName, latent: Tensor = NORMAL) -> Tensor:
    latents: Tensor = LATENT_PRIORS[name](latent.shape[1])(latent)
    return latents


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_each_normal_number_becomes_its_quantile(name: LatentPriorName) -> None:
    expected = torch.from_numpy(DISTRIBUTIONS[name].ppf(scipy.stats.norm.cdf(NORMAL.numpy())))
    torch.testing.assert_close(made(name), expected, rtol=0, atol=1e-12)
    far = torch.tensor([[-40.0], [-6.0], [0.0], [6.0], [40.0]])
    ends = {"normal": 40.0, "uniform": 1.0, "truncated_normal": 2.0}[name]
    assert made(name, far)[[0, 2, 4], 0].tolist() == pytest.approx([-ends, 0.0, ends], abs=1e-6)


def test_discrete_latents_are_signs() -> None:
    signs = made("discrete")
    assert {*signs.flatten().tolist()} == {-1.0, 1.0}
    assert torch.equal(signs, NORMAL.sign())


def test_truncation_by_hand_and_its_gradient() -> None:
    """The median of the positive half: Φ(x) = ½ + ½ · (Φ(2) - ½), so x = 0.6391."""
    latent = torch.tensor([[math.sqrt(2) * torch.erfinv(torch.tensor(0.5, dtype=torch.float64)).item()]])
    latent = latent.double().requires_grad_()
    middle = made("truncated_normal", latent)
    assert middle.item() == pytest.approx(0.6391, abs=1e-4)
    assert torch.autograd.gradcheck(lambda z: made("truncated_normal", z), latent)


SMALL: dict[Any, dict[str, Any]] = {
    biggan: {"shape": (3, 32, 32), "width": 2, "attention": 0},
    dcgan: {"shape": (1, 8, 8), "width": 2},
    mlp: {"shape": (2,), "width": 8},
    progressive: {"shape": (1, 8, 8), "base_width": 16, "max_width": 4},
    r3gan: {"shape": (1, 8, 8), "width": 4, "max_width": 4, "group": 4},
    resnet: {"shape": (1, 8, 8), "width": 2, "max_width": 2},
    series: {"shape": (1, 16), "width": 2},
    volume: {"shape": (1, 8, 8, 8), "width": 2},
}


@pytest.mark.parametrize("model", SMALL, ids=lambda model: model.__name__.rpartition(".")[2])
def test_generators_see_their_prior(model: Any) -> None:
    """The generator of a prior is the normal one of transformed latents, and has the same weights."""
    generators = []
    for name in ("normal", "uniform"):
        torch.manual_seed(0)
        generators.append(model.Generator(latent_prior=name, **SMALL[model]).eval())
    normal, uniform = generators
    assert list(normal.state_dict()) == list(uniform.state_dict())
    latent = torch.randn(3, normal.latent_dim)
    with torch.no_grad():
        assert torch.equal(uniform(latent), normal(torch.erf(latent * math.sqrt(0.5))))


def test_refusals() -> None:
    with pytest.raises(UsageError, match=r"^Generator: sign_latents=1 is of normal latents: use latent_prior=normal"):
        mlp.Generator(shape=(2,), sign_latents=1, latent_prior="uniform")
    with pytest.raises(UsageError, match=r"^codes are made of normal latents: use .*\.latent_prior=normal"):
        mlp_codes.Generator(
            shape=(2,), latent_dim=4, categorical_codes=(2,), continuous_codes=1, latent_prior="discrete"
        )
