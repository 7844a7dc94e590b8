"""What BigGAN costs, against products of matrices counted by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from benchmarks.biggan_cost import cost
from gan_lightning.model.biggan import Critic, Generator


def pair() -> tuple[Generator, Critic]:
    plain = {"shape": (1, 8, 8), "width": 2, "attention": 0, "spectral_norm": False, "init": "torch", "classes": 3}
    return Generator(condition="norm", latent_dim=4, **plain), Critic(condition="projection", **plain)


@pytest.mark.training
def test_a_critics_forward_and_backward_by_hand() -> None:
    with FakeTensorMode():
        one, two = (cost(*pair(), n_critic=n) for n in (1, 2))
    # Multiplications of a score, for one image: a block from 8 to 4 px, a block that stays there, the score.
    first = 64 * 9 * 1 * 8 + 64 * 9 * 8 * 8 + 16 * 1 * 8
    second = 2 * 16 * 9 * 8 * 8
    critic = 2 * (first + second + 8)
    # Backward: weights and inputs, but not the image, which takes no gradient.
    back = 2 * critic - 2 * (64 * 9 * 1 * 8 + 16 * 1 * 8)
    # Of the generator: 8 channels at 4 px, two norms told 130 numbers, 8 x 8 convolutions at 8 px, the image.
    told = 2 * 2 * 130 * 8
    generator = 2 * (2 * 8 * 16 + told + 2 * 64 * 9 * 8 * 8 + 16 * 8 * 8 + 64 * 9 * 8)
    assert two.flops - one.flops == generator + 2 * (critic + back)


def test_the_regularizer_by_hand() -> None:
    generator, critic = pair()
    matrices = [
        layer.weight.flatten(1).shape for layer in generator.modules() if isinstance(layer, nn.Linear | nn.Conv2d)
    ]
    with FakeTensorMode():
        found = cost(*pair())
    # W Wᵀ, and two products for its gradient
    assert found.regularizer == sum(3 * 2 * rows * rows * columns for rows, columns in matrices)
    assert found.parameters == tuple(sum(p.numel() for p in n.parameters()) for n in (generator, critic))
    assert torch.is_grad_enabled()
