from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.nn.encoder import Posterior
from gan_lightning.objective.egan import EGAN
from gan_lightning.regularizer import RegularizerInputs, VariationalEntropy
from tests.helper.modules import networks
from tests.objective.test_ali import Doubling

LATENT = torch.tensor([[1.0], [-2.0]])


def test_the_log_density_by_hand() -> None:
    posterior = Posterior(torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0, math.log(2)]]))
    # (1, 0) under N(1, 1) and N(2, 4): squares 0 and 1
    expected = -0.5 - math.log(2) - math.log(2 * math.pi)
    assert posterior.log_density(torch.tensor([[1.0, 0.0]])).item() == pytest.approx(expected)


def test_the_term_by_hand() -> None:
    """G(z) = 2z and E(x) = N(x/4, e²): z lies z/2 from the mean."""
    generator = Doubling()
    regularizer = VariationalEntropy(weight=2.0)
    regularizer.attach(generator, nn.Identity())
    fake = generator(LATENT)
    inputs = RegularizerInputs(generator, nn.Identity(), nn.Identity(), fake, fake, None, LATENT)
    expected = sum((z / 2 / math.e) ** 2 / 2 + 1 + math.log(2 * math.pi) / 2 for z in (1, -2))
    assert regularizer.generator_term(inputs).item() == pytest.approx(expected)  # the weight is that of a mean of two
    assert regularizer.critic_term(inputs) is None


def test_of_the_true_posterior_it_is_the_entropy() -> None:
    """x = a z + s ε has the entropy ½ log 2πe(a² + s²): H(z) + H(x given z) + E log q(z given x)."""
    a, s, n = 2.0, 0.5, 200_000
    z, noise = torch.randn(2, n, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    x = a * z + s * noise
    variance = s**2 / (a**2 + s**2)  # of the posterior
    posterior = Posterior(a * x / (a**2 + s**2), torch.full_like(x, math.log(variance) / 2))
    half = math.log(2 * math.pi * math.e) / 2
    entropy = half + (half + math.log(s)) + posterior.log_density(z).mean().item()
    assert entropy == pytest.approx(half + math.log(a**2 + s**2) / 2, abs=0.01)


def test_refuses_a_generator_without_an_encoder() -> None:
    with pytest.raises(UsageError, match=r"variational_entropy needs a generator with an encoder.*model=mlp_encoder"):
        VariationalEntropy().attach(*networks())
    with pytest.raises(UsageError, match=r"EGAN needs a generator with an encoder.*model=mlp_encoder"):
        EGAN(*networks(), latent_dim=4)
