"""The L1 distance of pix2pix."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from gan_lightning.augment import InstanceNoise
from gan_lightning.core.errors import UsageError
from gan_lightning.objective.gan import GAN
from gan_lightning.regularizer import L1, RegularizerInputs
from tests.helper.modules import networks, told_networks


def test_distance_by_hand() -> None:
    real = torch.tensor([[1.0, 2.0], [0.0, 0.0]])
    fake = torch.tensor([[1.0, 0.0], [3.0, -3.0]], requires_grad=True)
    critic = nn.Linear(2, 1)
    term = L1(weight=10.0).generator_term(RegularizerInputs(critic, critic, critic, real, fake))
    assert term.item() == pytest.approx(10 * (0 + 2 + 3 + 3) / 4)
    term.backward()
    assert fake.grad is not None
    assert fake.grad.tolist() == [[0, -2.5], [2.5, -2.5]]
    twice = RegularizerInputs(critic, critic, critic, real, torch.cat([fake, real]))
    assert L1(weight=10.0).generator_term(twice).item() == pytest.approx(10)  # generator_batch=2
    assert L1().critic_term(twice) is None
    assert L1().weight == 100


def test_refusals() -> None:
    with pytest.raises(UsageError, match=r"^regularizer=l1 compares each fake with the real .* use model=unet"):
        GAN(*networks(), latent_dim=4, regularizers={"l1": L1()})
    module = GAN(*told_networks(), regularizers={"l1": L1()}, augments={"noise": InstanceNoise()})
    with pytest.raises(UsageError, match=r"^augment=noise changes a sample, and not the real that l1 compares it with"):
        module.dry_run(torch.zeros(2, 2))
