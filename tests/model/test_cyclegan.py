"""CycleGAN's networks."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.model.cyclegan import Critic, Generator
from gan_lightning.nn.image_translator import ResidualBlock
from gan_lightning.nn.labels import label_shape_of
from gan_lightning.nn.two_domains import OneWay, join, split

SHAPE = (3, 16, 24)


def test_translators_are_apart_and_keep_the_size() -> None:
    torch.manual_seed(0)
    generator = Generator(shape=SHAPE, label_shape=SHAPE, width=4, blocks=1)
    images = torch.rand(2, *SHAPE) * 2 - 1
    there, back = generator.translate(images), generator.translate(images, "b_to_a")
    assert there.shape == back.shape == images.shape
    assert there.abs().max() < 1
    assert not torch.equal(there, back)
    assert torch.equal(generator(torch.randn(2, 1), label=images), there)
    assert torch.equal(OneWay(generator, "b_to_a")(torch.zeros(2, 1), images), back)
    assert label_shape_of(OneWay(generator, "b_to_a")) == label_shape_of(generator) == SHAPE
    assert generator.translate(torch.zeros(1, 3, 8, 40)).shape == (1, 3, 8, 40)
    both = sum(p.numel() for p in generator.parameters())
    assert both == 2 * sum(p.numel() for p in generator.a_to_b.parameters())


def test_parameters_of_the_paper() -> None:
    generator = Generator(shape=(3, 256, 256), label_shape=(3, 256, 256))
    plain = [layer for layer in generator.a_to_b.modules() if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)]
    assert len(plain) == 3 + 2 * 9 + 3
    assert (
        sum(layer.weight.numel() for layer in plain)
        == 2 * (49 * 3 * 64 + 9 * 64 * 128 + 9 * 128 * 256) + 18 * 9 * 256**2
    )
    critic = Critic(shape=(3, 256, 256), label_shape=(3, 256, 256))
    assert critic(torch.zeros(1, 6, 256, 256)).shape == (1, 2, 30, 30)


def test_a_constant_image_has_no_frame() -> None:
    """Edges are reflected; zeros there would show."""
    torch.manual_seed(0)
    generator = Generator(shape=(1, 32, 32), label_shape=(1, 32, 32), width=4, blocks=2, norm="none")
    with torch.no_grad():
        for p in generator.parameters():
            p.mul_(10)
        image = nn.Sequential(*[*generator.a_to_b][:3])(torch.full((1, 1, 32, 32), 0.5))  # the first convolution
        block = next(one for one in generator.a_to_b if isinstance(one, ResidualBlock))(torch.full((1, 16, 8, 8), 0.5))
    for features in (image, block):
        torch.testing.assert_close(features, features[..., :1, :1].expand_as(features))


def test_critics_see_their_own_domain() -> None:
    torch.manual_seed(0)
    critic = Critic(shape=SHAPE, label_shape=SHAPE, width=4, receptive_field=16)
    a, b = torch.rand(2, 3, *SHAPE)
    scores = critic(join(a, b))
    assert scores.shape == (3, 2, 6, 10)
    assert torch.equal(scores[:, 0], critic(join(a, torch.zeros_like(b)))[:, 0])
    assert torch.equal(scores[:, 1], critic(join(torch.zeros_like(a), b))[:, 1])
    assert all(map(torch.equal, split(join(a, b)), (a, b)))
    assert len(critic.blocks_from_image) == 2


def test_refusals() -> None:
    for label_shape in (None, [3], [10]):
        with pytest.raises(UsageError, match=r"two domains of images, and these data have one: use data=unpaired_fol"):
            Generator(shape=SHAPE, label_shape=label_shape)
    with pytest.raises(UsageError, match=r"images of \[1, 16, 24\] to images of the same shape, and these are \[3, 16"):
        Critic(shape=SHAPE, label_shape=[1, 16, 24])
    with pytest.raises(UsageError, match=r"^model=cyclegan: 30 px are not multiples of 4, 8 at least: use images"):
        Generator(shape=(1, 30, 30), label_shape=(1, 30, 30))
    with pytest.raises(UsageError, match=r"6 × 16 px are not multiples of 4, 8 at least: use images of \[8,16\] px"):
        Generator(shape=(1, 6, 16), label_shape=(1, 6, 16))
    with pytest.raises(UsageError, match=r"receptive_field=142 is too large .* 16 px: use model.critic"):
        Critic(shape=SHAPE, label_shape=SHAPE, receptive_field=142)
    with pytest.raises(UsageError, match="use objective=cyclegan"):
        Critic(shape=SHAPE, label_shape=SHAPE, width=4, receptive_field=16)(torch.zeros(1, *SHAPE))
