from __future__ import annotations

import pytest
import torch
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.nn.autoencoder import Autoencoder
from gan_lightning.objective.gan import GAN
from gan_lightning.regularizer import PullingAway, RegularizerInputs
from gan_lightning.regularizer.pulling_away import mean_squared_cosine
from tests.helper.modules import networks

CODES = torch.tensor([[1.0, 0.0], [3.0, 4.0], [0.0, -2.0]])  # cosines 3/5, 0 and -4/5


def test_pairs_by_hand() -> None:
    assert mean_squared_cosine(CODES).item() == pytest.approx((0.36 + 0.0 + 0.64) / 3)
    assert mean_squared_cosine(CODES[:1]).item() == 0
    assert mean_squared_cosine(torch.ones(5, 2)).item() == pytest.approx(1)


def test_the_slope_turns_codes_apart() -> None:
    codes = torch.tensor([[1.0, 0.0], [3.0, 4.0]], requires_grad=True)
    mean_squared_cosine(codes).backward()
    assert codes.grad is not None
    # cos² of (1, 0) turned by θ is cos²(θ - α), with cos α = 3/5: its slope is sin 2α = 24/25, none along the code
    torch.testing.assert_close(codes.grad[0], torch.tensor([0.0, 0.96]))


def test_codes_are_those_of_the_autoencoder() -> None:
    encoder, decoder = nn.Linear(2, 2, bias=False), nn.Linear(2, 2)
    encoder.weight.data = torch.tensor([[0.0, 1.0], [1.0, 0.0]])  # codes are the fakes with their numbers exchanged
    critic = Autoencoder(encoder, decoder)
    regularizer = PullingAway(weight=0.5)
    regularizer.attach(nn.Identity(), critic)
    inputs = RegularizerInputs(nn.Identity(), critic, critic, CODES, CODES)
    assert regularizer.generator_term(inputs).item() == pytest.approx(0.5 / 3)
    assert regularizer.critic_term(inputs) is None
    first = PullingAway(layer="encoder")
    first.attach(nn.Identity(), critic)
    encoder.weight.data.zero_()  # the input of the encoder is the fakes, whatever its weights
    assert first.generator_term(inputs).item() == pytest.approx(0.1 / 3)


def test_refuses_a_layer_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="no layer 'code' to take features of"):
        GAN(*networks(), latent_dim=4, regularizers={"apart": PullingAway(layer="code")})
