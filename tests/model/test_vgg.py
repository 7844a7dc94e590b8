"""The VGG-like critic."""

from __future__ import annotations

import torch
from torch import nn

from gan_lightning.model.vgg import Critic
from gan_lightning.objective.wgan_gp import WGANGP
from tests.helper.modules import networks


def layers(critic: nn.Module) -> list[nn.Module]:
    return [layer for layer in critic.modules() if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d)]


def test_stacks_of_convolutions_with_pooling_between_them() -> None:
    found = [type(one).__name__ for one in layers(Critic(shape=(3, 32, 32), width=8))]
    assert found == [*["Conv2d"] * 2, *["MaxPool2d", "Conv2d", "Conv2d"] * 3]
    single = layers(Critic(shape=(3, 64, 64), width=8, max_width=24, convolutions=1))
    assert [one.out_channels for one in single if isinstance(one, nn.Conv2d)] == [8, 16, 24, 24, 24]
    assert [one.kernel_size for one in layers(Critic(shape=(1, 28, 28))) if isinstance(one, nn.Conv2d)] == [(3, 3)] * 6
    assert sum(isinstance(one, nn.AvgPool2d) for one in layers(Critic(shape=(1, 28, 28), pool="average"))) == 2


def test_parameters_by_hand() -> None:
    """Resolutions of 2 and 3 channels, base 5: weights of four convolutions, their biases, the score's."""
    critic = Critic(shape=(1, 10, 10), widths=[2, 3])
    assert sum(p.numel() for p in critic.parameters()) == 9 * (2 + 4 + 6 + 9) + (2 + 2 + 3 + 3) + 3 * 25 + 1


def test_no_norm_by_default_so_that_a_gradient_penalty_may_be_used() -> None:
    critic = Critic(shape=(1, 28, 28), width=4)
    assert not any(isinstance(one, nn.BatchNorm2d | nn.GroupNorm) for one in critic.modules())
    generator = nn.Sequential(networks()[0][0], nn.Linear(16, 784), nn.Unflatten(1, (1, 28, 28)))
    WGANGP(generator, critic, latent_dim=4).dry_run(torch.zeros(2, 1, 28, 28))
    first, second = (one for one in Critic(shape=(1, 28, 28), norm="layer").layers[0] if isinstance(one, nn.Conv2d))
    assert first.bias is not None  # no norm after the first
    assert second.bias is not None  # a layer norm over channels does not cancel it
