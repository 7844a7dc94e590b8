"""All image models at sizes that are not square, with any number of channels."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
import torch
from torch import nn

from gan_lightning.model import biggan, dcgan, progressive, r3gan, resnet, resnet101, vgg
from gan_lightning.nn.fade import fade
from gan_lightning.objective.growth import GrowthSchedule
from gan_lightning.objective.progan import ProGAN

SMALL: dict[ModuleType, dict[str, Any]] = {
    dcgan: {"width": 4},
    resnet: {"width": 4, "max_width": 8},
    progressive: {"base_width": 32, "max_width": 8},
    r3gan: {"width": 16, "max_width": 16},
    biggan: {"width": 8},
    resnet101: {"width": 8, "max_width": 16, "blocks": 5},
    vgg: {"width": 4},
}
MODELS = pytest.mark.parametrize("model", SMALL, ids=lambda model: model.__name__.rpartition(".")[2])
SHAPES = pytest.mark.parametrize("shape", [(4, 16, 28), (7, 40, 24), (2, 16, 56)])


def pair(model: ModuleType, shape: tuple[int, ...], **arguments: Any) -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    return model.Generator(shape=shape, **SMALL[model]), model.Critic(shape=shape, **SMALL[model], **arguments)


@MODELS
@SHAPES
def test_pairs_fit_and_every_weight_has_a_gradient(model: ModuleType, shape: tuple[int, ...]) -> None:
    generator, critic = pair(model, shape)
    fake = generator(torch.randn(4, generator.latent_dim))
    assert fake.shape == (4, *shape)
    scores = critic(fake)
    assert scores.shape == (4,)
    scores.square().sum().backward()
    unused = {
        name
        for network in (generator, critic)
        for name, weight in network.named_parameters()
        if weight.grad is None and not name.startswith(("to_rgb", "from_rgb"))
    }
    assert not unused


@pytest.mark.parametrize("model", [dcgan, resnet, r3gan, vgg])
def test_class_planes_are_of_the_images_size(model: ModuleType) -> None:
    _, critic = pair(model, (3, 16, 24), condition="concatenation", classes=5)
    assert critic(torch.randn(2, 3, 16, 24), label=torch.tensor([0, 4])).shape == (2,)


@SHAPES
def test_a_square_grown_long_has_the_weights_of_each_level(shape: tuple[int, ...]) -> None:
    generator, critic = pair(progressive, shape)
    for level in range(generator.last_level + 1):
        size = [side >> (generator.last_level - level) for side in shape[1:]]
        fake = generator(torch.randn(2, generator.latent_dim), level, 0.5)
        assert list(fake.shape[1:]) == [shape[0], *size]
        assert critic(fake, level, 0.5).shape == (2,)
        assert fade(torch.randn(2, *shape), level, 0.5).shape == fake.shape


def test_growth_counts_pixels_of_the_shorter_side() -> None:
    module = ProGAN(*pair(progressive, (3, 28, 48)))
    assert module.growth.last_resolution == 28
    assert [module.growth.resolution(phase.level) for phase in module.growth.phases] == [7, 14, 28]
    assert module.shape == (3, 28, 48)
    module.dry_run(torch.zeros(2, 3, 28, 48))
    smaller = ProGAN(*pair(progressive, (3, 28, 48)), schedule=GrowthSchedule(14))
    assert smaller.shape == (3, 14, 24)
    smaller.dry_run(torch.zeros(2, 3, 28, 48))
